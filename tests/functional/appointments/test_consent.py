"""Consent and open books over HTTP: who may begin something with whom."""

from collections.abc import Callable
from itertools import permutations
from typing import Any

import pytest
from chalice.test import HTTPResponse
from time_machine import TimeMachineFixture

from appointments.use_cases import consent
from domain.errors import Blocked
from shared.http.caller import Role
from tests.functional.appointments.background import EventsWorker, join_waitlist
from tests.functional.appointments.people import (
    ARTIST,
    CLIENT,
    OTHER_ARTIST,
    OTHER_CLIENT,
    People,
    everything,
    list_events_since,
    outbox,
)
from tests.support import clean_files, relations
from tests.support.responses import error_fields, refused

STRANGER = "usr_01JD0000000000000000000EEE"
NINE, TEN, ELEVEN = (f"2026-03-03T{hour}:00:00Z" for hour in ("08", "09", "10"))
LATER = "2026-03-20T08:00:00Z"  # so late that changes are free
FILE = "fil_01JD34A1B2C3D4E5F6G7H8J9KM"
BLOCKED, NO_RELATION, CLOSED = (403, "blocked"), (403, "no_relation"), (409, "books_closed")


def artist_acts(people: People, service_id: str, client_id: str) -> dict[str, HTTPResponse]:
    """Let the artist begin everything that names a client."""
    plan = {"frequency": "single", "startsOn": "2026-03-03", "clientId": client_id}
    bodies: dict[str, dict[str, Any]] = {
        "": {"startsAt": NINE, "clientId": client_id},
        "/proposals": {"startsAt": [TEN], "clientId": client_id},
        "/plans": plan,
        "/walk-ins": {"clientId": client_id},
    }
    return {
        path: people.artist.post(f"/v1/appointments{path}", json={"serviceId": service_id, **body})
        for path, body in bodies.items()
    }


def codes(answers: dict[str, HTTPResponse]) -> set[Any]:
    """Return the status and the code of each answer."""
    return {refused(answer) for answer in answers.values()}


# ---- relations ---------------------------------------------------------------------------------


@pytest.mark.parametrize("known_as", [None, Role.CLIENT, Role.ARTIST, Role.ADMIN])
def test_an_artist_begins_nothing_with_a_stranger(people: People, known_as: Role | None) -> None:
    service_id = people.open_studio()
    if known_as is not None:
        relations.verify(STRANGER, known_as)
    before = everything()
    assert codes(artist_acts(people, service_id, STRANGER)) == {NO_RELATION}
    assert everything() == before


@pytest.mark.parametrize(
    ("type_", "data"),
    [
        ("conversation.opened", {"openedBy": STRANGER}),
        ("conversation.opened", {}),  # of a version that did not say who opened it
        ("conversation.answered", {}),
        (
            "consultation.requested",
            {"consultationId": "cns_1", "status": "pending", "by": "client", "recordVersion": 1},
        ),
        ("waitlist.joined", {}),
    ],
)
def test_a_client_who_contacts_the_artist_is_booked(
    people: People, type_: str, data: dict[str, Any]
) -> None:
    service_id = people.open_studio()
    relations.verify(STRANGER)
    for _ in range(2):
        relations.consume(type_, artistId=ARTIST, clientId=STRANGER, **data)
    assert {
        answer.status_code for answer in artist_acts(people, service_id, STRANGER).values()
    } == {200, 201}
    for_another = people.create_service(people.other_artist)
    body = {"serviceId": for_another, "clientId": STRANGER, "startsAt": NINE}
    assert refused(people.other_artist.post("/v1/appointments", json=body)) == NO_RELATION


@pytest.mark.parametrize("opened_by", [ARTIST, None])
def test_a_conversation_opened_unasked_is_no_relation(
    people: People, opened_by: str | None
) -> None:
    service_id = people.open_studio()
    relations.verify(STRANGER)
    relations.consume("conversation.opened", artistId=ARTIST, clientId=STRANGER, openedBy=opened_by)
    assert codes(artist_acts(people, service_id, STRANGER)) == {NO_RELATION}


def test_a_guest_of_a_platform_is_no_relation(people: People) -> None:
    people.open_studio()
    before = everything()
    guest = {"artistId": ARTIST, "clientId": None, "guestId": "gst_1"}
    relations.consume("conversation.opened", **guest, openedBy=None)
    relations.consume("conversation.opened", **guest)
    relations.consume(
        "conversation.block_changed", **guest, userId=ARTIST, blocked=True, recordVersion=1
    )
    assert everything() == before


