"""Local times, as the messages show them."""

from datetime import datetime

from domain.errors import FieldError, InvalidFields
from shared.platform import time_zones


def convert(instant: datetime, time_zone: str) -> datetime:
    """Convert an instant to the local time of an IANA zone.

    Raises:
        InvalidFields: The zone is unknown, or the instant has no local time there.
    """
    try:
        return instant.astimezone(time_zones.parse_zone(time_zone, "body.timeZone"))
    except OverflowError:  # at the ends of the calendar there is no local time
        raise InvalidFields(FieldError("body.startsAt", "is too early or too late")) from None
