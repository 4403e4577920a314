"""Capacity units and bytes that DynamoDB charges for, computed from the items as it documents.

Units are those of on-demand tables ("Read and write capacity mode" and "DynamoDB item sizes and
formats" in the Amazon DynamoDB Developer Guide):

    read unit     4 KB, consistently; eventually consistent reads cost half, items that are not
                  there as much as the smallest; a query reads the sum of its items
    write unit    1 KB of the larger of the item before and after; twice that in a transaction, in
                  which a condition check costs as much as a write
    index         the same again for each index whose copy of the item changed; where the keys of
                  the copy changed, its deletion counts as well
"""

import math
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.support import aws_calls

Item = Mapping[str, Mapping[str, Any]]
KIB = 1024


@dataclass
class Used:
    """What the calls of a block used.

    Attributes:
        reads: Read units by table.
        writes: Write units by table, those of its indexes included.
        parts: Write units by what was written: the beginning of the keys, and the index.
        partitions: Read units by the beginning of the partition key, and the index.
        items: Number of items that were read.
        bytes_read: Their size.
        bytes_written: Size of what was written, indexes included.
        largest: Size of the largest item that was written, by part.
    """

    reads: Counter[str] = field(default_factory=Counter)
    writes: Counter[str] = field(default_factory=Counter)
    parts: Counter[str] = field(default_factory=Counter)
    partitions: Counter[str] = field(default_factory=Counter)
    items: int = 0
    bytes_read: int = 0
    bytes_written: int = 0
    largest: Counter[str] = field(default_factory=Counter)

    @property
    def read_units(self) -> float:
        """All read units."""
        return sum(self.reads.values())

    @property
    def write_units(self) -> int:
        """All write units."""
        return sum(self.writes.values())


def size_of(item: Item) -> int:
    """Return the size of an item in bytes."""
    return sum(len(name.encode()) + _size_of_value(value) for name, value in item.items())


@contextmanager
def counted() -> Iterator[Used]:
    """Count what the calls of the block use."""
    used = Used()

    def counting(call: aws_calls.Call, client: Any, operation: str, parameters: Any) -> Any:
        if client.meta.service_model.service_name != "dynamodb":
            return call(client, operation, parameters)
        return _COUNT.get(operation, _pass)(used, _Table(call, client), parameters, operation)

    with aws_calls.each_by(counting):
        yield used


class _Table:
    """The calls behind a counted one: they are not counted."""

    def __init__(self, call: aws_calls.Call, client: Any) -> None:
        self._call = call
        self._client = client

    def run(self, operation: str, parameters: Any) -> Any:
        return self._call(self._client, operation, parameters)

    def describe(self, table: str) -> Any:
        return self.run("DescribeTable", {"TableName": table})["Table"]

    def find(self, table: str, key: Item) -> Item:
        found = self.run("GetItem", {"TableName": table, "Key": key, "ConsistentRead": True})
        item: Item = found.get("Item", {})
        return item


def _pass(_: Used, table: _Table, parameters: Any, operation: str) -> Any:
    return table.run(operation, parameters)


def _read_units(size: int, *, consistent: bool) -> float:
    return max(1, math.ceil(size / (4 * KIB))) * (1 if consistent else 0.5)


def _count_get(used: Used, table: _Table, parameters: Any, operation: str) -> Any:
    answer = table.run(operation, parameters)
    item = answer.get("Item", {})
    consistent = parameters.get("ConsistentRead", False)
    units = _read_units(size_of(item), consistent=consistent)
    _add_read(used, parameters["TableName"], next(iter(parameters["Key"].values())), units)
    used.items += bool(item)
    used.bytes_read += size_of(item)
    return answer


def _add_read(
    used: Used, table: str, key: Mapping[str, Any], units: float, *, index: str = ""
) -> None:
    text = str(next(iter(key.values())))
    begin = text.partition("#")[0]
    part = begin if "#" in text or begin.isupper() else table.rpartition("-")[2]
    used.reads[table] += units  # type: ignore[assignment]  # halves
    used.partitions[f"{part} {index}".rstrip()] += units  # type: ignore[assignment]  # halves


def _count_query(used: Used, table: _Table, parameters: Any, operation: str) -> Any:
    answer = table.run(operation, parameters)
    size = sum(map(size_of, answer.get("Items", [])))
    consistent = parameters.get("ConsistentRead", False)
    units = _read_units(size, consistent=consistent)
    values = parameters["ExpressionAttributeValues"]
    (name,) = re.findall(r"^\S+ = (:\w+)", parameters["KeyConditionExpression"].lstrip("("))
    _add_read(
        used, parameters["TableName"], values[name], units, index=parameters.get("IndexName", "")
    )
    used.items += len(answer.get("Items", []))
    used.bytes_read += size
    return answer


def _count_batch_get(used: Used, table: _Table, parameters: Any, operation: str) -> Any:
    answer = table.run(operation, parameters)
    for name, request in parameters["RequestItems"].items():
        consistent = request.get("ConsistentRead", False)
        found = answer["Responses"].get(name, [])
        schema = table.describe(name)
        for key in request["Keys"]:
            item: Item = next((each for each in found if _key_of(schema, each) == key), {})
            units = _read_units(size_of(item), consistent=consistent)
            _add_read(used, name, next(iter(key.values())), units)
        used.items += len(found)
        used.bytes_read += sum(map(size_of, found))
    return answer


