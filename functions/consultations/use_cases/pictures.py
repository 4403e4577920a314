"""Pictures that artists add to consultations from their social accounts.

Social imports a picture as a clean file of the artist. Only the artist of a consultation that is
not over adds pictures to it, which is decided here: social only knows copies. Files lets the client
read the file because of the event.
"""

from datetime import datetime

import msgspec

from consultations.events import (
    ConsultationPictureAdded,
    ConsultationPictureRefused,
    SocialMediaImported,
    SocialMediaSourceChanged,
)
from consultations.models import Consultation, ConsultationPicture, ConsultationSide, StoredPicture
from consultations.rules.transitions import FINAL_STATUSES
from consultations.store import consultations as store
from domain.social_media import ImportRefusal, MediaSource, MediaTarget
from shared.data.conflicts import retry_on_conflict
from shared.events.domain_events import new_event

MAX_PICTURES = 20  # per consultation


@retry_on_conflict
def add(media: SocialMediaImported, now: datetime) -> None:
    """Add an imported picture, once, and publish whether it was taken."""
    if media.target is not MediaTarget.CONSULTATION or media.consultation_id is None:
        return
    consultation = store.find_consultation(media.consultation_id)
    if consultation is not None and _find(consultation, media) is not None:
        return  # delivered again
    refusal = _find_refusal(consultation, media)
    if consultation is None or refusal is not None:
        # Delivered again it is refused again; social keeps the first answer to an attempt.
        refused = ConsultationPictureRefused(
            media.consultation_id,
            media.artist_id,
            media.import_id,
            media.attempt,
            refusal or ImportRefusal.CONSULTATION_UNKNOWN,
        )
        store.publish(new_event("consultations", media.consultation_id, refused, now))
        return
    picture = ConsultationPicture(
        file_id=media.file_id,
        import_id=media.import_id,
        caption=media.caption,
        source=MediaSource(media.provider, media.permalink),
        added_at=now,
    )
    stored = StoredPicture(picture, media.attempt, media.record_version)
    others = tuple(
        each for each in consultation.pictures if each.picture.import_id != media.import_id
    )
    changed = _change(consultation, (*others, stored), now)
    data = ConsultationPictureAdded(
        consultation_id=changed.id,
        artist_id=changed.artist_id,
        client_id=changed.client_id,
        file_id=media.file_id,
        import_id=media.import_id,
        attempt=media.attempt,
        record_version=changed.version,
    )
    event = new_event("consultations", changed.id, data, now)
    store.commit(consultation, changed, (event,), active_accounts=(changed.artist_id,))


@retry_on_conflict
def update_source(change: SocialMediaSourceChanged, now: datetime) -> None:
    """Show on a picture whether it was removed at its provider, unless that is known better."""
    if change.target is not MediaTarget.CONSULTATION:
        return
    consultation = store.find_consultation(change.record_id)
    if consultation is None:
        return
    pictures = tuple(_apply(change, each) for each in consultation.pictures)
    if pictures != consultation.pictures:
        store.commit(consultation, _change(consultation, pictures, now))


def _find(consultation: Consultation, media: SocialMediaImported) -> StoredPicture | None:
    for each in consultation.pictures:
        if each.picture.import_id == media.import_id and each.attempt >= media.attempt:
            return each
    return None


def _find_refusal(
    consultation: Consultation | None, media: SocialMediaImported
) -> ImportRefusal | None:
    if consultation is None or consultation.artist_id != media.artist_id:
        return ImportRefusal.CONSULTATION_UNKNOWN
    if consultation.status in FINAL_STATUSES or ConsultationSide.ARTIST in consultation.erased:
        return ImportRefusal.CONSULTATION_CLOSED
    if len(consultation.pictures) >= MAX_PICTURES:
        return ImportRefusal.CONSULTATION_FULL
    return None


def _apply(change: SocialMediaSourceChanged, stored: StoredPicture) -> StoredPicture:
    picture = stored.picture
    if picture.import_id != change.import_id or stored.import_version >= change.record_version:
        return stored
    source = msgspec.structs.replace(picture.source, removed_at_source=change.removed_at_source)
    return StoredPicture(
        msgspec.structs.replace(picture, source=source), stored.attempt, change.record_version
    )


def _change(
    consultation: Consultation, pictures: tuple[StoredPicture, ...], now: datetime
) -> Consultation:
    return msgspec.structs.replace(
        consultation, pictures=pictures, updated_at=now, version=consultation.version + 1
    )
