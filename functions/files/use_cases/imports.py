"""Imports: files made of content that another feature fetched (`shared.data.file_imports`).

They differ from uploads only in who put the content: types, sizes, quota and inspection are the
same. The event may arrive twice or late, so each step looks at what is there: the record is created
once, the content is copied to the inspector for as long as the file is pending, and S3 reports the
copy.
"""

from datetime import datetime, timedelta

import msgspec

from files.events import FileRejected, SocialFileFetched
from files.models import File, FileStatus, RejectionReason, Removal
from files.rules import file_names
from files.rules.file_types import QUOTAS, get_max_size, list_types
from files.store import bucket, removals
from files.store import files as store
from shared.data import tombstones
from shared.data.conflicts import retry_on_conflict
from shared.events.domain_events import DomainEvent, new_event
from shared.platform.logs import logger

# S3 reports the copy within seconds; what could not be copied by then never will be.
COPIED_WITHIN = timedelta(hours=1)


@retry_on_conflict
def accept(fetched: SocialFileFetched, fetched_at: datetime, now: datetime) -> None:
    """Make a file of fetched content and have it inspected, or reject it at once.

    It is rejected where the type or the size is not accepted for the purpose, where the quota of
    the owner is used up, and where the content is gone. Nothing is made for a deleted account.
    """
    file = store.find_file(fetched.file_id)
    if file is None and tombstones.is_deleted(fetched.owner_id):
        removals.order_removal(Removal(fetched.file_id, False, now))
        return
    if file is None:
        file = _create(fetched, fetched_at, now)
    if file.owner_id != fetched.owner_id:
        logger.error("import of another user's file", file_id=file.id)
        return
    if file.status is FileStatus.INSPECTING:
        return  # its end deletes the content
    if file.status is not FileStatus.PENDING:
        removals.order_removal(Removal(file.id, False, now))  # it may have been put again
        return
    try:
        bucket.copy_import(file.id)
    except bucket.ObjectMissing:
        _reject_lost(file, now)


def _create(fetched: SocialFileFetched, fetched_at: datetime, now: datetime) -> File:
    reason = _find_reason(fetched)
    file = File(
        id=fetched.file_id,
        owner_id=fetched.owner_id,
        purpose=fetched.purpose,
        name=_name(fetched, reason),
        content_type=fetched.content_type,
        size=fetched.size,
        sha256=fetched.sha256,
        status=FileStatus.PENDING,
        created_at=fetched_at,
        upload_until=now + COPIED_WITHIN,
        reserved=fetched.size,
        due_at=now + COPIED_WITHIN,
    )
    if reason is None:
        store.create_file(file, QUOTAS[file.purpose])
        return file
    rejected = _rejected(file, reason, now)
    store.create_rejected(rejected, Removal(file.id, False, now), _event(rejected, reason, now))
    return rejected


def _find_reason(fetched: SocialFileFetched) -> RejectionReason | None:
    if fetched.content_type not in list_types(fetched.purpose):
        return RejectionReason.WRONG_TYPE
    if not 0 < fetched.size <= get_max_size(fetched.purpose, fetched.content_type):
        return RejectionReason.TOO_LARGE if fetched.size else RejectionReason.SIZE_MISMATCH
    quota, usage = QUOTAS[fetched.purpose], store.find_usage(fetched.owner_id, fetched.purpose)
    if usage.count >= quota.count or usage.bytes + fetched.size > quota.bytes:
        return RejectionReason.QUOTA_USED_UP
    return None


def _name(fetched: SocialFileFetched, reason: RejectionReason | None) -> str:
    if reason is RejectionReason.WRONG_TYPE:
        return file_names.DEFAULT_STEM  # there is no extension for the type
    return file_names.clean_name(fetched.name, fetched.content_type)


def _reject_lost(file: File, now: datetime) -> None:
    rejected = _rejected(file, RejectionReason.UNINSPECTABLE, now)
    event = _event(rejected, RejectionReason.UNINSPECTABLE, now)
    store.commit(file, rejected, removal=Removal(file.id, False, now), events=[event])
    logger.warning("import lost", file_id=file.id)


def _rejected(file: File, reason: RejectionReason, now: datetime) -> File:
    return msgspec.structs.replace(
        file,
        status=FileStatus.REJECTED,
        reason=reason,
        decided_at=now,
        due_at=None,
        reserved=0,
        version=file.version + 1,
    )


def _event(file: File, reason: RejectionReason, now: datetime) -> DomainEvent:
    return new_event(
        "files", file.id, FileRejected(file.id, file.owner_id, reason, file.version), now
    )
