"""Reference model of opening hours and free slots: a walk from minute to minute.

It looks at the wall clock of every minute with zoneinfo and shares no code with what it judges.
"""

from bisect import bisect_right
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo

from appointments.models import Availability, CalendarEntry, OpeningWindow, Schedule, Service
from appointments.rules.calendar import Calendar

MINUTE = 60
Hours = Availability | Schedule


def at(moment: int) -> datetime:
    """Return the instant of seconds since 1970 UTC."""
    return datetime.fromtimestamp(moment, UTC)


def schedule_at(calendar: Calendar, service: Service, moment: int) -> Hours | None:
    """Return the schedule that an instant falls in; None for one that was not set."""
    there = [one for one in calendar.schedules if one.first_date and _is_there(one, moment)]
    if not there:
        there = [
            one
            for one in calendar.schedules
            if one.first_date is None and service.id in one.service_ids
        ]
    named = [one for one in there if service.id in one.service_ids]
    general = [one for one in there if not one.service_ids]
    for kind in (named, general, there):
        if kind:
            return sorted(kind, key=lambda one: one.id)[0]
    return calendar.availability


def _is_there(schedule: Schedule, moment: int) -> bool:
    day = datetime.fromtimestamp(moment, ZoneInfo(schedule.time_zone)).date()
    return str(schedule.first_date) <= str(day) <= str(schedule.last_date)


def zone_at(calendar: Calendar, service: Service, start: datetime) -> ZoneInfo:
    """Return the zone in which the date of a start is counted."""
    schedule = schedule_at(calendar, service, int(start.timestamp()))
    return ZoneInfo(schedule.time_zone if schedule else "UTC")


def open_in(calendar: Calendar, service: Service, moment: int) -> Hours | None:
    """Return the schedule in which the service can be booked at an instant, if there is one."""
    schedule = schedule_at(calendar, service, moment)
    if schedule is None or any(
        begins <= moment < ends for begins, ends in _time_off(calendar.availability)
    ):
        return None
    services = schedule.service_ids if isinstance(schedule, Schedule) else ()
    if services and service.id not in services:
        return None
    return schedule if seconds_into_windows(schedule, moment) else None


def is_open(availability: Availability, moment: int) -> bool:
    """Return whether the wall clock shows a time inside a window, outside of time off."""
    off = any(begins <= moment < ends for begins, ends in _time_off(availability))
    return not off and bool(seconds_into_windows(availability, moment))


def seconds_into_windows(hours: Hours, moment: int) -> list[int]:
    """Return how many seconds the wall clock is into each window that is open."""
    wall = datetime.fromtimestamp(moment, ZoneInfo(hours.time_zone))
    clock = wall.hour * 3600 + wall.minute * 60 + wall.second
    today, yesterday = wall.date(), wall.date() - timedelta(days=1)
    starts = _starts_by_day(hours)
    since_opening = [(clock - start, length) for start, length in starts[today]]
    since_opening += [(clock - start + 24 * 3600, length) for start, length in starts[yesterday]]
    return [into for into, length in since_opening if 0 <= into < length]


class _Starts(dict[date, list[tuple[int, int]]]):
    """Start and length of the windows that start on a date, in seconds, by date."""

    def __init__(self, hours: Hours) -> None:
        super().__init__()
        self.hours = hours

    def __missing__(self, day: date) -> list[tuple[int, int]]:
        windows = windows_of(self.hours, day)
        self[day] = [(_clock(window.start), _length(window)) for window in windows]
        return self[day]


_latest: list[_Starts] = []


def _starts_by_day(hours: Hours) -> _Starts:
    """Return the starts of these hours; they are compared by identity, which is much faster."""
    for starts in _latest:
        if starts.hours is hours:
            return starts
    _latest.insert(0, _Starts(hours))
    del _latest[8:]
    return _latest[0]


def windows_of(hours: Hours, day: date) -> tuple[OpeningWindow, ...]:
    """Return the windows that start on a date."""
    if (
        isinstance(hours, Schedule)
        and hours.first_date
        and not (str(hours.first_date) <= str(day) <= str(hours.last_date))
    ):
        return ()
    for override in hours.overrides:
        if override.date == day:
            return override.windows
    return hours.weekly.list_windows(day)


def bookable(
    calendar: Calendar, service: Service, since: int, until: int, now: datetime
) -> list[int]:
    """Return the whole minutes in [since, until) at which the service can be booked."""
    length = service.duration_minutes * MINUTE
    first = -(-since // MINUTE) * MINUTE
    minutes = range(first, until + length, MINUTE)
    schedules = [open_in(calendar, service, minute) for minute in minutes]
    # Where the schedule differs from that of the minute before, an appointment cannot go on.
    ends = [
        minute
        for minute, (before, after) in zip(minutes[1:], pairwise(schedules), strict=True)
        if after is not before
    ]

    def fits(start: int) -> bool:
        whole = start, start + length
        next_end = bisect_right(ends, start)
        return (
            (next_end == len(ends) or ends[next_end] >= whole[1])
            and not any(_overlap(whole, span) for span in _time_off(calendar.availability))
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
        for start, schedule in zip(minutes, schedules, strict=True)
        if start < until
        and schedule is not None
        and is_in_time(service, at(start), now)
        and is_on_grid(schedule, service, start)
        and fits(start)
        and is_below_limits(calendar, service, at(start), now)
    ]


def is_in_time(service: Service, start: datetime, now: datetime) -> bool:
    """Return whether a start lies ahead, by the notice, and within the horizon."""
    notice = timedelta(minutes=service.minimum_notice_minutes)
    horizon = timedelta(days=service.booking_horizon_days)
    return now < start and now + notice <= start < now + horizon


def is_on_grid(hours: Hours, service: Service, start: int) -> bool:
    """Return whether the wall clock is a whole number of steps into a window."""
    step = service.slot_interval_minutes * MINUTE
    return any(into % step == 0 for into in seconds_into_windows(hours, start))


def is_below_limits(calendar: Calendar, service: Service, start: datetime, now: datetime) -> bool:
    """Return whether one more can be booked on the date, in its week and in its month."""
    wanted = start.astimezone(zone_at(calendar, service, start)).date()
    booked = [
        entry.starts_at.astimezone(zone_at(calendar, service, entry.starts_at)).date()
        for entry in _entries(calendar, now)
        if entry.service_id == service.id
    ]
    limits = {
        "%Y-%m-%d": service.daily_limit,
        "%G-%V": service.weekly_limit,
        "%Y-%m": service.monthly_limit,
    }
    return all(
        limit is None
        or sum(day.strftime(period) == wanted.strftime(period) for day in booked) < limit
        for period, limit in limits.items()
    )


def _entries(calendar: Calendar, now: datetime) -> list[CalendarEntry]:
    by_id = {entry.id: entry for day in calendar.days.values() for entry in day.entries}
    return [entry for entry in by_id.values() if entry.until is None or now < entry.until]


def _busy(calendar: Calendar, now: datetime) -> Iterator[tuple[int, int]]:
    for entry in _entries(calendar, now):
        yield int(entry.busy_from.timestamp()), int(entry.busy_until.timestamp())
    yield from calendar.external


@lru_cache(maxsize=500)
def _time_off(availability: Availability | None) -> list[tuple[int, int]]:
    return [
        (int(off.starts_at.timestamp()), int(off.ends_at.timestamp()))
        for off in (availability.time_off if availability else ())
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
