"""Time zones that calendars name, and those that they describe themselves.

A zone here is a function from local time (naive) to UTC. A time that the clock skips is read with
the offset before the gap, one that it shows twice is the first of the two (RFC 5545, 3.3.5).
"""

from bisect import bisect_right
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import cache
from zoneinfo import ZoneInfo

import msgspec

from domain.icalendar.recurrence import Rule, WorkBudget, list_occurrences

Zone = Callable[[datetime], datetime]

_TWO_YEARS = timedelta(days=2 * 366)


class Observance(msgspec.Struct, frozen=True):
    """Standard or daylight time in a described zone.

    Attributes:
        begins: When it begins, in local time by the offset before; the first of them is also the
            first of the rule.
        rule_ends: When the rule ends, in local time.
    """

    offset_before: timedelta
    offset: timedelta
    begins: Sequence[datetime]
    rule: Rule | None
    rule_ends: datetime | None


def from_tzinfo(zone: tzinfo) -> Zone:
    """Return the zone of a tzinfo."""
    return lambda local: local.replace(tzinfo=zone).astimezone(UTC)


def find_named(name: str) -> Zone | None:
    """Return the zone with an IANA or Windows name.

    Some programs write their own name before it: `/vendor.example/Europe/Berlin`.
    """
    from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON  # noqa: PLC0415  # 75 ms

    name = name.strip("/ ")
    words = name.split("/")
    for key in (WINDOWS_TO_OLSON.get(name, name), "/".join(words[-3:]), "/".join(words[-2:])):
        try:
            return from_tzinfo(ZoneInfo(key))
        except (KeyError, ValueError, OSError):  # unknown; not a path; a folder, or too long
            continue
    return None


def from_observances(observances: Sequence[Observance], budget: WorkBudget) -> Zone:
    """Return the zone of one or more observances.

    The zone raises TooMuchWork when it has used up the budget.
    """
    earliest = min(observances, key=lambda observance: observance.begins[0])

    @cache
    def changes(year: int) -> list[tuple[datetime, timedelta]]:
        return sorted(
            change
            for observance in observances
            for change in _list_changes(observance, year, budget)
        )

    def zone(local: datetime) -> datetime:
        known = changes(local.year)
        index = bisect_right(known, local, key=lambda change: change[0])
        offset = known[index - 1][1] if index else earliest.offset_before
        return local.replace(tzinfo=UTC) - offset

    return zone


def _list_changes(
    observance: Observance, year: int, budget: WorkBudget
) -> list[tuple[datetime, timedelta]]:
    """Return when an observance begins; by its rule only in a year and the one before."""
    begins = list(observance.begins)
    if observance.rule is not None:
        until = datetime.combine(date(year + 1, 1, 1), time())
        if observance.rule_ends is not None:
            until = min(until, observance.rule_ends)
        since = until - _TWO_YEARS
        begins += list_occurrences(observance.rule, begins[0], since, until, budget)
    budget.spend(len(begins))
    # In a gap the offset before still applies.
    gap = max(observance.offset - observance.offset_before, timedelta())
    return [(local + gap, observance.offset) for local in begins]
