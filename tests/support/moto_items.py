"""Items in moto's memory.

Where a test looks often, scans would take longer than all else. `streams.items` asks AWS.
"""

import os
from collections.abc import Iterable, Mapping
from typing import Any

from moto.core import DEFAULT_ACCOUNT_ID  # type: ignore[attr-defined]  # not re-exported
from moto.dynamodb.models import dynamodb_backends
from moto.dynamodb.models.table import Table

from tests.support.fake_aws import PREFIX


def items(table: str) -> list[dict[str, Any]]:
    """Return everything in a table, by partition and sort key; attributes as plain values."""
    return [
        {name: attribute.value for name, attribute in item.attrs.items()}
        for item in _table(table).all_items()
    ]


def put(table: str, items: Iterable[Mapping[str, Any]]) -> None:
    """Put items into a table; attributes in DynamoDB's own JSON."""
    for item in items:
        _table(table).put_item(dict(item))


def clear(table: str) -> None:
    """Empty a table, and forget which accounts were deleted.

    moto copies all of a table in each transaction, so a full one is slow.
    """
    for name in (table, "tombstones"):
        _table(name).items.clear()


def _table(table: str) -> Table:
    backend = dynamodb_backends[DEFAULT_ACCOUNT_ID][os.environ["AWS_REGION"]]
    found: Table = backend.tables[f"{PREFIX}-{table}"]
    return found
