"""Optimistic concurrency: a write that lost a race is decided again on what is stored now."""

import random
import time
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar, overload

from domain.errors import StateConflict

ATTEMPTS = 12
LONGEST_PAUSE_SECONDS = 0.25

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")


class WriteConflict(Exception):
    """Somebody else changed what a write relied on."""


class Busy(StateConflict):
    """Others changed the same record in every attempt."""

    code = "busy"
    retry_after_seconds = 1


@overload
def retry_on_conflict(function: Callable[Arguments, Result]) -> Callable[Arguments, Result]: ...


@overload
def retry_on_conflict(
    *, attempts: int
) -> Callable[[Callable[Arguments, Result]], Callable[Arguments, Result]]: ...


def retry_on_conflict(
    function: Callable[Arguments, Result] | None = None, *, attempts: int = ATTEMPTS
) -> (
    Callable[Arguments, Result]
    | Callable[[Callable[Arguments, Result]], Callable[Arguments, Result]]
):
    """Run a use case again, from its first read, while others change what it relies on.

    The use case reads, decides and commits; its commit raises `WriteConflict` when somebody else
    was first. Attempts are spaced by full jitter.

    Raises:
        Busy: Others were first in every attempt.
    """

    def decorate(function: Callable[Arguments, Result]) -> Callable[Arguments, Result]:
        @wraps(function)
        def retried(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Result:
            for attempt in range(attempts):
                try:
                    return function(*args, **kwargs)
                except WriteConflict:
                    pause = min(LONGEST_PAUSE_SECONDS, 0.005 * 2**attempt)
                    time.sleep(random.uniform(0, pause))  # noqa: S311
            raise Busy("Many are changing this right now; try again in a moment.")

        return retried

    return decorate if function is None else decorate(function)
