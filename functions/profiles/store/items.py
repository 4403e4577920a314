"""What all of profiles' items share: their model, how they are written, and who is gone."""

from collections.abc import Iterable
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any, TypeVar

import msgspec
from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.expressions.condition import Condition
from pynamodb.indexes import GlobalSecondaryIndex
from pynamodb.transactions import TransactWrite

from shared import outbox, tables
from shared.events import DomainEvent
from shared.outbox import outbox_item
from shared.tables import Item, find, index_meta, table_meta

PERSON, ARTIST = "PERSON#", "ARTIST#"
RECORD, DELETED = "RECORD", "DELETED"

Found = TypeVar("Found")


class ByList(GlobalSecondaryIndex[Any]):  # type: ignore[no-untyped-call]  # pynamodb's own
    """What belongs together, in an order."""

    Meta = index_meta("by-list")
    listed_in = UnicodeAttribute(hash_key=True)
    listed_as = UnicodeAttribute(range_key=True)


class ByDue(GlobalSecondaryIndex[Any]):  # type: ignore[no-untyped-call]  # pynamodb's own
    """What must be looked at, by when."""

    Meta = index_meta("by-due")
    due = UnicodeAttribute(hash_key=True)
    due_at = UnicodeAttribute(range_key=True)


class RecordItem(Item):
    """A record as JSON, with what conditions and indexes need of it beside."""

    Meta = table_meta("profiles")
    record = UnicodeAttribute()
    version = NumberAttribute(null=True)
    listed_in = UnicodeAttribute(null=True)
    listed_as = UnicodeAttribute(null=True)
    due = UnicodeAttribute(null=True)
    due_at = UnicodeAttribute(null=True)
    by_list = ByList()
    by_due = ByDue()


class OutboxItem(outbox.OutboxItem):
    """An event on its way."""

    Meta = table_meta("profiles")


def ping() -> None:
    """Raise unless the table answers."""
    RecordItem.count("ready")


# ---- items and records -------------------------------------------------------------------------


def item(pk: str, sk: str, record: Any) -> RecordItem:
    """The item that keeps this record."""
    return RecordItem(pk, sk, record=json_of(record))


def json_of(record: Any) -> str:
    """The record as it is kept."""
    return msgspec.json.encode(record).decode()


def decoded(kept: RecordItem, kind: type[Found]) -> Found:
    """The record of an item. Raises msgspec.DecodeError for what we cannot read."""
    return msgspec.json.decode(kept.record, type=kind)


def read(pk: str, sk: str, kind: type[Found]) -> Found | None:
    """The record with these keys, read consistently."""
    kept = find(RecordItem, pk, sk)
    return decoded(kept, kind) if kept else None


# ---- writing -----------------------------------------------------------------------------------


def transaction() -> AbstractContextManager[TransactWrite]:
    """A transaction on the table, as `shared.tables.transaction`: leaving it may raise Conflict."""
    return tables.transaction(RecordItem)


def write(writes: TransactWrite, kept: RecordItem, version: int) -> None:
    """Keep a record in its new version: 1 must not exist yet, n replaces n - 1."""
    kept.version = version
    writes.save(kept, condition=unchanged_since(version - 1))


def unchanged_since(version: int) -> Condition:
    """That a record still has this version; 0 is none at all."""
    return RecordItem.version == version if version else RecordItem.pk.does_not_exist()


def alive(writes: TransactWrite, *user_ids: str) -> None:
    """Write only if nobody's account was deleted: else the transaction raises Conflict."""
    for user_id in dict.fromkeys(user_ids):
        writes.condition_check(
            RecordItem, PERSON + user_id, DELETED, condition=RecordItem.pk.does_not_exist()
        )


def tell(writes: TransactWrite, events: Iterable[DomainEvent]) -> None:
    """Put events into the outbox."""
    for event in events:
        writes.save(outbox_item(OutboxItem, event))


# ---- who is gone -------------------------------------------------------------------------------


def mark_deleted(user_id: str, until: datetime) -> None:
    """Let nothing be kept of the user any more."""
    mark = item(PERSON + user_id, DELETED, None)
    mark.expires_at = int(until.timestamp())
    mark.save()


def is_deleted(user_id: str) -> bool:
    """Whether the account is gone."""
    return find(RecordItem, PERSON + user_id, DELETED) is not None
