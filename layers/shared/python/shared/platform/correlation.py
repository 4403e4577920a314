"""The correlation id: one value from the request through events and queues to the provider."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from domain.ids import new_id

HEADER = "x-correlation-id"
_SANE = re.compile(r"[A-Za-z0-9._:/=-]{8,128}")
_current: ContextVar[str] = ContextVar("correlation_id", default="")


def current() -> str:
    """The id of the work under way; a new one where none was bound."""
    return _current.get() or new_id("cor")


@contextmanager
def bound(candidate: str | None, fallback: str | None = None) -> Iterator[str]:
    """Work under `candidate` where it is sane (8 to 128 harmless characters), else `fallback`."""
    sane = candidate if candidate and _SANE.fullmatch(candidate) else fallback
    token = _current.set(sane or new_id("cor"))
    try:
        yield _current.get()
    finally:
        _current.reset(token)
