"""Availability: when an artist takes bookings."""

from datetime import UTC, date, datetime

from appointments import events, store
from appointments.models import Availability, DateOverride, TimeOff, WeeklyHours
from appointments.rules import openings
from appointments.rules.calendar import Calendar
from appointments.schemas import AvailabilityRequest, OpeningHours
from domain.errors import FieldError, InvalidFields, NotFound
from shared.data.conflicts import retry_on_conflict
from shared.http.caller import Caller
from shared.platform import time_zones


def get(caller: Caller) -> Availability:
    """Return the caller's availability.

    Raises:
        NotFound: They have not set any yet.
    """
    availability = store.find_availability(caller.user_id)
    if availability is None:
        raise NotFound("No availability was set yet.")
    return availability


def get_opening_hours(artist_id: str) -> OpeningHours:
    """Return the weekly hours of an artist's default schedule: no single dates, no time off."""
    availability = store.find_availability(artist_id)
    if availability is None:
        return OpeningHours(time_zone=None, weekly=WeeklyHours())
    return OpeningHours(availability.time_zone, availability.weekly)


@retry_on_conflict
def replace(caller: Caller, request: AvailabilityRequest, now: datetime) -> Availability:
    """Replace the caller's availability. Existing bookings stay.

    The hours are published, and those that open, for those who wait.

    Raises:
        InvalidFields: The time zone is unknown, or a date has two overrides.
    """
    time_zones.parse_zone(request.time_zone, "body.timeZone")
    repeated = list_repeated_dates(request.overrides)
    if repeated:
        raise InvalidFields(*repeated)
    before = store.find_availability(caller.user_id)
    availability = Availability(
        time_zone=request.time_zone,
        weekly=request.weekly,
        overrides=request.overrides,
        time_off=tuple(_to_utc(off) for off in request.time_off),
        version=(before.version if before else 0) + 1,
    )
    horizon = openings.get_horizon(store.list_services(caller.user_id), now)
    opened = openings.list_opened_hours(before, availability, now, horizon)
    store.commit(
        calendar=Calendar(caller.user_id),
        availability=availability,
        events=[
            events.availability_event(caller.user_id, availability, now),
            *events.opening_events(caller.user_id, opened, now),
        ],
    )
    return availability


def list_repeated_dates(overrides: tuple[DateOverride, ...]) -> list[FieldError]:
    """Return an error for each override whose date has one already."""
    dates: set[date] = set()
    errors = []
    for position, override in enumerate(overrides):
        if override.date in dates:
            field = f"body.overrides[{position}].date"
            errors.append(FieldError(field, "has an override already"))
        dates.add(override.date)
    return errors


def _to_utc(off: TimeOff) -> TimeOff:
    return TimeOff(off.starts_at.astimezone(UTC), off.ends_at.astimezone(UTC))
