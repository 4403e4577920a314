"""Ids of what belongs to an artist's page, which say whose it is: `itm_<artist>_<its own ULID>`."""

import re

from domain.ids import new_id
from profiles.schemas.common import ULID

_OWNED = re.compile(rf"(?:itm|rev)_({ULID})_({ULID})")


def new_owned_id(prefix: str, artist_id: str) -> str:
    """A fresh id of something of the artist's."""
    return new_id(f"{prefix}_{artist_id.removeprefix('usr_')}")


def owner_of(owned_id: str) -> str | None:
    """The id of the artist whose it is; None for nonsense."""
    match = _OWNED.fullmatch(owned_id)
    return f"usr_{match[1]}" if match else None


def own_part(owned_id: str) -> str:
    """The part of the id that sorts by time of creation among the artist's."""
    return owned_id.rpartition("_")[2]
