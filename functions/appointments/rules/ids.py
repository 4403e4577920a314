"""Ids that name the partition of their record, so that one read finds it.

The id of a service contains that of its artist; the id of a hold also contains the UTC day on which
the hold begins. Ids of users are `usr_<ULID>`.
"""

import re
from datetime import date, datetime

from domain.errors import NotFound
from domain.ids import new_id
from domain.policy_terms import owner_of_service

_HOLD_ID = re.compile(r"hld_([0-9A-HJKMNP-TV-Z]{26})_(\d{8})_[0-9A-HJKMNP-TV-Z]{26}")


def new_service_id(artist_id: str) -> str:
    """Create the id of a new service: `svc_<artist's ULID>_<ULID>`."""
    return new_id(service_prefix(artist_id))


def service_prefix(artist_id: str) -> str:
    """Return the prefix of the ids of an artist's services."""
    return f"svc_{_ulid_of(artist_id)}"


def get_artist_id(service_id: str) -> str:
    """Return the id of the artist who offers a service.

    Raises:
        NotFound: No service can have this id.
    """
    artist_id = owner_of_service(service_id)
    if artist_id is None:
        raise NotFound("There is no such service.")
    return artist_id


def new_hold_id(artist_id: str, busy_from: datetime) -> str:
    """Create the id of a new hold: `hld_<artist's ULID>_<UTC day>_<ULID>`."""
    return new_id(hold_prefix(artist_id, busy_from))


def hold_prefix(artist_id: str, busy_from: datetime) -> str:
    """Return the prefix of the ids of an artist's holds that begin on a UTC day."""
    return f"hld_{_ulid_of(artist_id)}_{busy_from:%Y%m%d}"


def parse_hold_id(hold_id: str) -> tuple[str, date]:
    """Return the artist in whose calendar a hold lies, and the UTC day on which it begins.

    Raises:
        NotFound: No hold can have this id.
    """
    match = _HOLD_ID.fullmatch(hold_id)
    try:
        if match is not None:
            return f"usr_{match[1]}", date.fromisoformat(match[2])
    except ValueError:
        pass  # a day that does not exist
    raise NotFound("There is no such hold.")


def _ulid_of(user_id: str) -> str:
    return user_id.removeprefix("usr_")
