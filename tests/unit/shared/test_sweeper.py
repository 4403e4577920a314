"""Sweeps: all due records are done, each once, in lanes that do not hold each other up."""

import threading
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from shared.data.conflicts import WriteConflict
from shared.events.sweeper import AGAIN_AFTER, DueRecord, SweepIncomplete, sweep
from shared.platform import correlation
from tests.support.captured_logs import Logs

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
LANES = 8
PATIENCE = 60.0  # seconds until a thread that waits in vain fails its test

Act = Callable[[DueRecord, datetime], None]


def due(number: int, lane: object) -> DueRecord:
    """Return a due record; those with higher numbers are due later."""
    return DueRecord(
        f"PIECE#{number}", "RECORD", f"2026-11-22T11:{number % 60:02}:00Z", "", str(lane)
    )


class Sweep:
    """A sweep and what it did.

    Attributes:
        done: Records whose work was done, in order.
        postponed: When failed records are due again.
    """

    def __init__(self, act: Act = lambda *_: None) -> None:
        self.act = act
        self.done: list[str] = []
        self.postponed: dict[str, datetime] = {}

    def run(self, records: list[DueRecord], has_time: Callable[[], bool] = lambda: True) -> int:
        """Run the sweep."""
        return sweep(records, self._do, self._postpone, NOON, has_time)

    def _do(self, record: DueRecord, now: datetime) -> None:
        self.act(record, now)
        self.done.append(record.pk)

    def _postpone(self, record: DueRecord, until: datetime) -> None:
        self.postponed[record.pk] = until


def test_all_records_are_done_once_and_in_order_within_their_lane() -> None:
    records = [due(number, number % LANES) for number in range(400)]
    running = Sweep()
    assert running.run(records) == 400
    assert Counter(running.done) == {record.pk: 1 for record in records}
    for lane in range(LANES):
        mine = [pk for pk in running.done if int(pk.removeprefix("PIECE#")) % LANES == lane]
        assert mine == [record.pk for record in records if record.lane == str(lane)]


def test_nothing_due_is_nothing_done() -> None:
    assert Sweep().run([]) == 0


def test_lanes_are_worked_on_at_the_same_time() -> None:
    """Each record waits for one of every other lane: one after the other, none would end."""
    together = threading.Barrier(LANES)

    def meet(*_: object) -> None:
        together.wait(PATIENCE)

    records = [due(number, number % LANES) for number in range(3 * LANES)]
    assert Sweep(meet).run(records) == 3 * LANES


def test_never_are_two_records_of_a_lane_worked_on_at_the_same_time() -> None:
    busy: set[str] = set()

    def act(record: DueRecord, _: datetime) -> None:
        assert record.lane not in busy
        busy.add(record.lane)
        busy.remove(record.lane)

    assert Sweep(act).run([due(number, number % 3) for number in range(300)]) == 300


def test_a_slow_record_does_not_hold_up_other_lanes() -> None:
    others_done = threading.Event()
    running = Sweep()

    def act(record: DueRecord, _: datetime) -> None:
        if record.lane == "slow":
            assert others_done.wait(PATIENCE)
        elif len(running.done) == 19:
            others_done.set()

    running.act = act
    records = [due(0, "slow"), *(due(number, "quick") for number in range(1, 21))]
    assert running.run(records) == 21
    assert running.done[-1] == "PIECE#0"


def test_a_poisoned_record_is_postponed_and_does_not_hold_up_its_lane(logs: Logs) -> None:
    poisoned = {"PIECE#0", "PIECE#9"}

    def act(record: DueRecord, _: datetime) -> None:
        if record.pk in poisoned:
            raise ValueError("poisoned")

    running = Sweep(act)
    records = [due(number, number % LANES) for number in range(40)]
    with pytest.raises(SweepIncomplete, match="2 failed, 38 were done"):
        running.run(records)
    assert set(running.done) == {record.pk for record in records} - poisoned
    assert running.postponed == dict.fromkeys(poisoned, NOON + AGAIN_AFTER)
    assert {line["record"] for line in logs.named("due record failed")} == poisoned


def test_a_failed_record_that_cannot_be_postponed_does_not_hold_up_its_lane(logs: Logs) -> None:
    def act(record: DueRecord, _: datetime) -> None:
        if record.pk == "PIECE#0":
            raise ValueError

    def postpone(*_: object) -> None:
        raise ConnectionError

    done: list[str] = []

    def act_and_note(record: DueRecord, now: datetime) -> None:
        act(record, now)
        done.append(record.pk)

    records = [due(number, "a") for number in range(5)]
    with pytest.raises(SweepIncomplete, match="1 failed, 4 were done"):
        sweep(records, act_and_note, postpone, NOON, lambda: True)
    assert len(done) == 4
    assert len(logs.named("due record not postponed")) == 1


def test_a_conflict_is_no_failure(logs: Logs) -> None:
    def act(record: DueRecord, _: datetime) -> None:
        if record.pk == "PIECE#3":
            raise WriteConflict

    running = Sweep(act)
    assert running.run([due(number, number % LANES) for number in range(16)]) == 15
    assert running.postponed == {}
    assert logs.named("due record failed") == []


def test_every_record_has_a_correlation_id_of_its_own() -> None:
    ids: list[str] = []
    running = Sweep(lambda *_: ids.append(correlation.current()))
    running.run([due(number, number % LANES) for number in range(32)])
    assert len(set(ids)) == 32


@pytest.mark.parametrize("lanes", [1, 2, LANES])
def test_a_run_ends_before_the_timeout(lanes: int, logs: Logs) -> None:
    """Each record takes as long as it may, and all lanes work at the same time."""
    needed, lock = 15.0, threading.Lock()
    left = 60.0

    def act(*_: object) -> None:
        nonlocal left
        with lock:
            left -= needed / lanes

    records = [due(number, number % lanes) for number in range(100)]
    done = Sweep(act).run(records, lambda: left >= needed)
    assert 3 * lanes < done < 5 * lanes
    assert left >= 0
    assert [line["done"] for line in logs.named("sweep cut short")] == [done]


def test_without_time_nothing_begins(logs: Logs) -> None:
    running = Sweep()
    assert running.run([due(number, number) for number in range(8)], lambda: False) == 0
    assert running.done == []
    assert [line["done"] for line in logs.named("sweep cut short")] == [0]
