"""Passwords: argon2id with the parameters OWASP recommends (19 MiB, t=2, p=1)."""

import unicodedata

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
# Of 32 random bytes that were thrown away, with the same parameters: nobody has this password.
NOBODY = (
    "$argon2id$v=19$m=19456,t=2,p=1"
    "$sX5D9wWGkfLVGtVbW1f/Qw$p2By1c8SQOQh9Du78WKT9+hHqA4LaREIJe+lb92g0as"
)


def hashed(password: str) -> str:
    """The PHC string to store."""
    return _hasher.hash(_bytes(password))


def matches(password: str, phc: str | None) -> bool:
    """Whether the password fits. Without an account (`None`) it takes as long and is False."""
    try:
        return _hasher.verify(phc or NOBODY, _bytes(password)) and phc is not None
    except (VerifyMismatchError, InvalidHashError):
        return False


def _bytes(password: str) -> bytes:
    # NFKC as NIST SP 800-63B advises: the same keys give the same bytes on every device.
    return unicodedata.normalize("NFKC", password).encode()
