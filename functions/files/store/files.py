"""files' DynamoDB table, and the only module that talks to it.

pk                  sk                  record
FILE#<fileId>       RECORD              File
FILE#<fileId>       READER#<userId>     `items`: what shares it with somebody else
FILE#<fileId>       PUBLIC              `items`: the portfolio items that show it to everybody
USER#<userId>       USAGE#<purpose>     Usage, in attributes of its own: it is counted, not replaced
USER#<userId>       READS#<fileId>      the other way round of READER#, to be found when they leave
USER#<userId>       AVATAR              Avatar
SHARED#<sourceId>   RECORD              Shared: by a message, for one (TTL once ended)
ITEM#<itemId>       RECORD              Shown
REMOVAL#<fileId>    UPLOAD or ALL       Removal: objects that must go
ERASURE#<userId>    RECORD              Erasure: their account is gone
OUTBOX#<fileId>     <eventId>           OutboxItem: an event on its way (TTL)

Indexes: `by-owner` and `by-purpose` list somebody's files by their ids, which sort by time;
`by-due` holds what must be looked at when its time has come.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
from pynamodb.attributes import NumberAttribute, UnicodeAttribute, UnicodeSetAttribute
from pynamodb.exceptions import DeleteError, UpdateError
from pynamodb.indexes import GlobalSecondaryIndex
from pynamodb.transactions import TransactWrite

from files.models import Avatar, Erasure, File, Removal, Shared, Shown, Status, Usage
from files.rules.file_types import Allowance, Purpose
from shared.data.dynamodb import index_meta, is_condition_failure, table_meta, transaction
from shared.data.record_items import DueItem, due_text, json_of
from shared.events import outbox
from shared.events.domain_events import DomainEvent
from shared.events.outbox import add
from shared.events.sweeper import DueRecord

FILE, USER, ITEM, REMOVAL, ERASURE = "FILE#", "USER#", "ITEM#", "REMOVAL#", "ERASURE#"
SHARED = "SHARED#"
RECORD, PUBLIC, AVATAR = "RECORD", "PUBLIC", "AVATAR"
READER, READS, USAGE = "READER#", "READS#", "USAGE#"
UPLOAD, ALL = "UPLOAD", "ALL"
DUE = "DUE"
ENDED_KEPT = timedelta(days=30)
ENDED = (Status.REJECTED, Status.REMOVED)


class ByOwner(GlobalSecondaryIndex[Any]):  # type: ignore[no-untyped-call]  # pynamodb's own
    """Somebody's files."""

    Meta = index_meta("by-owner")
    owner_id = UnicodeAttribute(hash_key=True)
    listed_as = UnicodeAttribute(range_key=True)


class ByPurpose(GlobalSecondaryIndex[Any]):  # type: ignore[no-untyped-call]  # pynamodb's own
    """Somebody's files for one purpose."""

    Meta = index_meta("by-purpose")
    listed_in = UnicodeAttribute(hash_key=True)
    listed_as = UnicodeAttribute(range_key=True)


class RecordItem(DueItem):
    """A record as JSON, with what conditions, indexes and counts need beside."""

    Meta = table_meta("files")
    record = UnicodeAttribute(null=True)  # marks and counts hold none
    owner_id = UnicodeAttribute(null=True)
    listed_in = UnicodeAttribute(null=True)
    listed_as = UnicodeAttribute(null=True)
    used_bytes = NumberAttribute(null=True)
    used_files = NumberAttribute(null=True)
    items = UnicodeSetAttribute(null=True)
    by_owner = ByOwner()
    by_purpose = ByPurpose()


class OutboxItem(outbox.OutboxItem):
    """An event on its way."""

    Meta = table_meta("files")


def ping() -> None:
    """Raise unless the table answers."""
    RecordItem.count("ready")


# ---- files -------------------------------------------------------------------------------------


def find_file(file_id: str) -> File | None:
    """The file, read consistently; also one that was removed a while ago."""
    return RecordItem.read(FILE + file_id, RECORD, File)


