"""Limits: how many of a service can be booked on a date, in a week and in a month.

A booking counts on its date in the zone of the schedule that its start falls in. Weeks begin on
Monday (ISO 8601), months are those of the calendar. Holds and proposals count until they lapse.
"""

from calendar import monthrange
from collections.abc import Iterator
from datetime import date, datetime, timedelta

from msgspec import Struct

from appointments.models import Service
from appointments.rules.calendar import Calendar, LiveEntries


class Period(Struct, frozen=True):
    """A date, week or month with a limit.

    Attributes:
        name: Names it among the periods of its service: 2030-01-31, 2030-W05 or 2030-01.
        first: First date.
        last: Last date.
        limit: How many of the service can be booked in it.
    """

    name: str
    first: date
    last: date
    limit: int


class Limits:
    """The limits of a service, counted in a calendar as they are asked for."""

    def __init__(self, calendar: Calendar, service: Service, entries: LiveEntries) -> None:
        self._calendar, self._service, self._entries = calendar, service, entries
        self._exist = has_limits(service)
        self._reached: dict[str, bool] = {}

    def is_reached(self, day: date) -> bool:
        """Return whether no more of the service can be booked on a date."""
        return self._exist and any(map(self._is_reached, list_periods(self._service, day)))

    def _is_reached(self, period: Period) -> bool:
        if period.name not in self._reached:
            booked = self._entries.count(self._service.id, period.first, period.last)
            self._reached[period.name] = booked >= period.limit
        return self._reached[period.name]


def has_limits(service: Service) -> bool:
    """Return whether the number of bookings of a service is limited."""
    return not (service.daily_limit is service.weekly_limit is service.monthly_limit is None)


def list_periods(service: Service, day: date) -> Iterator[Period]:
    """Yield the periods with a limit that a date lies in, shortest first."""
    if service.daily_limit is not None:
        yield Period(f"{day}", day, day, service.daily_limit)
    if service.weekly_limit is not None:
        year, week, weekday = day.isocalendar()
        monday = day - timedelta(days=weekday - 1)
        yield Period(f"{year}-W{week:02}", monday, monday + timedelta(days=6), service.weekly_limit)
    if service.monthly_limit is not None:
        last = day.replace(day=monthrange(day.year, day.month)[1])
        yield Period(f"{day:%Y-%m}", day.replace(day=1), last, service.monthly_limit)


def list_deciding_days(
    calendar: Calendar, service: Service, since: datetime, until: datetime
) -> set[date]:
    """Return the UTC days that decide whether limits allow the starts from one to another."""
    return {
        day
        for period in _list_periods_between(calendar, service, since, until)
        for day in calendar.list_days_of_dates(period.first, period.last)
    }


def list_tallies(
    calendar: Calendar, service: Service, since: datetime, until: datetime
) -> list[str]:
    """Return the keys of the tallies that guard the limits of starts from one to another."""
    periods = _list_periods_between(calendar, service, since, until)
    return [_get_tally(service, period) for period in periods if period.first < period.last]


def guard(calendar: Calendar, service: Service, starts_at: datetime) -> Calendar:
    """Return the calendar so that its write fails if a limit was used up meanwhile.

    A date is guarded by its days, which everybody changes who books on it. The days of a week or a
    month are too many for one transaction, and mostly changed for other reasons. So whoever relies
    on such a limit writes its tally, on condition that nobody has done so since it was read.

    Raises:
        LookupError: A tally was not read.
    """
    day = calendar.timetable.get_date(service.id, starts_at)
    for period in list_periods(service, day):
        if period.first == period.last:
            calendar = calendar.guard_date(day)
        else:
            calendar = calendar.guard_tally(_get_tally(service, period), period.last)
    return calendar


def _list_periods_between(
    calendar: Calendar, service: Service, since: datetime, until: datetime
) -> list[Period]:
    """Return the periods of all dates that starts can have, in whichever schedule they fall."""
    if not has_limits(service):
        return []
    zones = calendar.timetable.list_zones()
    day = min(since.astimezone(zone).date() for zone in zones)
    last = max(until.astimezone(zone).date() for zone in zones)
    periods: dict[str, Period] = {}
    while day <= last:
        periods.update((period.name, period) for period in list_periods(service, day))
        day += timedelta(days=1)
    return list(periods.values())


def _get_tally(service: Service, period: Period) -> str:
    return f"{service.id}#{period.name}"
