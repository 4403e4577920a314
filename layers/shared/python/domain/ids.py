"""Identifiers: a prefix that names the type of record and a ULID, which sorts by creation time.

The ids of what a request makes can be derived from the request, so that the same request makes
the same ids again when it is repeated after a crash::

    with derived_from(seed, instant):
        new_id("apt")           # the same for this seed, instant, prefix and position
"""

import hmac
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime

from ulid import ULID

GUEST = "gst"  # who writes from a social platform, without an account
_RANDOM_BYTES = 10  # of a ULID, behind six bytes of time


class _Derivation:
    """Derives the ids of one request: for each prefix, the first, the second and so on."""

    def __init__(self, seed: bytes, instant: datetime, *, is_repeated: bool) -> None:
        self.is_repeated = is_repeated
        self._seed = seed
        self._time = bytes(ULID.from_datetime(instant))[:-_RANDOM_BYTES]
        self.made: Counter[str] = Counter()

    def derive(self, prefix: str, position: int) -> str:
        digest = hmac.digest(self._seed, f"{prefix} {position}".encode(), "sha256")
        return _join(prefix, ULID.from_bytes(self._time + digest[:_RANDOM_BYTES]))

    def derive_next(self, prefix: str) -> str:
        self.made[prefix] += 1
        return self.derive(prefix, self.made[prefix])


_derivation: ContextVar[_Derivation | None] = ContextVar("derivation", default=None)


def new_id(prefix: str) -> str:
    """Return a new identifier, such as `usr_01JD2Z5Q0V8XKM3F7T9B4N6RWC`."""
    derivation = _derivation.get()
    return _join(prefix, ULID()) if derivation is None else derivation.derive_next(prefix)


@contextmanager
def derived_from(seed: bytes, instant: datetime, *, is_repeated: bool = False) -> Iterator[None]:
    """Derive all new ids from a seed, as if they were made at an instant.

    Args:
        seed: Secret of the request, because ids must not be guessed.
        instant: When the request was made for the first time.
        is_repeated: Whether it ran before, and may have made them.
    """
    token = _derivation.set(_Derivation(seed, instant, is_repeated=is_repeated))
    try:
        yield
    finally:
        _derivation.reset(token)


@contextmanager
def not_derived() -> Iterator[None]:
    """Make new ids in this block, for what a repetition must make anew.

    That is what goes with a secret which the first run made and nobody can know any more.
    """
    token = _derivation.set(None)
    try:
        yield
    finally:
        _derivation.reset(token)


def find_first(prefix: str) -> str | None:
    """Return the first id of a prefix that a request made before, None if it was not repeated."""
    derivation = _derivation.get()
    if derivation is None or not derivation.is_repeated:
        return None
    return derivation.derive(prefix, 1)


@contextmanager
def attempt() -> Iterator[None]:
    """Make the derived ids of this block anew if it fails, for a use case that runs again."""
    derivation = _derivation.get()
    made = derivation.made.copy() if derivation else None
    try:
        yield
    except BaseException:
        if derivation is not None and made is not None:
            derivation.made = made
        raise


def is_guest(person_id: str | None) -> bool:
    """Return whether an id is that of a guest, and not of a user."""
    return person_id is not None and person_id.startswith(f"{GUEST}_")


def _join(prefix: str, ulid: ULID) -> str:
    return f"{prefix}_{ulid}"
