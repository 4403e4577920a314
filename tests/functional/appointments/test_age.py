"""Confirmation of age: asked by every way to a booking of a service with a minimum age."""

from typing import Any

import pytest
from chalice.test import HTTPResponse

from domain.policy_terms import AgeRules
from tests.functional.appointments.background import consume
from tests.functional.appointments.people import CLIENT, People, appointment, entries
from tests.functional.appointments.test_consumers import published_event, terms, withdrawn_event
from tests.support.responses import error_fields

PATH = "/v1/appointments"
NINE, TEN = "2026-03-03T08:00:00Z", "2026-03-03T09:00:00Z"
ADULTS = AgeRules(minimum_age=18)
FIELD = "body.ageConfirmation"


def publish_age(number: int, rules: AgeRules = ADULTS, service_id: str | None = None) -> str:
    """Publish an age policy, and return the id of its version."""
    consume(*published_event(number, service_id, policy_rules=rules))
    return terms(number, service_id, policy_rules=rules).version_id


def confirm(version_id: str, basis: str = "of_age") -> dict[str, Any]:
    return {"ageConfirmation": {"versionId": version_id, "basis": basis}}


def try_way(people: People, way: str, service_id: str, body: dict[str, Any]) -> HTTPResponse:
    """Book in one of the ways that lead to a booking, with these fields of the body."""
    slot = {"serviceId": service_id, "startsAt": NINE}
    if way == "slot":
        return people.client.post(PATH, json=slot | body)
    if way == "hold":
        held = people.try_hold(service_id, NINE).json_body["id"]
        answer = people.client.post(PATH, json={"holdId": held} | body)
        people.client.delete(f"{PATH}/holds/{held}")
        return answer
    if way == "artist":
        return people.artist.post(PATH, json=slot | {"clientId": CLIENT} | body)
    if way == "walk-in":
        return people.artist.post(f"{PATH}/walk-ins", json={"serviceId": service_id} | body)
    sent = people.artist.post(
        f"{PATH}/proposals",
        json={"serviceId": service_id, "clientId": CLIENT, "startsAt": [NINE]},
    )
    assert sent.status_code == 201, sent.body
    proposal = f"{PATH}/proposals/{sent.json_body['id']}"
    answer = people.client.post(f"{proposal}/accept", json=body)
    if answer.status_code != 200:
        people.artist.post(f"{proposal}/withdraw")
    return answer


def get_booked(way: str, answer: HTTPResponse) -> str:
    assert answer.status_code == (200 if way == "proposal" else 201), answer.body
    booked = answer.json_body
    return str(booked["appointmentIds"][0] if way == "proposal" else booked["id"])


@pytest.mark.parametrize("way", ["slot", "hold", "artist", "walk-in", "proposal"])
def test_every_way_to_a_booking_asks_for_the_age(people: People, way: str) -> None:
    people.set_hours("00:00-24:00")
    service_id = people.create_service()
    version = publish_age(1)
    unconfirmed = try_way(people, way, service_id, {})
    assert error_fields(unconfirmed) == {FIELD: f"is required by {version}"}
    wrong = try_way(people, way, service_id, confirm(version, "guardian_consents"))
    assert list(error_fields(wrong)) == [f"{FIELD}.basis"]
    assert entries() == {}
    booked = get_booked(way, try_way(people, way, service_id, confirm(version)))
    confirmation = appointment(booked).age_confirmation
    assert confirmation is not None
    assert (confirmation.version_id, confirmation.basis) == (version, "of_age")
    shown = people.artist.get(f"{PATH}/{booked}").json_body["ageConfirmation"]
    assert shown == confirm(version)["ageConfirmation"]


def test_a_proposal_asks_for_the_version_that_it_was_sent_with(people: People) -> None:
    service_id = people.open_studio()
    sent_with = publish_age(1)
    body = {"serviceId": service_id, "clientId": CLIENT, "startsAt": [NINE, TEN]}
    sent = people.artist.post(f"{PATH}/proposals", json=body).json_body
    newer = publish_age(2, AgeRules(minimum_age=21))
    accept = f"{PATH}/proposals/{sent['id']}/accept"
    refused = people.client.post(accept, json=confirm(newer))
    assert list(error_fields(refused)) == [f"{FIELD}.versionId"]
    accepted = people.client.post(accept, json=confirm(sent_with)).json_body
    for booked in accepted["appointmentIds"]:
        confirmation = appointment(booked).age_confirmation
        assert confirmation is not None
        assert confirmation.version_id == sent_with


def test_where_nothing_is_asked_nothing_is_confirmed(people: People) -> None:
    service_id, for_adults = people.open_studio(), people.create_service()
    version = publish_age(1)
    publish_age(1, AgeRules(minimum_age=0), service_id)  # anybody, in place of the general policy
    assert people.book(service_id, NINE)["ageConfirmation"] is None
    unasked = people.try_book(service_id, TEN, **confirm(version))
    assert error_fields(unasked) == {FIELD: "is not required by this artist"}
    assert list(error_fields(people.try_book(for_adults, TEN))) == [FIELD]
    consume(*withdrawn_event(1, policy_rules=ADULTS))
    people.book(for_adults, TEN)
