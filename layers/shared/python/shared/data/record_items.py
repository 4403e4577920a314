"""Items that store a record as JSON with its version, and optionally when work on it is due.

The item classes of a feature derive from these and add the keys of its own indexes.
"""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any, Self, TypeVar

import msgspec
from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.exceptions import PutError, UpdateError
from pynamodb.expressions.condition import Condition
from pynamodb.indexes import GlobalSecondaryIndex
from pynamodb.transactions import TransactWrite

from shared.data.conflicts import WriteConflict
from shared.data.dynamodb import (
    Item,
    find,
    index_meta,
    is_condition_failure,
    is_conflict,
    sortable,
)
from shared.data.shards import shard_partition, shard_partitions
from shared.events.sweeper import DueRecord

RecordType = TypeVar("RecordType")


class RecordItem(Item):
    """A record as JSON, and the version that conditions compare.

    Attributes:
        record: The record as JSON.
        version: Number of the record's current version, counted from 1.
    """

    record = UnicodeAttribute()
    version = NumberAttribute(null=True)

    @classmethod
    def of(cls, pk: str, sk: str, record: Any) -> Self:
        """Return an item with this record, not stored yet."""
        return cls(pk, sk, record=json_of(record))

    @classmethod
    def read(cls, pk: str, sk: str, model: type[RecordType]) -> RecordType | None:
        """Return the record with these keys, read consistently; None if there is none."""
        item = find(cls, pk, sk)
        return item.decoded(model) if item else None

    def decoded(self, model: type[RecordType]) -> RecordType:
        """Return the record.

        Raises:
            msgspec.DecodeError: The stored JSON does not fit the model.
        """
        return msgspec.json.decode(self.record, type=model)

    def write(self, writes: TransactWrite, version: int) -> None:
        """Add this item to a transaction as a version of its record.

        Version 1 must not exist yet; version n replaces version n - 1.
        """
        self.version = version
        writes.save(self, condition=self.unchanged_since(version - 1))

    def put(self, condition: Condition) -> None:
        """Write this item where the condition holds, without a transaction.

        Raises:
            WriteConflict: It does not hold, or a transaction was writing the same item.
        """
        try:
            self.save(condition=condition)
        except PutError as error:
            if is_conflict(error):
                raise WriteConflict from error
            raise

    @classmethod
    def unchanged_since(cls, version: int) -> Condition:
        """Return the condition that the record still has this version; 0 if it must not exist."""
        return cls.version == version if version else cls.pk.does_not_exist()

    @classmethod
    def delete_all(cls, items: Iterable[Self]) -> None:
        """Delete items in batches."""
        with cls.batch_write() as batch:
            for item in items:
                batch.delete(item)


def json_of(record: Any) -> str:
    """Return a record as JSON text."""
    return msgspec.json.encode(record).decode()


class ByDue(GlobalSecondaryIndex[Any]):  # type: ignore[no-untyped-call]  # pynamodb's own
    """Index of the records with due work, ordered by when it is due."""

    Meta = index_meta("by-due")
    due = UnicodeAttribute(hash_key=True)
    due_at = UnicodeAttribute(range_key=True)


class DueItem(RecordItem):
    """A record on which work may be due.

    Attributes:
        due: Partition of the index, such as `DUE#3`; None if no work is due. Versions before 0.3
            had one partition, `DUE`, for all records.
        due_at: When the work is due, as `due_text`.
    """

    due = UnicodeAttribute(null=True)
    due_at = UnicodeAttribute(null=True)
    by_due = ByDue()

    def schedule(self, name: str, owner: str, at: datetime) -> None:
        """Make work due.

        Args:
            name: Name of the kind of work, such as `DUE`.
            owner: Id of whose record it is. Work on records of one owner is never done in parallel.
            at: When it is due.
        """
        self.due, self.due_at = shard_partition(name, owner), due_text(at)

    @classmethod
    def find_due(cls, name: str, now: datetime, limit: int) -> list[DueRecord]:
        """Return records whose work is due, the longest due first, at most `limit` of each shard.

        Args:
            name: Name of the kind of work, as in `schedule`.
            now: The current instant.
            limit: Most records of a shard.
        """
        until = sortable(now)

        def query(partition: str) -> list[DueRecord]:
            lane = partition.rpartition("#")[2]
            items = cls.by_due.query(partition, cls.due_at <= until, limit=limit)
            return [DueRecord(item.pk, item.sk, item.due_at, item.record, lane) for item in items]

        # Before 0.3 there was one partition of this name. It is read until none remains in it.
        partitions = [name, *shard_partitions(name)]
        first = query(partitions[0])  # it makes the connection, which threads must not do at once
        with ThreadPoolExecutor(len(partitions)) as pool:
            others = pool.map(query, partitions[1:])
            found = [*first, *(due for shard in others for due in shard)]
        return sorted(found, key=lambda due: due.due_at)

    @classmethod
    def postpone(cls, due: DueRecord, until: datetime) -> None:
        """Postpone due work, unless the record was changed in the meantime."""
        try:
            cls(due.pk, due.sk).update(
                actions=[cls.due_at.set(due_text(until))], condition=cls.due_at == due.due_at
            )
        except UpdateError as error:
            if not is_condition_failure(error):
                raise


def due_text(instant: datetime) -> str:
    """Return an instant as sortable text, rounded up to seconds so that nothing is due early."""
    return sortable(instant + timedelta(microseconds=999_999))