def test_a_booking_of_the_client_is_a_relation_and_one_of_the_artist_is_none(
    people: People,
) -> None:
    people.set_hours(by=people.other_artist)
    service_id = people.create_service(people.other_artist)
    relations.verify(OTHER_CLIENT)
    own = {"serviceId": service_id, "startsAt": TEN, "clientId": OTHER_CLIENT}
    assert refused(people.other_artist.post("/v1/appointments", json=own)) == NO_RELATION
    people.book(service_id, NINE, people.other_client)
    EventsWorker().run()
    assert people.other_artist.post("/v1/appointments", json=own).status_code == 201


def test_the_artists_own_booking_keeps_no_relation_alive(people: People) -> None:
    """What the artist booked and proposed before teaches nothing, whenever its events arrive."""
    service_id = people.open_studio()
    people.book(service_id, NINE, people.artist, clientId=CLIENT)
    relations.consume("user.deleted", userId=CLIENT)
    relations.verify(CLIENT)
    EventsWorker().run()
    assert codes(artist_acts(people, service_id, CLIENT)) == {NO_RELATION}


def test_a_deleted_client_is_refused_and_no_late_event_changes_that(people: People) -> None:
    service_id = people.open_studio()
    relations.consume("user.deleted", userId=CLIENT)
    relations.introduce(ARTIST, CLIENT)
    relations.set_books(CLIENT, are_open=True, version=9)
    relations.set_block(ARTIST, CLIENT, CLIENT)
    assert codes(artist_acts(people, service_id, CLIENT)) == {NO_RELATION}
    keys = [(item["pk"]["S"], item["sk"]["S"]) for item in everything()]
    assert [key for key in keys if key[0] == f"PERSON#{CLIENT}"] == [
        (f"PERSON#{CLIENT}", "PROFILE")
    ]


def test_the_relations_of_a_deleted_artist_are_deleted(people: People) -> None:
    relations.consume("user.deleted", userId=ARTIST)
    keys = {item["sk"]["S"] for item in everything()}
    assert f"ARTIST#{ARTIST}" not in keys
    assert f"ARTIST#{OTHER_ARTIST}" in keys


# ---- blocks ------------------------------------------------------------------------------------


@pytest.mark.parametrize("by", [ARTIST, CLIENT])
def test_nothing_begins_across_a_block(people: People, by: str) -> None:
    service_id = people.open_studio(mode="request")
    held = people.try_hold(service_id, NINE).json_body["id"]
    proposal = {"serviceId": service_id, "startsAt": [TEN], "clientId": CLIENT}
    sent = people.artist.post("/v1/appointments/proposals", json=proposal).json_body["id"]
    pending = people.book(service_id, ELEVEN)["id"]
    relations.set_block(ARTIST, CLIENT, by)
    before = everything()
    client, artist, path = people.client, people.artist, "/v1/appointments"
    dates = {"firstDate": "2026-03-03", "lastDate": "2026-03-03"}
    moved = {"startsAt": "2026-03-03T12:00:00Z"}
    answers = artist_acts(people, service_id, CLIENT) | {
        "hold": people.try_hold(service_id, "2026-03-03T13:00:00Z"),
        "book": people.try_book(service_id, "2026-03-03T13:00:00Z"),
        "book a hold": client.post(path, json={"holdId": held}),
        "wait": client.post(f"{path}/waitlist", json={"serviceId": service_id, **dates}),
        "accept": client.post(f"{path}/proposals/{sent}/accept"),
        "confirm": artist.post(f"{path}/{pending}/confirm"),
        "move": client.post(f"{path}/{pending}/reschedule", json=moved),
        "move by artist": artist.post(f"{path}/{pending}/reschedule", json=moved),
        "preview": artist.post(f"{path}/{pending}/reschedule?preview=true", json=moved),
    }
    assert codes(answers) == {BLOCKED}
    assert everything() == before


