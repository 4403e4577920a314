"""What all of consultations' items share: their models, how they are written, and who is gone."""

from collections.abc import Iterable
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import msgspec
from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.exceptions import PutError, UpdateError
from pynamodb.expressions.condition import Condition
from pynamodb.indexes import GlobalSecondaryIndex
from pynamodb.transactions import TransactWrite

from shared import outbox, tables
from shared.events import DomainEvent
from shared.outbox import outbox_item
from shared.sweeping import Due
from shared.tables import Item, find, index_meta, is_refused, table_meta

PERSON, ARTIST = "PERSON#", "ARTIST#"
RECORD, DELETED = "RECORD", "DELETED"
DUE = "DUE"

Found = TypeVar("Found")


class ByArtist(GlobalSecondaryIndex[Any]):  # type: ignore[no-untyped-call]  # pynamodb's own
    """What an artist was asked and did not put away."""

    Meta = index_meta("by-artist")
    artist_list = UnicodeAttribute(hash_key=True)
    listed_as = UnicodeAttribute(range_key=True)


class ByArtistFolder(GlobalSecondaryIndex[Any]):  # type: ignore[no-untyped-call]  # pynamodb's own
    """One folder of an artist's."""

    Meta = index_meta("by-artist-folder")
    artist_folder = UnicodeAttribute(hash_key=True)
    listed_as = UnicodeAttribute(range_key=True)


class ByClient(GlobalSecondaryIndex[Any]):  # type: ignore[no-untyped-call]  # pynamodb's own
    """What a client asked and did not put away."""

    Meta = index_meta("by-client")
    client_list = UnicodeAttribute(hash_key=True)
    listed_as = UnicodeAttribute(range_key=True)


class ByClientFolder(GlobalSecondaryIndex[Any]):  # type: ignore[no-untyped-call]  # pynamodb's own
    """One folder of a client's."""

    Meta = index_meta("by-client-folder")
    client_folder = UnicodeAttribute(hash_key=True)
    listed_as = UnicodeAttribute(range_key=True)


class ByDue(GlobalSecondaryIndex[Any]):  # type: ignore[no-untyped-call]  # pynamodb's own
    """What must be looked at, by when."""

    Meta = index_meta("by-due")
    due = UnicodeAttribute(hash_key=True)
    due_at = UnicodeAttribute(range_key=True)


class RecordItem(Item):
    """A record as JSON, with what conditions and indexes need of it beside."""

    Meta = table_meta("consultations")
    record = UnicodeAttribute()
    version = NumberAttribute(null=True)
    artist_list = UnicodeAttribute(null=True)
    artist_folder = UnicodeAttribute(null=True)
    client_list = UnicodeAttribute(null=True)
    client_folder = UnicodeAttribute(null=True)
    listed_as = UnicodeAttribute(null=True)
    due = UnicodeAttribute(null=True)
    due_at = UnicodeAttribute(null=True)
    by_artist = ByArtist()
    by_artist_folder = ByArtistFolder()
    by_client = ByClient()
    by_client_folder = ByClientFolder()
    by_due = ByDue()


class OutboxItem(outbox.OutboxItem):
    """An event on its way."""

    Meta = table_meta("consultations")


def ping() -> None:
    """Raise unless the table answers."""
    RecordItem.count("ready")


# ---- items and records -------------------------------------------------------------------------


def item(pk: str, sk: str, record: Any) -> RecordItem:
    """The item that keeps this record."""
    return RecordItem(pk, sk, record=msgspec.json.encode(record).decode())


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


def keep_newest(kept: RecordItem, version: int) -> None:
    """Keep a copy unless one of a higher version is kept."""
    kept.version = version
    try:
        kept.save(condition=RecordItem.pk.does_not_exist() | (RecordItem.version <= version))
    except PutError as error:
        if not is_refused(error):
            raise


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


def delete_all(items: Iterable[RecordItem]) -> None:
    """Delete these."""
    with RecordItem.batch_write() as batch:
        for kept in items:
            batch.delete(kept)


# ---- who is gone -------------------------------------------------------------------------------


def mark_deleted(user_id: str, until: datetime) -> None:
    """Let nothing be kept of the user any more."""
    mark = item(PERSON + user_id, DELETED, None)
    mark.expires_at = int(until.timestamp())
    mark.save()


def is_deleted(user_id: str) -> bool:
    """Whether the account is gone."""
    return find(RecordItem, PERSON + user_id, DELETED) is not None


# ---- what is due -------------------------------------------------------------------------------


def find_due(now: datetime, limit: int) -> list[Due]:
    """So much of what must be looked at by now, the longest due first."""
    items = RecordItem.by_due.query(DUE, RecordItem.due_at <= sortable(now), limit=limit)
    return [Due(kept.pk, kept.sk, kept.due_at, kept.record) for kept in items]


def postpone(due: Due, until: datetime) -> None:
    """Let it be due later, behind what else is due; what was changed meanwhile is left alone."""
    try:
        RecordItem(due.pk, due.sk).update(
            actions=[RecordItem.due_at.set(due_text(until))],
            condition=RecordItem.due_at == due.due_at,
        )
    except UpdateError as error:
        if not is_refused(error):
            raise


def sortable(instant: datetime) -> str:
    """The instant as text that sorts by time, cut to seconds."""
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def due_text(instant: datetime) -> str:
    """The instant as `sortable` text, put off to the next whole second: nothing is due early."""
    return sortable(instant + timedelta(microseconds=999_999))
