"""Erasure: after an account is deleted its records end and its texts are redacted."""

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
    File,
    ProposalStatus,
    WaitlistEntryStatus,
)
from appointments.store import table
from shared.data import tombstones
from shared.platform.clock import now
from tests.functional.appointments.background import (
    EventsWorker,
    consume,
    get_waitlist_entry,
    join_waitlist,
    sweep,
)
from tests.functional.appointments.people import (
    ARTIST,
    CLIENT,
    OTHER_CLIENT,
    SERVICE,
    People,
    appointment,
    entries,
    everything,
    list_events_since,
    outbox,
)
from tests.functional.appointments.test_consumers import published_event
from tests.support.aws_calls import REAL_CALL
from tests.support.gateway import ApiClient
from tests.support.responses import refused
from tests.support.threads import together

TOMORROW = "2026-03-03"
BANK = {"accountName": "Mara", "iban": "DE89370400440532013000"}
DELETED = "user.deleted"


def delete_account(user_id: str) -> None:
    """Consume the event that an account was deleted."""
    consume(DELETED, {"userId": user_id})


def propose(people: People, service_id: str, *starts: str) -> str:
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


def create_feed(person: ApiClient) -> str:
    answer = person.post("/v1/appointments/calendar")
    assert answer.status_code == 201, answer.body
    path: str = answer.json_body["path"]
    return path


def save_bank_details(person: ApiClient) -> None:
    answer = person.put("/v1/appointments/bank-details", json=BANK)
    assert answer.status_code < 300, answer.body


class Studio:
    """A studio with every kind of record that an artist and a client can have."""

    def __init__(self, people: People, clock: Any) -> None:
        self.service = people.open_studio()
        self.other_service = people.create_service(mode="request")
        save_bank_details(people.artist)
        self.artists_feed, self.feed = create_feed(people.artist), create_feed(people.client)
        consume(*published_event(2))
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
        book = people.book
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
        self.proposal = propose(people, self.service, "2026-03-10", "2026-03-11")
        self.accepted = propose(people, self.service, "2026-03-12")
        accept = f"/v1/appointments/proposals/{self.accepted}/accept"
        assert people.client.post(accept).status_code == 200
        accepted = store.find_proposal(self.accepted)
        assert accepted is not None
        (self.sitting,) = accepted.appointment_ids
        clock.shift(1)
        self.waitlist_entry_id = join_waitlist(people.client, self.service, "2026-03-06")
        self.other_waitlist_entry_id = join_waitlist(people.other_client, self.service, TOMORROW)
        clock.move_to(now() + timedelta(hours=3), tick=False)


@pytest.fixture
def studio(people: People, clock: Any) -> Studio:
    return Studio(people, clock)


def statuses(*appointment_ids: str) -> list[AppointmentStatus]:
    return [appointment(appointment_id).status for appointment_id in appointment_ids]


def get_stored_text() -> str:
    """Return everything stored, except the outbox, the erasure record and marks of deletion."""
    items = [
        item
        for item in everything()
        if not item["pk"]["S"].startswith(("OUTBOX#", table.ERASURE))
        and (item["sk"]["S"], item.get("record")) != (table.PROFILE, {"S": "null"})
    ]
    return str(items)


# ---- clients -----------------------------------------------------------------------------------


def test_a_clients_upcoming_appointments_are_cancelled_by_the_system(studio: Studio) -> None:
    before = outbox()
    delete_account(CLIENT)
    ahead = (studio.confirmed, studio.pending, studio.sitting)
    assert statuses(*ahead) == 3 * [AppointmentStatus.CANCELLED]
    assert {appointment(upcoming).closed_by for upcoming in ahead} == {AppointmentSide.SYSTEM}
    published_events = [
        event for event in list_events_since(before) if event.type == "appointment.cancelled"
    ]
    assert {event.subject for event in published_events} == set(ahead)
    for event in published_events:
        assert event.data["by"] == "system"
        assert event.data["fee"] == 0
        assert event.data["reason"] == "The account of the client was deleted."
    assert not set(ahead) & set(entries())


def test_appointments_that_have_begun_are_left_to_the_artist(
    people: People, studio: Studio
) -> None:
    delete_account(CLIENT)
    assert statuses(studio.past, studio.walk_in, studio.cancelled) == [
        AppointmentStatus.CONFIRMED,
        AppointmentStatus.CONFIRMED,
        AppointmentStatus.CANCELLED,
    ]
    for begun in (studio.past, studio.walk_in):
        answer = people.artist.post(f"/v1/appointments/{begun}/complete")
        assert answer.json_body["status"] == "completed"


