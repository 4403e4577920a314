"""Time zones."""

from datetime import datetime
from zoneinfo import ZoneInfo

from domain.errors import FieldError, InvalidFields


def parse_zone(name: str, field: str) -> ZoneInfo:
    """Return the IANA time zone of this name.

    Args:
        name: Name of the zone, such as `Europe/Berlin`.
        field: Path of the field that contains it, for the error.

    Raises:
        InvalidFields: There is no such zone.
    """
    try:
        if name[:1].isupper():  # excludes files that are no IANA zones: localtime, right/...
            return ZoneInfo(name)
    except (ValueError, OSError, KeyError):  # a bad key, a directory, an unknown zone
        pass
    raise InvalidFields(FieldError(field, "is not an IANA time zone"))


def format_local(instant: datetime, zone_name: str) -> str:
    """Return an instant in the local time of a zone, with its offset from UTC (RFC 3339)."""
    return instant.astimezone(ZoneInfo(zone_name)).isoformat(timespec="seconds")
