"""Lists that are read page by page, and numbers of things that have a bound."""

from typing import Any, TypeVar

from pynamodb.attributes import NumberAttribute
from pynamodb.transactions import TransactWrite

from profiles.store.table import RecordItem
from shared.data import dynamodb
from shared.data.dynamodb import Item, table_meta, transaction

Stored = TypeVar("Stored", bound=Item)


class TallyItem(Item):
    """How many of something there are, changed with each of them."""

    Meta = table_meta("profiles")
    number = NumberAttribute(default=0)


# ---- pages -------------------------------------------------------------------------------------


def page(
    model: type[Stored],
    pk: str,
    prefix: str,
    after: str | None,
    limit: int,
    *,
    newest_first: bool = True,
) -> tuple[list[Stored], str | None]:
    """So many items whose sort keys begin so, after the one with that key if one is given.

    Returns them, read consistently, and the key of the last if there are more.
    """
    found = model.query(
        pk,
        model.sk.startswith(prefix) if prefix else None,  # DynamoDB takes no empty one
        consistent_read=True,
        scan_index_forward=not newest_first,
        limit=limit + 1,
        last_evaluated_key={"pk": {"S": pk}, "sk": {"S": after}} if after else None,
    )
    items = list(found)
    return items[:limit], items[limit - 1].sk if len(items) > limit else None


def listed(
    listed_in: str,
    prefix: str,
    after: list[str] | None,
    limit: int,
    *,
    newest_first: bool = True,
) -> tuple[list[RecordItem], list[str] | None]:
    """So many items of a list whose places in it begin so, after that position if one is given.

    Returns them and the position to go on from, None at the end. The list lags behind by a moment.
    """
    found = RecordItem.by_list.query(
        listed_in,
        RecordItem.listed_as.startswith(prefix) if prefix else None,
        scan_index_forward=not newest_first,
        limit=limit,
        last_evaluated_key=_key_after(listed_in, after) if after else None,
    )
    items = list(found)
    last = found.last_evaluated_key
    return items, [last[name]["S"] for name in ("pk", "sk", "listed_as")] if last else None


def _key_after(listed_in: str, after: list[str]) -> dict[str, Any]:
    """DynamoDB's own form of a position: the keys of the item and of the index."""
    keys = dict(zip(("pk", "sk", "listed_as"), after, strict=True)) | {"listed_in": listed_in}
    return {name: {"S": value} for name, value in keys.items()}


# ---- bounds ------------------------------------------------------------------------------------


def find_number(pk: str, what: str) -> int:
    """How many there are, read consistently."""
    tally = dynamodb.find(TallyItem, pk, what)
    return int(tally.number) if tally else 0


def one_more(writes: TransactWrite, pk: str, what: str, most: int) -> None:
    """Count one more; the transaction raises Conflict where there are `most` already."""
    writes.update(
        TallyItem(pk, what),
        actions=[TallyItem.number.add(1)],
        condition=TallyItem.number.does_not_exist() | (TallyItem.number < most),
    )


def one_less(writes: TransactWrite, pk: str, what: str) -> None:
    """Count one less."""
    writes.update(TallyItem(pk, what), actions=[TallyItem.number.add(-1)])


def forget_number(pk: str, what: str) -> None:
    """Forget how many there were of somebody who is gone."""
    TallyItem(pk, what).delete()


def correct_number(pk: str, what: str, known: int, counted: int) -> None:
    """Set the number that is `known` to what was `counted`. Raises Conflict where it changed."""
    unchanged = TallyItem.number == known
    if not known:
        unchanged = unchanged | TallyItem.pk.does_not_exist()
    with transaction(RecordItem) as writes:
        writes.update(
            TallyItem(pk, what), actions=[TallyItem.number.set(counted)], condition=unchanged
        )
