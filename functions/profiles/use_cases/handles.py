"""Look-up of artists by handle."""

import re

from domain.errors import NotFound
from profiles.rules import handles
from profiles.rules.ids import ULID
from profiles.store import artist_pages
from profiles.store import handles as store

_USER_ID = re.compile(f"usr_{ULID}")


def get_artist_id(handle: str) -> str:
    """Return the id of the artist with this handle, current or former. An id is returned as it is.

    Raises:
        NotFound: No artist has this handle.
    """
    if _USER_ID.fullmatch(handle):
        return handle
    short_enough = len(handle) <= handles.MAX_LENGTH
    artist_id = store.find_owner(handles.get_key(handle)) if short_enough else None
    if artist_id is None:
        raise NotFound("There is no such artist.")
    return artist_id


def get_shown_artist_id(handle: str) -> str:
    """Return the id of the artist with this handle, whose page may be shown.

    Raises:
        NotFound: No artist has this handle, or the page of the artist is hidden.
    """
    artist_id = get_artist_id(handle)
    if artist_pages.is_hidden(artist_id):
        raise NotFound("There is no such artist.")
    return artist_id
