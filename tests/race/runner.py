"""Runner of races: all attempts start at once, and their outcomes are counted."""

import random
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from threading import Barrier, Event, Lock, local
from typing import Any
from unittest import mock

import msgspec

from appointments import store
from domain.errors import DomainError
from shared.http.problems import from_error
from tests.support import commits

DEADLINE_SECONDS = 60
DONE = "done"
RHYTHMS = (0.0005, 0.005, 0.05)  # seconds between thread switches


@dataclass(frozen=True)
class Attempt:
    """An attempt of one side; `act` returns the id of the resulting record."""

    side: str
    act: Callable[[], str]


class Result(msgspec.Struct):
    """The result of a race.

    Attributes:
        outcomes: Number of attempts by outcome: `done`, `409 <code>`, or another error.
        winners: Side and record id of each attempt that succeeded.
        reads_aligned: Whether all had read the calendar before any of them wrote.
        conflicts: Number of transactions that the database refused.
    """

    outcomes: dict[str, int]
    winners: list[tuple[str, str]]
    reads_aligned: bool
    conflicts: int


class Rendezvous:
    """A barrier that threads which end early do not block."""

    def __init__(self, people: int) -> None:
        self._missing = people
        self._lock = Lock()
        self._complete = Event()
        self._me = local()

    def arrive(self) -> None:
        """Count the calling thread, once."""
        if getattr(self._me, "came", False):
            return
        self._me.came = True
        with self._lock:
            self._missing -= 1
            if self._missing == 0:
                self._complete.set()

    def wait(self) -> None:
        """Count the calling thread, and wait for all others."""
        self.arrive()
        assert self._complete.wait(DEADLINE_SECONDS), "Not every thread arrived."


def run(attempts: Sequence[Attempt], seed: int) -> Result:
    """Run all attempts at once, in an order and with a thread switch interval drawn by seed.

    With every third seed all read the calendar before any of them writes: each decides on the same
    state, and the database refuses all but the first.
    """
    chance = random.Random(seed)
    order = chance.sample(attempts, len(attempts))
    start, rendezvous = Barrier(len(order)), Rendezvous(len(order))
    reads_aligned = seed % 3 == 2

    def run_attempt(attempt: Attempt) -> tuple[str, str, str]:
        start.wait(DEADLINE_SECONDS)
        try:
            return DONE, attempt.side, attempt.act()
        except DomainError as problem:
            return f"{from_error(problem).status} {problem.code}", attempt.side, ""
        except Exception as error:
            return f"{type(error).__name__}: {error}", attempt.side, ""
        finally:
            rendezvous.arrive()

    with ExitStack() as stack:
        stack.enter_context(_switch_interval(chance.choice(RHYTHMS)))
        conflicts = stack.enter_context(commits.refused())
        if reads_aligned:
            stack.enter_context(_align_reads(rendezvous))
        pool = stack.enter_context(ThreadPoolExecutor(len(order)))
        ended = list(pool.map(run_attempt, order))
    return Result(
        outcomes=dict(Counter(how for how, _, _ in ended)),
        winners=[(side, record_id) for how, side, record_id in ended if how == DONE],
        reads_aligned=reads_aligned,
        conflicts=len(conflicts),
    )


@contextmanager
def _switch_interval(seconds: float) -> Iterator[None]:
    usual = sys.getswitchinterval()
    sys.setswitchinterval(seconds)
    yield
    sys.setswitchinterval(usual)


@contextmanager
def _align_reads(rendezvous: Rendezvous) -> Iterator[None]:
    """Make each thread wait, after its first read of a calendar, for the others."""
    read = store.read_days

    def read_then_wait(*which: Any, **how: Any) -> Any:
        calendar = read(*which, **how)
        rendezvous.wait()
        return calendar

    with mock.patch.object(store, "read_days", read_then_wait):
        yield
