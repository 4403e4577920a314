"""From an artist's calendar at Google to the slots that clients can book."""

from datetime import datetime

import pytest

from tests.functional.appointments.background import consume
from tests.functional.appointments.conftest import calendars_queue, people  # noqa: F401
from tests.functional.appointments.people import ARTIST, MONDAY, People
from tests.functional.social.calendars.world import BUSY, World

DAY = "2026-03-03"
ALL = [f"{DAY}T{hour:02}:00:00+01:00" for hour in (9, 10, 11)]


@pytest.fixture
def clock_starts_at() -> datetime:
    return MONDAY


def list_free(world: World, people: People, service_id: str) -> list[str]:  # noqa: F811
    """Do what waits, deliver the busy times to appointments, and return the free slots."""
    world.notify(world.take_notifications())
    world.work()
    for event in reversed(world.list_events()):  # in any order
        consume(BUSY, {**event.data, "artistId": ARTIST}, world.now)
    return people.list_free_starts(service_id, from_=DAY, to=DAY)


def test_a_busy_hour_takes_its_slot_away_and_frees_it_again(
    world: World,
    people: People,  # noqa: F811
) -> None:
    people.set_hours("09:00-12:00")
    service_id = people.create_service()
    world.choose("primary")
    assert list_free(world, people, service_id) == ALL
    event = world.put_hour(9, DAY)
    assert list_free(world, people, service_id) == [ALL[0], ALL[2]]
    world.put(id=event, start={"date": DAY}, end={"date": "2026-03-04"})
    assert list_free(world, people, service_id) == []
    world.delete(event)
    assert list_free(world, people, service_id) == ALL
