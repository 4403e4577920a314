"""Reference model of opening hours and free slots: a walk from minute to minute.

It looks at the wall clock of every minute with zoneinfo and shares no code with what it judges.
"""

from bisect import bisect_left
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from appointments.models import Availability, CalendarEntry, OpeningWindow, Service
from appointments.rules.calendar import Calendar

MINUTE = 60


def at(moment: int) -> datetime:
    """Return the instant of seconds since 1970 UTC."""
    return datetime.fromtimestamp(moment, UTC)


def is_open(availability: Availability, moment: int) -> bool:
    """Return whether the wall clock shows a time inside a window, outside of time off."""
    off = any(
        int(off.starts_at.timestamp()) <= moment < int(off.ends_at.timestamp())
        for off in availability.time_off
    )
    return not off and bool(seconds_into_windows(availability, moment))


def seconds_into_windows(availability: Availability, moment: int) -> list[int]:
    """Return how many seconds the wall clock is into each window that is open."""
    wall = datetime.fromtimestamp(moment, ZoneInfo(availability.time_zone))
    clock = wall.hour * 3600 + wall.minute * 60 + wall.second
    today, yesterday = wall.date(), wall.date() - timedelta(days=1)
    since_opening = [
        (clock - _clock(window.start), window) for window in windows_of(availability, today)
    ]
    since_opening += [
        (clock - _clock(window.start) + 24 * 3600, window)
        for window in windows_of(availability, yesterday)
    ]
    return [into for into, window in since_opening if 0 <= into < _length(window)]


def windows_of(availability: Availability, day: date) -> tuple[OpeningWindow, ...]:
    """Return the windows that start on a date."""
    for override in availability.overrides:
        if override.date == day:
            return override.windows
    return availability.weekly.list_windows(day)


def bookable(
    calendar: Calendar, service: Service, since: int, until: int, now: datetime
) -> list[int]:
    """Return the whole minutes in [since, until) at which the service can be booked."""
    availability = calendar.availability
    assert availability is not None
    length = service.duration_minutes * MINUTE
    first = -(-since // MINUTE) * MINUTE
    minutes = range(first, until + length, MINUTE)
    shut = [minute for minute in minutes if not is_open(availability, minute)]

    def fits(start: int) -> bool:
        whole = start, start + length
        next_shut = bisect_left(shut, start)
        return (
            (next_shut == len(shut) or shut[next_shut] >= whole[1])
            and not any(_overlap(whole, span) for span in _time_off(availability))
            and not any(
                _overlap(
                    (
                        whole[0] - service.buffer_before_minutes * MINUTE,
                        whole[1] + service.buffer_after_minutes * MINUTE,
                    ),
                    span,
                )
                for span in busy
            )
        )

    busy = list(_busy(calendar, now))
    return [
        start
        for start in minutes
        if start < until
        and is_in_time(service, at(start), now)
        and is_on_grid(availability, service, start)
        and fits(start)
        and is_below_limit(calendar, service, at(start), now)
    ]


def is_in_time(service: Service, start: datetime, now: datetime) -> bool:
    """Return whether a start lies ahead, by the notice, and within the horizon."""
    notice = timedelta(minutes=service.minimum_notice_minutes)
    horizon = timedelta(days=service.booking_horizon_days)
    return now < start and now + notice <= start < now + horizon


def is_on_grid(availability: Availability, service: Service, start: int) -> bool:
    """Return whether the wall clock is a whole number of steps into a window."""
    step = service.slot_interval_minutes * MINUTE
    return any(into % step == 0 for into in seconds_into_windows(availability, start))


def is_below_limit(calendar: Calendar, service: Service, start: datetime, now: datetime) -> bool:
    """Return whether the daily limit allows one more booking on the date in the artist's zone."""
    if service.daily_limit is None:
        return True
    zone = ZoneInfo(calendar.time_zone)
    same_day = [
        entry
        for entry in _entries(calendar, now)
        if entry.service_id == service.id
        and entry.starts_at.astimezone(zone).date() == start.astimezone(zone).date()
    ]
    return len(same_day) < service.daily_limit


def _entries(calendar: Calendar, now: datetime) -> list[CalendarEntry]:
    by_id = {entry.id: entry for day in calendar.days.values() for entry in day.entries}
    return [entry for entry in by_id.values() if entry.until is None or now < entry.until]


def _busy(calendar: Calendar, now: datetime) -> Iterator[tuple[int, int]]:
    for entry in _entries(calendar, now):
        yield int(entry.busy_from.timestamp()), int(entry.busy_until.timestamp())
    yield from calendar.external


def _time_off(availability: Availability) -> list[tuple[int, int]]:
    return [
        (int(off.starts_at.timestamp()), int(off.ends_at.timestamp()))
        for off in availability.time_off
    ]


def _overlap(one: tuple[int, int], other: tuple[int, int]) -> bool:
    return max(one[0], other[0]) < min(one[1], other[1])


@lru_cache
def _length(window: OpeningWindow) -> int:
    start, end = _clock(window.start), _clock(window.end)
    return end - start if end > start else end - start + 24 * 3600


@lru_cache
def _clock(clock: str) -> int:
    hours, minutes = clock.split(":")
    return int(hours) * 3600 + int(minutes) * 60
