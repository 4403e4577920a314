"""Correlation ids: one id from a request through its events and queues to the providers."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from domain.ids import new_id

HEADER = "x-correlation-id"
_VALID = re.compile(r"[A-Za-z0-9._:/=-]{8,128}")
_current: ContextVar[str] = ContextVar("correlation_id", default="")


def current() -> str:
    """Return the bound correlation id, or a new one if none is bound."""
    return _current.get() or new_id("cor")


@contextmanager
def bound(candidate: str | None, fallback: str | None = None) -> Iterator[str]:
    """Bind a correlation id for the duration of a `with` block.

    Args:
        candidate: The id, if it consists of 8 to 128 harmless characters.
        fallback: The id if the candidate is unusable; by default a new one.
    """
    valid = candidate if candidate and _VALID.fullmatch(candidate) else fallback
    token = _current.set(valid or new_id("cor"))
    try:
        yield _current.get()
    finally:
        _current.reset(token)