def find_files(file_ids: Iterable[str]) -> list[File]:
    """Those of the files that there are, read consistently."""
    keys = [(FILE + file_id, RECORD) for file_id in file_ids]
    return [item.decoded(File) for item in RecordItem.batch_get(keys, consistent_read=True)]


def list_files(
    owner_id: str, purpose: Purpose | None, after: str | None, limit: int
) -> tuple[list[File], str | None]:
    """So many of somebody's files, the newest first, after the one of that id, and where to go on.

    The index lags behind the files by a moment.
    """
    index: Any = RecordItem.by_purpose if purpose else RecordItem.by_owner
    keys = {"listed_in": f"{owner_id}#{purpose}"} if purpose else {"owner_id": owner_id}
    start = {"pk": f"{FILE}{after}", "sk": RECORD, "listed_as": after or "", **keys}
    found = index.query(
        *keys.values(),
        scan_index_forward=False,
        limit=limit,
        last_evaluated_key={name: {"S": value} for name, value in start.items()} if after else None,
    )
    files = [item.decoded(File) for item in found]
    return files, files[-1].id if files and found.last_evaluated_key else None


def find_room(owner_id: str, purpose: Purpose) -> tuple[Usage, bool]:
    """How much somebody has reserved, and whether their account is gone: one consistent read."""
    usage = (USER + owner_id, USAGE + purpose)
    found = list(RecordItem.batch_get([usage, (ERASURE + owner_id, RECORD)], consistent_read=True))
    used = next((item for item in found if item.sk == usage[1]), None)
    is_gone = any(item.pk.startswith(ERASURE) for item in found)
    if used is None:
        return Usage(), is_gone
    return Usage(int(used.used_bytes or 0), int(used.used_files or 0)), is_gone


def announce(file: File, allowance: Allowance) -> None:
    """Keep a new file and reserve room for it, both or neither.

    Raises Conflict where the allowance does not hold it, or its owner's account is gone.
    """
    usage = RecordItem(USER + file.owner_id, USAGE + file.purpose)
    has_room = (RecordItem.used_bytes <= allowance.bytes - file.reserved) & (
        RecordItem.used_files < allowance.count
    )
    with transaction(RecordItem) as writes:
        writes.condition_check(
            RecordItem, ERASURE + file.owner_id, RECORD, condition=RecordItem.pk.does_not_exist()
        )
        writes.save(_file_item(file), condition=RecordItem.pk.does_not_exist())
        writes.update(
            usage,
            actions=[RecordItem.used_bytes.add(file.reserved), RecordItem.used_files.add(1)],
            condition=RecordItem.pk.does_not_exist() | has_room,
        )


def commit(
    before: File,
    after: File,
    *,
    removal: Removal | None = None,
    events: Iterable[DomainEvent] = (),
) -> None:
    """Write a file's new state with all that comes of it, or nothing.

    Room that it does not reserve any more is given back. Raises Conflict when the file is not as it
    was `before`.
    """
    with transaction(RecordItem) as writes:
        writes.save(_file_item(after), condition=RecordItem.version == before.version)
        if before.reserved and not after.reserved:
            writes.update(
                RecordItem(USER + before.owner_id, USAGE + before.purpose),
                actions=[
                    RecordItem.used_bytes.add(-before.reserved),
                    RecordItem.used_files.add(-1),
                ],
            )
        if removal is not None:
            writes.save(_removal_item(removal))
        add(writes, OutboxItem, events)


# ---- who may read ------------------------------------------------------------------------------


def readable(files: Iterable[File], user_id: str) -> set[str]:
    """Which of up to 33 files somebody was given, or are shown to all or to all who are signed in.

    One read of three items per file.
    """
    keys = {
        key
        for file in files
        for key in (
            (FILE + file.id, READER + user_id),
            (FILE + file.id, PUBLIC),
            (USER + file.owner_id, AVATAR),
        )
    }
    found = set()
    for item in RecordItem.batch_get(keys, consistent_read=True):
        if item.sk == AVATAR:
            found.add(item.decoded(Avatar).file_id)
        elif item.items:
            found.add(item.pk.removeprefix(FILE))
    return {file.id for file in files if file.id in found}


