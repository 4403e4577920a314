"""Openings: time in which more can be booked than before, although nothing was freed."""

from collections import deque
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from appointments.models import Availability, Schedule, Service
from appointments.rules.opening_hours import list_open_spans
from appointments.rules.timetable import get_span
from domain.opening_hours import (
    Span,
    merge_spans,
    subtract_spans,
    to_instant,
    to_seconds,
)

PART = timedelta(days=32)  # what one event covers, so that its consumer reads a month at most


def list_opened_hours(
    before: Availability | None, after: Availability, since: datetime, until: datetime
) -> list[Span]:
    """Return the time within [since, until) that is open after a change and was not before it."""
    first, end = to_seconds(since), to_seconds(until)
    closed = list_open_spans(before, first, end) if before else []
    return subtract_spans(list_open_spans(after, first, end), closed)


def list_touched_time(
    schedules: Iterable[Schedule], since: datetime, until: datetime
) -> list[Span]:
    """Return the time within [since, until) in which a change of schedules can open hours.

    Whether it does depends on the other schedules, so it is all the time of their dates.
    """
    whole = to_seconds(since), to_seconds(until)
    spans = (whole if one.first_date is None else get_span(one) for one in schedules)
    clipped = ((max(span[0], whole[0]), min(span[1], whole[1])) for span in spans)
    return merge_spans(span for span in clipped if span[0] < span[1])


def may_open(before: Service, after: Service) -> bool:
    """Return whether a change of a service can offer starts that it did not offer before."""
    return (
        after.duration_minutes < before.duration_minutes
        or after.buffer_before_minutes < before.buffer_before_minutes
        or after.buffer_after_minutes < before.buffer_after_minutes
        or after.minimum_notice_minutes < before.minimum_notice_minutes
        or after.booking_horizon_days > before.booking_horizon_days
        or after.slot_interval_minutes != before.slot_interval_minutes
        or _is_raised(before.daily_limit, after.daily_limit)
        or _is_raised(before.weekly_limit, after.weekly_limit)
        or _is_raised(before.monthly_limit, after.monthly_limit)
    )


def get_horizon(services: Iterable[Service], now: datetime) -> datetime:
    """Return the instant up to which one of some services can be booked at most."""
    days = max((service.booking_horizon_days for service in services), default=0)
    # The horizon ends with a date in the artist's zone.
    return now + timedelta(days=days + 2) if days else now


def split(spans: Iterable[Span]) -> Iterator[tuple[Span, ...]]:
    """Yield spans in parts that one event can hold, none of which covers more than `PART`."""
    length = int(PART.total_seconds())
    part: list[Span] = []
    pending = deque(spans)
    while pending:
        begins, ends = pending.popleft()
        limit = (part[0][0] if part else begins) + length
        if begins >= limit:
            yield tuple(part)
            part = []
            pending.appendleft((begins, ends))
            continue
        part.append((begins, min(ends, limit)))
        if ends > limit:
            pending.appendleft((limit, ends))
    if part:
        yield tuple(part)


def to_instants(spans: Iterable[Span]) -> tuple[tuple[datetime, datetime], ...]:
    """Return spans as pairs of instants."""
    return tuple((to_instant(begins), to_instant(ends)) for begins, ends in spans)


def _is_raised(before: int | None, after: int | None) -> bool:
    return before is not None and (after is None or after > before)
