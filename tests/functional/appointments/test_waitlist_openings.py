"""The waitlist is offered time that was opened: by hours, books, schedules and services."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError
from pynamodb.exceptions import TransactWriteError
from time_machine import TimeMachineFixture

from appointments import consumers
from appointments.models import WaitlistEntryStatus
from appointments.use_cases import waitlist
from shared.events.domain_events import DomainEvent
from shared.http.caller import Role
from shared.platform.clock import now
from tests.functional.appointments.background import (
    EventsWorker,
    consume,
    get_waitlist_entry,
    join_waitlist,
)
from tests.functional.appointments.people import ARTIST, CLIENT, SERVICE, People, outbox, week
from tests.support import aws_calls

TOMORROW = "2026-03-03"
DOWN = ClientError({"Error": {"Code": "InternalServerError"}}, "TransactWriteItems")
OFF = {"startsAt": "2026-03-02T23:00:00Z", "endsAt": "2026-03-03T23:00:00Z"}


@pytest.fixture
def worker() -> EventsWorker:
    return EventsWorker()


def consume_books(is_open: bool, version: int) -> None:
    data = {"userId": ARTIST, "role": Role.ARTIST, "name": "Mara", "recordVersion": version}
    consume("user.profile.updated", data | {"booksOpen": is_open})


def list_offers() -> list[tuple[str, str]]:
    """Return client and start of each offer and opening, in order."""
    published = outbox("waitlist.offered") + outbox("waitlist.opened")
    return [(event.data["clientId"], event.data["startsAt"]) for event in published]


def replace_service(people: People, service_id: str, **fields: Any) -> None:
    path = f"/v1/appointments/services/{service_id}"
    mode = people.nobody.get(path).json_body["waitlistMode"]
    answer = people.artist.put(path, json={**SERVICE, "waitlistMode": mode, **fields})
    assert answer.status_code == 200, answer.body


def add_schedule(people: People) -> None:
    body = {
        "name": "Guest spot",
        "location": "Lisbon",
        "timeZone": "Europe/Berlin",
        "weekly": week("14:00-15:00"),
        "firstDate": TOMORROW,
        "lastDate": TOMORROW,
    }
    answer = people.artist.post("/v1/appointments/schedules", json=body)
    assert answer.status_code == 201, answer.body


OPENINGS: dict[str, tuple[dict[str, Any], dict[str, Any], Callable[[People, str], Any], str]] = {
    # Hours of the artist and fields of the service before, what opens time, and the slot.
    "hours": (
        {"timeOff": [OFF]},
        {},
        lambda people, _: people.set_hours("09:00-10:00"),
        "2026-03-03T08:00:00Z",
    ),
    "earlier end of time off": (
        {"timeOff": [OFF]},
        {},
        lambda people, _: people.set_hours(
            "09:00-17:00", timeOff=[OFF | {"endsAt": "2026-03-03T12:00:00Z"}]
        ),
        "2026-03-03T12:00:00Z",
    ),
    "schedule": (
        {"timeOff": []},
        {"minimumNoticeMinutes": 28 * 60},
        lambda people, _: add_schedule(people),
        "2026-03-03T13:00:00Z",
    ),
    "shorter service": (
        {},
        {"durationMinutes": 120},
        replace_service,
        "2026-03-03T08:00:00Z",
    ),
    "shorter notice": (
        {},
        {"minimumNoticeMinutes": 48 * 60},
        replace_service,
        "2026-03-03T08:00:00Z",
    ),
}


@pytest.mark.parametrize("name", OPENINGS)
@pytest.mark.parametrize("mode", ["first_in_line", "all_notified"])
def test_those_who_wait_are_offered_opened_time_once(
    people: People, worker: EventsWorker, name: str, mode: str
) -> None:
    hours, fields, open_time, start = OPENINGS[name]
    people.set_hours("09:00-10:00", **hours)
    service_id = people.create_service(**fields, waitlistMode=mode)
    entry_id = join_waitlist(people.client, service_id, TOMORROW)
    worker.run()
    assert list_offers() == []
    open_time(people, service_id)
    worker.run()
    assert list_offers() == [(CLIENT, start)]
    for event in outbox("availability.opened"):  # and again
        consumers.handle(event, now())
    assert list_offers() == [(CLIENT, start)]
    is_offered = get_waitlist_entry(entry_id).status is WaitlistEntryStatus.OFFERED
    assert is_offered is (mode == "first_in_line")


def test_books_that_open_are_offered_and_closed_books_offer_nothing(
    people: People, worker: EventsWorker
) -> None:
    people.set_hours("09:00-10:00", timeOff=[OFF])
    service_id = people.create_service()
    join_waitlist(people.client, service_id, TOMORROW)
    consume_books(is_open=False, version=1)
    people.set_hours("09:00-10:00")
    worker.run()
    assert list_offers() == []
    consume_books(is_open=True, version=2)
    worker.run()
    assert list_offers() == [(CLIENT, "2026-03-03T08:00:00Z")]
    consume_books(is_open=True, version=2)
    consume_books(is_open=True, version=3)
    worker.run()
    assert len(list_offers()) == 1


def test_books_that_are_published_again_open_nothing(people: People, worker: EventsWorker) -> None:
    people.set_hours("09:00-10:00")
    join_waitlist(people.client, people.create_service(), TOMORROW)
    worker.run()
    before = len(outbox("availability.opened"))
    for version in (1, 2, 2):  # never closed, and rebuilt
        consume_books(is_open=True, version=version)
    assert len(outbox("availability.opened")) == before

    consume_books(is_open=False, version=3)
    consume_books(is_open=True, version=4)
    opened = len(outbox("availability.opened"))
    assert opened > before
    consume_books(is_open=True, version=4)
    assert len(outbox("availability.opened")) == opened


def test_books_that_open_are_published_although_the_first_try_failed(people: People) -> None:
    people.set_hours("09:00-10:00")
    people.create_service()
    consume_books(is_open=False, version=1)
    assert outbox("availability.opened") == []
    data = {"userId": ARTIST, "role": "artist", "name": "Mara", "recordVersion": 2}
    data |= {"booksOpen": True}
    event = DomainEvent("evt_2", "/profiles", "user.profile.updated", ARTIST, now(), data)
    with aws_calls.failing("TransactWriteItems", DOWN), pytest.raises(TransactWriteError):
        consumers.handle(event, now())
    for _ in range(2):
        consumers.handle(event, now())
    assert len({event.data["cause"] for event in outbox("availability.opened")}) == 1


def test_only_time_that_opens_is_published(people: People) -> None:
    people.set_hours()
    service_id = people.create_service()
    before = len(outbox("availability.opened"))
    people.set_hours()
    people.set_hours("10:00-12:00")
    replace_service(people, service_id, name="Blackwork", durationMinutes=180)
    assert len(outbox("availability.opened")) == before


def test_a_far_horizon_is_published_in_parts(people: People) -> None:
    people.create_service(bookingHorizonDays=90)
    people.set_hours()
    opened = outbox("availability.opened")
    assert len(opened) == 3
    assert len({event.data["cause"] for event in opened}) == 1
    for event in opened:
        assert len(event.data["spans"]) <= 33


def test_one_event_makes_a_limited_number_of_offers(
    people: People,
    worker: EventsWorker,
    clock: TimeMachineFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(waitlist, "MAX_OFFERS", 1)
    people.set_hours("09:00-11:00", timeOff=[OFF])
    service_id = people.create_service()
    for person in (people.client, people.other_client, people.other_artist):
        join_waitlist(person, service_id, TOMORROW)
        clock.shift(timedelta(seconds=1))
    people.set_hours("09:00-11:00")
    (event,) = [event for event in outbox("availability.opened") if event.data["spans"]][-1:]
    consumers.handle(event, now())
    assert len(list_offers()) == 1
    consumers.handle(event, now())  # the same event again continues, and publishes no third
    worker.run()
    assert len(list_offers()) == 2  # as many as there are slots
