"""Free slots: which starts of a service can be booked.

The slots that are offered are exactly those that can be booked, because both come from
`find_starts`.
"""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from math import ceil
from zoneinfo import ZoneInfo

from appointments.models import Service
from appointments.rules.calendar import Calendar, list_days_between, list_utc_days
from appointments.rules.opening_hours import (
    DAY_SECONDS,
    Span,
    list_open_spans,
    list_openings,
    merge_spans,
    subtract_spans,
    to_instant,
    to_local_date,
    to_seconds,
)

# How far ahead a range may lie: beyond every booking horizon.
MAX_DISTANCE = timedelta(days=800)
# Windows that begin before the range, or end after it, decide about starts in it.
MARGIN_SECONDS = 2 * DAY_SECONDS


def find_starts(
    calendar: Calendar, service: Service, since: datetime, until: datetime, now: datetime
) -> Iterator[datetime]:
    """Yield the starts of a service in [since, until) that can be booked now, in order.

    A start lies on the grid of the service, which is counted in local time from the opening of each
    window. The appointment lies in open time, and with its buffers it overlaps nothing that is
    busy. It lies ahead, by the notice of the service and within its horizon, on a date in the
    artist's zone on which the daily limit is not reached.
    """
    if calendar.availability is None:
        return
    availability = calendar.availability
    earliest = max(since, now + timedelta(minutes=service.minimum_notice_minutes))
    latest = min(until, now + timedelta(days=service.booking_horizon_days))
    # What starts at this very instant has already begun, even without any notice.
    first = max(ceil(earliest.timestamp()), to_seconds(now) + 1)
    end = ceil(latest.timestamp())
    if first >= end:
        return
    length = service.duration_minutes * 60
    allowed = _find_allowed_spans(
        list_open_spans(availability, first - MARGIN_SECONDS, end + MARGIN_SECONDS + length),
        calendar.list_busy_spans(now),
        service,
    )
    zone = ZoneInfo(availability.time_zone)
    full_dates = _find_full_dates(calendar, service, zone, now)
    step = service.slot_interval_minutes * 60
    candidates: set[int] = set()
    for opening in list_openings(availability, first - MARGIN_SECONDS, end):
        begins = max(opening.span[0], first)
        begins += (opening.anchor - begins) % step
        candidates.update(range(begins, min(opening.span[1], end), step))
    allowed_begins = [span[0] for span in allowed]
    for candidate in sorted(candidates):
        position = bisect_right(allowed_begins, candidate) - 1
        if position < 0 or candidate > allowed[position][1]:
            continue
        start = to_instant(candidate)
        if not full_dates or to_local_date(start, zone) not in full_dates:
            yield start


def find_deciding_days(
    calendar: Calendar, service: Service, since: datetime, until: datetime, now: datetime
) -> list[date]:
    """Return the UTC days that decide about the starts in [since, until), in order.

    They reach from the first moment that could be booked there, with the buffer before it, to the
    last one; a limit per day counts on whole dates in the artist's zone.
    """
    earliest = max(since, now + timedelta(minutes=service.minimum_notice_minutes))
    latest = min(until, now + timedelta(days=service.booking_horizon_days))
    if calendar.availability is None or earliest >= latest:
        return []
    length = timedelta(minutes=service.duration_minutes)
    first, end = to_seconds(earliest), ceil(latest.timestamp())
    spans = [
        span
        for span in list_open_spans(calendar.availability, first, to_seconds(latest + length) + 1)
        if span[0] < end
    ]
    if not spans:
        return []
    begins = to_instant(spans[0][0]) - timedelta(minutes=service.buffer_before_minutes)
    ends = to_instant(spans[-1][1]) + timedelta(minutes=service.buffer_after_minutes)
    days = {*list_utc_days(begins, ends)}
    if service.daily_limit is not None:
        last_start = min(to_instant(spans[-1][1]), latest)
        days.update(calendar.list_days_of_dates(to_instant(spans[0][0]), last_start))
    return list_days_between(min(days), max(days))


def is_bookable(calendar: Calendar, service: Service, start: datetime, now: datetime) -> bool:
    """Return whether a start is among those offered."""
    return start in find_starts(calendar, service, start, start + timedelta(seconds=1), now)


def _find_allowed_spans(free: list[Span], busy: list[Span], service: Service) -> list[Span]:
    """Return when the service may start, in closed spans: their last second counts, too."""
    length = service.duration_minutes * 60
    before, after = service.buffer_before_minutes * 60, service.buffer_after_minutes * 60
    fitting = [(begins, ends - length) for begins, ends in free if ends - begins >= length]
    # A start is refused from one second too late before something busy until that is over.
    refused = merge_spans((begins - length - after + 1, ends + before) for begins, ends in busy)
    # In whole seconds a closed span [a, b] is the half-open span [a, b + 1).
    remaining = subtract_spans([(begins, last + 1) for begins, last in fitting], refused)
    return [(begins, end - 1) for begins, end in remaining]


def _find_full_dates(
    calendar: Calendar, service: Service, zone: ZoneInfo, now: datetime
) -> frozenset[date]:
    if service.daily_limit is None:
        return frozenset()
    booked = Counter(
        to_local_date(entry.starts_at, zone)
        for entry in calendar.list_live_entries(now)
        if entry.service_id == service.id
    )
    return frozenset(day for day, count in booked.items() if count >= service.daily_limit)
