"""Counts of what differed in shadow comparisons."""

from datetime import datetime, timedelta

from gateway.models import FieldCount
from gateway.store.table import DIFFERENCES, CountItem

KEPT_FOR = timedelta(days=30)
COMPARED, EQUAL = "", "="


def add(feature: str, route: str, field: str, now: datetime, example: str = "") -> None:
    """Count a field of a route, with its latest case."""
    CountItem(DIFFERENCES + feature, f"{route}#{field}").update(
        actions=[
            CountItem.counted.add(1),
            CountItem.example.set(example),
            CountItem.expires_at.set(int((now + KEPT_FOR).timestamp())),
        ]
    )


def list_counts(feature: str) -> list[FieldCount]:
    """List what was counted, by route and field."""
    counts = []
    for item in CountItem.query(DIFFERENCES + feature, consistent_read=True):
        route, _, field = item.sk.partition("#")
        counts.append(FieldCount(route, field, int(item.counted), item.example))
    return counts


def clear(feature: str) -> None:
    """Begin to count again."""
    items = list(CountItem.query(DIFFERENCES + feature, consistent_read=True))
    with CountItem.batch_write() as batch:
        for item in items:
            batch.delete(item)
