"""Leases of rate limits: never more than the limit, and how few less, in every interleaving."""

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.http.leases import CLOCK_SKEW_SECONDS, Bounds, Count, Leases, Window
from shared.http.windows import MAX_SUBJECTS

LIFETIME = 900
START = 1_000_000
KEY = "user#ada"


@dataclass
class MemoryStore:
    """The conditions of the real store, in memory; `meanwhile` runs before each call."""

    windows: dict[str, Window] = field(default_factory=dict)
    calls: int = 0
    meanwhile: Callable[[], None] = lambda: None
    before_reopening: Callable[[], None] = lambda: None

    def add(
        self,
        key: str,
        instant: int,
        lifetime: int,
        *,
        granted: int = 1,
        leased: int = 0,
        closes_at: int | None = None,
        bounds: Bounds | None = None,
    ) -> Window | None:
        self._called()
        old = self.windows.get(key)
        if old and (old.closes_at <= instant if closes_at is None else old.closes_at != closes_at):
            return None
        if (closes_at or bounds) and not old:
            return None
        if bounds and old and (old.granted > bounds.granted or old.leased > bounds.leased):
            return None
        old = old or Window(0, 0, instant + lifetime)
        self.windows[key] = Window(old.granted + granted, old.leased + leased, old.closes_at)
        return self.windows[key]

    def reopen(self, key: str, instant: int, lifetime: int) -> Window | None:
        self._called()
        before, self.before_reopening = self.before_reopening, lambda: None
        before()
        if key not in self.windows or self.windows[key].closes_at > instant:
            return None
        self.windows[key] = Window(1, 0, instant + lifetime)
        return self.windows[key]

    def _called(self) -> None:
        self.calls += 1
        meanwhile, self.meanwhile = self.meanwhile, lambda: None
        meanwhile()


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


def ask(
    leases: Leases, limit: int, *, at: int = START, key: str = KEY, leased: bool = True
) -> Count:
    return leases.count(key, limit, at, LIFETIME, leased=leased)


# ---- what it costs -----------------------------------------------------------------------------


def test_a_warm_container_makes_a_call_for_every_twelfth_request(store: MemoryStore) -> None:
    leases = Leases(store)
    for _ in range(100):
        assert ask(leases, 1000).admitted
    assert store.calls == 8


def test_a_first_request_takes_one_token_only(store: MemoryStore) -> None:
    ask(Leases(store), 1000)
    assert store.windows[KEY] == Window(1, 0, START + LIFETIME)


def test_leases_end_at_half_of_the_limit(store: MemoryStore) -> None:
    leases = Leases(store)
    while store.windows.get(KEY, Window(0, 0, 0)).granted < 500:
        ask(leases, 1000)
    calls = store.calls
    admitted = sum(ask(leases, 1000).admitted for _ in range(600))
    assert 500 <= admitted <= 500 + 20
    assert store.calls - calls >= 500
    assert store.windows[KEY].leased == 0


def test_what_is_full_is_refused_without_a_call(store: MemoryStore) -> None:
    leases = Leases(store)
    assert [ask(leases, 3).admitted for _ in range(4)] == [True, True, True, False]
    calls = store.calls
    assert calls == 3
    refused = ask(leases, 3, at=START + LIFETIME - 1)
    assert refused == Count(False, 0, START + LIFETIME)
    assert store.calls == calls
    assert ask(leases, 3, at=START + LIFETIME).admitted


def test_a_limit_that_is_not_leased_is_one_call_per_admitted_request(store: MemoryStore) -> None:
    leases = Leases(store)
    counts = [ask(leases, 1000, leased=False) for _ in range(1001)]
    assert store.calls == 1000
    assert [count.remaining for count in counts[:3]] == [999, 998, 997]
    assert not counts[-1].admitted


# ---- what is lost ------------------------------------------------------------------------------


def test_containers_that_end_cost_two_percent_of_the_limit_at_most(store: MemoryStore) -> None:
    admitted = 0
    for _ in range(2000):  # each container serves four requests and ends with what it holds
        leases = Leases(store)
        admitted += sum(ask(leases, 1000).admitted for _ in range(4))
    assert 980 <= admitted < 1000


def test_two_percent_of_the_limit_lie_unspent_at_most(store: MemoryStore) -> None:
    containers = [Leases(store) for _ in range(30)]
    for _ in range(6):  # none of them knows what the others have leased meanwhile
        for leases in containers:
            ask(leases, 1000)
            assert store.windows[KEY].leased <= 20


