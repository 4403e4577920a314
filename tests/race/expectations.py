"""Expected ends of the scenarios: of two hundred concurrent attempts exactly one gets the time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from appointments.models import CalendarEntry
from appointments.rules.calendar import list_days
from appointments.rules.transitions import LIVE
from tests.race.driver import Race
from tests.race.runner import DONE
from tests.race.scenarios import ATTEMPTS, HALF

TAKEN = "409 slot_taken"
BOOKED = ("appointment.created", "appointment.confirmed")
# Published by the setup, or by the first booking of a client.
OTHER_EVENTS = (
    "service.saved",
    "availability.saved",
    "next_free.changed",
    "proposal.sent",
    "relation.affected",
)


@dataclass(frozen=True)
class Expected:
    """The expected end of a scenario.

    Attributes:
        events: The events that are published, by the side that wins.
        refusals: How losers are refused.
        conflicts: How many attempts the database refuses at least where reads are aligned.
        certain: The sides that must win with some seeds, as the clocks leave no other.
    """

    events: Mapping[str, tuple[str, ...]]
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


def assert_one_attempt_gets_the_time(scenario: str, races: Sequence[Race]) -> None:
    """Assert that each race of a scenario has one winner, who alone has left something behind."""
    expected = EXPECTED[scenario]
    for race in races:
        context = f"{scenario}, seed {race.seed}"
        assert_one_success(race, expected, context)
        assert_one_entry_at_the_wanted_time(race, context)
        assert_entries_are_on_each_of_their_days(race, context)
        assert_records_match_the_calendar(race, context)
        assert_only_the_winner_is_published(race, expected, context)
        assert_losers_conflicted_in_the_database(race, expected, context)


def assert_one_success(race: Race, expected: Expected, context: str) -> None:
    outcomes = race.result.outcomes
    assert outcomes.get(DONE) == 1, (context, outcomes)
    assert outcomes.keys() - {DONE} <= expected.refusals, (context, outcomes)
    assert sum(outcomes.values()) == ATTEMPTS, (context, outcomes)


def assert_one_entry_at_the_wanted_time(race: Race, context: str) -> None:
    """Assert that the wanted time has the winner's entry, and that no busy times overlap."""
    live = [entry for entry in get_entries(race).values() if entry.is_live(race.closes_at)]
    ((_, record_id),) = race.result.winners
    (winner,) = [entry for entry in live if entry.busy_from <= race.wanted < entry.busy_until]
    assert winner.id in get_entry_ids(record_id, race), context
    for first, second in combinations(live, 2):
        apart = first.busy_until <= second.busy_from or second.busy_until <= first.busy_from
        assert apart, (context, first, second)


def assert_entries_are_on_each_of_their_days(race: Race, context: str) -> None:
    """Assert that live entries lie in exactly the UTC days they touch."""
    for entry in get_entries(race).values():
        if not entry.is_live(race.closes_at):
            continue  # it is swept eventually
        lies_in = [day for day, item in sorted(race.stored.days.items()) if entry in item.entries]
        assert lies_in == list_days(entry), (context, entry)


def assert_records_match_the_calendar(race: Race, context: str) -> None:
    """Assert that the live entries are the live appointments and a hold that won."""
    live = {
        entry.id: (entry.starts_at, entry.ends_at)
        for entry in get_entries(race).values()
        if entry.is_live(race.closes_at)
    }
    appointments = {
        appointment.id: (appointment.starts_at, appointment.ends_at)
        for appointment in race.stored.appointments
        if appointment.status in LIVE
    }
    ((_, record_id),) = race.result.winners
    held = {record_id} if record_id.startswith("hld_") else set()
    assert live.keys() == appointments.keys() | held, context
    assert all(live[entry_id] == times for entry_id, times in appointments.items()), context


def assert_only_the_winner_is_published(race: Race, expected: Expected, context: str) -> None:
    ((side, record_id),) = race.result.winners
    published = [event for event in race.stored.events if event.type not in OTHER_EVENTS]
    assert sorted(event.type for event in published) == sorted(expected.events[side]), context
    assert {event.subject for event in published} <= {record_id, *get_entry_ids(record_id, race)}, (
        context
    )


def assert_losers_conflicted_in_the_database(race: Race, expected: Expected, context: str) -> None:
    if race.result.reads_aligned:
        assert race.result.conflicts >= expected.conflicts, (context, race.result.conflicts)


def get_entries(race: Race) -> dict[str, CalendarEntry]:
    return {entry.id: entry for day in race.stored.days.values() for entry in day.entries}


def get_entry_ids(record_id: str, race: Race) -> tuple[str, ...]:
    """Return the ids of a record's calendar entries: for a proposal those of its sittings."""
    for proposal in race.stored.proposals:
        if proposal.id == record_id:
            return proposal.appointment_ids
    return (record_id,)
