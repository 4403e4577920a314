"""Which starts of a service are free. What is offered is what can be booked: both ask `starts`."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from math import ceil
from zoneinfo import ZoneInfo

from appointments.models import Service
from appointments.rules.calendar import Calendar
from appointments.rules.opening_hours import (
    DAY_SECONDS,
    Span,
    instant,
    local_date,
    merged,
    open_spans,
    openings,
    seconds,
    without,
)

# Windows that began before the range, or end after it, decide about starts in it.
MARGIN = 2 * DAY_SECONDS


def starts(
    calendar: Calendar, service: Service, since: datetime, until: datetime, now: datetime
) -> Iterator[datetime]:
    """The starts of the service in [since, until) that can be booked now, in order.

    A start lies on the service's grid, which is counted by the wall clock from the opening of each
    window. The appointment lies in open time; with its buffers it touches nothing that is busy.
    It lies ahead, by the notice of the service and within its horizon, on a date of the artist's
    zone on which its limit is not reached.
    """
    if calendar.availability is None:
        return
    availability = calendar.availability
    earliest = max(since, now + timedelta(minutes=service.minimum_notice_minutes))
    latest = min(until, now + timedelta(days=service.booking_horizon_days))
    # What starts at this very instant has begun already, even without any notice.
    first = max(ceil(earliest.timestamp()), seconds(now) + 1)
    end = ceil(latest.timestamp())
    if first >= end:
        return
    length = service.duration_minutes * 60
    allowed = _allowed(
        open_spans(availability, first - MARGIN, end + MARGIN + length),
        calendar.busy(now),
        service,
    )
    zone = ZoneInfo(availability.time_zone)
    full = _full_days(calendar, service, zone, now)
    step = service.slot_interval_minutes * 60
    candidates: set[int] = set()
    for opening in openings(availability, first - MARGIN, end):
        begins = max(opening.span[0], first)
        begins += (opening.anchor - begins) % step
        candidates.update(range(begins, min(opening.span[1], end), step))
    begins_of = [span[0] for span in allowed]
    for candidate in sorted(candidates):
        position = bisect_right(begins_of, candidate) - 1
        if position < 0 or candidate > allowed[position][1]:
            continue
        start = instant(candidate)
        if not full or local_date(start, zone) not in full:
            yield start


def is_bookable(calendar: Calendar, service: Service, start: datetime, now: datetime) -> bool:
    """Whether this start is among those offered."""
    return start in starts(calendar, service, start, start + timedelta(seconds=1), now)


def _allowed(free: list[Span], busy: list[Span], service: Service) -> list[Span]:
    """The moments at which the service may start: spans of which the last moment counts, too."""
    length = service.duration_minutes * 60
    before, after = service.buffer_before_minutes * 60, service.buffer_after_minutes * 60
    fitting = [(begins, ends - length) for begins, ends in free if ends - begins >= length]
    # A start is refused from one second too late before something busy until it is over.
    refused = merged((begins - length - after + 1, ends + before) for begins, ends in busy)
    # In whole seconds a closed span [a, b] is the half-open [a, b + 1).
    left = without([(begins, last + 1) for begins, last in fitting], refused)
    return [(begins, end - 1) for begins, end in left]


def _full_days(
    calendar: Calendar, service: Service, zone: ZoneInfo, now: datetime
) -> frozenset[date]:
    if service.daily_limit is None:
        return frozenset()
    booked = Counter(
        local_date(entry.starts_at, zone)
        for entry in calendar.live_entries(now)
        if entry.service_id == service.id
    )
    return frozenset(day for day, count in booked.items() if count >= service.daily_limit)
