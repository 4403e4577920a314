"""Pages of lists."""

from typing import Any, TypeVar

from profiles.store.table import RecordItem
from shared.data.dynamodb import Item

Stored = TypeVar("Stored", bound=Item)


def list_items(
    model: type[Stored],
    pk: str,
    prefix: str,
    after: str | None,
    limit: int,
    *,
    newest_first: bool = True,
) -> tuple[list[Stored], str | None]:
    """Read a page of a partition, consistently.

    Args:
        model: Model of the items.
        pk: Partition key.
        prefix: Prefix of the sort keys to read.
        after: Sort key of the last item of the page before.
        limit: Largest number of items.
        newest_first: Whether to read in descending order.

    Returns:
        The items, and the sort key of the last one if there are more.
    """
    results = model.query(
        pk,
        model.sk.startswith(prefix) if prefix else None,  # DynamoDB accepts no empty prefix
        consistent_read=True,
        scan_index_forward=not newest_first,
        limit=limit + 1,
        last_evaluated_key={"pk": {"S": pk}, "sk": {"S": after}} if after else None,
    )
    items = list(results)
    return items[:limit], items[limit - 1].sk if len(items) > limit else None


def list_by_index(
    listed_in: str,
    prefix: str,
    after: list[str] | None,
    limit: int,
    *,
    newest_first: bool = True,
) -> tuple[list[RecordItem], list[str] | None]:
    """Read a page of a list in the index, which is eventually consistent.

    Args:
        listed_in: Name of the list.
        prefix: Prefix of `listed_as`.
        after: Position of the last item of the page before.
        limit: Largest number of items.
        newest_first: Whether to read in descending order.

    Returns:
        The items, and the position to continue from; None at the end.
    """
    results = RecordItem.by_list.query(
        listed_in,
        RecordItem.listed_as.startswith(prefix) if prefix else None,
        scan_index_forward=not newest_first,
        limit=limit,
        last_evaluated_key=_build_start_key(listed_in, after) if after else None,
    )
    items = list(results)
    last = results.last_evaluated_key
    return items, [last[name]["S"] for name in ("pk", "sk", "listed_as")] if last else None


def _build_start_key(listed_in: str, after: list[str]) -> dict[str, Any]:
    """Build DynamoDB's form of a position: the keys of the item and of the index."""
    keys = dict(zip(("pk", "sk", "listed_as"), after, strict=True)) | {"listed_in": listed_in}
    return {name: {"S": value} for name, value in keys.items()}