def _count_write(used: Used, table: _Table, parameters: Any, operation: str) -> Any:
    name = parameters["TableName"]
    schema = table.describe(name)
    key = _key_of(schema, parameters.get("Key") or parameters["Item"])
    before = table.find(name, key)
    answer = table.run(operation, parameters)
    _add_write(used, schema, key, (before, table.find(name, key)))
    return answer


def _count_batch_write(used: Used, table: _Table, parameters: Any, operation: str) -> Any:
    written = []
    for name, requests in parameters["RequestItems"].items():
        schema = table.describe(name)
        for request in requests:
            ((_, body),) = request.items()
            key = _key_of(schema, body.get("Key") or body["Item"])
            written.append((schema, name, key, table.find(name, key)))
    answer = table.run(operation, parameters)
    for schema, name, key, before in written:
        _add_write(used, schema, key, (before, table.find(name, key)))
    return answer


def _count_transaction(used: Used, table: _Table, parameters: Any, operation: str) -> Any:
    written = []
    for action in parameters["TransactItems"]:
        ((_, body),) = action.items()
        schema = table.describe(body["TableName"])
        key = _key_of(schema, body.get("Key") or body["Item"])
        written.append((schema, body["TableName"], key, table.find(body["TableName"], key)))
    answer = table.run(operation, parameters)
    for schema, name, key, before in written:
        _add_write(used, schema, key, (before, table.find(name, key)), factor=2)
    return answer


_COUNT: dict[str, Callable[[Used, _Table, Any, str], Any]] = {
    "GetItem": _count_get,
    "Query": _count_query,
    "BatchGetItem": _count_batch_get,
    "PutItem": _count_write,
    "UpdateItem": _count_write,
    "DeleteItem": _count_write,
    "BatchWriteItem": _count_batch_write,
    "TransactWriteItems": _count_transaction,
}


def _key_of(schema: Any, item: Item) -> Item:
    return {each["AttributeName"]: item[each["AttributeName"]] for each in schema["KeySchema"]}


def _add_write(
    used: Used, schema: Any, key: Item, versions: tuple[Item, Item], *, factor: int = 1
) -> None:
    """Count a write of an item, of which there are a version before it and one after it."""
    part = _part_of(schema, key)
    size = max(map(size_of, versions))
    _add(used, schema["TableName"], part, factor * max(1, math.ceil(size / KIB)), size)
    for index in schema.get("GlobalSecondaryIndexes", []):
        old, new = (_project(schema, index, version) for version in versions)
        if old == new:
            continue
        keys = [each["AttributeName"] for each in index["KeySchema"]]
        moved = old and new and any(old[key] != new[key] for key in keys)
        for copy in [old, new] if moved else [max(old, new, key=size_of)]:
            size = size_of(copy)
            units = max(1, math.ceil(size / KIB))
            _add(used, schema["TableName"], f"{part} {index['IndexName']}", units, size)


def _project(schema: Any, index: Any, item: Item) -> Item:
    """Return the copy of an item in an index; empty if it is not in there."""
    keys = [each["AttributeName"] for each in index["KeySchema"]]
    if any(key not in item for key in keys):
        return {}
    projection = index["Projection"]
    if projection["ProjectionType"] == "ALL":
        return item
    own = [each["AttributeName"] for each in schema["KeySchema"]]
    kept = {*keys, *own, *projection.get("NonKeyAttributes", [])}
    return {key: value for key, value in item.items() if key in kept}


def _add(used: Used, table: str, part: str, units: int, size: int) -> None:
    used.writes[table] += units
    used.parts[part] += units
    used.bytes_written += size
    used.largest[part] = max(used.largest[part], size)


def _part_of(schema: Any, key: Item) -> str:
    """Return the beginnings of the keys, such as `CALENDAR DAY`."""
    keys = [str(next(iter(value.values()))) for value in key.values()]
    begins = [key.partition("#")[0] for key in keys if "#" in key or key.isupper()]
    return " ".join(begins) or schema["TableName"].rpartition("-")[2]


def _size_of_value(value: Mapping[str, Any]) -> int:
    ((kind, content),) = value.items()
    return _SIZES[kind](content)


def _size_of_number(text: str) -> int:
    digits = text.lstrip("-").replace(".", "").strip("0")
    return math.ceil(len(digits) / 2) + 1 + text.startswith("-")


def _size_of_text(text: str) -> int:
    return len(text.encode())


_SIZES: dict[str, Callable[[Any], int]] = {
    "S": _size_of_text,
    "N": _size_of_number,
    "B": len,
    "BOOL": lambda _: 1,
    "NULL": lambda _: 1,
    "SS": lambda texts: sum(map(_size_of_text, texts)),
    "L": lambda items: 3 + sum(1 + _size_of_value(each) for each in items),
    "M": lambda items: (
        3 + sum(1 + len(name) + _size_of_value(each) for name, each in items.items())
    ),
}
