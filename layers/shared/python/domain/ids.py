"""Identifiers: a prefix that names the type of record and a ULID, which sorts by creation time."""

from ulid import ULID


def new_id(prefix: str) -> str:
    """Return a new identifier, such as `usr_01JD2Z5Q0V8XKM3F7T9B4N6RWC`."""
    return f"{prefix}_{ULID()}"
