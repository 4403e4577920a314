"""Bans: marks of banned accounts, which features ask before anything begins with a person.

A ban is a block by the platform: whatever is refused across a block is refused with somebody who is
banned, with the same answer, so that it does not reveal the ban. What ends, pays or settles an
agreement does not ask, as across a block. auth writes the mark in the transaction of the ban and
removes it in that which lifts it, so it counts at once.

The marks are in the table of tombstones, under keys of their own: a banned account is not deleted.
"""

from collections.abc import Iterable

from shared.data import tombstones

_PREFIX = "banned "


def key_of(user_id: str) -> str:
    """Return the key of the mark of an account."""
    return _PREFIX + user_id


def is_banned(user_id: str) -> bool:
    """Return whether an account is banned. One read."""
    return tombstones.has_mark(key_of(user_id), consistent=False)


def find_banned(user_ids: Iterable[str]) -> set[str]:
    """Return which of these accounts are banned. One read for each hundred."""
    keys = [key_of(user_id) for user_id in dict.fromkeys(user_ids)]
    found: set[str] = set()
    for first in range(0, len(keys), 100):
        found |= tombstones.find_marks(keys[first : first + 100], consistent=False)
    return {key.removeprefix(_PREFIX) for key in found}
