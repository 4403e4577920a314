"""Times for people: by the clock on the wall of a time zone."""

from datetime import datetime

from domain.errors import FieldError, InvalidFields
from shared.platform import time_zones


def local(instant: datetime, time_zone: str) -> datetime:
    """The instant by the wall clock of an IANA zone.

    Raises a 422 Problem for an unknown zone, or an instant that has no local time there.
    """
    try:
        return instant.astimezone(time_zones.parse_zone(time_zone, "body.timeZone"))
    except OverflowError:  # at the ends of the calendar there is no local time
        raise InvalidFields(FieldError("body.startsAt", "is too early or too late")) from None
