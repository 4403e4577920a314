"""Optimistic concurrency: a use case that lost a race runs again on the current records."""

import random
import time
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar, overload

from domain import ids
from domain.errors import StateConflict

ATTEMPTS = 12
LONGEST_PAUSE_SECONDS = 0.25

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")


class WriteConflict(Exception):
    """A record that a write relied on was changed in the meantime."""


class Busy(StateConflict):
    """Other requests changed the same record during every attempt."""

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
    """Run a use case again, from its first read, when its commit raises `WriteConflict`.

    Attempts are spaced with exponential backoff and full jitter.

    Raises:
        Busy: Every attempt ended in a conflict.
    """

    def decorate(function: Callable[Arguments, Result]) -> Callable[Arguments, Result]:
        @wraps(function)
        def retried(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Result:
            for attempt in range(attempts):
                try:
                    with ids.attempt():
                        return function(*args, **kwargs)
                except WriteConflict:
                    pause = min(LONGEST_PAUSE_SECONDS, 0.005 * 2**attempt)
                    time.sleep(random.uniform(0, pause))  # noqa: S311
            raise Busy("This is being changed by other requests. Try again in a moment.")

        return retried

    return decorate if function is None else decorate(function)
