"""Opening hours: windows in local time, as spans of real time.

One rule holds in all zones and on all days: an instant is open when the local time in the zone lies
inside a window. So a window that the clock jumps over does not happen, one that it jumps into
shrinks, and one that it passes twice happens twice.

Spans are half-open pairs of whole seconds since 1970 UTC, sorted and not touching.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from functools import cache
from zoneinfo import ZoneInfo

Span = tuple[int, int]
DAY_SECONDS = 24 * 3600
EPOCH_WEEKDAY = 3  # 1 January 1970 was a Thursday

# How far back an opening is looked for, in steps: most are found in the first one.
_LOOK_BACK_DAYS = (8, 64, 512)


def list_open_spans(
    zone: ZoneInfo,
    list_windows: Callable[[int], Iterable[Span]],
    time_off: Sequence[Span],
    since: int,
    until: int,
) -> list[Span]:
    """Return when windows are open within [since, until), without time off.

    Args:
        zone: The zone of the windows.
        list_windows: Returns the windows that start on a date, given in days since 1970, in seconds
            since its midnight.
        time_off: Time that is closed; sorted and not touching.
        since: First second.
        until: End.
    """
    spans = []
    for (begins, ends), offset in split_by_date(zone, since, until):
        number = (begins + offset) // DAY_SECONDS
        # A window may reach past midnight, so those of the date before count.
        for day in (number - 1, number):
            midnight = day * DAY_SECONDS - offset
            for opens, closes in list_windows(day):
                span = max(midnight + opens, begins), min(midnight + closes, ends)
                if span[0] < span[1]:
                    spans.append(span)
    return subtract_spans(merge_spans(spans), time_off)


def find_closing(
    zone: ZoneInfo,
    list_windows: Callable[[int], Iterable[Span]],
    time_off: Sequence[Span],
    instant: int,
) -> int | None:
    """Return since when it is closed at an instant: None where it is open.

    It is 0 where it was not open in the 512 days before.
    """
    for days in _LOOK_BACK_DAYS:
        since = instant - days * DAY_SECONDS
        spans = list_open_spans(zone, list_windows, time_off, since, instant + 1)
        if spans:
            closing = spans[-1][1]
            return None if closing > instant else closing
    return 0


def split_by_date(zone: ZoneInfo, since: int, until: int) -> Iterator[tuple[Span, int]]:
    """Split [since, until) into local dates, and those into parts of one UTC offset each.

    No zone changes its offset twice within a day, so comparing both ends of a date misses nothing.

    Yields:
        A part and its offset in seconds.
    """
    begins, offset = since, _get_offset(zone, since)
    while begins < until:
        midnight = ((begins + offset) // DAY_SECONDS + 1) * DAY_SECONDS - offset
        ends = min(midnight, until)
        next_offset = _get_offset(zone, ends)
        if next_offset != offset:
            ends = _find_change(zone, begins, ends)
        yield (begins, ends), offset
        begins, offset = ends, next_offset


def merge_spans(spans: Iterable[Span]) -> list[Span]:
    """Return the same time in sorted spans that neither overlap nor touch."""
    merged: list[Span] = []
    pending: Span | None = None
    for span in sorted(spans):
        if pending is None or span[0] > pending[1]:
            if pending is not None:
                merged.append(pending)
            pending = span
        elif span[1] > pending[1]:
            pending = pending[0], span[1]
    if pending is not None:
        merged.append(pending)
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


def to_local_span(start: str, end: str) -> Span:
    """Return a window in seconds since midnight, as if no clock ever changed.

    Args:
        start: When it opens, as `09:00`.
        end: When it closes, on the next day unless that is later than the start.
    """
    opens, closes = _parse_clock_time(start), _parse_clock_time(end)
    return opens, closes if opens < closes else closes + DAY_SECONDS


def _get_offset(zone: ZoneInfo, seconds: int) -> int:
    offset = datetime.fromtimestamp(seconds, zone).utcoffset()
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


@cache  # there are 1,441 of them
def _parse_clock_time(clock: str) -> int:
    hours, minutes = clock.split(":")
    return int(hours) * 3600 + int(minutes) * 60
