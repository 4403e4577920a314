"""The time zones that foreign calendars name, and those that they describe themselves.

A zone here is what calendars need of one: a function from local time (naive) to UTC. A time that
the clock skips counts from before the gap, one that it shows twice is the first (RFC 5545, 3.3.5).
"""

from bisect import bisect_right
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import cache
from zoneinfo import ZoneInfo

import msgspec

from appointments.icalendar.recurrence import Patience, Rule, occurrences

Zone = Callable[[datetime], datetime]

_TWO_YEARS = timedelta(days=2 * 366)


class Observance(msgspec.Struct, frozen=True):
    """Standard or daylight time in a described zone: the offset, and when it sets in.

    `begins` are local times by the offset before, the first of them the rule's first too.
    """

    offset_before: timedelta
    offset: timedelta
    begins: Sequence[datetime]
    rule: Rule | None
    rule_ends: datetime | None


def zone_of(zone: tzinfo) -> Zone:
    """The zone of a tzinfo."""
    return lambda local: local.replace(tzinfo=zone).astimezone(UTC)


def named(name: str) -> Zone | None:
    """The zone that has this IANA or Windows name, or none.

    Some programs write their own name before it: `/vendor.example/Europe/Berlin`.
    """
    from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON  # noqa: PLC0415  # 75 ms

    name = name.strip("/ ")
    words = name.split("/")
    for key in (WINDOWS_TO_OLSON.get(name, name), "/".join(words[-3:]), "/".join(words[-2:])):
        try:
            return zone_of(ZoneInfo(key))
        except (KeyError, ValueError, OSError):  # unknown; no path; a folder, or too long
            continue
    return None


def described(observances: Sequence[Observance], patience: Patience) -> Zone:
    """The zone of these observances, one or more. Asked, it may raise TooMuch."""

    earliest = min(observances, key=lambda observance: observance.begins[0])

    @cache
    def changes(year: int) -> list[tuple[datetime, timedelta]]:
        return sorted(
            change for observance in observances for change in _changes(observance, year, patience)
        )

    def zone(local: datetime) -> datetime:
        known = changes(local.year)
        index = bisect_right(known, local, key=lambda change: change[0])
        offset = known[index - 1][1] if index else earliest.offset_before
        return local.replace(tzinfo=UTC) - offset

    return zone


def _changes(
    observance: Observance, year: int, patience: Patience
) -> list[tuple[datetime, timedelta]]:
    """When it sets in, of which its rule's times are those of the year and the one before."""
    begins = list(observance.begins)
    if observance.rule is not None:
        until = datetime.combine(date(year + 1, 1, 1), time())
        if observance.rule_ends is not None:
            until = min(until, observance.rule_ends)
        since = until - _TWO_YEARS
        begins += occurrences(observance.rule, begins[0], since, until, patience)
    patience.spend(len(begins))
    # In a gap the offset from before still holds.
    gap = max(observance.offset - observance.offset_before, timedelta())
    return [(local + gap, observance.offset) for local in begins]
