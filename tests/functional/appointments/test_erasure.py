"""A deleted account: nothing of it goes on, and what was said is forgotten."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from unittest import mock

import pytest
from botocore.client import BaseClient
from botocore.exceptions import EndpointConnectionError
from pynamodb.exceptions import PutError, TransactWriteError

from appointments import consumers, store
from appointments.models import (
    AppointmentSide,
    AppointmentStatus,
    ExternalCalendar,
    ProposalStatus,
    WaitlistEntryStatus,
)
from appointments.store import table
from appointments.use_cases import erasure
from shared.platform.clock import now
from tests.functional.appointments.passing import Worker, hear, joins, sweep, wait
from tests.functional.appointments.people import (
    ARTIST,
    CLIENT,
    OTHER_CLIENT,
    People,
    appointment,
    entries,
    everything,
    outbox,
    refused,
    told_since,
)
from tests.functional.appointments.test_consumers import published
from tests.support.aws_calls import REAL_CALL
from tests.support.gateway import ApiClient
from tests.support.threads import together

TOMORROW = "2026-03-03"
BANK = {"accountName": "Mara", "iban": "DE89370400440532013000"}
DELETED = "user.deleted"


def deleted(user_id: str) -> None:
    """The account is gone, and that is heard of."""
    hear(DELETED, {"userId": user_id})


def proposes(people: People, service_id: str, *starts: str) -> str:
    body = {
        "serviceId": service_id,
        "clientId": CLIENT,
        "startsAt": [f"{start}T12:00:00Z" for start in starts],
        "message": "Dear friend",
    }
    answer = people.artist.post("/v1/appointments/proposals", json=body)
    assert answer.status_code == 201, answer.body
    proposal_id: str = answer.json_body["id"]
    return proposal_id


def has_feed(person: ApiClient) -> str:
    answer = person.post("/v1/appointments/calendar")
    assert answer.status_code == 201, answer.body
    path: str = answer.json_body["path"]
    return path


def has_bank_details(person: ApiClient) -> None:
    answer = person.put("/v1/appointments/bank-details", json=BANK)
    assert answer.status_code < 300, answer.body


class Life:
    """A studio with everything in it that two people can have with each other."""

    def __init__(self, people: People, clock: Any) -> None:
        self.service = people.studio()
        self.other_service = people.offers(mode="request")
        has_bank_details(people.artist)
        self.artists_feed, self.feed = has_feed(people.artist), has_feed(people.client)
        hear(*published(2))
        store.commit(
            records=[
                ExternalCalendar(
                    id="ext_1",
                    artist_id=ARTIST,
                    name="Elsewhere",
                    url="https://calendar.example/secret.ics",
                    created_at=now(),
                    refresh_at=now() + timedelta(days=30),
                )
            ]
        )
        book = people.has_booked
        self.past = book(self.service, "2026-03-02T09:00:00Z", notes="My past")["id"]
        self.confirmed = book(self.service, "2026-03-03T09:00:00Z", notes="My wish")["id"]
        self.pending = book(self.other_service, "2026-03-04T09:00:00Z", notes="My plan")["id"]
        self.cancelled = book(self.service, "2026-03-09T09:00:00Z", notes="My other wish")["id"]
        people.client.post(
            f"/v1/appointments/{self.cancelled}/cancel", json={"reason": "My reason"}
        )
        self.walk_in = people.artist.post(
            "/v1/appointments/walk-ins",
            json={"serviceId": self.service, "clientId": CLIENT, "name": "Robin", "notes": "Ro"},
        ).json_body["id"]
        self.stranger = book(
            self.service, "2026-03-03T12:00:00Z", people.other_client, notes="Not mine"
        )["id"]
        self.proposal = proposes(people, self.service, "2026-03-10", "2026-03-11")
        self.accepted = proposes(people, self.service, "2026-03-12")
        accept = f"/v1/appointments/proposals/{self.accepted}/accept"
        assert people.client.post(accept).status_code == 200
        accepted = store.find_proposal(self.accepted)
        assert accepted is not None
        (self.sitting,) = accepted.appointment_ids
        clock.shift(1)
        self.wait = joins(people.client, self.service, "2026-03-06")
        self.other_wait = joins(people.other_client, self.service, TOMORROW)
        clock.move_to(now() + timedelta(hours=3), tick=False)


@pytest.fixture
def life(people: People, clock: Any) -> Life:
    return Life(people, clock)


def statuses(*appointment_ids: str) -> list[AppointmentStatus]:
    return [appointment(appointment_id).status for appointment_id in appointment_ids]


def words() -> str:
    """All that is stored, but for what is on its way to others and the mark of the erasure."""
    kept = [item for item in everything() if not item["pk"]["S"].startswith("OUTBOX#")]
    return str([item for item in kept if not item["pk"]["S"].startswith(table.ERASURE)])


# ---- a client ----------------------------------------------------------------------------------


def test_what_a_client_had_ahead_is_cancelled_by_the_system(life: Life) -> None:
    before = outbox()
    deleted(CLIENT)
    ahead = (life.confirmed, life.pending, life.sitting)
    assert statuses(*ahead) == 3 * [AppointmentStatus.CANCELLED]
    assert {appointment(one).closed_by for one in ahead} == {AppointmentSide.SYSTEM}
    told = [event for event in told_since(before) if event.type == "appointment.cancelled"]
    assert {event.subject for event in told} == set(ahead)
    for event in told:
        assert event.data["by"] == "system"
        assert event.data["fee"] == 0
        assert event.data["reason"] == "The account of the client was deleted."
    assert not set(ahead) & set(entries())


def test_what_has_begun_is_left_to_the_artist(people: People, life: Life) -> None:
    deleted(CLIENT)
    assert statuses(life.past, life.walk_in, life.cancelled) == [
        AppointmentStatus.CONFIRMED,
        AppointmentStatus.CONFIRMED,
        AppointmentStatus.CANCELLED,
    ]
    for begun in (life.past, life.walk_in):
        answer = people.artist.post(f"/v1/appointments/{begun}/complete")
        assert answer.json_body["status"] == "completed"


def test_what_a_client_wrote_and_was_called_is_forgotten(life: Life) -> None:
    written = ("My past", "My wish", "My plan", "My other wish", "My reason", "Robin")
    for said in written:
        assert said in words()
    deleted(CLIENT)
    for said in written:
        assert said not in words()
    assert appointment(life.walk_in).notes == ""
    assert appointment(life.confirmed).reason == "The account of the client was deleted."


def test_the_proposals_and_places_of_a_client_are_over(people: People, life: Life) -> None:
    before = outbox()
    deleted(CLIENT)
    ended, kept = store.find_proposal(life.proposal), store.find_proposal(life.accepted)
    assert ended is not None
    assert kept is not None
    assert (ended.status, kept.status) == (ProposalStatus.DECLINED, ProposalStatus.ACCEPTED)
    assert [event.subject for event in told_since(before) if "proposal" in event.type] == [
        life.proposal
    ]
    assert not any(entry.startswith(life.proposal) for entry in entries())
    assert wait(life.wait).status is WaitlistEntryStatus.LEFT
    assert wait(life.other_wait).status is WaitlistEntryStatus.WAITING
    assert store.get_client_waitlists(CLIENT).entries == {}


def test_a_clients_feed_is_gone(people: People, life: Life) -> None:
    assert people.nobody.get(life.feed).status_code == 200
    deleted(CLIENT)
    assert people.nobody.get(life.feed).status_code == 404
    assert people.nobody.get(life.artists_feed).status_code == 200
    assert f"PERSON#{CLIENT}" not in words()


def test_what_is_others_stays(people: People, life: Life) -> None:
    deleted(CLIENT)
    assert statuses(life.stranger) == [AppointmentStatus.CONFIRMED]
    assert appointment(life.stranger).notes == "Not mine"
    assert len(store.list_services(ARTIST)) == 2
    assert store.find_bank_details(ARTIST) is not None
    assert store.find_availability(ARTIST) is not None
    assert len(store.read_calendar(ARTIST, now().date()).terms) == 1


def test_what_was_freed_is_for_those_who_wait(life: Life) -> None:
    deleted(CLIENT)
    Worker().works()
    assert wait(life.other_wait).status is WaitlistEntryStatus.OFFERED


def test_what_was_on_offer_goes_to_the_next(people: People, life: Life) -> None:
    mine = joins(people.client, people.offers(), TOMORROW)
    cancel = f"/v1/appointments/{life.stranger}/cancel"
    assert people.artist.post(cancel, json={}).status_code == 200
    Worker().works()
    assert wait(mine).status is WaitlistEntryStatus.OFFERED
    assert wait(life.other_wait).status is WaitlistEntryStatus.WAITING
    deleted(CLIENT)
    assert sweep() == 1
    assert wait(mine).status is WaitlistEntryStatus.LEFT
    assert wait(life.other_wait).status is WaitlistEntryStatus.OFFERED
    assert {entry.owner_id for entry in entries().values()} == {None, OTHER_CLIENT}


# ---- an artist ---------------------------------------------------------------------------------


def test_of_an_artist_nothing_goes_on(people: People, life: Life) -> None:
    before = outbox()
    deleted(ARTIST)
    ahead = (life.confirmed, life.pending, life.sitting, life.stranger)
    assert statuses(*ahead) == 4 * [AppointmentStatus.CANCELLED]
    assert appointment(life.stranger).reason == "The account of the artist was deleted."
    assert appointment(life.stranger).notes == "Not mine"  # the client's own record
    proposal = store.find_proposal(life.proposal)
    assert proposal is not None
    assert proposal.status is ProposalStatus.WITHDRAWN
    assert wait(life.wait).status is wait(life.other_wait).status is WaitlistEntryStatus.EXPIRED
    told = Counter(event.type for event in told_since(before))
    assert told == {
        "appointment.cancelled": 4,
        "proposal.withdrawn": 1,
        "service.removed": 2,
    }
    assert entries().keys() == {life.past, life.walk_in}


def test_what_an_artist_kept_is_gone(people: People, life: Life) -> None:
    deleted(ARTIST)
    assert people.nobody.get(life.artists_feed).status_code == 404
    assert people.nobody.get(life.feed).status_code == 200
    kept = {item["sk"]["S"] for item in everything() if ARTIST in item["pk"]["S"]}
    assert {key for key in kept if not key.startswith("DAY#")} == {"RECORD"}  # of the erasure
    for secret in ("DE89370400440532013000", "secret.ics"):
        assert secret not in words()
    assert refused(people.books(life.service, "2026-03-05T09:00:00Z"))[0] == 404


def test_walk_ins_without_account_are_forgotten_with_their_artist(people: People) -> None:
    body = {"serviceId": people.studio(), "name": "Kim", "notes": "A friend of Sam"}
    answer = people.artist.post("/v1/appointments/walk-ins", json=body)
    assert answer.status_code == 201
    assert "Kim" in words()
    deleted(ARTIST)
    forgotten = appointment(answer.json_body["id"])
    assert (forgotten.walk_in_name, forgotten.notes) == ("", "")
    assert forgotten.status is AppointmentStatus.CONFIRMED


def test_an_artist_is_a_client_of_others_too(people: People) -> None:
    people.opens(by=people.other_artist)
    service_id = people.offers(by=people.other_artist)
    booked = people.has_booked(service_id, "2026-03-03T09:00:00Z", people.artist, notes="Mine")
    deleted(ARTIST)
    assert appointment(booked["id"]).status is AppointmentStatus.CANCELLED
    assert appointment(booked["id"]).notes == ""


# ---- once, whatever happens --------------------------------------------------------------------


@contextmanager
def dying_at(write: int) -> Iterator[None]:
    """Let the n-th write, and all after it, not reach the table."""
    left = [write]

    def broken(client: Any, operation: str, parameters: Any) -> Any:
        if operation in ("PutItem", "TransactWriteItems", "BatchWriteItem", "DeleteItem"):
            left[0] -= 1
            if left[0] < 0:
                raise EndpointConnectionError(endpoint_url="https://dynamodb")
        return REAL_CALL(client, operation, parameters)

    with mock.patch.object(BaseClient, "_make_api_call", broken):
        yield


@pytest.mark.parametrize("user_id", [CLIENT, ARTIST])
def test_heard_twice_it_is_done_once(life: Life, user_id: str) -> None:
    deleted(user_id)
    before = everything()
    deleted(user_id)
    assert everything() == before


@pytest.mark.parametrize("user_id", [CLIENT, ARTIST])
def test_wherever_it_dies_the_next_time_does_the_rest(
    people: People, life: Life, user_id: str
) -> None:
    """It dies again at each write; every time something more is done, and told once."""
    before = outbox()
    died = 0
    while True:
        try:
            with dying_at(died):
                deleted(user_id)
        except (PutError, TransactWriteError):
            died += 1
            continue
        break
    assert died > 5
    told = [event for event in told_since(before) if event.type == "appointment.cancelled"]
    ahead = {life.confirmed, life.pending, life.sitting}
    if user_id == ARTIST:
        ahead.add(life.stranger)
    assert len(told) == len(ahead)
    assert {event.subject for event in told} == ahead
    assert not ahead & set(entries())
    settled = everything()
    deleted(user_id)
    assert everything() == settled


def test_a_run_that_died_for_good_is_finished_by_the_sweeper(life: Life, clock: Any) -> None:
    with dying_at(1), pytest.raises(TransactWriteError):
        deleted(CLIENT)
    assert sweep() == 0
    clock.shift(erasure.NEXT_RUN_AFTER)
    assert sweep() == 1
    assert statuses(life.confirmed) == [AppointmentStatus.CANCELLED]


def test_what_a_token_that_outlived_its_account_did_is_erased_too(
    people: People, life: Life, clock: Any
) -> None:
    deleted(CLIENT)
    clock.shift(timedelta(minutes=10))
    late = people.has_booked(life.service, "2026-03-05T09:00:00Z", notes="My ghost")["id"]
    path = has_feed(people.client)
    late_wait = joins(people.client, life.service, "2026-03-06")
    clock.shift(timedelta(minutes=49))
    assert sweep() == 0
    clock.shift(timedelta(minutes=1))
    assert sweep() == 1
    assert statuses(late) == [AppointmentStatus.CANCELLED]
    assert wait(late_wait).status is WaitlistEntryStatus.LEFT
    assert people.nobody.get(path).status_code == 404
    assert "My ghost" not in words()
    assert store.find_erasure(CLIENT) is None
    assert sweep() == 0


def test_news_of_long_ago_are_done_with_at_once(people: People, life: Life) -> None:
    hear(DELETED, {"userId": CLIENT}, at=now() - timedelta(hours=2))
    assert statuses(life.confirmed) == [AppointmentStatus.CANCELLED]
    assert store.find_erasure(CLIENT) is None


def test_erasing_and_cancelling_at_once_end_it_once(people: People, life: Life) -> None:
    event = hear("user.deleted", {"userId": "usr_01JD0000000000000000000ZZZ"})
    of_client = type(event)(**{**_fields(event), "data": {"userId": CLIENT}})
    racers = iter(range(3))

    def race() -> None:
        if next(racers):
            consumers.handle(of_client, now())
        else:
            people.artist.post(f"/v1/appointments/{life.confirmed}/cancel", json={})

    together(3, race)
    told = [one for one in outbox("appointment.cancelled") if one.subject == life.confirmed]
    assert len(told) == 1
    assert life.confirmed not in entries()


def _fields(event: Any) -> dict[str, Any]:
    return {name: getattr(event, name) for name in event.__struct_fields__}