def test_an_appointment_of_a_deleted_client_is_not_moved(people: People, studio: Studio) -> None:
    path = f"/v1/appointments/{studio.past}"
    assert people.artist.post(f"{path}/no-show").status_code == 200
    delete_account(CLIENT)
    people.set_hours()
    assert people.artist.post(f"{path}/correct", json={"reason": "Came"}).status_code == 200
    body = {"startsAt": "2026-03-20T09:00:00Z"}
    for query in ("", "?preview=true"):
        answer = people.artist.post(f"{path}/reschedule{query}", json=body)
        assert refused(answer) == (403, "no_relation")
    assert people.artist.post(f"{path}/complete").json_body["status"] == "completed"


def test_a_clients_texts_and_names_are_redacted(studio: Studio) -> None:
    written = ("My past", "My wish", "My plan", "My other wish", "My reason", "Robin")
    for text in written:
        assert text in get_stored_text()
    delete_account(CLIENT)
    for text in written:
        assert text not in get_stored_text()
    assert appointment(studio.walk_in).notes == ""
    assert appointment(studio.confirmed).reason == "The account of the client was deleted."


def test_a_clients_proof_of_payment_is_redacted(people: People) -> None:
    service_id = people.create_service(deposit={"type": "fixed", "amount": 5000})
    people.set_hours()
    paid = people.book(service_id, "2026-03-10T09:00:00Z")["id"]
    store.save_file(File("fil_01JD2Z5Q0V8XKM3F7T9B4N6RWC", CLIENT, 1))
    proof = {"reference": "ADA LOVELACE DEPOSIT", "files": ["fil_01JD2Z5Q0V8XKM3F7T9B4N6RWC"]}
    path = f"/v1/appointments/{paid}/deposit"
    assert people.client.post(f"{path}/proof", json=proof).status_code == 200
    assert people.artist.post(f"{path}/confirm", json={"note": "Arrived"}).status_code == 200
    delete_account(CLIENT)
    deposit = appointment(paid).deposit
    assert deposit is not None
    assert [(entry.state, entry.note, entry.files) for entry in deposit.entries] == [
        ("requested", "", ()),
        ("proof_submitted", "", ()),
        ("confirmed", "Arrived", ()),
    ]
    assert "LOVELACE" not in get_stored_text()


def test_a_clients_proposals_and_waitlist_entries_end(people: People, studio: Studio) -> None:
    before = outbox()
    delete_account(CLIENT)
    ended, accepted = store.find_proposal(studio.proposal), store.find_proposal(studio.accepted)
    assert ended is not None
    assert accepted is not None
    assert (ended.status, accepted.status) == (ProposalStatus.DECLINED, ProposalStatus.ACCEPTED)
    assert [event.subject for event in list_events_since(before) if "proposal" in event.type] == [
        studio.proposal
    ]
    assert not any(entry.startswith(studio.proposal) for entry in entries())
    assert get_waitlist_entry(studio.waitlist_entry_id).status is WaitlistEntryStatus.LEFT
    assert get_waitlist_entry(studio.other_waitlist_entry_id).status is WaitlistEntryStatus.WAITING
    assert store.get_client_waitlists(CLIENT).entries == {}


def test_a_clients_calendar_feed_is_revoked(people: People, studio: Studio) -> None:
    assert people.nobody.get(studio.feed).status_code == 200
    delete_account(CLIENT)
    assert people.nobody.get(studio.feed).status_code == 404
    assert people.nobody.get(studio.artists_feed).status_code == 200
    assert f"PERSON#{CLIENT}" not in get_stored_text()


def test_the_data_of_others_is_untouched(people: People, studio: Studio) -> None:
    delete_account(CLIENT)
    assert statuses(studio.stranger) == [AppointmentStatus.CONFIRMED]
    assert appointment(studio.stranger).notes == "Not mine"
    assert len(store.list_services(ARTIST)) == 2
    assert store.find_bank_details(ARTIST) is not None
    assert store.find_availability(ARTIST) is not None
    assert len(store.read_catalogue(ARTIST, []).terms) == 1


def test_freed_time_is_offered_to_the_waitlist(studio: Studio) -> None:
    delete_account(CLIENT)
    EventsWorker().run()
    assert get_waitlist_entry(studio.other_waitlist_entry_id).status is WaitlistEntryStatus.OFFERED


