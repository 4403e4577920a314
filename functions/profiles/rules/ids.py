"""Ids of portfolio items, albums and reviews, which hold the artist's id: `itm_<artist>_<ULID>`."""

import re

from domain.ids import new_id

ULID = "[0-9A-HJKMNP-TV-Z]{26}"
_ARTIST_OWNED_ID = re.compile(rf"(?:alb|itm|rev)_({ULID})_({ULID})")


def create_id(prefix: str, artist_id: str) -> str:
    """Create the id of a new record that belongs to the artist."""
    return new_id(get_prefix(prefix, artist_id))


def get_prefix(prefix: str, artist_id: str) -> str:
    """Return the prefix of the ids of records that belong to the artist."""
    return f"{prefix}_{artist_id.removeprefix('usr_')}"


def get_artist_id(record_id: str) -> str | None:
    """Return the id of the artist a record belongs to; None if the id is malformed."""
    match = _ARTIST_OWNED_ID.fullmatch(record_id)
    return f"usr_{match[1]}" if match else None


def get_sort_key(record_id: str) -> str:
    """Return the part of an id that sorts the artist's records by creation."""
    return record_id.rpartition("_")[2]
