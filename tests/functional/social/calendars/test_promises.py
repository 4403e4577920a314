"""What holds whatever happens: the blocks are those of the calendar in the end."""

import itertools
import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import tests.support.repeatable  # noqa: F401
from infra.local.standins.social import recurrence
from infra.local.standins.social.faults import ProviderFault
from shared.events.sweeper import SweepIncomplete
from tests.functional.social.calendars.world import EMAIL, World
from tests.support import aws_calls

ZONES = ["Europe/Berlin", "America/New_York"]
# Rules, and a day in December on which each of them may begin.
RULES = [
    ("RRULE:FREQ=DAILY;COUNT=5", 9),
    ("RRULE:FREQ=WEEKLY;BYDAY=MO,TH", 7),
    ("RRULE:FREQ=WEEKLY;INTERVAL=2;UNTIL=20270401T000000Z", 6),
    ("RRULE:FREQ=MONTHLY;BYDAY=-1SU", 27),
]
FREE: list[dict[str, Any]] = [
    {"transparency": "transparent"},
    {"attendees": [{"self": True, "responseStatus": "declined"}]},
    {"extendedProperties": {"private": {"artistBooking": "apt_1"}}},
]
FAULTS = ["google.unavailable", "google.rate_limit", "google.quota"]
_numbers = itertools.count(1)


class Killed(BaseException):
    """The worker was killed: nothing of it runs any more."""


class Lost(Exception):
    """The queue does not answer."""


class Artist:
    """Somebody who changes a calendar of their own, at random."""

    def __init__(self, world: World, chance: random.Random) -> None:
        self.world, self.chance = world, chance
        self.key = f"calendar{next(_numbers)}"
        world.add_calendar(self.key, time_zone=chance.choice(ZONES))
        world.choose(self.key)
        self.single: list[str] = []
        self.series: list[str] = []

    def act(self) -> None:
        """Change something."""
        acts: list[Callable[[], None]] = [self.add, self.add, self.repeat]
        if self.single:
            acts += [self.move, self.remove]
        if self.series:
            acts += [self.change_occurrence, self.change_occurrence, self.remove_series]
        self.chance.choice(acts)()

    def add(self) -> None:
        """Add an event, in hours or in days, busy or not."""
        kind = self.chance.choice([{}, {}, *FREE])
        self.single.append(self._put(self._choose_times(), **kind))

    def repeat(self) -> None:
        """Add a series, by local times that the clocks may skip."""
        zone = self.chance.choice(ZONES)
        (rule, day), hour = self.chance.choice(RULES), self.chance.choice([1, 2, 9])
        times = {
            name: {"dateTime": f"2026-12-{day:02}T{local:02}:30:00", "timeZone": zone}
            for name, local in (("start", hour), ("end", hour + 2))
        }
        key = self._put(times, recurrence=[rule])
        self.series.append(key)

    def change_occurrence(self) -> None:
        """Move, cancel or free one occurrence of a series."""
        key = self.chance.choice(self.series)
        occurrence = self.chance.choice(self._list_occurrences(key))
        match self.chance.randrange(3):
            case 0:
                self._put(self._choose_times(), id=occurrence)
            case 1:
                self.world.delete(occurrence, self.key)
            case 2:
                self._put(self._choose_times(), id=occurrence, **self.chance.choice(FREE[:2]))

    def move(self) -> None:
        """Move an event."""
        self._put(self._choose_times(), id=self.chance.choice(self.single))

    def remove(self) -> None:
        """Delete an event."""
        self.world.delete(self.single.pop(self.chance.randrange(len(self.single))), self.key)

    def remove_series(self) -> None:
        """Delete a series, with its changed occurrences."""
        key = self.chance.choice(self.series)
        self.series.remove(key)
        self.world.delete(key, self.key)

    def _list_occurrences(self, key: str) -> list[str]:
        with self.world.networks.google.reading() as state:
            calendar = state.calendars[self.key]
            since = self.world.now
            starts = recurrence.starts(
                calendar.events[key], calendar.time_zone, since, since + timedelta(days=150)
            )
        return [f"{key}_{start:%Y%m%dT%H%M%SZ}" for start in starts]

    def _put(self, times: dict[str, Any], **fields: Any) -> str:
        return str(self.world.put(self.key, **times, **fields)["id"])

    def _choose_times(self) -> dict[str, Any]:
        day = self.chance.randint(1, 28)
        if self.chance.random() < 0.2:
            return {"start": {"date": f"2027-03-{day:02}"}, "end": {"date": "2027-03-31"}}
        start = datetime(2027, 3, day, self.chance.randrange(22), tzinfo=UTC)
        end = start + timedelta(hours=self.chance.randint(1, 40))
        return {
            "start": {"dateTime": start.isoformat()},
            "end": {"dateTime": end.isoformat()},
        }


