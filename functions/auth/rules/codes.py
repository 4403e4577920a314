"""Codes that people copy from a mail, and the opaque ids that they belong to."""

import hmac
import secrets
from hashlib import sha256

_ID_BYTES = 24


def new_attempt_id() -> str:
    """Return an id that nobody can guess: 192 random bits, base64url (32 characters)."""
    return secrets.token_urlsafe(_ID_BYTES)


def new_code() -> str:
    """Return six random digits."""
    return f"{secrets.randbelow(10**6):06}"


def new_long_code() -> str:
    """Return ten random digits, for a code that is sent back without the id of an attempt."""
    return f"{secrets.randbelow(10**10):010}"


def hash_code(attempt_id: str, code: str) -> str:
    """Return what is stored of a code.

    Without the id, which is not stored either, it cannot be found by trying all codes.
    """
    return hmac.digest(attempt_id.encode(), code.encode(), "sha256").hex()


def matches(attempt_id: str, code: str, code_hash: str | None) -> bool:
    """Return whether the code is the one that was hashed; none matches None."""
    return code_hash is not None and hmac.compare_digest(hash_code(attempt_id, code), code_hash)


def hash_id(attempt_id: str) -> str:
    """Return what is stored of an attempt's id."""
    return sha256(attempt_id.encode()).hexdigest()
