"""Free slots: which starts of a service can be booked.

The slots that are offered are exactly those that can be booked, because both come from
`find_starts`.
"""

from collections import deque
from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from math import ceil

from appointments.models import Service
from appointments.rules.calendar import (
    Calendar,
    LiveEntries,
    list_days_between,
    list_utc_days,
)
from appointments.rules.limits import Limits
from appointments.rules.limits import list_deciding_days as list_limit_days
from appointments.rules.opening_hours import OpenDate, Opening, walk_dates
from domain.opening_hours import Span, merge_spans, subtract_spans, to_instant, to_seconds

# How far ahead a range may lie: beyond every booking horizon.
MAX_DISTANCE = timedelta(days=800)


def find_starts(
    calendar: Calendar, service: Service, since: datetime, until: datetime, now: datetime
) -> Iterator[datetime]:
    """Yield the starts of a service in [since, until) that can be booked now, in order.

    A start lies on the grid of the service, which is counted in local time from the opening of each
    window. The appointment lies in open time of one schedule, and with its buffers it overlaps
    nothing that is busy. It lies ahead, by the notice of the service and within its horizon, and on
    a date, in a week and a month in the zone of its schedule whose limits are not reached.

    The search goes from date to date. It looks at no more of the calendar than the starts decide
    on that were asked for.

    Raises:
        LookupError: A day that decides was not read.
    """
    return (start for start, _ in find_dated_starts(calendar, service, since, until, now))


def find_dated_starts(
    calendar: Calendar, service: Service, since: datetime, until: datetime, now: datetime
) -> Iterator[tuple[datetime, date]]:
    """Yield the same starts, each with its date in the zone of its schedule."""
    first, end = _get_bounds(service, since, until, now)
    if first >= end:
        return
    length, step = service.duration_minutes * 60, service.slot_interval_minutes * 60
    entries = LiveEntries(calendar, now)
    limits = Limits(calendar, service, entries)
    for dates in _walk_schedules(calendar, service, first, end + length):
        for day, open_spans in _look_ahead(dates, length):
            if day.span[0] >= end:
                return
            # A date without open time before the end decides nothing, so the days of its limits are
            # not read.
            is_open = day.openings and day.open_spans and day.open_spans[0][0] < end
            if is_open and not limits.is_reached(day.date):
                closes = min(day.span[1], end)
                allowed = _find_allowed_spans(open_spans, closes, entries, service)
                for start in _list_on_grid(day.openings, allowed, step, closes):
                    yield to_instant(start), day.date


def find_deciding_days(
    calendar: Calendar, service: Service, since: datetime, until: datetime, now: datetime
) -> list[date]:
    """Return the UTC days that decide about the starts in [since, until), in order.

    They reach from the first moment that could be booked there, with the buffer before it, to the
    last one; a limit counts on all dates of its day, week or month.
    """
    first, end = _get_bounds(service, since, until, now)
    if first >= end:
        return []
    schedules = _walk_schedules(calendar, service, first, end + service.duration_minutes * 60)
    whole = merge_spans(span for dates in schedules for day in dates for span in day.open_spans)
    spans = [span for span in whole if span[0] < end]
    if not spans:
        return []
    begins = to_instant(spans[0][0]) - timedelta(minutes=service.buffer_before_minutes)
    ends = to_instant(spans[-1][1]) + timedelta(minutes=service.buffer_after_minutes)
    days = {*list_utc_days(begins, ends)}
    last_start = min(to_instant(spans[-1][1]), to_instant(end))
    days |= list_limit_days(calendar, service, to_instant(spans[0][0]), last_start)
    return list_days_between(min(days), max(days))


def is_bookable(calendar: Calendar, service: Service, start: datetime, now: datetime) -> bool:
    """Return whether a start is among those offered."""
    return start in find_starts(calendar, service, start, start + timedelta(seconds=1), now)


def _get_bounds(
    service: Service, since: datetime, until: datetime, now: datetime
) -> tuple[int, int]:
    """Return the part of [since, until) that notice and horizon leave, in seconds."""
    earliest = max(since, now + timedelta(minutes=service.minimum_notice_minutes))
    latest = min(until, now + timedelta(days=service.booking_horizon_days))
    # What starts at this very instant has already begun, even without any notice.
    return max(ceil(earliest.timestamp()), to_seconds(now) + 1), ceil(latest.timestamp())


def _walk_schedules(
    calendar: Calendar, service: Service, since: int, until: int
) -> Iterator[Iterator[OpenDate]]:
    """Yield the dates of each schedule in which a service can be booked, in order."""
    time_off = calendar.availability.time_off if calendar.availability else ()
    for (begins, ends), schedule in calendar.timetable.split(service.id, since, until):
        if schedule is not None:
            yield walk_dates(schedule, time_off, begins, ends)


def _look_ahead(dates: Iterable[OpenDate], length: int) -> Iterator[tuple[OpenDate, list[Span]]]:
    """Yield each date, and the open time for what starts on it.

    Only where open time reaches the end of a date do the dates after it matter.
    """
    waiting: deque[OpenDate] = deque()
    for latest in dates:
        is_open_at_end = latest.open_spans and latest.open_spans[-1][1] == latest.span[1]
        if not waiting and not is_open_at_end:
            yield latest, latest.open_spans
            continue
        waiting.append(latest)
        while waiting and (not is_open_at_end or latest.span[1] >= waiting[0].span[1] + length):
            yield waiting[0], _join_open_spans(waiting)
            waiting.popleft()
    while waiting:
        yield waiting[0], _join_open_spans(waiting)
        waiting.popleft()


def _join_open_spans(dates: deque[OpenDate]) -> list[Span]:
    if len(dates) == 1:
        return dates[0].open_spans
    return merge_spans(span for day in dates for span in day.open_spans)


def _find_allowed_spans(
    free: list[Span], day_ends: int, entries: LiveEntries, service: Service
) -> list[Span]:
    """Return when the service may start before `day_ends`, in spans whose last second counts."""
    length = service.duration_minutes * 60
    before, after = service.buffer_before_minutes * 60, service.buffer_after_minutes * 60
    # In whole seconds a closed span [a, b] is the half-open span [a, b + 1).
    fitting = [
        (begins, ends - length + 1)
        for begins, ends in free
        if ends - begins >= length and begins < day_ends
    ]
    if not fitting:
        return []
    last = min(fitting[-1][1], day_ends) - 1
    busy = entries.list_busy_spans(fitting[0][0] - before, last + length + after)
    # A start is refused from one second too late before something busy until that is over.
    refused = merge_spans((begins - length - after + 1, ends + before) for begins, ends in busy)
    return [(begins, end - 1) for begins, end in subtract_spans(fitting, refused)]


def _list_on_grid(openings: list[Opening], allowed: list[Span], step: int, end: int) -> list[int]:
    """Return the starts before `end` on the grids of windows that lie in closed spans."""
    starts: set[int] = set()
    for opening in openings:
        begins, ends = opening.span[0], min(opening.span[1], end)
        for allowed_from, allowed_until in allowed:
            lowest = max(begins, allowed_from)
            lowest += (opening.anchor - lowest) % step
            starts.update(range(lowest, min(ends, allowed_until + 1), step))
    return sorted(starts)
