"""Opening hours: windows in local time, as spans of real time.

One rule holds in all zones and on all days: an instant is open when the local time in the artist's
zone lies inside a window. So a window that the clock jumps over does not happen, one that it jumps
into shrinks, and one that it passes twice happens twice.

Spans are half-open pairs of whole seconds since 1970 UTC, sorted and not touching.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime
from functools import cache, lru_cache
from zoneinfo import ZoneInfo

from msgspec import Struct

from appointments.models import Availability, OpeningWindow, Schedule, TimeOff, WeeklyHours

Span = tuple[int, int]
DAY_SECONDS = 24 * 3600
EPOCH = date(1970, 1, 1)
EPOCH_WEEKDAY = EPOCH.weekday()


class Opening(Struct, frozen=True):
    """The real time of a window within one date of one UTC offset.

    Attributes:
        anchor: When the window opens, by a clock of that offset. The offset can change within a
            window, and the window can have opened the day before, so the anchor may lie outside of
            the span.
    """

    span: Span
    anchor: int


class OpenDate(Struct, frozen=True):
    """A date in a time zone, or the part of it that has one UTC offset.

    Attributes:
        span: Its real time.
        openings: The windows that touch it, in no order.
        open_spans: When the artist takes bookings: windows without time off.
    """

    date: date
    span: Span
    openings: list[Opening]
    open_spans: list[Span]


def walk_dates(
    schedule: Availability | Schedule, time_off: Sequence[TimeOff], since: int, until: int
) -> Iterator[OpenDate]:
    """Yield the dates that touch [since, until), each computed only when it is asked for."""
    windows = _Windows(schedule)
    away = deque(_list_time_off(time_off, since, until)) if time_off else deque[Span]()
    zone = ZoneInfo(schedule.time_zone)
    for (begins, ends), offset in split_by_date(zone, since, until):
        number = (begins + offset) // DAY_SECONDS
        openings = []
        # A window may reach past midnight, so those of the date before count.
        for day in (number - 1, number):
            midnight = day * DAY_SECONDS - offset
            for opens, closes in windows.list_of(day):
                span = max(midnight + opens, begins), min(midnight + closes, ends)
                if span[0] < span[1]:
                    openings.append(Opening(span, midnight + opens))
        open_spans = [opening.span for opening in openings]
        if len(open_spans) > 1:
            open_spans = merge_spans(open_spans)
        while away and away[0][1] <= begins:
            away.popleft()
        if away and away[0][0] < ends:
            open_spans = subtract_spans(open_spans, [off for off in away if off[0] < ends])
        yield OpenDate(_to_date(number), (begins, ends), openings, open_spans)


def list_open_spans(availability: Availability, since: int, until: int) -> list[Span]:
    """Return when the artist takes bookings within [since, until): windows without time off."""
    dates = walk_dates(availability, availability.time_off, since, until)
    return merge_spans(span for day in dates for span in day.open_spans)


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


def to_local_date(instant: datetime, zone: ZoneInfo) -> date:
    """Return the date of an instant in a time zone."""
    return instant.astimezone(zone).date()


class _Windows:
    """The windows of each date, in seconds since its midnight."""

    def __init__(self, schedule: Availability | Schedule) -> None:
        self._weekly = schedule.weekly
        self._overrides = {override.date: override.windows for override in schedule.overrides}
        self._days: Span | None = None
        if isinstance(schedule, Schedule) and schedule.first_date and schedule.last_date:
            self._days = _to_day(schedule.first_date), _to_day(schedule.last_date)

    def list_of(self, day: int) -> tuple[Span, ...]:
        """Return the windows that start on a date, given in days since 1970."""
        if self._days and not self._days[0] <= day <= self._days[1]:
            return ()
        if self._overrides and (replaced := self._overrides.get(_to_date(day))) is not None:
            return _to_local_spans(replaced)
        return _list_weekly(self._weekly)[(day + EPOCH_WEEKDAY) % 7]


def _list_time_off(time_off: Iterable[TimeOff], since: int, until: int) -> list[Span]:
    begins, ends = to_instant(since), to_instant(until)
    return merge_spans(
        (to_seconds(off.starts_at), to_seconds(off.ends_at))
        for off in time_off
        if off.starts_at < ends and begins < off.ends_at
    )


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


def get_midnight(day: date) -> int:
    """Return when a UTC day begins, in seconds since 1970 UTC."""
    return _to_day(day) * DAY_SECONDS


def _to_day(day: date) -> int:
    return (day - EPOCH).days


def _to_date(day: int) -> date:
    return date.fromordinal(EPOCH.toordinal() + day)


@lru_cache(maxsize=64)  # a plan walks the same hours for each of its sittings
def _list_weekly(weekly: WeeklyHours) -> tuple[tuple[Span, ...], ...]:
    """Return the windows of each weekday, from Monday on."""
    days = [getattr(weekly, name) for name in weekly.__struct_fields__]
    return tuple(map(_to_local_spans, days))


def _to_local_spans(windows: Iterable[OpeningWindow]) -> tuple[Span, ...]:
    """Return windows in seconds since midnight, as if no clock ever changed."""
    spans = []
    for window in windows:
        opens, closes = _parse_clock_time(window.start), _parse_clock_time(window.end)
        spans.append((opens, closes if opens < closes else closes + DAY_SECONDS))
    return tuple(spans)


@cache  # there are 1,441 of them
def _parse_clock_time(clock: str) -> int:
    hours, minutes = clock.split(":")
    return int(hours) * 3600 + int(minutes) * 60
