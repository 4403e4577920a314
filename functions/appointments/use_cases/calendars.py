"""Calendars: the reads that decide whether something can be put into one."""

from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime

import msgspec

from appointments import store
from appointments.models import AppointmentSide, CalendarEntry, Service
from appointments.rules import limits
from appointments.rules.calendar import Calendar, list_days


def read_to_place(
    calendar: Calendar,
    service: Service,
    entry: CalendarEntry,
    side: AppointmentSide,
    days: Iterable[date] = (),
    *,
    consistent: bool = True,
) -> Calendar:
    """Return a calendar with the days that decide whether one side can place an entry.

    Args:
        calendar: Calendar without days.
        service: Service of the entry.
        entry: What is placed.
        side: The artist may ignore limits, so what they place needs no more than its own days.
        days: UTC days to read besides.
        consistent: As for `read_with_limits`.
    """
    wanted = {*days, *list_days(entry)}
    if side is AppointmentSide.ARTIST:
        return store.read_days(calendar, wanted, consistent=consistent)
    return read_with_limits(
        calendar, [service], entry.starts_at, entry.starts_at, wanted, consistent=consistent
    )


def read_to_place_all(
    calendar: Calendar,
    service: Service,
    entries: Sequence[CalendarEntry],
    side: AppointmentSide,
    *,
    consistent: bool = True,
) -> Calendar:
    """Return a calendar with what decides whether one side can place several entries of a service.

    A tally that was read counts: read again, it would be newer than the days it stands for.
    """
    for entry in entries:
        before = calendar.tallies
        calendar = read_to_place(calendar, service, entry, side, consistent=consistent)
        calendar = msgspec.structs.replace(calendar, tallies={**calendar.tallies, **before})
    return calendar


def read_with_limits(
    calendar: Calendar,
    services: Collection[Service],
    since: datetime,
    until: datetime,
    days: Iterable[date],
    *,
    consistent: bool = True,
) -> Calendar:
    """Return a calendar with some days, and what the limits of starts between two instants need.

    Args:
        calendar: Calendar without days.
        services: Services whose limits count.
        since: First start.
        until: Last start.
        days: UTC days to read besides those on which bookings are counted.
        consistent: Whether to read days consistently. What is written relies on their locks and
            versions, so a write that is based on an older state fails. Days that are counted by
            tallies are always read consistently: a tally may be newer than they are.
    """
    limited = [service for service in services if limits.has_limits(service)]
    wanted = set(days)
    tallies = set()
    for service in limited:
        tallies.update(limits.list_tallies(calendar, service, since, until))
        wanted |= limits.list_deciding_days(calendar, service, since, until)
    if tallies:
        calendar = store.read_tallies(calendar, tallies)
        consistent = True
    return store.read_days(calendar, wanted, consistent=consistent)
