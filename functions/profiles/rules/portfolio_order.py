"""The order of a portfolio: one list of all its items, which an artist may change.

A portfolio is small enough for that. New items come first; the others keep their places.
"""

from collections.abc import Sequence

from msgspec.structs import replace

from profiles.models.portfolio import PortfolioOrder

MAX_RECENT = 20  # items of an artist that feeds show


def add(order: PortfolioOrder, key: str) -> PortfolioOrder:
    """Return the order with a new item."""
    recent = sorted((key, *order.recent), reverse=True)[:MAX_RECENT]
    return replace(
        order,
        number=order.number + 1,
        order=None if order.order is None else (key, *order.order),
        recent=tuple(recent),
    )


def remove(order: PortfolioOrder, key: str) -> PortfolioOrder:
    """Return the order without an item."""
    return replace(
        order,
        number=order.number - 1,
        order=None if order.order is None else tuple(each for each in order.order if each != key),
        recent=tuple(each for each in order.recent if each != key),
    )


def put_first(order: Sequence[str], chosen: Sequence[str]) -> tuple[str, ...]:
    """Return all keys with the chosen ones first; the others follow in the order they had."""
    rest = set(order) - set(chosen)
    return (*chosen, *(key for key in order if key in rest))


def move(order: Sequence[str], key: str, position: int) -> tuple[str, ...]:
    """Return all keys with one at a position, counted from 0; the last one if there are fewer."""
    others = [each for each in order if each != key]
    others.insert(position, key)
    return tuple(others)


def cut(
    order: Sequence[str], after: tuple[str, int] | None, limit: int
) -> tuple[Sequence[str], tuple[str, int] | None]:
    """Return a page of an order, and where the next page starts.

    Args:
        order: All keys.
        after: The last key of the page before, and its position: that counts if it is gone.
        limit: Most keys of the page.
    """
    start = 0
    if after is not None:
        key, position = after
        start = order.index(key) + 1 if key in order else position
    page = order[start : start + limit]
    end = start + len(page)
    return page, (page[-1], end - 1) if page and end < len(order) else None
