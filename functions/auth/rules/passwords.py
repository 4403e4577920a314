"""Password hashes: argon2id with the parameters OWASP recommends (19 MiB, t=2, p=1)."""

import unicodedata

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
# The hash of 32 random bytes that were discarded, with the same parameters: no password fits.
_UNMATCHABLE = (
    "$argon2id$v=19$m=19456,t=2,p=1"
    "$sX5D9wWGkfLVGtVbW1f/Qw$p2By1c8SQOQh9Du78WKT9+hHqA4LaREIJe+lb92g0as"
)


def hash_password(password: str) -> str:
    """Return the hash to store, in PHC string format."""
    return _hasher.hash(_encode(password))


def matches(password: str, phc: str | None) -> bool:
    """Return whether the password fits the hash.

    Without a hash (there is no such account) it takes as long and returns False.
    """
    try:
        return _hasher.verify(phc or _UNMATCHABLE, _encode(password)) and phc is not None
    except (VerifyMismatchError, InvalidHashError):
        return False


def _encode(password: str) -> bytes:
    # NFKC as NIST SP 800-63B advises: the same keys give the same bytes on every device.
    return unicodedata.normalize("NFKC", password).encode()