def test_what_was_agreed_ends_and_is_settled_across_a_block(people: People) -> None:
    service_id = people.open_studio(deposit={"type": "fixed", "amount": 5000})
    paid, declined = (people.book(service_id, start)["id"] for start in (LATER, TEN))
    held = people.try_hold(service_id, ELEVEN).json_body["id"]
    entry = join_waitlist(people.client, service_id)
    proposals = [
        people.artist.post(
            "/v1/appointments/proposals",
            json={"serviceId": service_id, "startsAt": [start], "clientId": CLIENT},
        ).json_body["id"]
        for start in ("2026-03-10T08:00:00Z", "2026-03-10T09:00:00Z")
    ]
    relations.set_block(ARTIST, CLIENT, CLIENT)
    client, artist, path = people.client, people.artist, "/v1/appointments"
    relations.clean(CLIENT, FILE)
    proof = {"reference": "ADA 1", "files": [FILE]}
    acts: tuple[Callable[[], HTTPResponse], ...] = (
        lambda: client.post(f"{path}/{paid}/deposit/proof", json=proof),
        lambda: artist.post(f"{path}/{paid}/deposit/confirm"),
        lambda: artist.post(f"{path}/{paid}/deposit/refund", json={}),
        lambda: client.post(f"{path}/{paid}/cancel"),
        lambda: artist.post(f"{path}/{declined}/decline"),
        lambda: client.delete(f"{path}/holds/{held}"),
        lambda: client.delete(f"{path}/waitlist/{entry}"),
        lambda: client.post(f"{path}/proposals/{proposals[0]}/decline"),
        lambda: artist.post(f"{path}/proposals/{proposals[1]}/withdraw"),
    )
    for act in acts:
        answer = act()
        assert answer.status_code in (200, 204), answer.body


def test_the_newest_state_of_a_block_counts(people: People) -> None:
    """Whatever the order of the events, and however often each arrives."""
    for number, order in enumerate(permutations([(True, 1), (False, 2), (True, 3)])):
        artist_id = f"usr_{number}"
        for blocked, version in order:
            for _ in range(2):
                relations.set_block(artist_id, CLIENT, CLIENT, blocked=blocked, version=version)
        with pytest.raises(Blocked):
            consent.require_unblocked(artist_id, CLIENT)
        relations.set_block(artist_id, CLIENT, CLIENT, blocked=False, version=4)
        consent.require_unblocked(artist_id, CLIENT)


def test_each_side_has_a_block_of_its_own(people: People) -> None:
    service_id = people.open_studio()
    relations.set_block(ARTIST, CLIENT, ARTIST, version=1)
    relations.set_block(ARTIST, CLIENT, CLIENT, version=2)
    relations.set_block(ARTIST, CLIENT, CLIENT, blocked=False, version=3)
    assert refused(people.try_book(service_id, NINE)) == BLOCKED
    people.book(service_id, NINE, people.other_client)
    relations.set_block(ARTIST, CLIENT, ARTIST, blocked=False, version=4)
    people.book(service_id, TEN)


def test_a_block_before_any_relation_counts(people: People) -> None:
    people.set_hours(by=people.other_artist)
    service_id = people.create_service(people.other_artist)
    relations.set_block(OTHER_ARTIST, OTHER_CLIENT, OTHER_ARTIST)
    assert refused(people.try_book(service_id, NINE, people.other_client)) == BLOCKED


@pytest.mark.parametrize("mode", ["first_in_line", "all_notified"])
def test_freed_time_is_not_offered_across_a_block(people: People, mode: str) -> None:
    service_id = people.open_studio(waitlistMode=mode)
    people.set_hours("09:00-10:00")
    booked = people.book(service_id, NINE, people.artist, clientId=OTHER_CLIENT)
    join_waitlist(people.client, service_id)
    worker = EventsWorker()
    worker.run()
    relations.set_block(ARTIST, CLIENT, ARTIST)
    before = outbox()
    people.artist.post(f"/v1/appointments/{booked['id']}/cancel")
    worker.run()
    types = {event.type for event in list_events_since(before)}
    assert types == {"appointment.cancelled"}
    people.book(service_id, NINE, people.other_client)


# ---- open books --------------------------------------------------------------------------------


