"""Inspection: what arrived is claimed, looked into, and then clean or rejected.

Messages of S3 may come twice, late and out of order. Only how the record stands counts: a claim is
one conditional write, so one inspector at a time is at a file, for the time of its lease; what
arrives for a file that is decided is thrown away. The upload is read once, into a file of our own,
and that is what is judged and kept: nothing that is written to its key later gets any further.
"""

from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import msgspec

from files.events import FileCleaned, FileRejected
from files.models import File, Reason, Removal, Status
from files.store import bucket
from files.store import files as store
from files.use_cases import removal
from shared.data.conflicts import WriteConflict
from shared.events.domain_events import EventData, new_event
from shared.platform.logs import logger

if TYPE_CHECKING:
    from files.inspection import Examined

LEASE = timedelta(minutes=10)  # longer than the function may run
AGAIN_AFTER = timedelta(minutes=5)
MOST_ATTEMPTS = 3  # a file at which the function dies each time


def inspect(file_id: str, etag: str | None, now: datetime) -> None:
    """Inspect what arrived for a file, or expire it where nothing did in time.

    etag: of what S3 told of; None where nobody told. Raises what S3 or DynamoDB raised; the file is
    pending again then.
    """
    file = store.find_file(file_id)
    if file is None or file.status not in (Status.PENDING, Status.INSPECTING):
        _throw_away(file_id, now)
        return
    if file.status is Status.INSPECTING and file.due_at is not None and file.due_at > now:
        return  # somebody is at it; if they die, the sweeper orders it again
    claimed = _changed(
        file, status=Status.INSPECTING, due_at=now + LEASE, attempts=file.attempts + 1
    )
    try:
        store.commit(file, claimed)
    except WriteConflict:
        return  # somebody else has it, or it is gone
    try:
        _decide(file, claimed, etag, now)
    except WriteConflict:
        logger.info("file was removed meanwhile", file_id=file_id)
    except Exception:
        with suppress(WriteConflict):
            _put_back(file, claimed, now)
        raise


def _decide(file: File, claimed: File, etag: str | None, now: datetime) -> None:
    if claimed.attempts > MOST_ATTEMPTS:
        _reject(claimed, Reason.UNINSPECTABLE, now)
        return
    # Pillow and the like are loaded here, by the one function that needs them.
    from files import inspection  # noqa: PLC0415

    with TemporaryDirectory() as folder:
        upload = Path(folder) / "upload"
        try:
            fetched = bucket.fetch(claimed.id, etag, claimed.size, upload)
        except bucket.Replaced:
            _put_back(file, claimed, now)  # S3 tells of the newer one, too
            return
        except bucket.Absent:
            _nothing_there(file, claimed, now)
            return
        try:
            examined = inspection.examine(claimed, upload, fetched.size, fetched.sha256)
        except inspection.Rejected as rejected:
            _reject(claimed, rejected.reason, now)
        except Exception:  # what we cannot look into is not clean
            logger.exception("uninspectable", file_id=claimed.id)
            _reject(claimed, Reason.UNINSPECTABLE, now)
        else:
            _keep(claimed, examined, now)


def _keep(claimed: File, examined: "Examined", now: datetime) -> None:
    bucket.keep(bucket.clean_key(claimed.id), examined.original, claimed.content_type)
    for size, path in examined.thumbnails.items():
        bucket.keep(bucket.clean_key(claimed.id, size), path, bucket.WEBP)
    kept = examined.kept
    clean = _changed(claimed, status=Status.CLEAN, kept=kept, decided_at=now, due_at=None)
    told = FileCleaned(
        file_id=clean.id,
        owner_id=clean.owner_id,
        purpose=clean.purpose,
        name=clean.name,
        content_type=clean.content_type,
        size=kept.size,
        width=kept.width,
        height=kept.height,
        record_version=clean.version,
    )
    _end(claimed, clean, told, now)


def _reject(claimed: File, reason: Reason, now: datetime) -> None:
    rejected = _changed(
        claimed, status=Status.REJECTED, reason=reason, decided_at=now, due_at=None, reserved=0
    )
    _end(
        claimed, rejected, FileRejected(claimed.id, claimed.owner_id, reason, rejected.version), now
    )


def _end(claimed: File, decided: File, told: EventData, now: datetime) -> None:
    removal = Removal(claimed.id, False, now, claimed.upload_id)
    events = [new_event("files", claimed.id, told, now)]
    store.commit(claimed, decided, removal=removal, events=events)
    logger.info("inspected", file_id=claimed.id, status=decided.status, reason=decided.reason)


def _nothing_there(file: File, claimed: File, now: datetime) -> None:
    """Wait on, or where the time to send it is over, let the file be gone."""
    if now >= file.upload_until:
        # This inspection writes nothing: there is no lease to wait for.
        removal.take_out(msgspec.structs.replace(claimed, status=Status.PENDING), now)
    else:
        waiting = _changed(
            claimed, status=Status.PENDING, due_at=file.due_at, attempts=file.attempts
        )
        store.commit(claimed, waiting)


def _put_back(file: File, claimed: File, now: datetime) -> None:
    """Let the file be pending again, and looked at soon."""
    pending = _changed(
        claimed, status=Status.PENDING, due_at=now + AGAIN_AFTER, attempts=file.attempts
    )
    store.commit(claimed, pending)


def _throw_away(file_id: str, now: datetime) -> None:
    """Remove what arrived for a file that is decided, or that nobody announced."""
    store.order_removal(Removal(file_id, False, now))


def _changed(file: File, **changes: object) -> File:
    return msgspec.structs.replace(file, version=file.version + 1, **changes)
