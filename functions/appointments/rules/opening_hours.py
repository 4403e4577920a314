"""Opening hours: windows in local time, as spans of real time.

One rule holds in all zones and on all days: an instant is open when the local time in the artist's
zone lies inside a window. So a window that the clock jumps over does not happen, one that it jumps
into shrinks, and one that it passes twice happens twice.

Spans are half-open pairs of whole seconds since 1970 UTC, sorted and not touching.
"""

from collections import deque
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from msgspec import Struct

from appointments.models import Availability, OpeningWindow

Span = tuple[int, int]
DAY_SECONDS = 24 * 3600


class Opening(Struct, frozen=True):
    """The real time of a window while the zone has one offset.

    Attributes:
        anchor: When the window opens, by a clock of that offset. The offset can change within a
            window, so the anchor may lie outside of the span.
    """

    span: Span
    anchor: int


def list_openings(availability: Availability, since: int, until: int) -> list[Opening]:
    """Return the windows that touch [since, until), cut where the zone's offset changes."""
    zone = ZoneInfo(availability.time_zone)
    overrides = {override.date: override.windows for override in availability.overrides}
    openings = []
    # A window may reach past midnight, so the day before counts; zones differ by up to a day.
    for (begins, ends), offset in split_by_offset(zone, since, until):
        for day in _list_dates(begins + offset - DAY_SECONDS, ends + offset):
            for window in overrides.get(day, availability.weekly.list_windows(day)):
                opens, closes = _to_local_span(day, window)
                span = max(opens - offset, begins), min(closes - offset, ends)
                if span[0] < span[1]:
                    openings.append(Opening(span, opens - offset))
    return openings


def list_open_spans(availability: Availability, since: int, until: int) -> list[Span]:
    """Return when the artist takes bookings within [since, until): windows without time off."""
    windows = merge_spans(opening.span for opening in list_openings(availability, since, until))
    time_off = [
        (to_seconds(off.starts_at), to_seconds(off.ends_at)) for off in availability.time_off
    ]
    return subtract_spans(windows, merge_spans(time_off))


def split_by_offset(zone: ZoneInfo, since: int, until: int) -> Iterator[tuple[Span, int]]:
    """Split [since, until) into parts of one UTC offset each, with that offset in seconds.

    No zone changes its offset twice within a day, so looking once a day misses nothing.
    """
    begins = probed = since
    offset = _get_offset(zone, since)
    while probed < until:
        probe = min(probed + DAY_SECONDS, until)
        if _get_offset(zone, probe) != offset:
            change = _find_change(zone, probed, probe)
            yield (begins, change), offset
            begins, offset = change, _get_offset(zone, change)
        probed = probe
    if begins < until:
        yield (begins, until), offset


def merge_spans(spans: Iterable[Span]) -> list[Span]:
    """Return the same time in sorted spans that neither overlap nor touch."""
    merged: list[Span] = []
    for begins, ends in sorted(spans):
        if merged and begins <= merged[-1][1]:
            merged[-1] = merged[-1][0], max(merged[-1][1], ends)
        else:
            merged.append((begins, ends))
    return merged


def subtract_spans(spans: Iterable[Span], removed: Iterable[Span]) -> list[Span]:
    """Return what remains of spans without the time of others; both sorted and not touching."""
    remaining = []
    pending = deque(removed)
    for begins, ends in spans:
        start = begins
        while pending and pending[0][0] < ends:
            removed_from, removed_until = pending[0]
            if start < removed_from:
                remaining.append((start, removed_from))
            start = max(start, removed_until)
            if removed_until > ends:
                break  # it reaches into the next span, too
            pending.popleft()
        if start < ends:
            remaining.append((start, ends))
    return remaining


def to_seconds(instant: datetime) -> int:
    """Return an instant in whole seconds since 1970 UTC."""
    return int(instant.timestamp())


def to_instant(seconds: int) -> datetime:
    """Return the instant of seconds since 1970 UTC."""
    return datetime.fromtimestamp(seconds, UTC)


def to_local_date(instant: datetime, zone: ZoneInfo) -> date:
    """Return the date of an instant in a time zone."""
    return instant.astimezone(zone).date()


def _get_offset(zone: ZoneInfo, seconds: int) -> int:
    offset = to_instant(seconds).astimezone(zone).utcoffset()
    assert offset is not None
    return int(offset.total_seconds())


def _find_change(zone: ZoneInfo, before: int, after: int) -> int:
    """Return the first second of the new offset, between two instants of different offsets."""
    old = _get_offset(zone, before)
    while after - before > 1:
        middle = (before + after) // 2
        if _get_offset(zone, middle) == old:
            before = middle
        else:
            after = middle
    return after


def _list_dates(local_since: int, local_until: int) -> Iterator[date]:
    day = to_instant(local_since).date()
    while get_midnight(day) < local_until:
        yield day
        day += timedelta(days=1)


def get_midnight(day: date) -> int:
    """Return when a UTC day begins, in seconds since 1970 UTC."""
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp())


def _to_local_span(day: date, window: OpeningWindow) -> Span:
    """Return a window on a day, in seconds as if local time were UTC."""
    opens, closes = (_parse_clock_time(clock) for clock in (window.start, window.end))
    if closes <= opens:
        closes += DAY_SECONDS
    return get_midnight(day) + opens, get_midnight(day) + closes


def _parse_clock_time(clock: str) -> int:
    hours, minutes = clock.split(":")
    return int(hours) * 3600 + int(minutes) * 60
