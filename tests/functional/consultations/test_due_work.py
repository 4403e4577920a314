"""Reminders and expiry."""

from datetime import timedelta
from unittest import mock

import pytest
from time_machine import TimeMachineFixture

from consultations.store import table
from consultations.use_cases import lifecycle
from shared.data.conflicts import WriteConflict
from shared.events.sweeper import SweepIncomplete
from shared.platform import clock as shared_clock
from tests.functional.consultations.people import (
    ARTIST,
    CLIENT,
    OTHER_ARTIST,
    People,
    are_counts_consistent,
    count_published,
    outbox,
    publish,
    send_message,
    status,
    stored,
    sweep,
)

MOMENT = timedelta(milliseconds=1)


def test_the_artist_is_reminded_once_after_three_days(
    people: People, clock: TimeMachineFixture
) -> None:
    path = people.create_consultation()
    clock.shift(timedelta(days=3) - MOMENT)
    assert sweep() == 0
    clock.shift(MOMENT)
    assert sweep() == 1
    assert sweep() == 0
    clock.shift(timedelta(days=10))
    assert sweep() == 0
    (event,) = outbox("consultation.nudged")
    assert (event.data["by"], event.data["status"]) == ("system", "pending")
    assert status(path) == "pending"


def test_nobody_is_reminded_across_a_block(people: People, clock: TimeMachineFixture) -> None:
    path = people.create_consultation()

    def block(*, blocked: bool, version: int) -> None:
        data = {"artistId": ARTIST, "clientId": CLIENT, "userId": CLIENT}
        more = {"blocked": blocked, "recordVersion": version}
        publish("conversation.block_changed", data | more)

    block(blocked=True, version=1)
    clock.shift(timedelta(days=3))
    assert (sweep(), sweep()) == (1, 0)
    assert (outbox("consultation.nudged"), stored(path).nudged_at) == ([], None)
    block(blocked=False, version=2)
    clock.shift(timedelta(days=1))
    assert sweep() == 1
    assert len(outbox("consultation.nudged")) == 1
    block(blocked=True, version=3)
    clock.shift(timedelta(days=10))
    assert sweep() == 1
    assert status(path) == "expired"


def test_an_unanswered_request_expires_after_fourteen_days(
    people: People, clock: TimeMachineFixture
) -> None:
    path = people.create_consultation()
    clock.shift(timedelta(days=3))
    sweep()
    clock.shift(timedelta(days=11) - MOMENT)
    assert sweep() == 0
    clock.shift(MOMENT)
    assert sweep() == 1
    assert (status(path), count_published()["expired"]) == ("expired", 1)
    assert stored(path).closed_by == "system"
    assert sweep() == 0
    assert are_counts_consistent()


def test_a_late_sweeper_expires_without_reminding(
    people: People, clock: TimeMachineFixture
) -> None:
    people.create_consultation()
    clock.shift(timedelta(days=20))
    assert sweep() == 1
    assert count_published() == {"requested": 1, "expired": 1}


def test_an_answered_request_is_neither_reminded_nor_expired(
    people: People, clock: TimeMachineFixture
) -> None:
    path = people.create_consultation()
    send_message(ARTIST)
    clock.shift(timedelta(days=30))
    assert sweep() == 0
    assert status(path) == "responded"


def test_a_failure_stops_no_other_and_is_retried(people: People, clock: TimeMachineFixture) -> None:
    broken, fine = people.create_consultation(), people.create_consultation(artistId=OTHER_ARTIST)
    clock.shift(timedelta(days=3))
    apply = lifecycle.apply

    def breaking(consultation, *rest, **more):  # type: ignore[no-untyped-def]
        if consultation.id in broken:
            raise RuntimeError
        return apply(consultation, *rest, **more)

    with (
        mock.patch.object(lifecycle, "apply", breaking),
        pytest.raises(SweepIncomplete, match="1 failed, 1 were done"),
    ):
        sweep()
    assert stored(fine).nudged_at is not None
    assert sweep() == 0  # postponed
    clock.shift(timedelta(minutes=5))
    assert sweep() == 1
    assert stored(broken).nudged_at is not None


def test_a_write_conflict_is_left_to_the_next_run(
    people: People, clock: TimeMachineFixture
) -> None:
    people.create_consultation()
    clock.shift(timedelta(days=3))
    with mock.patch.object(lifecycle, "apply", side_effect=WriteConflict):
        assert sweep() == 0
    assert sweep() == 1


def test_nothing_is_started_without_time_left(people: People, clock: TimeMachineFixture) -> None:
    people.create_consultation()
    clock.shift(timedelta(days=3))
    assert sweep(seconds_left=14) == 0
    assert count_published() == {"requested": 1}


def test_a_stale_index_does_not_remind_twice(people: People, clock: TimeMachineFixture) -> None:
    people.create_consultation()
    clock.shift(timedelta(days=3))
    stale = table.find_due(shared_clock.now(), 10)
    sweep()
    with mock.patch.object(table, "find_due", return_value=stale):
        sweep()
    assert count_published()["nudged"] == 1
