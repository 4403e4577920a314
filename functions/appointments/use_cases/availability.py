"""When an artist takes bookings."""

from datetime import UTC, date

from appointments import store
from appointments.models import Availability, DateOverride, TimeOff
from appointments.rules.calendar import Calendar
from appointments.schemas import AvailabilityRequest
from domain.errors import FieldError, InvalidFields, NotFound
from shared.data.conflicts import retry_on_conflict
from shared.http.caller import Caller
from shared.platform import time_zones


def of(caller: Caller) -> Availability:
    """The caller's availability. Raises a 404 Problem before they set any."""
    availability = store.find_availability(caller.user_id)
    if availability is None:
        raise NotFound("No availability was set yet.")
    return availability


def replace(caller: Caller, request: AvailabilityRequest) -> Availability:
    """Replace the caller's availability; what is booked already stays.

    Raises a 422 Problem for a time zone that IANA does not know, or two overrides for one date.
    """
    time_zones.parse_zone(request.time_zone, "body.timeZone")
    _check_overrides(request.overrides)

    @retry_on_conflict
    def work() -> Availability:
        before = store.find_availability(caller.user_id)
        availability = Availability(
            time_zone=request.time_zone,
            weekly=request.weekly,
            overrides=request.overrides,
            time_off=tuple(_in_utc(off) for off in request.time_off),
            version=(before.version if before else 0) + 1,
        )
        store.commit(calendar=Calendar(caller.user_id), availability=availability)
        return availability

    return work()


def _check_overrides(overrides: tuple[DateOverride, ...]) -> None:
    dates: set[date] = set()
    for place, override in enumerate(overrides):
        if override.date in dates:
            field = f"body.overrides[{place}].date"
            raise InvalidFields(FieldError(field, "has an override already"))
        dates.add(override.date)


def _in_utc(off: TimeOff) -> TimeOff:
    return TimeOff(off.starts_at.astimezone(UTC), off.ends_at.astimezone(UTC))
