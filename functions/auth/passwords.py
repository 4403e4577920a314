"""Passwords: argon2id with the parameters OWASP recommends (19 MiB, t=2, p=1)."""

import unicodedata
from functools import lru_cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)


def hashed(password: str) -> str:
    """The PHC string to store."""
    return _hasher.hash(_bytes(password))


def matches(password: str, phc: str | None) -> bool:
    """Whether the password fits. Without an account (`None`) it takes as long and is False."""
    try:
        return _hasher.verify(phc or _nobody(), _bytes(password)) and phc is not None
    except (VerifyMismatchError, InvalidHashError):
        return False


@lru_cache
def _nobody() -> str:
    return _hasher.hash(b"nobody has this password")


def _bytes(password: str) -> bytes:
    # NFKC as NIST SP 800-63B advises: the same keys give the same bytes on every device.
    return unicodedata.normalize("NFKC", password).encode()
