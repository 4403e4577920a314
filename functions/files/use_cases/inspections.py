"""Inspections: an upload is claimed, inspected, and then clean or rejected.

Notifications of S3 may arrive twice, late or out of order; only the record counts. A claim is one
conditional write, so that one inspector at a time works on a file, for the time of its lease. What
arrives for a file that is decided is deleted. The upload is read once into a local file, which is
what is judged and stored: anything written to its key later is ignored.
"""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import msgspec

from files.events import FileRejected, cleaned_data
from files.models import File, FileStatus, RejectionReason, Removal
from files.rules import file_names
from files.store import bucket, removals
from files.store import files as store
from files.use_cases import removal
from shared.data.conflicts import WriteConflict
from shared.events.domain_events import EventData, new_event
from shared.platform.logs import logger

if TYPE_CHECKING:
    from files.inspection import InspectedUpload

LEASE = timedelta(minutes=10)  # longer than the function may run
RETRY_AFTER = timedelta(minutes=5)
MAX_ATTEMPTS = 3  # for a file that makes the function fail each time


def inspect(file_id: str, etag: str | None, now: datetime) -> None:
    """Inspect an upload, or remove its file if nothing was uploaded in time.

    An error of S3 or DynamoDB is raised again; the file is pending then.

    Args:
        file_id: The file.
        etag: ETag that S3 reported; None if the sweeper ordered the inspection.
        now: The current instant.
    """
    file = store.find_file(file_id)
    if file is None or file.status not in (FileStatus.PENDING, FileStatus.INSPECTING):
        _discard_upload(file_id, now)
        return
    if file.status is FileStatus.INSPECTING and file.due_at is not None and file.due_at > now:
        return  # another inspector holds the lease; if it fails, the sweeper orders it again
    claimed = _update(
        file, status=FileStatus.INSPECTING, due_at=now + LEASE, attempts=file.attempts + 1
    )
    try:
        store.commit(file, claimed)
    except WriteConflict:
        if _is_only_described_anew(file, store.find_file(file_id)):
            inspect(file_id, etag, now)
        return  # another inspector claimed it, or it was removed
    try:
        _decide(file, claimed, etag, now)
    except WriteConflict:
        logger.info("file removed during its inspection", file_id=file_id)
    except Exception:
        with suppress(WriteConflict):
            _release(file, claimed, now)
        raise


def _decide(file: File, claimed: File, etag: str | None, now: datetime) -> None:
    if claimed.attempts > MAX_ATTEMPTS:
        _reject(claimed, RejectionReason.UNINSPECTABLE, now)
        return
    # Pillow and the like are loaded here, in the only function that needs them.
    from files import inspection  # noqa: PLC0415

    with TemporaryDirectory() as folder:
        upload = Path(folder) / "upload"
        try:
            downloaded = bucket.download_upload(claimed.id, etag, claimed.size, upload)
        except bucket.ObjectReplaced:
            _release(file, claimed, now)  # S3 reports the newer upload as well
            return
        except bucket.ObjectMissing:
            _handle_missing_upload(file, claimed, now)
            return
        try:
            inspected = inspection.examine(claimed, upload, downloaded.size, downloaded.sha256)
        except inspection.Rejected as rejected:
            _reject(claimed, rejected.reason, now)
        except Exception:  # what cannot be inspected is not clean
            logger.exception("uninspectable", file_id=claimed.id)
            _reject(claimed, RejectionReason.UNINSPECTABLE, now)
        else:
            _accept(claimed, inspected, now)


def _accept(claimed: File, inspected: "InspectedUpload", now: datetime) -> None:
    content = inspected.content
    type_ = content.content_type or claimed.content_type
    bucket.save_clean(bucket.clean_key(claimed.id), inspected.original, type_)
    for size, path in inspected.thumbnails.items():
        bucket.save_clean(bucket.clean_key(claimed.id, size), path, bucket.WEBP)
    clean = _update(
        claimed,
        status=FileStatus.CLEAN,
        name=file_names.clean_name(file_names.drop_extension(claimed.name), type_)
        if type_ != claimed.content_type
        else claimed.name,
        content_type=type_,
        content=content,
        decided_at=now,
        due_at=None,
    )
    _commit_decision(claimed, clean, cleaned_data, now)


def _reject(claimed: File, reason: RejectionReason, now: datetime) -> None:
    rejected = _update(
        claimed,
        status=FileStatus.REJECTED,
        reason=reason,
        decided_at=now,
        due_at=None,
        reserved=0,
    )
    _commit_decision(claimed, rejected, _rejected_data, now)


def _rejected_data(file: File) -> FileRejected:
    assert file.reason is not None
    return FileRejected(file.id, file.owner_id, file.reason, file.version)


def _commit_decision(
    claimed: File, decided: File, describe: Callable[[File], EventData], now: datetime
) -> None:
    """Save a decision with its event, and with what the owner said of the file meanwhile."""
    upload_removal = Removal(claimed.id, False, now, claimed.upload_id)
    try:
        events = [new_event("files", claimed.id, describe(decided), now)]
        store.commit(claimed, decided, removal=upload_removal, events=events)
    except WriteConflict:
        current = store.find_file(claimed.id)
        if current is None or not _is_only_described_anew(claimed, current):
            raise
        described = msgspec.structs.replace(
            decided, version=current.version + 1, alt_text=current.alt_text
        )
        _commit_decision(current, described, describe, now)
        return
    logger.info("inspected", file_id=claimed.id, status=decided.status, reason=decided.reason)


def _is_only_described_anew(before: File, current: File | None) -> bool:
    """Return whether nothing but the words of its owner changed of a file."""
    if current is None:
        return False
    as_before = {"version": before.version, "alt_text": before.alt_text}
    return msgspec.structs.replace(current, **as_before) == before


def _handle_missing_upload(file: File, claimed: File, now: datetime) -> None:
    """Go on waiting, or remove the file if the time to upload it is over."""
    if now >= file.upload_until:
        # This inspection writes nothing: there is no lease to wait for.
        removal.mark_removed(msgspec.structs.replace(claimed, status=FileStatus.PENDING), now)
    else:
        waiting = _update(
            claimed, status=FileStatus.PENDING, due_at=file.due_at, attempts=file.attempts
        )
        store.commit(claimed, waiting)


def _release(file: File, claimed: File, now: datetime) -> None:
    """Make the file pending again, and due soon."""
    pending = _update(
        claimed, status=FileStatus.PENDING, due_at=now + RETRY_AFTER, attempts=file.attempts
    )
    store.commit(claimed, pending)


def _discard_upload(file_id: str, now: datetime) -> None:
    """Order the removal of an upload for a file that is decided or was never announced."""
    removals.order_removal(Removal(file_id, False, now))


def _update(file: File, **changes: object) -> File:
    return msgspec.structs.replace(file, version=file.version + 1, **changes)
