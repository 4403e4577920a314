"""The journey of a consultation, through the gateway, the functions, the events and the mail."""

from typing import Any

from tests.e2e.test_booking import Person, free_starts, new_person, new_service
from tests.support.api import Inbox, eventually
from tests.support.stack import RunningStack

HOME = "/v1/consultations"
ALL_DAY = [{"start": "00:00", "end": "24:00"}]
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def ask(client: Person, artist: Person, **fields: Any) -> dict[str, Any]:
    """The client asks, as soon as consultations knows the artist."""
    body = {"artistId": artist.id, "subject": "A swallow", "description": "As before.", **fields}

    def asked() -> dict[str, Any] | None:
        answer = client.api.post(HOME, body)
        assert answer.status_code in (201, 422), answer.text
        made: dict[str, Any] = answer.json()
        return made if answer.status_code == 201 else None

    return eventually(asked, "a request")


def test_a_request_becomes_a_project(stack: RunningStack, inbox: Inbox) -> None:
    artist, client = new_person(stack, "artist"), new_person(stack, "client")
    availability = {"timeZone": "Europe/Rome", "weekly": dict.fromkeys(DAYS, ALL_DAY)}
    assert artist.api.call("PUT", "/v1/appointments/availability", availability).ok
    service_id = new_service(artist)
    question = {"key": "scar", "type": "yes_no", "label": "Over a scar?", "required": True}
    assert artist.api.call("PUT", f"{HOME}/intake", {"questions": [question]}).ok
    form = client.api.get(f"{HOME}/intake?artistId={artist.id}").json()
    answers = {"version": form["version"], "answers": {"scar": True}}
    made = ask(client, artist, serviceId=service_id, intake=answers)
    path = f"{HOME}/{made['id']}"
    inbox.wait_for("email", artist.email, lambda mail: "A swallow" in mail["subject"])

    assert artist.api.get(HOME).json()["counts"]["pending"] == 1
    assert artist.api.get(path).json()["viewedAt"]
    draft = artist.api.get(f"{path}/proposal-draft").json()
    starts = free_starts(client.api, artist, service_id, 10)
    body = draft["proposal"] | {"startsAt": [starts[0], starts[-1]]}
    sent = artist.api.post("/v1/appointments/proposals", body)
    assert sent.status_code == 201, sent.text
    proposal = f"/v1/appointments/proposals/{sent.json()['id']}"
    is_now(client, path, "responded")
    assert client.api.post(f"{proposal}/accept").ok
    is_now(client, path, "scheduled")
    for appointment_id in client.api.get(path).json()["appointmentIds"]:
        cancelled = f"/v1/appointments/{appointment_id}/cancel"
        assert artist.api.post(cancelled, {"reason": "I am ill."}).ok
    is_now(client, path, "cancelled")
    counts = client.api.get(HOME).json()["counts"]
    assert {name: number for name, number in counts.items() if number} == {"cancelled": 1}


def test_who_is_declined_is_told_why(stack: RunningStack, inbox: Inbox) -> None:
    artist, client = new_person(stack, "artist"), new_person(stack, "client")
    path = f"{HOME}/{ask(client, artist)['id']}"
    declined = artist.api.post(f"{path}/decline", {"reason": "I do not tattoo hands."})
    assert declined.status_code == 200, declined.text
    inbox.wait_for("email", client.email, lambda mail: "I do not tattoo hands." in mail["text"])
    assert client.api.post(f"{path}/cancel").status_code == 409


def is_now(person: Person, path: str, status: str) -> None:
    eventually(lambda: person.api.get(path).json()["status"] == status, status)
