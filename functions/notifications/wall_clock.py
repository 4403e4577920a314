"""Times for people: by the clock on the wall of a time zone."""

from datetime import datetime

from shared import zones
from shared.problems import FieldError, unprocessable


def local(instant: datetime, time_zone: str) -> datetime:
    """The instant by the wall clock of an IANA zone.

    Raises a 422 Problem for an unknown zone, or an instant that has no local time there.
    """
    try:
        return instant.astimezone(zones.zone(time_zone, "body.timeZone"))
    except OverflowError:  # at the ends of the calendar there is no local time
        raise unprocessable(FieldError("body.startsAt", "is too early or too late")) from None
