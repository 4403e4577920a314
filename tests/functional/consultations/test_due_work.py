"""What time alone brings about: one reminder, and an end."""

from datetime import timedelta
from unittest import mock

import pytest
from time_machine import TimeMachineFixture

from consultations.store import table
from consultations.use_cases import state_changes
from shared.data.conflicts import WriteConflict
from shared.events.sweeper import SweepIncomplete
from shared.platform import clock as shared_clock
from tests.functional.consultations.people import (
    ARTIST,
    OTHER_ARTIST,
    People,
    counts_are_right,
    kept,
    outbox,
    status,
    sweep,
    told,
    writes,
)

MOMENT = timedelta(milliseconds=1)


def test_the_artist_is_reminded_once_after_three_days(
    people: People, clock: TimeMachineFixture
) -> None:
    path = people.has_asked()
    clock.shift(timedelta(days=3) - MOMENT)
    assert sweep() == 0
    clock.shift(MOMENT)
    assert sweep() == 1
    assert sweep() == 0
    clock.shift(timedelta(days=10))
    assert sweep() == 0
    (fact,) = outbox("consultation.nudged")
    assert (fact.data["by"], fact.data["status"]) == ("system", "pending")
    assert status(path) == "pending"


def test_unanswered_it_ends_after_fourteen_days(people: People, clock: TimeMachineFixture) -> None:
    path = people.has_asked()
    clock.shift(timedelta(days=3))
    sweep()
    clock.shift(timedelta(days=11) - MOMENT)
    assert sweep() == 0
    clock.shift(MOMENT)
    assert sweep() == 1
    assert (status(path), told()["expired"]) == ("expired", 1)
    assert kept(path).closed_by == "system"
    assert sweep() == 0
    assert counts_are_right()


def test_a_sweeper_that_was_away_ends_without_reminding(
    people: People, clock: TimeMachineFixture
) -> None:
    people.has_asked()
    clock.shift(timedelta(days=20))
    assert sweep() == 1
    assert told() == {"requested": 1, "expired": 1}


def test_what_was_answered_is_left_alone(people: People, clock: TimeMachineFixture) -> None:
    path = people.has_asked()
    writes(ARTIST)
    clock.shift(timedelta(days=30))
    assert sweep() == 0
    assert status(path) == "responded"


def test_one_that_fails_stops_no_other_and_is_tried_again(
    people: People, clock: TimeMachineFixture
) -> None:
    broken, fine = people.has_asked(), people.has_asked(artistId=OTHER_ARTIST)
    clock.shift(timedelta(days=3))
    change = state_changes.change

    def breaking(consultation, *rest, **more):  # type: ignore[no-untyped-def]
        if consultation.id in broken:
            raise RuntimeError
        return change(consultation, *rest, **more)

    with (
        mock.patch.object(state_changes, "change", breaking),
        pytest.raises(SweepIncomplete, match="1 failed, 1 were done"),
    ):
        sweep()
    assert kept(fine).nudged_at is not None
    assert sweep() == 0  # put off
    clock.shift(timedelta(minutes=5))
    assert sweep() == 1
    assert kept(broken).nudged_at is not None


def test_who_was_first_is_not_disturbed(people: People, clock: TimeMachineFixture) -> None:
    people.has_asked()
    clock.shift(timedelta(days=3))
    with mock.patch.object(state_changes, "change", side_effect=WriteConflict):
        assert sweep() == 0
    assert sweep() == 1


def test_without_time_nothing_is_begun(people: People, clock: TimeMachineFixture) -> None:
    people.has_asked()
    clock.shift(timedelta(days=3))
    assert sweep(seconds_left=14) == 0
    assert told() == {"requested": 1}


def test_an_index_that_lags_behind_reminds_nobody_twice(
    people: People, clock: TimeMachineFixture
) -> None:
    people.has_asked()
    clock.shift(timedelta(days=3))
    stale = table.find_due(shared_clock.now(), 10)
    sweep()
    with mock.patch.object(table, "find_due", return_value=stale):
        sweep()
    assert told()["nudged"] == 1
