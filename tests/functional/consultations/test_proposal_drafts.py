"""From a consultation to a booked and finished project, through appointments and its events."""

from typing import Any

import pytest
from time_machine import TimeMachineFixture

from appointments import consumers as erasing
from appointments.app import app as appointments
from consultations import consumers
from shared.events.domain_events import DomainEvent
from shared.http.caller import Role
from shared.platform import clock as shared_clock
from tests.functional.appointments.people import MONDAY, week
from tests.functional.appointments.people import everything as booked
from tests.functional.appointments.people import outbox as told_by_appointments
from tests.functional.consultations.people import (
    ARTIST,
    CLIENT,
    People,
    cleans,
    everything,
    id_in,
    kept,
    refused,
    status,
    writes,
)
from tests.functional.consultations.test_requesting import (
    FILES,
    QUESTIONS,
    WHOLE,
    age_terms,
    asks_questions,
    confirmed,
    publishes,
)
from tests.support.gateway import ApiClient, client_for

BOOKING = "/v1/appointments"
DATES = ["2026-03-10T10:00:00Z", "2026-03-11T10:00:00Z"]


@pytest.fixture
def artist(people: People) -> ApiClient:
    """The same artist at appointments, open every day."""
    found = client_for(appointments).as_user(ARTIST, Role.ARTIST)
    body = {"timeZone": "Europe/Berlin", "weekly": week("09:00-17:00")}
    assert found.put(f"{BOOKING}/availability", json=body).status_code == 200
    return found


@pytest.fixture
def client(people: People) -> ApiClient:
    """The same client at appointments."""
    return client_for(appointments).as_user(CLIENT, Role.CLIENT)


def offers(artist: ApiClient) -> str:
    body = {"name": "Swallow", "durationMinutes": 60, "price": {"amount": 100, "currency": "EUR"}}
    service_id: str = artist.post(f"{BOOKING}/services", json=body).json_body["id"]
    return service_id


def events_arrive() -> None:
    """consultations hears all that appointments told, and twice."""
    for _ in range(2):
        for event in told_by_appointments():
            if event.type in consumers.HANDLERS:
                consumers.handle(event, shared_clock.now())


def proposes(artist: ApiClient, drafted: dict[str, Any], **chosen: Any) -> dict[str, Any]:
    body = drafted["proposal"] | {"startsAt": DATES} | chosen
    answer = artist.post(f"{BOOKING}/proposals", json=body)
    assert answer.status_code == 201, answer.body
    found: dict[str, Any] = answer.json_body
    return found


def test_all_of_it_is_carried_over(
    people: People, artist: ApiClient, client: ApiClient, clock: TimeMachineFixture
) -> None:
    service_id = offers(artist)
    intake = {"version": asks_questions(people), "answers": {"allergies": True, "which": "Nuts"}}
    files = [cleans(FILES[0])]
    asked = WHOLE | {"serviceId": service_id, "files": files, "intake": intake}
    path = people.has_asked(**asked, **confirmed(publishes(age_terms(1))))
    writes(ARTIST)
    drafted = people.artist.get(f"{path}/proposal-draft").json_body
    assert drafted["missing"] == ["startsAt"]
    assert drafted["preferredWindows"][0]["firstDate"] == "2026-04-01"
    assert (drafted["files"], drafted["budget"]["maximum"]) == (files, 30000)
    proposal = proposes(artist, drafted)
    assert proposal["consultationId"] == id_in(path)
    assert proposal["message"].splitlines() == [
        "A swallow",
        "Placement: Left forearm",
        "Size: 10 cm",
        "Style: Fine line",
        "Palette: black and grey",
        "Cover-up: yes",
        "Budget: from 100.00 EUR up to 300.00 EUR",
        "Dates: 2026-04-01 to 2026-04-10, morning; 2026-03-01",
        "Age: of age",
        f"{QUESTIONS[0]['label']}: yes",
        f"{QUESTIONS[1]['label']}: Nuts",
        WHOLE["description"],
    ]
    events_arrive()
    assert (status(path), kept(path).proposal_id) == ("responded", proposal["id"])

    accepted = client.post(f"{BOOKING}/proposals/{proposal['id']}/accept").json_body
    events_arrive()
    assert status(path) == "scheduled"
    assert list(kept(path).appointment_ids) == accepted["appointmentIds"]
    clock.move_to(MONDAY.replace(day=20), tick=False)
    for appointment_id in accepted["appointmentIds"]:
        assert artist.post(f"{BOOKING}/{appointment_id}/complete").status_code == 200
        events_arrive()
    assert status(path) == "completed"