def disturb(world: World, chance: random.Random) -> None:
    """Lose, repeat and mix up notifications, and have Google fail at times."""
    sent = world.take_notifications()
    chosen = [each for each in sent for _ in range(chance.choice([0, 1, 1, 2]))]
    chance.shuffle(chosen)
    assert set(world.notify(chosen)) <= {204}
    match chance.randrange(6):
        case 0:
            world.networks.google_control.expire_sync_tokens(EMAIL)
        case 1:
            error = chance.choice(FAULTS)
            world.networks.google_faults.put("events.list", ProviderFault(error=error, count=1))
        case 2:
            world.networks.google_faults.put("events.list", ProviderFault(drop=True, count=1))
    if chance.random() < 0.6:
        world.work()


@pytest.mark.provider_errors("google.rate_limit", "google.quota")
@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(seed=st.integers(0, 2**32))
def test_after_any_notifications_the_blocks_are_those_of_the_calendar(
    world: World, seed: int
) -> None:
    chance = random.Random(seed)
    world.networks.google_faults.clear()
    artist = Artist(world, chance)
    with world.networks.google.changing() as state:
        state.page_size = chance.choice([1, 3, 250])
    for _ in range(chance.randint(2, 12)):
        artist.act()
        disturb(world, chance)
    world.networks.google_faults.clear()
    world.take_notifications()
    for _ in range(2):  # one that was limited is left alone for longer
        world.later(minutes=12)
        world.sweep()
        world.work()
    assert world.list_published(artist.key) == world.list_busy(artist.key)


def hour_of(hour: int) -> dict[str, Any]:
    """Return the times of an event."""
    return {
        "start": {"dateTime": f"2026-12-01T{hour:02}:00:00Z"},
        "end": {"dateTime": f"2026-12-01T{hour + 1:02}:00:00Z"},
    }


def kill(run: Callable[[], object], position: int, *, after: bool) -> bool:
    """Run something that is killed at one of its calls of AWS; return whether it was."""
    with aws_calls.failing_at(position, Killed(), after=after, dead=True):
        try:
            run()
        except Killed:
            return True
    return False


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_a_worker_that_is_killed_at_any_step_loses_nothing(world: World, after: bool) -> None:
    """The queue delivers again what it was working on."""
    for position in itertools.count():
        key = f"calendar{next(_numbers)}"
        world.add_calendar(key)
        event = world.put(key, **hour_of(9))
        world.choose(key)
        begun = [each for each in world.list_waiting() if each.key == world.id_of(key)]
        is_killed = kill(partial(world.do, begun), position, after=after)
        world.do(begun)
        assert world.list_published(key) == world.list_busy(key) != []
        world.take_notifications()
        world.delete(event["id"], key)
        world.put(key, **hour_of(11))
        channel = world.find(key).channel
        assert channel is not None
        sent = [each for each in world.take_notifications() if channel.id in str(each.headers)]
        # Google sends again what was not answered.
        kill(partial(world.notify, sent), position, after=after)
        world.notify(sent[-1:])
        begun = world.list_waiting()
        is_killed |= kill(partial(world.do, begun), position, after=after)
        world.do(begun)
        assert world.list_published(key) == world.list_busy(key) != []
        if not is_killed:
            break
    assert position > 10


def test_a_choice_or_a_sweep_whose_message_is_lost_is_made_up_for(world: World) -> None:
    world.put(**hour_of(9))
    body = {"read": [world.id_of("primary")], "write": None}
    with aws_calls.failing("SendMessageBatch", Lost()):
        assert world.api.put(world.home, json=body).status_code == 500
        with pytest.raises(SweepIncomplete):
            world.sweep()
    assert world.list_published() == []
    world.later(minutes=10)
    world.sweep()
    world.work()
    assert world.list_published() == world.list_busy() != []