def test_an_open_offer_passes_to_the_next_in_line(people: People, studio: Studio) -> None:
    mine = join_waitlist(people.client, people.create_service(), TOMORROW)
    cancel = f"/v1/appointments/{studio.stranger}/cancel"
    assert people.artist.post(cancel, json={}).status_code == 200
    EventsWorker().run()
    assert get_waitlist_entry(mine).status is WaitlistEntryStatus.OFFERED
    assert get_waitlist_entry(studio.other_waitlist_entry_id).status is WaitlistEntryStatus.WAITING
    delete_account(CLIENT)
    assert sweep() == 1
    assert get_waitlist_entry(mine).status is WaitlistEntryStatus.LEFT
    assert get_waitlist_entry(studio.other_waitlist_entry_id).status is WaitlistEntryStatus.OFFERED
    assert {entry.owner_id for entry in entries().values()} == {None, OTHER_CLIENT}


# ---- artists -----------------------------------------------------------------------------------


def test_everything_an_artist_offered_ends(people: People, studio: Studio) -> None:
    before = outbox()
    delete_account(ARTIST)
    ahead = (studio.confirmed, studio.pending, studio.sitting, studio.stranger)
    assert statuses(*ahead) == 4 * [AppointmentStatus.CANCELLED]
    assert appointment(studio.stranger).reason == "The account of the artist was deleted."
    assert appointment(studio.stranger).notes == "Not mine"  # the record belongs to its client
    proposal = store.find_proposal(studio.proposal)
    assert proposal is not None
    assert proposal.status is ProposalStatus.WITHDRAWN
    assert (
        get_waitlist_entry(studio.waitlist_entry_id).status
        is get_waitlist_entry(studio.other_waitlist_entry_id).status
        is WaitlistEntryStatus.EXPIRED
    )
    published_events = Counter(event.type for event in list_events_since(before))
    assert published_events == {
        "appointment.cancelled": 4,
        "proposal.withdrawn": 1,
        "service.removed": 2,
    }
    assert entries().keys() == {studio.past, studio.walk_in}


def test_everything_an_artist_stored_is_deleted(people: People, studio: Studio) -> None:
    spot = {"name": "X", "location": "Rua da Rosa", "timeZone": "Europe/Lisbon"}
    dates = {"firstDate": "2026-04-01", "lastDate": "2026-04-02"}
    added = people.artist.post("/v1/appointments/schedules", json=spot | dates)
    assert added.status_code == 201
    people.book(people.create_service(weeklyLimit=2), "2026-03-12T09:00:00Z")  # writes a tally
    delete_account(ARTIST)
    assert people.nobody.get(studio.artists_feed).status_code == 404
    assert people.nobody.get(studio.feed).status_code == 200
    keys = {item["sk"]["S"] for item in everything() if ARTIST in item["pk"]["S"]}
    # The erasure record, and the mark that the account was deleted.
    assert {key for key in keys if not key.startswith("DAY#")} == {"RECORD", "PROFILE"}
    for secret in ("DE89370400440532013000", "secret.ics"):
        assert secret not in get_stored_text()
    assert refused(people.try_book(studio.service, "2026-03-05T09:00:00Z"))[0] == 404


def test_walk_ins_without_an_account_are_redacted_with_their_artist(people: People) -> None:
    body = {"serviceId": people.open_studio(), "name": "Kim", "notes": "A friend of Sam"}
    answer = people.artist.post("/v1/appointments/walk-ins", json=body)
    assert answer.status_code == 201
    assert "Kim" in get_stored_text()
    delete_account(ARTIST)
    forgotten = appointment(answer.json_body["id"])
    assert (forgotten.walk_in_name, forgotten.notes) == ("", "")
    assert forgotten.status is AppointmentStatus.CONFIRMED


def test_an_artists_bookings_as_a_client_are_cancelled_too(people: People) -> None:
    people.set_hours(by=people.other_artist)
    service_id = people.create_service(by=people.other_artist)
    booked = people.book(service_id, "2026-03-03T09:00:00Z", people.artist, notes="Mine")
    delete_account(ARTIST)
    assert appointment(booked["id"]).status is AppointmentStatus.CANCELLED
    assert appointment(booked["id"]).notes == ""


# ---- exactly once ------------------------------------------------------------------------------


@contextmanager
def failing_from(write: int) -> Iterator[None]:
    """Make the n-th write and all after it fail before they reach the table."""
    remaining = [write]

    def fail_after(client: Any, operation: str, parameters: Any) -> Any:
        if operation in ("PutItem", "TransactWriteItems", "BatchWriteItem", "DeleteItem"):
            remaining[0] -= 1
            if remaining[0] < 0:
                raise EndpointConnectionError(endpoint_url="https://dynamodb")
        return REAL_CALL(client, operation, parameters)

    with mock.patch.object(BaseClient, "_make_api_call", fail_after):
        yield


