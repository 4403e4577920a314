"""Two hundred at once want one time of an artist: one gets it, the others are told why not."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import msgspec
import pytest

from appointments.models import CalendarEntry
from appointments.rules.calendar import list_days
from appointments.rules.transitions import LIVE
from tests.race.driver import SEEDS, Race
from tests.race.racing import DONE
from tests.race.scenarios import ATTEMPTS, HALF, SCENARIOS
from tests.support import driven
from tests.support.stack import RunningStack

TAKEN = "409 slot_taken"
BOOKED = ("appointment.created", "appointment.confirmed")
BEFORE = ("service.saved", "proposal.sent")  # told when the stage was set


@dataclass(frozen=True)
class Expected:
    """How a scenario must end: what is told when which side wins, how the losers are refused.

    conflicts: how many are refused by the database at least where all read before anybody writes.
    certain: the sides that win for certain with some seeds, as the clocks leave no other one.
    """

    facts: Mapping[str, tuple[str, ...]]
    refusals: frozenset[str] = frozenset({TAKEN})
    conflicts: int = ATTEMPTS - 1
    certain: frozenset[str] = frozenset()


EXPECTED = {
    "one_slot": Expected({"booking": BOOKED}),
    "overlapping_slots": Expected({"first": BOOKED, "second": BOOKED}),
    "hold_or_booking": Expected(
        {"hold": (), "booking": BOOKED, "conversion": BOOKED},
        refusals=frozenset({TAKEN, "409 hold_expired"}),
        conflicts=HALF // 2,
        certain=frozenset({"conversion", "booking"}),
    ),
    "reschedule_or_booking": Expected(
        {"reschedule": ("appointment.rescheduled",), "booking": BOOKED}
    ),
    "accept_or_booking": Expected(
        {"accept": ("proposal.accepted", *BOOKED * 3), "booking": BOOKED},
        refusals=frozenset({TAKEN, "409 proposal_expired", "409 wrong_status"}),
        conflicts=HALF // 2,
        certain=frozenset({"accept", "booking"}),
    ),
}


def test_every_scenario_is_raced() -> None:
    assert EXPECTED.keys() == SCENARIOS.keys()


@pytest.mark.parametrize("scenario", EXPECTED)
def test_one_gets_the_time(stack: RunningStack, scenario: Any) -> None:
    printed = driven.run(stack, "tests.race.driver", scenario)
    races = msgspec.json.decode(printed, type=list[Race])
    expected = EXPECTED[scenario]
    assert [race.seed for race in races] == list(SEEDS)
    for race in races:
        where = f"{scenario}, seed {race.seed}"
        assert_one_success(race, expected, where)
        assert_one_interval(race, where)
        assert_each_day_knows(race, where)
        assert_records_match_the_calendar(race, where)
        assert_the_winner_alone_is_told_of(race, expected, where)
        assert_the_losers_lost_in_the_database(race, expected, where)
    assert {side for race in races for side, _ in race.result.winners} >= expected.certain


def assert_one_success(race: Race, expected: Expected, where: str) -> None:
    outcomes = race.result.outcomes
    assert outcomes.get(DONE) == 1, (where, outcomes)
    assert outcomes.keys() - {DONE} <= expected.refusals, (where, outcomes)
    assert sum(outcomes.values()) == ATTEMPTS, (where, outcomes)


def assert_one_interval(race: Race, where: str) -> None:
    """One entry has the time they wanted: the winner's. And nothing overlaps, with buffers."""
    live = [entry for entry in entries_of(race).values() if entry.is_live(race.closes_at)]
    ((_, kept),) = race.result.winners
    (there,) = [entry for entry in live if entry.busy_from <= race.wanted < entry.busy_until]
    assert there.id in kept_under(kept, race), where
    for one, other in combinations(live, 2):
        apart = one.busy_until <= other.busy_from or other.busy_until <= one.busy_from
        assert apart, (where, one, other)


def assert_each_day_knows(race: Race, where: str) -> None:
    """Whatever is live lies in the items of exactly those UTC days that it touches."""
    for entry in entries_of(race).values():
        if not entry.is_live(race.closes_at):
            continue  # it is swept out by and by
        lies_in = [day for day, item in sorted(race.stored.days.items()) if entry in item.entries]
        assert lies_in == list_days(entry), (where, entry)


def assert_records_match_the_calendar(race: Race, where: str) -> None:
    """What is live in the calendar are the appointments that are, and the hold that won."""
    live = {
        entry.id: (entry.starts_at, entry.ends_at)
        for entry in entries_of(race).values()
        if entry.is_live(race.closes_at)
    }
    appointments = {
        appointment.id: (appointment.starts_at, appointment.ends_at)
        for appointment in race.stored.appointments
        if appointment.status in LIVE
    }
    ((_, kept),) = race.result.winners
    held = {kept} if kept.startswith("hld_") else set()
    assert live.keys() == appointments.keys() | held, where
    assert all(live[one] == time for one, time in appointments.items()), where


def assert_the_winner_alone_is_told_of(race: Race, expected: Expected, where: str) -> None:
    ((side, kept),) = race.result.winners
    told = [fact for fact in race.stored.facts if fact.type not in BEFORE]
    assert sorted(fact.type for fact in told) == sorted(expected.facts[side]), where
    assert {fact.subject for fact in told} <= {kept, *kept_under(kept, race)}, where


def assert_the_losers_lost_in_the_database(race: Race, expected: Expected, where: str) -> None:
    if race.result.met:
        assert race.result.conflicts >= expected.conflicts, (where, race.result.conflicts)


def entries_of(race: Race) -> dict[str, CalendarEntry]:
    return {entry.id: entry for day in race.stored.days.values() for entry in day.entries}


def kept_under(record_id: str, race: Race) -> tuple[str, ...]:
    """Under which ids the calendar keeps it: of a proposal those of its sittings."""
    for proposal in race.stored.proposals:
        if proposal.id == record_id:
            return proposal.appointment_ids
    return (record_id,)
