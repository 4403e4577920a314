"""Opening hours of an artist's schedules, by the rule of `domain.opening_hours`."""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from msgspec import Struct

from appointments.models import Availability, OpeningWindow, Schedule, TimeOff, WeeklyHours
from domain.opening_hours import (
    DAY_SECONDS,
    EPOCH_WEEKDAY,
    Span,
    merge_spans,
    split_by_date,
    subtract_spans,
    to_instant,
    to_local_span,
    to_seconds,
)

EPOCH = date(1970, 1, 1)


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
    return tuple(to_local_span(window.start, window.end) for window in windows)