def find_public(file_ids: Sequence[str]) -> list[File]:
    """Those of up to 50 files that a portfolio shows, in their order: one read."""
    keys = [(FILE + file_id, sk) for file_id in file_ids for sk in (RECORD, PUBLIC)]
    found = {(item.pk, item.sk): item for item in RecordItem.batch_get(keys, consistent_read=True)}
    files = []
    for file_id in file_ids:
        record, public = (found.get((FILE + file_id, sk)) for sk in (RECORD, PUBLIC))
        if record is not None and public is not None and public.items:
            files.append(record.decoded(File))
    return files


def find_shared(source_id: str) -> Shared | None:
    """What a source shares, or that it has ended, read consistently."""
    return RecordItem.read(SHARED + source_id, RECORD, Shared)


def share(shared: Shared, reader_id: str) -> None:
    """Let somebody read these files, until what shares them ends.

    Raises Conflict where it did, or was told of already.
    """
    with transaction(RecordItem) as writes:
        # It stays: until when a message can be deleted, messaging decides.
        writes.save(_shared_item(shared), condition=RecordItem.pk.does_not_exist())
        for file_id in shared.file_ids:
            reader = RecordItem(FILE + file_id, READER + reader_id)
            writes.update(reader, actions=[RecordItem.items.add({shared.source_id})])
            writes.save(RecordItem(USER + reader_id, READS + file_id))


def end_sharing(before: Shared | None, ended: Shared, now: datetime) -> None:
    """Keep that this shares nothing more. Raises Conflict when something was heard meanwhile."""
    unchanged = RecordItem.record == json_of(before) if before else RecordItem.pk.does_not_exist()
    item = _shared_item(ended)
    item.expires_at = int((now + ENDED_KEPT).timestamp())
    with transaction(RecordItem) as writes:
        writes.save(item, condition=unchanged)


def withdraw(ended: Shared, reader_id: str) -> None:
    """Let somebody read these files no more, unless something else shares them, too."""
    for file_id in ended.file_ids:
        try:
            RecordItem(FILE + file_id, READER + reader_id).update(
                actions=[RecordItem.items.delete({ended.source_id})],
                condition=RecordItem.pk.exists(),  # nothing of who is gone comes back
            )
        except UpdateError as error:
            if not is_condition_failure(error):
                raise


def find_shown(item_id: str) -> Shown | None:
    """What a portfolio item shows, read consistently."""
    return RecordItem.read(ITEM + item_id, RECORD, Shown)


def show(before: Shown | None, after: Shown, now: datetime) -> None:
    """Let a portfolio item show what it shows now, and no longer what it did before.

    Raises Conflict when something newer was heard of it meanwhile.
    """
    kept = RecordItem.of(ITEM + after.item_id, RECORD, after)
    kept.version = after.version
    if after.removed:
        kept.expires_at = int((now + ENDED_KEPT).timestamp())
    unchanged = RecordItem.version == before.version if before else RecordItem.pk.does_not_exist()
    with transaction(RecordItem) as writes:
        writes.save(kept, condition=unchanged)
        if before is not None and before.file_id != after.file_id:
            _mark_public(writes, before, shown=False)
        _mark_public(writes, after, shown=not after.removed)


def keep_avatar(avatar: Avatar) -> None:
    """Let this be somebody's avatar, unless something newer was heard."""
    item = RecordItem.of(USER + avatar.user_id, AVATAR, avatar)
    try:
        item.update(
            actions=[RecordItem.record.set(item.record), RecordItem.version.set(avatar.version)],
            condition=RecordItem.pk.does_not_exist() | (RecordItem.version < avatar.version),
        )
    except UpdateError as error:
        if not is_condition_failure(error):
            raise


def _mark_public(writes: TransactWrite, shown_by: Shown, *, shown: bool) -> None:
    items = {shown_by.item_id}
    action = RecordItem.items.add(items) if shown else RecordItem.items.delete(items)
    writes.update(RecordItem(FILE + shown_by.file_id, PUBLIC), actions=[action])


