"""Files in the table, and the usage of their owners' quotas."""

from collections.abc import Iterable
from typing import Any

from files.models import File, FileStatus, Removal, Usage
from files.rules.file_types import FilePurpose, Quota
from files.store.removals import create_removal_item
from files.store.table import (
    DUE,
    ENDED_LIFETIME,
    FILE,
    RECORD,
    USAGE,
    USER,
    OutboxItem,
    RecordItem,
)
from shared.data.dynamodb import find, transaction
from shared.data.tombstone_items import require_accounts
from shared.events.domain_events import DomainEvent
from shared.events.outbox import add

ENDED = (FileStatus.REJECTED, FileStatus.REMOVED)


def find_file(file_id: str) -> File | None:
    """Return a file, read consistently; removed files are found for some time."""
    return RecordItem.read(FILE + file_id, RECORD, File)


def find_files(file_ids: Iterable[str]) -> list[File]:
    """Return the files that exist, in no order, read consistently."""
    keys = [(FILE + file_id, RECORD) for file_id in file_ids]
    return [item.decoded(File) for item in RecordItem.batch_get(keys, consistent_read=True)]


def list_files(
    owner_id: str, purpose: FilePurpose | None, after: str | None, limit: int
) -> tuple[list[File], str | None]:
    """Return a page of a user's files, newest first, and the id of its last file if there are more.

    The index lags behind the files by a moment.
    """
    index: Any = RecordItem.by_purpose if purpose else RecordItem.by_owner
    keys = {"listed_in": f"{owner_id}#{purpose}"} if purpose else {"owner_id": owner_id}
    start = {"pk": f"{FILE}{after}", "sk": RECORD, "listed_as": after or "", **keys}
    items = index.query(
        *keys.values(),
        scan_index_forward=False,
        limit=limit,
        last_evaluated_key={name: {"S": value} for name, value in start.items()} if after else None,
    )
    files = [item.decoded(File) for item in items]
    return files, files[-1].id if files and items.last_evaluated_key else None


def find_usage(owner_id: str, purpose: FilePurpose) -> Usage:
    """Return a user's usage, read consistently."""
    usage = find(RecordItem, USER + owner_id, USAGE + purpose)
    if usage is None:
        return Usage()
    return Usage(int(usage.used_bytes or 0), int(usage.used_files or 0))


def create_file(file: File, quota: Quota) -> None:
    """Save a new file and count it against its owner's quota, both or neither.

    Raises:
        WriteConflict: The file would exceed the quota, or its owner's account was deleted.
    """
    usage = RecordItem(USER + file.owner_id, USAGE + file.purpose)
    is_within_quota = (RecordItem.used_bytes <= quota.bytes - file.reserved) & (
        RecordItem.used_files < quota.count
    )
    with transaction(RecordItem) as writes:
        require_accounts(writes, file.owner_id)
        writes.save(_create_item(file), condition=RecordItem.pk.does_not_exist())
        writes.update(
            usage,
            actions=[RecordItem.used_bytes.add(file.reserved), RecordItem.used_files.add(1)],
            condition=RecordItem.pk.does_not_exist() | is_within_quota,
        )


def create_rejected(file: File, removal: Removal, event: DomainEvent) -> None:
    """Save a new file that is rejected as it is announced; it counts against no quota.

    Raises:
        WriteConflict: There is a file of this id, or its owner's account was deleted.
    """
    with transaction(RecordItem) as writes:
        require_accounts(writes, file.owner_id)
        writes.save(_create_item(file), condition=RecordItem.pk.does_not_exist())
        writes.save(create_removal_item(removal))
        add(writes, OutboxItem, [event])


def commit(
    before: File,
    after: File,
    *,
    removal: Removal | None = None,
    events: Iterable[DomainEvent] = (),
) -> None:
    """Save a file's new state with its removal and its events, all or nothing.

    What the file no longer reserves is returned to its owner's quota.

    Raises:
        WriteConflict: The file is no longer as it was `before`.
    """
    with transaction(RecordItem) as writes:
        writes.save(_create_item(after), condition=RecordItem.version == before.version)
        if before.reserved and not after.reserved:
            writes.update(
                RecordItem(USER + before.owner_id, USAGE + before.purpose),
                actions=[
                    RecordItem.used_bytes.add(-before.reserved),
                    RecordItem.used_files.add(-1),
                ],
            )
        if removal is not None:
            writes.save(create_removal_item(removal))
        add(writes, OutboxItem, events)


def publish(events: Iterable[DomainEvent]) -> None:
    """Publish at most a hundred events that change no file."""
    with transaction(RecordItem) as writes:
        add(writes, OutboxItem, events)


def _create_item(file: File) -> RecordItem:
    item = RecordItem.of(FILE + file.id, RECORD, file)
    item.version = file.version
    if file.status is not FileStatus.REMOVED:
        item.owner_id = file.owner_id
        item.listed_in = f"{file.owner_id}#{file.purpose}"
        item.listed_as = file.id
    if file.status is FileStatus.CLEAN:
        item.clean_type = file.content_type
    if file.due_at is not None:
        item.schedule(DUE, file.owner_id, file.due_at)
    if file.status in ENDED and file.decided_at is not None:
        item.expires_at = int((file.decided_at + ENDED_LIFETIME).timestamp())
    return item
