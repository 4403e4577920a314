"""Time zones as callers name them."""

from datetime import datetime
from zoneinfo import ZoneInfo

from domain.errors import FieldError, InvalidFields


def parse_zone(name: str, field: str) -> ZoneInfo:
    """The IANA zone of this name. Raises a 422 Problem naming the field."""
    try:
        if name[:1].isupper():  # not so the machine's own files: localtime, right/…
            return ZoneInfo(name)
    except (ValueError, OSError, KeyError):  # a bad key, a folder's name, an unknown zone
        pass
    raise InvalidFields(FieldError(field, "is not an IANA time zone"))


def format_local(instant: datetime, zone_name: str) -> str:
    """The instant as the wall clock of a zone shows it, with its offset (RFC 3339)."""
    return instant.astimezone(ZoneInfo(zone_name)).isoformat(timespec="seconds")
