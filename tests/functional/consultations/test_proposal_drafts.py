"""From a consultation to appointments: drafts, proposals, and the events of appointments."""

from typing import Any

import pytest
from time_machine import TimeMachineFixture

from appointments import consumers as appointments_consumers
from appointments.app import app as appointments
from consultations import consumers
from shared.events.domain_events import DomainEvent
from shared.http.caller import Role
from shared.platform import clock as shared_clock
from tests.functional.appointments.people import MONDAY, week
from tests.functional.appointments.people import everything as everything_at_appointments
from tests.functional.appointments.people import outbox as outbox_of_appointments
from tests.functional.consultations.people import (
    ARTIST,
    CLIENT,
    HOME,
    People,
    everything,
    id_in,
    outbox,
    publish_clean_file,
    send_message,
    status,
    stored,
)
from tests.functional.consultations.test_requests import (
    FILES,
    FULL_REQUEST,
    QUESTIONS,
    age_confirmation,
    age_terms,
    publish_policy,
    save_intake,
)
from tests.support import relations
from tests.support.gateway import ApiClient, client_for
from tests.support.responses import refused

BOOKING = "/v1/appointments"
DATES = ["2026-03-10T10:00:00Z", "2026-03-11T10:00:00Z"]


@pytest.fixture
def artist(people: People) -> ApiClient:
    """The same artist at appointments, open every day, whom the client has contacted."""
    relations.introduce(ARTIST, CLIENT)
    artist = client_for(appointments).as_user(ARTIST, Role.ARTIST)
    body = {"timeZone": "Europe/Berlin", "weekly": week("09:00-17:00")}
    assert artist.put(f"{BOOKING}/availability", json=body).status_code == 200
    return artist


@pytest.fixture
def client(people: People) -> ApiClient:
    """The same client at appointments."""
    return client_for(appointments).as_user(CLIENT, Role.CLIENT)


def create_service(artist: ApiClient) -> str:
    body = {"name": "Swallow", "durationMinutes": 60, "price": {"amount": 100, "currency": "EUR"}}
    service_id: str = artist.post(f"{BOOKING}/services", json=body).json_body["id"]
    return service_id


def deliver_events() -> None:
    """Deliver every event of appointments and consultations to both, twice."""
    for _ in range(2):
        for event in (*outbox(), *outbox_of_appointments()):
            for consumer in (consumers, appointments_consumers):
                if event.type in consumer.HANDLERS:
                    consumer.handle(event, shared_clock.now())


def send_proposal(artist: ApiClient, draft: dict[str, Any], **chosen: Any) -> dict[str, Any]:
    deliver_events()
    body = draft["proposal"] | {"startsAt": DATES} | chosen
    answer = artist.post(f"{BOOKING}/proposals", json=body)
    assert answer.status_code == 201, answer.body
    sent: dict[str, Any] = answer.json_body
    return sent


def test_every_field_is_carried_over_to_the_proposal(
    people: People, artist: ApiClient, client: ApiClient, clock: TimeMachineFixture
) -> None:
    service_id = create_service(artist)
    intake = {"version": save_intake(people), "answers": {"allergies": True, "which": "Nuts"}}
    files = [publish_clean_file(FILES[0])]
    fields = FULL_REQUEST | {"serviceId": service_id, "files": files, "intake": intake}
    path = people.create_consultation(**fields, **age_confirmation(publish_policy(age_terms(1))))
    send_message(ARTIST)
    draft = people.artist.get(f"{path}/proposal-draft").json_body
    assert draft["missing"] == ["startsAt"]
    assert draft["preferredWindows"][0]["firstDate"] == "2026-04-01"
    assert (draft["files"], draft["budget"]["maximum"]) == (files, 30000)
    proposal = send_proposal(artist, draft)
    assert proposal["consultationId"] == id_in(path)
    assert proposal["message"].splitlines() == [
        "Subject: A swallow",
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
        f"> {FULL_REQUEST['description']}",
    ]
    deliver_events()
    assert (status(path), stored(path).proposal_id) == ("responded", proposal["id"])

    accepted = client.post(f"{BOOKING}/proposals/{proposal['id']}/accept").json_body
    deliver_events()
    assert status(path) == "scheduled"
    assert list(stored(path).appointment_ids) == accepted["appointmentIds"]
    clock.move_to(MONDAY.replace(day=20), tick=False)
    for appointment_id in accepted["appointmentIds"]:
        assert artist.post(f"{BOOKING}/{appointment_id}/complete").status_code == 200
        deliver_events()
    assert status(path) == "completed"


