"""Import of consultations from an earlier system.

Nobody is notified: the event of a request that is open says that it was imported. A request that
nobody answered in time there has expired here, and its artist is not reminded of others.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from consultations import events
from consultations.models import (
    OPEN_STATUSES,
    Consultation,
    ConsultationSide,
    ConsultationStatus,
    PreferredWindow,
    RequestDetails,
)
from consultations.rules.deadlines import EXPIRES_AFTER
from consultations.schemas import ImportedConsultation
from consultations.store import consultations as store
from shared.data import tombstones
from shared.data.conflicts import WriteConflict
from shared.data.imported_rows import Kind, Reasons
from shared.events.domain_events import new_event

ATTEMPTS = 3
TOO_MANY = "The client has too many open requests to this artist, or an account was deleted."
DELETED = "An account of its parties was deleted here."


def find(rows: Sequence[ImportedConsultation]) -> Mapping[str, ImportedConsultation]:
    """Return those of the consultations that exist."""
    found = store.find_consultations([row.id for row in rows])
    return {consultation.id: _present(consultation) for consultation in found}


def check(rows: Sequence[ImportedConsultation], _now: datetime) -> Reasons:
    """Return why consultations cannot be made."""
    people = sorted({person for row in rows for person in (row.artist_id, row.client_id)})
    deleted = tombstones.find_deleted(*people)
    return {row.id: DELETED for row in rows if deleted & {row.artist_id, row.client_id}}


def write(rows: Sequence[ImportedConsultation], now: datetime) -> Reasons:
    """Make consultations, one by one: each is counted for both sides and for the pair."""
    return {row.id: TOO_MANY for row in rows if not _write(row, now)}


def _write(row: ImportedConsultation, now: datetime) -> bool:
    consultation = _build(row, now)
    data = events.requested_data(consultation, (), imported=True)
    is_open = consultation.status in OPEN_STATUSES
    published = (new_event("consultations", row.id, data, now),) if is_open else ()
    parties = (row.artist_id, row.client_id)
    for _ in range(ATTEMPTS):
        try:
            store.commit(None, consultation, published, active_accounts=parties)
        except WriteConflict:
            continue
        return True
    return False


def _build(row: ImportedConsultation, now: datetime) -> Consultation:
    status = ConsultationStatus(row.status)
    if status is ConsultationStatus.PENDING and row.created_at + EXPIRES_AFTER <= now:
        status = ConsultationStatus.EXPIRED
    windows: tuple[PreferredWindow, ...] = ()
    if row.preferred_date is not None:
        windows = (PreferredWindow(row.preferred_date, row.preferred_date),)
    return Consultation(
        id=row.id,
        artist_id=row.artist_id,
        client_id=row.client_id,
        status=status,
        request=RequestDetails(
            subject=row.subject,
            description=row.description,
            service_id=None,
            preferred_windows=windows,
            placement="",
            size="",
            style="",
            palette=None,
            budget=None,
            cover_up=False,
            files=(),
            age_confirmation=None,
            intake=None,
        ),
        created_at=row.created_at,
        updated_at=row.updated_at,
        viewed_at=row.updated_at if row.viewed else None,
        responded_at=None if status is ConsultationStatus.PENDING else row.updated_at,
        nudged_at=now,
        archived_by=(ConsultationSide.ARTIST,) if row.archived else (),
    )


def _present(consultation: Consultation) -> ImportedConsultation:
    request = consultation.request
    windows = request.preferred_windows if request else ()
    status: str = consultation.status
    if consultation.status is ConsultationStatus.EXPIRED:
        status = ConsultationStatus.PENDING.value
    return ImportedConsultation(
        id=consultation.id,
        artist_id=consultation.artist_id,
        client_id=consultation.client_id,
        subject=consultation.subject,
        description=request.description if request else "",
        status=status,  # type: ignore[arg-type]  # one of those that are imported
        created_at=consultation.created_at,
        updated_at=consultation.updated_at,
        preferred_date=windows[0].first_date if windows else None,
        viewed=consultation.viewed_at is not None,
        archived=ConsultationSide.ARTIST in consultation.archived_by,
    )


KINDS = {"consultations": Kind(ImportedConsultation, find, write, check)}
