"""Identifiers: a prefix that names the kind and a ULID, which sorts by time of creation."""

from ulid import ULID


def new_id(prefix: str) -> str:
    """A fresh identifier such as `usr_01JD2Z…`."""
    return f"{prefix}_{ULID()}"
