"""Differences between two answers, field by field, and how a report shows them.

A report says what kind of value each side had, never the value: an answer is full of what people
wrote. Fields whose values are a few words of our own, such as a status, are the exception.
"""

import re
from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Any

import msgspec

MISSING = "missing"
MAX_DIFFERENCES = 50  # of one comparison; a report does not get better by more of them
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)")
_WORD = re.compile(r"[a-z_]{1,24}")
_FIELD_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,39}")


class Difference(msgspec.Struct, frozen=True):
    """A field that differs.

    Attributes:
        field: Path of the field: `[].status` is that of any item of a list.
        theirs: What kind of value the monolith answered.
        ours: What kind of value ours answered.
    """

    field: str
    theirs: str
    ours: str

    @property
    def example(self) -> str:
        """Both kinds of values."""
        return f"{self.theirs} | {self.ours}"


class Terms(msgspec.Struct, frozen=True):
    """How two answers are compared; see `translation.Feature`."""

    same: tuple[str, ...] = ()
    ignored: frozenset[str] = frozenset()
    shown: frozenset[str] = frozenset()


def compare(theirs: Any, ours: Any, terms: Terms) -> list[Difference]:
    """Return the fields that differ, at most MAX_DIFFERENCES.

    Instants are the same in every notation. Items of a list are found by the fields that say which
    record they are, whatever their order.
    """
    found: list[Difference] = []
    for difference in _compare("", theirs, ours, terms):
        found.append(difference)
        if len(found) == MAX_DIFFERENCES:
            break
    return found


def _compare(field: str, theirs: Any, ours: Any, terms: Terms) -> Iterator[Difference]:
    if isinstance(theirs, dict) and isinstance(ours, dict):
        for name in sorted({*theirs, *ours} - terms.ignored):
            below = f"{field}.{_name(name)}" if field else _name(name)
            yield from _compare(
                below, theirs.get(name, msgspec.UNSET), ours.get(name, msgspec.UNSET), terms
            )
    elif isinstance(theirs, list) and isinstance(ours, list):
        yield from _compare_lists(f"{field}[]", theirs, ours, terms)
    elif _plain(theirs) != _plain(ours):
        is_shown = field.rpartition(".")[2] in terms.shown
        yield Difference(
            field or "body", _describe(theirs, shown=is_shown), _describe(ours, shown=is_shown)
        )


def _compare_lists(
    field: str, theirs: list[Any], ours: list[Any], terms: Terms
) -> Iterator[Difference]:
    left = list(ours)
    for item in theirs:
        partner = next((other for other in left if _is_same(item, other, terms.same)), None)
        if partner is None:
            yield Difference(field, _describe(item), MISSING)
            continue
        left.remove(partner)
        yield from _compare(field, item, partner, terms)
    for other in left:
        yield Difference(field, MISSING, _describe(other))


def _is_same(one: Any, other: Any, names: Collection[str]) -> bool:
    if not (isinstance(one, dict) and isinstance(other, dict)):
        return bool(_plain(one) == _plain(other))
    return all(_plain(one.get(name)) == _plain(other.get(name)) for name in names)


def _plain(value: Any) -> Any:
    """Return a value that is equal for the same instants, and tells 1 from true."""
    if isinstance(value, str) and _INSTANT.fullmatch(value):
        try:
            return datetime.fromisoformat(value).timestamp()
        except ValueError:
            return value
    return (type(value), value) if isinstance(value, bool) else value


def _describe(value: Any, *, shown: bool = False) -> str:
    """Return what kind of value this is."""
    if isinstance(value, str):
        if shown and _WORD.fullmatch(value):
            return value
        return "instant" if _INSTANT.fullmatch(value) else f"text of {len(value)}"
    if value is None or isinstance(value, bool):
        return msgspec.json.encode(value).decode()
    if isinstance(value, list):
        return f"list of {len(value)}"
    if value is msgspec.UNSET:
        return MISSING
    return "number" if isinstance(value, int | float) else "object"


def _name(name: str) -> str:
    """Return the name of a field, unless it could be a value: some answers have ids as names."""
    return name if _FIELD_NAME.fullmatch(name) else "*"