def test_closed_books_take_no_bookings_holds_or_offers(people: People) -> None:
    service_id = people.open_studio()
    held = people.try_hold(service_id, NINE).json_body["id"]
    relations.set_books(ARTIST, are_open=False, version=1)
    before = everything()
    answers = {
        "hold": people.try_hold(service_id, TEN),
        "book": people.try_book(service_id, TEN),
        "book a hold": people.client.post("/v1/appointments", json={"holdId": held}),
    }
    assert codes(answers) == {CLOSED}
    assert people.list_free_starts(service_id) == []
    assert everything() == before
    relations.set_books(ARTIST, are_open=True, version=2)
    assert people.list_free_starts(service_id) != []
    assert people.client.post("/v1/appointments", json={"holdId": held}).status_code == 201


def test_closed_books_keep_what_is_agreed_and_what_the_artist_offers(people: People) -> None:
    service_id = people.open_studio()
    booked = people.book(service_id, LATER)["id"]
    relations.set_books(ARTIST, are_open=False)
    path = "/v1/appointments"
    moved = people.client.post(f"{path}/{booked}/reschedule", json={"startsAt": ELEVEN})
    assert moved.status_code == 200
    assert people.book(service_id, NINE, people.artist, clientId=CLIENT)["status"] == "confirmed"
    body = {"serviceId": service_id, "startsAt": [TEN], "clientId": CLIENT}
    sent = people.artist.post(f"{path}/proposals", json=body).json_body["id"]
    assert people.client.post(f"{path}/proposals/{sent}/accept").status_code == 200
    assert people.artist.post(f"{path}/walk-ins", json={"serviceId": service_id}).status_code == 201
    join_waitlist(people.client, service_id)


def test_freed_time_is_not_offered_while_books_are_closed(
    people: People, clock: TimeMachineFixture
) -> None:
    service_id = people.open_studio()
    people.set_hours("09:00-10:00")
    booked = people.book(service_id, NINE, people.artist, clientId=OTHER_CLIENT)
    join_waitlist(people.client, service_id)
    relations.set_books(ARTIST, are_open=False)
    before = outbox()
    people.artist.post(f"/v1/appointments/{booked['id']}/cancel")
    EventsWorker().run()
    types = {event.type for event in list_events_since(before)}
    assert types == {"appointment.cancelled"}


def test_the_newest_profile_counts(people: People) -> None:
    for number, order in enumerate(permutations([1, 2, 3])):
        artist_id = f"usr_{number}"
        for version in order:
            relations.set_books(artist_id, are_open=version != 3, version=version)
            relations.verify(artist_id, Role.ARTIST)
        assert not consent.has_open_books(artist_id)


# ---- files -------------------------------------------------------------------------------------


def test_a_proof_names_clean_files_of_the_client_only(people: People) -> None:
    service_id = people.open_studio(deposit={"type": "fixed", "amount": 5000})
    path = f"/v1/appointments/{people.book(service_id, NINE)['id']}/deposit/proof"
    ids = [f"{FILE[:-1]}{letter}" for letter in "ABCD"]
    own, removed, of_another, _ = ids
    relations.clean(CLIENT, own, removed)
    relations.clean(OTHER_CLIENT, of_another)
    relations.consume("file.removed", fileId=removed, ownerId=CLIENT, recordVersion=3)
    relations.clean(CLIENT, removed)  # once more, late
    before = everything()
    answer = people.client.post(path, json={"reference": "ADA 1", "files": ids})
    assert answer.status_code == 422
    assert error_fields(answer) == {
        f"body.files[{number}]": "is not one of your clean files" for number in (1, 2, 3)
    }
    assert everything() == before
    answer = people.client.post(path, json={"reference": "ADA 1", "files": [own]})
    assert answer.json_body["deposit"]["entries"][-1]["files"] == [own]


def test_a_proof_names_a_file_before_the_event_that_it_is_clean(people: People) -> None:
    service_id = people.open_studio(deposit={"type": "fixed", "amount": 5000})
    path = f"/v1/appointments/{people.book(service_id, NINE)['id']}/deposit/proof"
    own, of_another = (f"{FILE[:-1]}{letter}" for letter in "AB")
    clean_files.create(CLIENT, own)
    clean_files.create(OTHER_CLIENT, of_another)
    answer = people.client.post(path, json={"reference": "ADA 1", "files": [own, of_another]})
    assert error_fields(answer) == {"body.files[1]": "is not one of your clean files"}
    answer = people.client.post(path, json={"reference": "ADA 1", "files": [own]})
    assert answer.json_body["deposit"]["entries"][-1]["files"] == [own]
