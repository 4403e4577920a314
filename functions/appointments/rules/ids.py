"""Ids that say where their record lies, so that one read finds it.

A service's id holds its artist's, a hold's id also the UTC day it begins on. Users' ids are
`usr_<ULID>`.
"""

import re
from datetime import date, datetime

from ulid import ULID

from domain.errors import NotFound
from domain.policy_terms import owner_of_service

_HOLD_ID = re.compile(r"hld_([0-9A-HJKMNP-TV-Z]{26})_(\d{8})_[0-9A-HJKMNP-TV-Z]{26}")


def new_service_id(artist_id: str) -> str:
    """The id of a new service of an artist: `svc_<artist's ULID>_<ULID>`."""
    return f"svc_{_ulid_of(artist_id)}_{ULID()}"


def artist_of(service_id: str) -> str:
    """Whose service this is. Raises a 404 Problem for an id that no service has."""
    artist_id = owner_of_service(service_id)
    if artist_id is None:
        raise NotFound("There is no such service.")
    return artist_id


def new_hold_id(artist_id: str, busy_from: datetime) -> str:
    """The id of a new hold in an artist's calendar: `hld_<artist's ULID>_<UTC day>_<ULID>`."""
    return f"hld_{_ulid_of(artist_id)}_{busy_from:%Y%m%d}_{ULID()}"


def place_of_hold(hold_id: str) -> tuple[str, date]:
    """In whose calendar a hold lies, and from which UTC day on.

    Raises a 404 Problem for an id that no hold has.
    """
    found = _HOLD_ID.fullmatch(hold_id)
    try:
        if found is not None:
            return f"usr_{found[1]}", date.fromisoformat(found[2])
    except ValueError:
        pass  # a day that no calendar has
    raise NotFound("There is no such hold.")


def _ulid_of(user_id: str) -> str:
    return user_id.removeprefix("usr_")
