"""Faults: MongoDB writes that fail before they reach the server, or after it carried them out."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest import mock

from pymongo.collection import Collection

WRITES = (
    "insert_one",
    "update_one",
    "update_many",
    "find_one_and_update",
    "replace_one",
    "delete_one",
    "delete_many",
    "bulk_write",
)


class Crash(BaseException):
    """The end of the process: nothing handles it."""


@contextmanager
def failing_at(position: int, error: BaseException, *, after: bool = False) -> Iterator[list[str]]:
    """Make the write at a position, from 0, raise. Yield the names of all that were tried."""
    tried: list[str] = []

    def breaking(name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **options: Any) -> Any:
            here = len(tried)
            tried.append(name)
            if here == position and not after:
                raise error
            done = real(*arguments, **options)
            if here == position:
                raise error
            return done

        return call

    with ExitStack() as patches:
        for name in WRITES:
            real = getattr(Collection, name)
            patches.enter_context(mock.patch.object(Collection, name, breaking(name, real)))
        yield tried
