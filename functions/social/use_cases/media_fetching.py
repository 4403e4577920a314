"""Fetching the content of imports, and what follows: the inspection, and the answer of the target.

Each step is one transaction with its event, and finds out from the record what was done before. A
worker that dies is followed by another, when the message is delivered again or the sweeper sends
it. The file's id belongs to the attempt, so content that is handed over twice is one file; the
target takes an attempt once.
"""

from contextlib import suppress
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from domain.errors import Unavailable
from domain.social_media import MediaTarget
from shared.data import file_imports
from shared.data.conflicts import WriteConflict, retry_on_conflict
from shared.data.file_imports import Fetched, FileFetched, ImportPurpose
from shared.events.domain_events import DomainEvent, decode_data, new_event
from social.events import (
    ConsultationPictureAdded,
    FileCleaned,
    FileRejected,
    ImportRefused,
    PortfolioItemImported,
    PortfolioItemRemoved,
    SocialMediaImported,
)
from social.models import SocialAccount
from social.models.media import ImportProblem, ImportState, MediaCheck, MediaImport, MediaKind
from social.providers import media, meta_media
from social.providers.failures import ProviderFailed, ProviderRefused, RateLimited, TokenRefused
from social.providers.media import ContentTooLarge, MediaGone, Medium
from social.rules import captions
from social.rules import media_imports as rules
from social.rules.errors import NeedsReconnect
from social.store import accounts as accounts_store
from social.store import media as store
from social.use_cases import media_calls, media_checks, media_imports
from social.use_cases.work import Work

_PURPOSES = {
    MediaTarget.PORTFOLIO: ImportPurpose.PORTFOLIO,
    MediaTarget.CONSULTATION: ImportPurpose.CONSULTATION,
}
# The answer to what was given up comes late, but counts.
_AWAITING = (ImportState.INSPECTING, ImportState.PLACING)


def fetch(work: Work, now: datetime) -> None:
    """Fetch the content of a queued import and hand it to files, or store why that is not possible.

    Whatever happens here is stored with the import, for its artist to see.
    """
    import_ = store.find_import(work.artist_id, work.key)
    if import_ is None or import_.state is not ImportState.QUEUED:
        return  # done before, or erased
    if import_.retry_at is not None and now < import_.retry_at:
        return  # an older message; the sweeper sends one when it is time
    with suppress(WriteConflict):  # another worker was faster, or the account was deleted
        try:
            _fetch(import_, now)
        except (NeedsReconnect, TokenRefused):
            store.save(rules.fail(import_, ImportProblem.NEEDS_RECONNECT, now))
        except RateLimited as error:
            problem = ImportProblem.RATE_LIMITED
            store.save(rules.wait(import_, problem, now, error.until))
        except MediaGone:
            store.save(rules.fail(import_, ImportProblem.MEDIA_GONE, now))
        except ContentTooLarge:
            store.save(rules.fail(import_, ImportProblem.TOO_LARGE, now))
        except (ProviderFailed, Unavailable):
            store.save(rules.wait(import_, ImportProblem.PROVIDER_UNAVAILABLE, now))
        except ProviderRefused:
            store.save(rules.fail(import_, ImportProblem.CONTENT_UNAVAILABLE, now))


def give_up(import_: MediaImport, now: datetime) -> None:
    """Store that files or the target did not answer in time."""
    with suppress(WriteConflict):  # they did just now
        store.save(rules.fail(import_, ImportProblem.TIMED_OUT, now))


# ---- answers -----------------------------------------------------------------------------------


@retry_on_conflict
def handle_file_cleaned(event: DomainEvent, now: datetime) -> None:
    """Offer a clean file to the portfolio or the consultation."""
    file = decode_data(event, FileCleaned)
    import_ = store.find_by_file(file.owner_id, file.file_id)
    if import_ is None or import_.file_id != file.file_id:
        return
    if not _waits_for(import_, ImportState.INSPECTING):
        return
    placing = rules.change(
        import_,
        now,
        state=ImportState.PLACING,
        problem=None,
        due_at=now + rules.DECIDED_WITHIN,
    )
    data = SocialMediaImported(
        import_id=placing.id,
        attempt=placing.attempt,
        artist_id=placing.artist_id,
        target=placing.target,
        consultation_id=placing.consultation_id,
        file_id=placing.file_id,
        caption=placing.caption,
        provider=placing.provider,
        permalink=placing.permalink,
        taken_at=placing.taken_at,
        record_version=placing.version,
    )
    store.save(placing, [new_event("social", placing.id, data, now)])


@retry_on_conflict
def handle_file_rejected(event: DomainEvent, now: datetime) -> None:
    """Store why files rejected the content of an import."""
    file = decode_data(event, FileRejected)
    import_ = store.find_by_file(file.owner_id, file.file_id)
    if import_ is None or import_.file_id != file.file_id:
        return
    if _waits_for(import_, ImportState.INSPECTING):
        store.save(rules.fail(import_, ImportProblem.REJECTED, now, file.reason))