@pytest.mark.parametrize("user_id", [CLIENT, ARTIST])
def test_a_repeated_deletion_event_changes_nothing(studio: Studio, user_id: str) -> None:
    delete_account(user_id)
    before = everything()
    delete_account(user_id)
    assert everything() == before


@pytest.mark.parametrize("user_id", [CLIENT, ARTIST])
def test_an_interrupted_erasure_is_completed_by_the_next_run(
    people: People, studio: Studio, user_id: str
) -> None:
    """It crashes at each write in turn; each run gets further and no event is published twice."""
    before = outbox()
    crashes = 0
    while True:
        try:
            with failing_from(crashes):
                delete_account(user_id)
        except (EndpointConnectionError, PutError, TransactWriteError):
            crashes += 1
            continue
        break
    assert crashes > 5
    published_events = [
        event for event in list_events_since(before) if event.type == "appointment.cancelled"
    ]
    ahead = {studio.confirmed, studio.pending, studio.sitting}
    if user_id == ARTIST:
        ahead.add(studio.stranger)
    assert len(published_events) == len(ahead)
    assert {event.subject for event in published_events} == ahead
    assert not ahead & set(entries())
    completed = everything()
    delete_account(user_id)
    assert everything() == completed


def test_the_sweeper_completes_an_abandoned_erasure(studio: Studio, clock: Any) -> None:
    with failing_from(3), pytest.raises(TransactWriteError):
        delete_account(CLIENT)
    clock.shift(timedelta(minutes=10, seconds=-1))
    assert sweep() == 0
    clock.shift(timedelta(seconds=1))
    assert sweep() == 1
    assert statuses(studio.confirmed) == [AppointmentStatus.CANCELLED]


def test_a_token_that_outlived_its_account_writes_nothing(people: People, studio: Studio) -> None:
    delete_account(CLIENT)
    delete_account(ARTIST)
    before = get_stored_text()
    for answer in (
        people.try_book(studio.service, "2026-03-05T09:00:00Z"),
        people.try_hold(studio.service, "2026-03-05T09:00:00Z"),
        people.artist.post("/v1/appointments/services", json=SERVICE),
        people.artist.put("/v1/appointments/availability", json={"timeZone": "UTC"}),
        people.artist.put("/v1/appointments/bank-details", json=BANK),
    ):
        assert refused(answer) == (401, "session_ended")
    assert get_stored_text() == before


def test_data_of_a_request_that_was_running_at_the_deletion_is_erased_too(
    people: People, studio: Studio, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    delete_account(CLIENT)
    # It had asked before.
    monkeypatch.setattr(tombstones, "is_deleted", lambda _, consistent=True: False)
    clock.shift(timedelta(minutes=10))
    late = people.book(studio.service, "2026-03-05T09:00:00Z", notes="My ghost")["id"]
    path = create_feed(people.client)
    late_entry_id = join_waitlist(people.client, studio.service, "2026-03-06")
    clock.shift(timedelta(minutes=49))
    assert sweep() == 0
    clock.shift(timedelta(minutes=1))
    assert sweep() == 1
    assert statuses(late) == [AppointmentStatus.CANCELLED]
    assert get_waitlist_entry(late_entry_id).status is WaitlistEntryStatus.LEFT
    assert people.nobody.get(path).status_code == 404
    assert "My ghost" not in get_stored_text()
    assert store.find_erasure(CLIENT) is None
    assert sweep() == 0


def test_an_old_deletion_event_needs_no_second_run(people: People, studio: Studio) -> None:
    consume(DELETED, {"userId": CLIENT}, at=now() - timedelta(hours=2))
    assert statuses(studio.confirmed) == [AppointmentStatus.CANCELLED]
    assert store.find_erasure(CLIENT) is None


def test_concurrent_erasure_and_cancellation_cancel_once(people: People, studio: Studio) -> None:
    event = consume("user.deleted", {"userId": "usr_01JD0000000000000000000ZZZ"})
    of_client = type(event)(**{**_get_fields(event), "data": {"userId": CLIENT}})
    racers = iter(range(3))

    def race() -> None:
        if next(racers):
            consumers.handle(of_client, now())
        else:
            people.artist.post(f"/v1/appointments/{studio.confirmed}/cancel", json={})

    together(3, race)
    published_events = [
        event for event in outbox("appointment.cancelled") if event.subject == studio.confirmed
    ]
    assert len(published_events) == 1
    assert studio.confirmed not in entries()


def _get_fields(event: Any) -> dict[str, Any]:
    return {name: getattr(event, name) for name in event.__struct_fields__}
