"""Placement: where in an artist's calendar something may be booked, held or proposed."""

from datetime import UTC, datetime

from appointments.models import YEARS, AppointmentSide, CalendarEntry, Service
from appointments.rules import limits, slots
from appointments.rules.calendar import Calendar
from appointments.rules.errors import SlotTaken, SlotUnavailable
from domain.errors import FieldError, InvalidFields


def place(
    calendar: Calendar, service: Service, entry: CalendarEntry, by: AppointmentSide, now: datetime
) -> Calendar:
    """Return the calendar with an entry in it.

    A client can book what is offered. An artist may ignore hours, notice and limits, but nobody
    may overlap anything.

    Raises:
        SlotTaken: Something overlaps the entry.
        SlotUnavailable: The time has passed, or is not offered to clients.
    """
    placed = place_anywhere(calendar, entry, now)
    if by is AppointmentSide.ARTIST:
        return placed
    if not slots.is_bookable(calendar, service, entry.starts_at, now):
        raise SlotUnavailable("This time is not offered.")
    return limits.guard(placed, service, entry.starts_at)


def place_anywhere(calendar: Calendar, entry: CalendarEntry, now: datetime) -> Calendar:
    """Return the calendar with an entry in it, if its time is free and still ahead.

    Raises:
        SlotTaken: Something overlaps the entry.
        SlotUnavailable: The time has passed.
    """
    if entry.starts_at <= now:
        raise SlotUnavailable("This time has passed.")
    require_free(calendar, entry, now)
    return calendar.put(entry, now)


def require_free(calendar: Calendar, entry: CalendarEntry, now: datetime) -> None:
    """Check that nothing overlaps an entry.

    Raises:
        SlotTaken: Something overlaps it.
    """
    if not calendar.is_free(entry, now):
        raise SlotTaken("This time is already taken.")


def parse_start(starts_at: datetime, field: str = "body.startsAt") -> datetime:
    """Return the requested start in UTC.

    Raises:
        InvalidFields: It is not a whole minute, or lies outside of every calendar; `field` is
            blamed.
    """
    try:
        in_utc = starts_at.astimezone(UTC)
    except OverflowError:
        in_utc = None
    if in_utc is None or in_utc.year not in YEARS or in_utc.second or in_utc.microsecond:
        raise InvalidFields(FieldError(field, "must be a whole minute"))
    return in_utc


def require_other_client(client_id: str | None, artist_id: str) -> None:
    """Check that an artist does not book for themselves.

    Raises:
        InvalidFields: The client is the artist.
    """
    if client_id == artist_id:
        raise InvalidFields(FieldError("body.clientId", "must be another user"))
