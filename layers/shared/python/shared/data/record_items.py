"""Items that hold a record as JSON under a version, and when somebody must look at it.

The model of a feature's table derives from one of these and adds what its own indexes need.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, Self, TypeVar

import msgspec
from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.exceptions import UpdateError
from pynamodb.expressions.condition import Condition
from pynamodb.indexes import GlobalSecondaryIndex
from pynamodb.transactions import TransactWrite

from shared.data.dynamodb import Item, find, index_meta, is_condition_failure, sortable
from shared.events.sweeper import DueRecord

Found = TypeVar("Found")


class RecordItem(Item):
    """A record as JSON, and the version that conditions compare."""

    record = UnicodeAttribute()
    version = NumberAttribute(null=True)

    @classmethod
    def of(cls, pk: str, sk: str, record: Any) -> Self:
        """The item that keeps this record."""
        return cls(pk, sk, record=json_of(record))

    @classmethod
    def read(cls, pk: str, sk: str, kind: type[Found]) -> Found | None:
        """The record with these keys, read consistently."""
        item = find(cls, pk, sk)
        return item.decoded(kind) if item else None

    def decoded(self, kind: type[Found]) -> Found:
        """The record. Raises msgspec.DecodeError for what we cannot read."""
        return msgspec.json.decode(self.record, type=kind)

    def write(self, writes: TransactWrite, version: int) -> None:
        """Keep the record in its new version: 1 must not exist yet, n replaces n - 1."""
        self.version = version
        writes.save(self, condition=self.unchanged_since(version - 1))

    @classmethod
    def unchanged_since(cls, version: int) -> Condition:
        """That a record still has this version; 0 is none at all."""
        return cls.version == version if version else cls.pk.does_not_exist()

    @classmethod
    def delete_all(cls, items: Iterable[Self]) -> None:
        """Delete these."""
        with cls.batch_write() as batch:
            for item in items:
                batch.delete(item)


def json_of(record: Any) -> str:
    """The record as it is kept."""
    return msgspec.json.encode(record).decode()


class ByDue(GlobalSecondaryIndex[Any]):  # type: ignore[no-untyped-call]  # pynamodb's own
    """What must be looked at, by when."""

    Meta = index_meta("by-due")
    due = UnicodeAttribute(hash_key=True)
    due_at = UnicodeAttribute(range_key=True)


class DueItem(RecordItem):
    """A record that somebody may have to look at. due: with what else, e.g. `DUE`."""

    due = UnicodeAttribute(null=True)
    due_at = UnicodeAttribute(null=True)
    by_due = ByDue()

    @classmethod
    def find_due(cls, due: str, now: datetime, limit: int) -> list[DueRecord]:
        """So much of what must be looked at by now, the longest due first."""
        items = cls.by_due.query(due, cls.due_at <= sortable(now), limit=limit)
        return [DueRecord(item.pk, item.sk, item.due_at, item.record) for item in items]

    @classmethod
    def postpone(cls, due: DueRecord, until: datetime) -> None:
        """Let it be due later, behind what else is; what was changed meanwhile is left alone."""
        try:
            cls(due.pk, due.sk).update(
                actions=[cls.due_at.set(due_text(until))], condition=cls.due_at == due.due_at
            )
        except UpdateError as error:
            if not is_condition_failure(error):
                raise


def due_text(instant: datetime) -> str:
    """The instant as `sortable` text, put off to the next whole second: nothing is due early."""
    return sortable(instant + timedelta(microseconds=999_999))