def test_a_call_whose_outcome_is_unknown_loses_what_was_held(store: MemoryStore) -> None:
    leases = Leases(store)
    while ask(leases, 1000).remaining != 1:
        pass

    def time_out() -> None:
        raise TimeoutError

    store.meanwhile = time_out
    with pytest.raises(TimeoutError):
        ask(leases, 1000)
    granted = store.windows[KEY].granted
    assert ask(leases, 1000).remaining == 1000 - granted - 1


def test_tokens_are_void_shortly_before_their_window_closes(store: MemoryStore) -> None:
    leases = Leases(store)
    for _ in range(12):
        ask(leases, 1000)
    calls = store.calls
    ask(leases, 1000, at=START + LIFETIME - CLOCK_SKEW_SECONDS - 1)
    assert store.calls == calls
    ask(leases, 1000, at=START + LIFETIME - CLOCK_SKEW_SECONDS)
    assert store.calls == calls + 1


def test_a_container_forgets_the_oldest_of_many_subjects(store: MemoryStore) -> None:
    leases = Leases(store)
    for number in range(MAX_SUBJECTS + 1):
        ask(leases, 1, key=f"user#{number}")
    calls = store.calls
    assert not ask(leases, 1, key="user#1").admitted
    assert store.calls == calls
    assert not ask(leases, 1, key="user#0").admitted
    assert store.calls == calls + 1


def test_a_race_to_reopen_a_window_is_counted_in_the_winners(store: MemoryStore) -> None:
    first, second = Leases(store), Leases(store)
    ask(first, 10)

    def overtake() -> None:
        assert ask(second, 10, at=START + LIFETIME).remaining == 9

    store.before_reopening = overtake
    assert ask(first, 10, at=START + LIFETIME).remaining == 8


# ---- any number of containers ------------------------------------------------------------------

STEPS = st.lists(
    st.tuples(
        st.integers(0, 5),  # the container that is asked
        st.sampled_from(["ask"] * 12 + ["burst", "burst", "die", "wait"]),
        st.none() | st.integers(0, 5),  # a container that is asked during a call of the first
    ),
    min_size=1,
    max_size=120,
)


@dataclass
class World:
    """Containers that answer one subject, and what was admitted in each window."""

    limit: int
    leased: bool
    skews: list[int]
    store: MemoryStore = field(default_factory=MemoryStore)
    at: int = START
    admitted: dict[int, int] = field(default_factory=dict)
    ended: bool = False

    def __post_init__(self) -> None:
        self.containers = [Leases(self.store) for _ in self.skews]

    def ask(self, number: int, meanwhile: int | None = None) -> None:
        if meanwhile is not None and meanwhile != number:
            self.store.meanwhile = lambda: self.ask(meanwhile)
        count = ask(
            self.containers[number],
            self.limit,
            at=self.at + self.skews[number],
            leased=self.leased,
        )
        self.store.meanwhile = lambda: None
        admitted = self.admitted.get(count.closes_at, 0) + count.admitted
        self.admitted[count.closes_at] = admitted
        assert admitted <= self.limit
        assert count.remaining <= self.limit - admitted
        if not count.admitted:
            lost = self.limit // 50 if self.leased else 0
            assert admitted >= self.limit - lost


@pytest.mark.parametrize("leased", [True, False])
@given(
    limit=st.sampled_from([1, 7, 100, 150, 400]),
    steps=STEPS,
    skews=st.lists(st.integers(-2, 2), min_size=6, max_size=6),
)
@settings(max_examples=150, deadline=None, derandomize=True)
def test_no_interleaving_admits_more_than_the_limit(
    leased: bool, limit: int, steps: list[tuple[int, str, int | None]], skews: list[int]
) -> None:
    world = World(limit, leased, skews)
    for number, action, meanwhile in steps:
        if action == "die":
            world.containers[number].forget()
        elif action == "wait":
            world.at += 300
        else:
            for _ in range(40 if action == "burst" else 1):
                world.ask(number, meanwhile)


@pytest.mark.parametrize("seed", range(20))
def test_containers_that_go_on_admit_exactly_the_limit(seed: int) -> None:
    store, random = MemoryStore(), Random(seed)
    containers = [Leases(store) for _ in range(10)]
    admitted = [ask(random.choice(containers), 1000).admitted for _ in range(1500)]
    assert admitted == [True] * 1000 + [False] * 500
    assert store.calls < 900
