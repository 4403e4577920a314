"""Local times, as the messages show them."""

import re
from datetime import datetime

from domain.errors import FieldError, InvalidFields
from notifications.rules import locales
from shared.platform import time_zones

_LAST_CLOCK_DIRECTIVE = re.compile(r".*%-?[cHIMPpRrSTX]", re.DOTALL)


def convert(instant: datetime, time_zone: str) -> datetime:
    """Convert an instant to the local time of an IANA zone.

    Raises:
        InvalidFields: The zone is unknown, or the instant has no local time there.
    """
    try:
        return instant.astimezone(time_zones.parse_zone(time_zone, "body.timeZone"))
    except OverflowError:  # at the ends of the calendar there is no local time
        raise InvalidFields(FieldError("body.startsAt", "is too early or too late")) from None


def is_repeated(local: datetime) -> bool:
    """Return whether a clock shows this local time twice, because it is put back."""
    return local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset()


def format_local(local: datetime, pattern: str, locale: str | None = None) -> str:
    """Format a local time, with its offset after the time of day where that would be ambiguous."""
    return local.strftime(locales.name_days(local, add_offset(local, pattern), locale))


def add_offset(local: datetime, pattern: str) -> str:
    """Return a pattern of strftime that shows the offset of an ambiguous time of day."""
    clock = _LAST_CLOCK_DIRECTIVE.match(pattern)
    if clock is None or not is_repeated(local):
        return pattern
    offset = local.isoformat()[-6:]
    return f"{clock[0]} UTC{offset}{pattern[clock.end() :]}"