# ---- what is due -------------------------------------------------------------------------------


def due_records(now: datetime, limit: int) -> list[DueRecord]:
    """So much of what must be looked at by now, the longest due first."""
    return RecordItem.find_due(DUE, now, limit)


def read_due(due: DueRecord) -> File | Removal | Erasure:
    """What is due, as the index knows it: it lags behind the records by a moment.

    Raises msgspec.DecodeError for what we cannot read.
    """
    kinds: dict[str, Any] = {FILE: File, REMOVAL: Removal, ERASURE: Erasure}
    kind = next(kind for prefix, kind in kinds.items() if due.pk.startswith(prefix))
    record: File | Removal | Erasure = msgspec.json.decode(due.record, type=kind)
    return record


def postpone(due: DueRecord, until: datetime) -> None:
    """Let it be due later, behind what else is; what was changed meanwhile is left alone."""
    RecordItem.postpone(due, until)


def order_removal(removal: Removal) -> None:
    """Have these objects removed by the sweeper; what was ordered before is covered by it."""
    _removal_item(removal).save()


def end_removal(removal: Removal) -> None:
    """The objects are gone. What was ordered anew meanwhile stays."""
    item = _removal_item(removal)
    try:
        item.delete(condition=RecordItem.record == item.record)
    except DeleteError as error:
        if not is_condition_failure(error):
            raise


def forget_readers(file_id: str) -> None:
    """Nobody may read a file that is gone."""
    readers = RecordItem.query(FILE + file_id, RecordItem.sk.startswith(READER))
    with RecordItem.batch_write() as batch:
        for item in readers:
            batch.delete(RecordItem(item.pk, item.sk))
            batch.delete(RecordItem(USER + item.sk.removeprefix(READER), READS + file_id))
        batch.delete(RecordItem(FILE + file_id, PUBLIC))


# ---- accounts that are gone --------------------------------------------------------------------


def keep_erasure(erasure: Erasure) -> None:
    """Go on with the erasure when it is due; until it has ended, its user announces no file."""
    item = RecordItem.of(ERASURE + erasure.user_id, RECORD, erasure)
    item.due, item.due_at = DUE, due_text(erasure.due_at)
    item.save()


def end_erasure(user_id: str) -> None:
    """Nothing is left to erase."""
    RecordItem(ERASURE + user_id, RECORD).delete()


def forget_person(user_id: str) -> None:
    """Forget what somebody used, showed as their avatar, and was given to read."""
    kept = RecordItem.query(USER + user_id, consistent_read=True)
    with RecordItem.batch_write() as batch:
        for item in kept:
            if item.sk.startswith(READS):
                batch.delete(RecordItem(FILE + item.sk.removeprefix(READS), READER + user_id))
            if not item.sk.startswith(USAGE):  # what its files give back is still counted there
                batch.delete(RecordItem(item.pk, item.sk))


def forget_usage(user_id: str) -> None:
    """Forget what somebody used, once they keep nothing."""
    for purpose in Purpose:
        RecordItem(USER + user_id, USAGE + purpose).delete()


# ---- items and records -------------------------------------------------------------------------


def _shared_item(shared: Shared) -> RecordItem:
    return RecordItem.of(SHARED + shared.source_id, RECORD, shared)


def _file_item(file: File) -> RecordItem:
    item = RecordItem.of(FILE + file.id, RECORD, file)
    item.version = file.version
    if file.status is not Status.REMOVED:
        item.owner_id = file.owner_id
        item.listed_in = f"{file.owner_id}#{file.purpose}"
        item.listed_as = file.id
    if file.due_at is not None:
        item.due, item.due_at = DUE, due_text(file.due_at)
    if file.status in ENDED and file.decided_at is not None:
        item.expires_at = int((file.decided_at + ENDED_KEPT).timestamp())
    return item


def _removal_item(removal: Removal) -> RecordItem:
    sk = ALL if removal.everything else UPLOAD
    item = RecordItem.of(REMOVAL + removal.file_id, sk, removal)
    item.due, item.due_at = DUE, due_text(removal.due_at)
    return item
