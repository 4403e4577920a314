"""Deadlines: how long what runs now may take, whatever it calls.

A request has one, which API Gateway sets: after 29 seconds it answers 504 and ignores the function.
Clients of AWS and stores look here before each attempt, so a use case ends in time with its own
error however many calls it makes. Workers have none: the timeout of their function is theirs.
"""

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from shared.platform.outages import Outage

# No attempt begins that could end later. What is left of the 29 seconds is for the last pause of
# the SDK (2 s) and the end of an idempotency key's claim (CLAIM_SECONDS, with a pause of 1 s).
REQUEST_SECONDS = 18.0
# To end a claim, whatever time the request has left: an attempt at DynamoDB and a little more.
CLAIM_SECONDS = 7.5

_ends_at: ContextVar[float] = ContextVar("ends_at", default=math.inf)


class DeadlineExceeded(Outage):
    """Too little time is left for another attempt."""


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Give the `with` block this much time. It replaces the time that a block around it has left.

    It holds for this thread, and for others that run in a copy of its context.
    """
    token = _ends_at.set(time.monotonic() + seconds)
    try:
        yield
    finally:
        _ends_at.reset(token)


def seconds_left() -> float:
    """Return the time that is left; infinite where there is no deadline."""
    return _ends_at.get() - time.monotonic()


def require(seconds: float) -> None:
    """Raise an exception unless this much time is left.

    Raises:
        DeadlineExceeded: Less is left.
    """
    if seconds_left() < seconds:
        raise DeadlineExceeded(f"Less than {seconds} seconds are left.")