def test_another_proposal_replaces_the_first(
    people: People, artist: ApiClient, client: ApiClient
) -> None:
    path = people.create_consultation()
    draft = people.artist.get(f"{path}/proposal-draft").json_body
    assert (draft["missing"], draft["proposal"]["serviceId"]) == (
        ["serviceId", "startsAt"],
        None,
    )
    service_id = create_service(artist)
    first = send_proposal(artist, draft, serviceId=service_id)
    again = people.artist.get(f"{path}/proposal-draft").json_body
    second = send_proposal(artist, again, serviceId=service_id)
    deliver_events()
    assert (status(path), stored(path).proposal_id) == ("responded", second["id"])
    assert client.post(f"{BOOKING}/proposals/{first['id']}/accept").status_code == 409
    client.post(f"{BOOKING}/proposals/{second['id']}/accept")
    deliver_events()
    assert (status(path), stored(path).proposal_id) == ("scheduled", second["id"])


def test_the_end_of_either_ends_the_other(
    people: People, artist: ApiClient, client: ApiClient
) -> None:
    service_id = create_service(artist)
    path = people.create_consultation()
    draft = people.artist.get(f"{path}/proposal-draft").json_body
    sent = f"{BOOKING}/proposals/{send_proposal(artist, draft, serviceId=service_id)['id']}"
    people.artist.post(f"{path}/decline", json={"reason": "I am ill."})
    deliver_events()
    assert client.get(sent).json_body["status"] == "withdrawn"
    assert (status(path), stored(path).reason) == ("declined", "I am ill.")

    other_path = people.create_consultation()
    draft = people.artist.get(f"{other_path}/proposal-draft").json_body
    sent = f"{BOOKING}/proposals/{send_proposal(artist, draft, serviceId=service_id)['id']}"
    client.post(f"{sent}/decline")
    deliver_events()
    assert (status(other_path), stored(other_path).closed_by) == ("cancelled", "client")
    assert client.get(sent).json_body["status"] == "declined"


def test_a_consultation_ends_when_all_its_appointments_are_cancelled(
    people: People, artist: ApiClient, client: ApiClient
) -> None:
    path = people.create_consultation()
    draft = people.artist.get(f"{path}/proposal-draft").json_body
    proposal = send_proposal(artist, draft, serviceId=create_service(artist))
    accepted = client.post(f"{BOOKING}/proposals/{proposal['id']}/accept").json_body
    for appointment_id in accepted["appointmentIds"]:
        answer = artist.post(f"{BOOKING}/{appointment_id}/cancel", json={"reason": "I am ill."})
        assert answer.status_code == 200, answer.body
    deliver_events()
    assert (status(path), stored(path).closed_by) == ("cancelled", "system")


def test_answers_forge_no_lines_and_are_cut_visibly(people: People) -> None:
    questions = [
        {"key": "place", "type": "text", "label": "Where?", "required": True},
        {"key": "story", "type": "long_text", "label": "Why?", "required": True},
    ]
    form = people.artist.put(f"{HOME}/intake", json={"questions": questions}).json_body
    answers = {"place": "Arm\nAge: of age", "story": "s" * 5000}
    path = people.create_consultation(
        description="A swallow\nAge: of age",
        intake={"version": form["version"], "answers": answers},
    )
    draft = people.artist.get(f"{path}/proposal-draft").json_body["proposal"]["message"]
    lines = draft.splitlines()
    assert not any(line.startswith("Age:") for line in lines)
    assert "Where?: Arm / Age: of age" in lines
    assert f"Why?: {'s' * 299}…" in lines
    assert lines[-2:] == ["> A swallow", "> Age: of age"]


def test_the_longest_texts_fit_into_a_proposal(people: People, artist: ApiClient) -> None:
    path = people.create_consultation(subject="s" * 255, description="d" * 5000)
    draft = people.artist.get(f"{path}/proposal-draft").json_body
    message = draft["proposal"]["message"]
    assert (len(message), message[-2:]) == (2000, "d…")
    send_proposal(artist, draft, serviceId=create_service(artist))


@pytest.mark.parametrize("accepts", [False, True])
def test_carried_over_texts_are_erased_with_the_client(
    people: People, artist: ApiClient, client: ApiClient, accepts: bool
) -> None:
    path = people.create_consultation(description="My secret")
    draft = people.artist.get(f"{path}/proposal-draft").json_body
    proposal = send_proposal(artist, draft, serviceId=create_service(artist))
    if accepts:
        client.post(f"{BOOKING}/proposals/{proposal['id']}/accept")
    deletion = DomainEvent(
        "evt_gone", "/auth", "user.deleted", CLIENT, shared_clock.now(), {"userId": CLIENT}
    )
    appointments_consumers.handle(deletion, shared_clock.now())
    consumers.handle(deletion, shared_clock.now())
    items = [item for item in (*everything(), *everything_at_appointments()) if "event" not in item]
    assert "My secret" not in str(items)
    assert artist.get(f"{BOOKING}/proposals/{proposal['id']}").json_body["message"] == ""


def test_there_is_no_draft_of_a_consultation_that_is_over(people: People) -> None:
    path = people.create_consultation()
    people.client.post(f"{path}/cancel", json={})
    assert refused(people.artist.get(f"{path}/proposal-draft")) == (409, "wrong_status")
