"""Transactions of DynamoDB by moto: all of one or nothing, also to streams and other writers.

Moto copies a table before a transaction, and puts the copy in its place when the transaction is
cancelled. What others wrote meanwhile is lost then, and whoever reads the stream of the former
table never sees a record again. The copies also make every transaction slower, as tables grow.
"""

import copy
import functools
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import SimpleNamespace
from typing import Any, NamedTuple

from moto.dynamodb import models
from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.dynamo_type import DynamoType
from moto.dynamodb.models.table import Table
from moto.dynamodbstreams.models import ShardIterator

_TRANSACT = "transact_write_items"
_OTHERS = ("delete_item", "get_item", "put_item", "query", "scan", "update_item")
_lock = threading.RLock()

Method = Callable[..., Any]


class Patch(NamedTuple):
    """Attribute of a class or module of moto, with what takes its place."""

    owner: Any
    name: str
    value: Any


def patches() -> Iterator[Patch]:
    """Return what makes transactions of moto atomic and isolated."""
    for name in _OTHERS:
        yield Patch(DynamoDBBackend, name, _alone(getattr(DynamoDBBackend, name)))
    yield Patch(ShardIterator, "get", _alone(ShardIterator.get))
    yield Patch(DynamoDBBackend, _TRANSACT, _whole(getattr(DynamoDBBackend, _TRANSACT)))
    yield Patch(models, "copy", SimpleNamespace(copy=copy.copy, deepcopy=_copy_items_only))


def _alone(method: Method) -> Method:
    @functools.wraps(method)
    def call(*arguments: Any, **options: Any) -> Any:
        with _lock:
            return method(*arguments, **options)

    return call


def _whole(transact: Method) -> Method:
    @functools.wraps(transact)
    def call(self: Any, transact_items: Sequence[Mapping[str, Any]]) -> Any:
        with _lock:
            operations = [operation for item in transact_items for operation in item.values()]
            undos = [
                _remember(self.tables[operation["TableName"]], operation)
                for operation in operations
                if operation.get("TableName") in self.tables
            ]
            try:
                return transact(self, transact_items)
            except Exception:
                for undo in reversed(undos):
                    undo()
                raise

    return call


def _remember(table: Table, operation: Mapping[str, Any]) -> Callable[[], None]:
    """Return what undoes an operation on an item, and the records of a stream since then."""
    attributes = operation.get("Item") or operation.get("Key") or {}
    names = [name for name in (table.hash_key_attr, table.range_key_attr) if name]
    if not all(name in attributes for name in names):
        return lambda: None  # moto refuses it
    keys = [DynamoType(attributes[name]) for name in names]
    hash_key, range_key = keys[0], keys[1] if len(keys) > 1 else None
    before = copy.deepcopy(table.get_item(hash_key, range_key))
    shard = table.stream_shard
    records = len(shard.items) if shard else 0

    def undo() -> None:
        items: Any = table.items[hash_key] if range_key else table.items
        key = range_key or hash_key
        if before is None:
            items.pop(key, None)
        else:
            items[key] = before
        if shard:
            del shard.items[records:]

    return undo


def _copy_items_only(value: Any) -> Any:
    """Return a copy; of a table itself, which is not put back but undone."""
    return value if isinstance(value, Table) else copy.deepcopy(value)
