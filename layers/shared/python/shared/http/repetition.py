"""Repetition of a request with an idempotency key whose first run was cut off."""

from collections.abc import Callable
from typing import TypeVar

from domain import ids
from domain.errors import NotFound

Made = TypeVar("Made")


def find_made(prefix: str, find: Callable[[str], Made | None]) -> Made | None:
    """Return what the first run of this request made, if this is a repetition.

    Use cases ask before they check anything: what was made would be in its own way, as the
    appointment that takes its own time.

    Args:
        prefix: Prefix of the record's id; it is the first of its prefix that the request makes.
        find: Returns the record of an id, or None; it may raise NotFound.
    """
    made_id = ids.find_first(prefix)
    if made_id is None:
        return None
    try:
        return find(made_id)
    except NotFound:
        return None
