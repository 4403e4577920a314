"""When an artist is open: windows of the wall clock as spans of real time.

The rule, in all zones and on all days: an instant is open when the wall clock in the artist's zone
then shows a time inside a window. So a window that the clock jumps over does not happen, one it
jumps into shrinks, and one it passes twice happens twice.

Spans are half-open pairs of whole seconds since 1970 UTC, sorted and apart from each other.
"""

from collections import deque
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from msgspec import Struct

from appointments.models import Availability, Window

Span = tuple[int, int]
DAY_SECONDS = 24 * 3600


class Opening(Struct, frozen=True):
    """A window's real time with one offset. `anchor`: when it opens, by a clock of that offset.

    The clock's offset can change within a window, so the anchor may lie outside of its span.
    """

    span: Span
    anchor: int


def openings(availability: Availability, since: int, until: int) -> list[Opening]:
    """The windows that touch [since, until), cut where the zone's offset changes."""
    zone = ZoneInfo(availability.time_zone)
    overrides = {override.date: override.windows for override in availability.overrides}
    found = []
    # A window may reach over midnight, so the day before counts, and zones are up to a day apart.
    for (begins, ends), offset in offset_spans(zone, since, until):
        for day in _days(begins + offset - DAY_SECONDS, ends + offset):
            for window in overrides.get(day, availability.weekly.of(day)):
                opens, closes = _on_the_wall(day, window)
                span = max(opens - offset, begins), min(closes - offset, ends)
                if span[0] < span[1]:
                    found.append(Opening(span, opens - offset))
    return found


def open_spans(availability: Availability, since: int, until: int) -> list[Span]:
    """When the artist takes bookings within [since, until): windows without time off."""
    windows = merged(opening.span for opening in openings(availability, since, until))
    time_off = [(seconds(off.starts_at), seconds(off.ends_at)) for off in availability.time_off]
    return without(windows, merged(time_off))


def offset_spans(zone: ZoneInfo, since: int, until: int) -> Iterator[tuple[Span, int]]:
    """[since, until) in parts of one UTC offset each, with that offset in seconds.

    No zone changes its offset twice within a day, so looking once a day misses nothing.
    """
    begins = probed = since
    offset = _offset(zone, since)
    while probed < until:
        probe = min(probed + DAY_SECONDS, until)
        if _offset(zone, probe) != offset:
            change = _change(zone, probed, probe)
            yield (begins, change), offset
            begins, offset = change, _offset(zone, change)
        probed = probe
    if begins < until:
        yield (begins, until), offset


def merged(spans: Iterable[Span]) -> list[Span]:
    """The same time in sorted spans that neither overlap nor touch."""
    joined: list[Span] = []
    for begins, ends in sorted(spans):
        if joined and begins <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(joined[-1][1], ends)
        else:
            joined.append((begins, ends))
    return joined


def without(spans: Iterable[Span], taken: Iterable[Span]) -> list[Span]:
    """What is left of spans when others are taken out; both sorted and apart."""
    left = []
    remaining = deque(taken)
    for begins, ends in spans:
        start = begins
        while remaining and remaining[0][0] < ends:
            taken_from, taken_until = remaining[0]
            if start < taken_from:
                left.append((start, taken_from))
            start = max(start, taken_until)
            if taken_until > ends:
                break  # it takes from the next span, too
            remaining.popleft()
        if start < ends:
            left.append((start, ends))
    return left


def seconds(instant: datetime) -> int:
    """An instant in whole seconds since 1970 UTC."""
    return int(instant.timestamp())


def instant(moment: int) -> datetime:
    """The opposite of `seconds`."""
    return datetime.fromtimestamp(moment, UTC)


def local_date(moment: datetime, zone: ZoneInfo) -> date:
    """The date on the wall in that zone."""
    return moment.astimezone(zone).date()


def _offset(zone: ZoneInfo, moment: int) -> int:
    offset = instant(moment).astimezone(zone).utcoffset()
    assert offset is not None
    return int(offset.total_seconds())


def _change(zone: ZoneInfo, before: int, after: int) -> int:
    """The first second of the new offset, between two moments of different offsets."""
    old = _offset(zone, before)
    while after - before > 1:
        middle = (before + after) // 2
        if _offset(zone, middle) == old:
            before = middle
        else:
            after = middle
    return after


def _days(since_on_wall: int, until_on_wall: int) -> Iterator[date]:
    day = instant(since_on_wall).date()
    while _midnight(day) < until_on_wall:
        yield day
        day += timedelta(days=1)


def _midnight(day: date) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp())


def _on_the_wall(day: date, window: Window) -> Span:
    """The window on that day, in seconds as if the wall clock showed UTC."""
    opens, closes = (_seconds_of(clock) for clock in (window.start, window.end))
    if closes <= opens:
        closes += DAY_SECONDS
    return _midnight(day) + opens, _midnight(day) + closes


def _seconds_of(clock: str) -> int:
    hours, minutes = clock.split(":")
    return int(hours) * 3600 + int(minutes) * 60