def test_a_declined_proposal_leaves_it_open_for_another(
    people: People, artist: ApiClient, client: ApiClient
) -> None:
    path = people.has_asked()
    drafted = people.artist.get(f"{path}/proposal-draft").json_body
    assert (drafted["missing"], drafted["proposal"]["serviceId"]) == (
        ["serviceId", "startsAt"],
        None,
    )
    service_id = offers(artist)
    first = proposes(artist, drafted, serviceId=service_id)
    client.post(f"{BOOKING}/proposals/{first['id']}/decline")
    events_arrive()
    assert status(path) == "responded"
    again = people.artist.get(f"{path}/proposal-draft").json_body
    second = proposes(artist, again, serviceId=service_id)
    client.post(f"{BOOKING}/proposals/{second['id']}/accept")
    events_arrive()
    assert (status(path), kept(path).proposal_id) == ("scheduled", second["id"])


def test_a_project_that_falls_through_ends_it(
    people: People, artist: ApiClient, client: ApiClient
) -> None:
    path = people.has_asked()
    drafted = people.artist.get(f"{path}/proposal-draft").json_body
    proposal = proposes(artist, drafted, serviceId=offers(artist))
    accepted = client.post(f"{BOOKING}/proposals/{proposal['id']}/accept").json_body
    for appointment_id in accepted["appointmentIds"]:
        answer = artist.post(f"{BOOKING}/{appointment_id}/cancel", json={"reason": "I am ill."})
        assert answer.status_code == 200, answer.body
    events_arrive()
    assert (status(path), kept(path).closed_by) == ("cancelled", "system")


def test_the_longest_words_still_make_a_proposal(people: People, artist: ApiClient) -> None:
    path = people.has_asked(subject="s" * 255, description="d" * 5000)
    drafted = people.artist.get(f"{path}/proposal-draft").json_body
    assert len(drafted["proposal"]["message"]) == 2000
    proposes(artist, drafted, serviceId=offers(artist))


@pytest.mark.parametrize("accepts", [False, True])
def test_what_was_carried_over_is_forgotten_with_the_client(
    people: People, artist: ApiClient, client: ApiClient, accepts: bool
) -> None:
    path = people.has_asked(description="My secret")
    drafted = people.artist.get(f"{path}/proposal-draft").json_body
    proposal = proposes(artist, drafted, serviceId=offers(artist))
    if accepts:
        client.post(f"{BOOKING}/proposals/{proposal['id']}/accept")
    gone = DomainEvent(
        "evt_gone", "/auth", "user.deleted", CLIENT, shared_clock.now(), {"userId": CLIENT}
    )
    erasing.handle(gone, shared_clock.now())
    consumers.handle(gone, shared_clock.now())
    kept_words = [item for item in (*everything(), *booked()) if "event" not in item]
    assert "My secret" not in str(kept_words)
    assert artist.get(f"{BOOKING}/proposals/{proposal['id']}").json_body["message"] == ""


def test_what_is_over_is_no_draft(people: People) -> None:
    path = people.has_asked()
    people.client.post(f"{path}/cancel", json={})
    assert refused(people.artist.get(f"{path}/proposal-draft")) == (409, "wrong_status")
