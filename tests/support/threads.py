"""Races: threads that start together, and a moto that serves one request at a time.

AWS serialises writes of one item in the same way.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Lock
from typing import Any, TypeVar
from unittest import mock

from moto.core.botocore_stubber import BotocoreStubber

Result = TypeVar("Result")

DEADLINE_SECONDS = 30
REAL_REQUEST = BotocoreStubber.process_request


def together(threads: int, work: Callable[[], Result]) -> list[Result]:
    """Run `work` in so many threads at once; return what each returned."""
    start = Barrier(threads)
    one_at_a_time = Lock()

    def run(_: int) -> Result:
        start.wait(DEADLINE_SECONDS)
        return work()

    def process(stubber: BotocoreStubber, request: Any) -> Any:
        with one_at_a_time:
            return REAL_REQUEST(stubber, request)

    with (
        mock.patch.object(BotocoreStubber, "process_request", process),
        ThreadPoolExecutor(threads) as pool,
    ):
        return list(pool.map(run, range(threads)))
