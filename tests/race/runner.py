"""How a race is run: everybody starts at once, and what became of each attempt is counted."""

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
RHYTHMS = (0.0005, 0.005, 0.05)  # seconds after which Python lets another thread go on


@dataclass(frozen=True)
class Attempt:
    """Something somebody tries; `act` returns the id under which the calendar keeps it then."""

    side: str
    act: Callable[[], str]


class Result(msgspec.Struct):
    """How a race ended.

    outcomes: how many attempts ended how: `done`, `409 <code>`, or whatever else was raised.
    winners: of each that was done, its side and the id it returned. met: whether all had read the
    calendar before anybody wrote. conflicts: the transactions that were refused.
    """

    outcomes: dict[str, int]
    winners: list[tuple[str, str]]
    reads_aligned: bool
    conflicts: int


class Rendezvous:
    """Lets nobody go on before everybody has come, or ended without coming."""

    def __init__(self, people: int) -> None:
        self._missing = people
        self._lock = Lock()
        self._complete = Event()
        self._me = local()

    def arrive(self) -> None:
        """Be counted, once."""
        if getattr(self._me, "came", False):
            return
        self._me.arrived = True
        with self._lock:
            self._missing -= 1
            if self._missing == 0:
                self._complete.set()

    def wait(self) -> None:
        """Be counted, and go on once everybody is."""
        self.arrive()
        assert self._complete.wait(DEADLINE_SECONDS), "not everybody came"


def run(attempts: Sequence[Attempt], seed: int) -> Result:
    """Run all attempts at once, in an order and a rhythm that the seed decides.

    With every third seed all read the calendar before anybody writes: each decides on the state
    that everybody else found, and all but the first are refused by the database.
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
    """Make everybody wait, after their first look at a calendar, for that of the others."""
    read = store.read_calendar

    def read_then_wait(*which: Any) -> Any:
        calendar = read(*which)
        rendezvous.wait()
        return calendar

    with mock.patch.object(store, "read_calendar", read_then_wait):
        yield
