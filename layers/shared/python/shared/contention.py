"""Optimistic writing: when somebody else was first, read again and decide anew."""

import random
import time
from collections.abc import Callable
from typing import TypeVar

from shared.problems import Problem

ATTEMPTS = 12
LONGEST_PAUSE_SECONDS = 0.25

Result = TypeVar("Result")


class Conflict(Exception):
    """Somebody else changed what a write relied on."""


def settled(work: Callable[[], Result], attempts: int = ATTEMPTS) -> Result:
    """What `work` (read, decide, commit) answers once nobody came between its read and its commit.

    Pauses with full jitter between attempts. Raises a 409 Problem when others are first each time.
    """
    for attempt in range(attempts):
        try:
            return work()
        except Conflict:
            pause = min(LONGEST_PAUSE_SECONDS, 0.005 * 2**attempt)
            time.sleep(random.uniform(0, pause))  # noqa: S311
    raise Problem(
        409,
        "busy",
        "Many are changing this right now; try again in a moment.",
        headers={"Retry-After": "1"},
    )
