"""Next free dates: found when what can be booked changes, published when they change."""

from datetime import timedelta

import pytest
from time_machine import TimeMachineFixture

from appointments import store
from appointments.use_cases import next_free
from shared.http.caller import Role
from shared.platform.clock import now
from tests.functional.appointments.background import EventsWorker, consume, sweep
from tests.functional.appointments.people import ARTIST, People, outbox
from tests.support import aws_calls

CHANGED = "next_free.changed"


@pytest.fixture
def worker() -> EventsWorker:
    return EventsWorker()


def list_days() -> list[str | None]:
    """Return the published days, in order of their versions."""
    published = sorted(outbox(CHANGED), key=lambda event: event.data["recordVersion"])
    assert all(event.data["artistId"] == ARTIST for event in published)
    return [event.data["day"] for event in published]


def look_again(clock: TimeMachineFixture) -> None:
    """Run the sweeper when it looks again."""
    clock.shift(next_free.LOOKED_EVERY + timedelta(seconds=1))
    sweep()


def test_the_first_service_and_hours_make_an_artist_free(
    people: People, worker: EventsWorker
) -> None:
    people.set_hours("09:00-10:00")
    worker.run()
    assert list_days() == []
    people.create_service()
    worker.run()
    assert list_days() == ["2026-03-03"]


def test_the_date_moves_with_bookings_and_time(
    people: People, worker: EventsWorker, clock: TimeMachineFixture
) -> None:
    people.set_hours("09:00-10:00")
    service_id = people.create_service()
    worker.run()
    first = list_days()[-1]
    assert first == "2026-03-03"
    with aws_calls.counted() as calls:
        people.book(service_id, "2026-03-03T08:00:00Z")
    assert calls["dynamodb:TransactWriteItems"] == 1
    assert list_days() == [first]  # a booking publishes nothing of it
    look_again(clock)
    assert list_days() == [first, "2026-03-04"]
    look_again(clock)
    assert list_days() == [first, "2026-03-04"]
    clock.shift(timedelta(days=3))
    look_again(clock)
    assert list_days()[-1] == "2026-03-06"


def test_closed_books_leave_no_date_until_they_open(
    people: People, worker: EventsWorker, clock: TimeMachineFixture
) -> None:
    people.open_studio()
    worker.run()
    day = list_days()[-1]
    data = {"userId": ARTIST, "role": Role.ARTIST, "name": "Mara"}
    consume("user.profile.updated", data | {"booksOpen": False, "recordVersion": 8})
    assert list_days()[-1] is None
    known = store.find_next_free(ARTIST)
    assert known is not None
    assert known.look_at is None
    consume("user.profile.updated", data | {"booksOpen": True, "recordVersion": 9})
    assert list_days()[-1] == day
    published = len(list_days())
    consume("user.profile.updated", data | {"booksOpen": True, "recordVersion": 9})
    assert list_days()[published:] == [day]  # a rebuild publishes it again
    look_again(clock)


def test_nothing_of_a_deleted_account_is_kept(people: People, worker: EventsWorker) -> None:
    people.open_studio()
    worker.run()
    consume("user.deleted", {"userId": ARTIST})
    worker.run()
    next_free.refresh(ARTIST, now())
    assert store.find_next_free(ARTIST) is None