def handle_item_imported(event: DomainEvent, now: datetime) -> None:
    """Store that the portfolio has an import."""
    data = decode_data(event, PortfolioItemImported)
    _place(data.artist_id, data.import_id, data.attempt, data.item_id, now)


def handle_picture_added(event: DomainEvent, now: datetime) -> None:
    """Store that a consultation has an import."""
    data = decode_data(event, ConsultationPictureAdded)
    _place(data.artist_id, data.import_id, data.attempt, data.consultation_id, now)


@retry_on_conflict
def handle_import_refused(event: DomainEvent, now: datetime) -> None:
    """Store why the portfolio or the consultation did not take an import."""
    data = decode_data(event, ImportRefused)
    import_ = _find_attempt(data.artist_id, data.import_id, data.attempt)
    if import_ is not None and _waits_for(import_, *_AWAITING):
        store.save(rules.fail(import_, ImportProblem(data.reason), now))


@retry_on_conflict
def handle_item_removed(event: DomainEvent, now: datetime) -> None:
    """Store that the artist deleted the item of an import, so that it can be imported again."""
    data = decode_data(event, PortfolioItemRemoved)
    if data.import_id is None or data.import_attempt is None:
        return
    import_ = _find_attempt(data.artist_id, data.import_id, data.import_attempt)
    if import_ is not None and import_.state is not ImportState.REMOVED:
        store.save(
            rules.change(
                import_,
                now,
                state=ImportState.REMOVED,
                problem=None,
                record_id=data.item_id,
                due_at=None,
            )
        )


# ---- steps -------------------------------------------------------------------------------------


def _fetch(import_: MediaImport, now: datetime) -> None:
    account = accounts_store.find_account(import_.artist_id, import_.account_id)
    if account is None or not account.is_connected:
        raise NeedsReconnect("The account is not connected.")
    medium = media_calls.call(
        account,
        lambda provider, token: provider.get_medium(account, token, import_.media_id),
        now,
    )
    if medium.kind is MediaKind.ALBUM:
        _split(import_, account, medium, now)
        return
    if medium.url is None:  # for example with music that must not be used elsewhere
        raise ProviderRefused("no content")
    with TemporaryDirectory() as folder:
        path = Path(folder) / "content"
        content_type = media.download(medium.url, meta_media.read_hosts(account.provider), path)
        fetched = Fetched(
            import_.file_id,
            import_.artist_id,
            _PURPOSES[import_.target],
            _name(import_, medium),
            content_type,
        )
        data = file_imports.hand_over(fetched, path)
    _record_handed_over(import_, medium, data, now)


def _record_handed_over(
    import_: MediaImport, medium: Medium, data: FileFetched, now: datetime
) -> None:
    inspecting = _describe(
        import_,
        medium,
        now,
        state=ImportState.INSPECTING,
        due_at=now + rules.DECIDED_WITHIN,
    )
    store.save(inspecting, [new_event("social", data.file_id, data, now)])


def _split(import_: MediaImport, account: SocialAccount, album: Medium, now: datetime) -> None:
    """Import each part of an album; those that were ordered before are not ordered again."""
    ids = [part.id for part in album.parts]
    parts = media_imports.order_all(account, ids, import_.target, import_.consultation_id, now)
    part_ids = tuple(part.id for part in parts)
    store.save(
        _describe(import_, album, now, state=ImportState.SPLIT, part_ids=part_ids, due_at=None)
    )


def _describe(
    import_: MediaImport, medium: Medium, now: datetime, **changes: object
) -> MediaImport:
    return rules.change(
        import_,
        now,
        caption=captions.trim_caption(medium.caption),
        permalink=medium.permalink,
        taken_at=medium.taken_at,
        problem=None,
        retry_at=None,
        **changes,
    )


@retry_on_conflict
def _place(artist_id: str, import_id: str, attempt: int, record_id: str, now: datetime) -> None:
    import_ = _find_attempt(artist_id, import_id, attempt)
    if import_ is None or not _waits_for(import_, *_AWAITING):
        return
    placed = rules.change(
        import_,
        now,
        state=ImportState.IMPORTED,
        problem=None,
        record_id=record_id,
        due_at=None,
    )
    check: MediaCheck | None = None
    if store.find_check(artist_id, import_.account_id) is None:
        check = media_checks.plan_first(artist_id, import_.account_id, now)
    store.save(placed, check=check)


def _find_attempt(artist_id: str, import_id: str, attempt: int) -> MediaImport | None:
    import_ = store.find_import(artist_id, import_id)
    return import_ if import_ is not None and import_.attempt == attempt else None


def _waits_for(import_: MediaImport, *states: ImportState) -> bool:
    """Return whether an answer counts: in these states, or after it was given up."""
    return import_.state in states or import_.problem is ImportProblem.TIMED_OUT


def _name(import_: MediaImport, medium: Medium) -> str:
    taken = f" {medium.taken_at:%Y-%m-%d}" if medium.taken_at else ""
    return f"{import_.provider}{taken}"
