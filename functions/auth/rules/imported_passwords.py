"""Passwords imported from an earlier system: hashes of bcrypt, until their owners sign in.

bcrypt reads the first 72 bytes of a password and ignores the rest, as the earlier system did: its
users signed in by those bytes, and do so here once. Then the whole password is hashed by argon2id.
"""

import re

import bcrypt

# About a quarter of a second on one CPU. Hashes that cost more are not imported: checking them
# would let anybody who knows an address keep a function busy.
HIGHEST_COST = 12
LOWEST_COST = 4  # of the algorithm
MAX_BYTES = 72  # that bcrypt reads
# Version, cost, and 22 characters of salt before the 31 of the digest.
_HASH = re.compile(r"\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{53}")
_ANY_SALT = "abcdefghijklmnopqrstuu"


def read_cost(stored: str | None) -> int | None:
    """Return the cost of a hash of bcrypt: 2 to the power of it rounds; None of any other text."""
    found = _HASH.fullmatch(stored or "")
    return int(found[1]) if found else None


def matches(password: str, stored: str) -> bool:
    """Return whether the first 72 bytes of a password fit a hash of bcrypt."""
    try:
        return bcrypt.checkpw(_encode(password), stored.encode())
    except ValueError:  # no salt of bcrypt
        return False


def spend(password: str, cost: int) -> None:
    """Take as long as comparing a password with a hash of this cost."""
    bcrypt.hashpw(_encode(password), f"$2b${cost:02}${_ANY_SALT}".encode())


def _encode(password: str) -> bytes:
    return password.encode()[:MAX_BYTES]
