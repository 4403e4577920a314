"""The journey of a consultation through the gateway, the functions, the events and the mail."""

import uuid
from typing import Any

from tests.e2e.test_booking import Person, free_starts, new_person, new_service
from tests.e2e.test_files import new_file
from tests.e2e.test_messages import CONVERSATIONS, find_conversation
from tests.functional.files import samples
from tests.support.api import Inbox, eventually
from tests.support.stack import RunningStack

HOME = "/v1/consultations"
ALL_DAY = [{"start": "00:00", "end": "24:00"}]
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def request_consultation(client: Person, artist: Person, **fields: Any) -> dict[str, Any]:
    """Request a consultation, as soon as consultations has the copy of the artist."""
    body = {"artistId": artist.id, "subject": "A swallow", "description": "As before.", **fields}

    def attempt() -> dict[str, Any] | None:
        answer = client.api.post(HOME, body)
        assert answer.status_code in (201, 422), answer.text
        created: dict[str, Any] = answer.json()
        return created if answer.status_code == 201 else None

    return eventually(attempt, "a request")


def test_a_request_becomes_appointments(stack: RunningStack, inbox: Inbox) -> None:
    artist, client = new_person(stack, "artist"), new_person(stack, "client")
    availability = {"timeZone": "Europe/Rome", "weekly": dict.fromkeys(DAYS, ALL_DAY)}
    assert artist.api.call("PUT", "/v1/appointments/availability", availability).ok
    service_id = new_service(artist)
    question = {"key": "scar", "type": "yes_no", "label": "Over a scar?", "required": True}
    assert artist.api.call("PUT", f"{HOME}/intake", {"questions": [question]}).ok
    form = client.api.get(f"{HOME}/intake?artistId={artist.id}").json()
    answers = {"version": form["version"], "answers": {"scar": True}}
    created = request_consultation(client, artist, serviceId=service_id, intake=answers)
    path = f"{HOME}/{created['id']}"
    inbox.wait_for("email", artist.email, lambda mail: "A swallow" in mail["subject"])

    assert artist.api.get(HOME).json()["counts"]["pending"] == 1
    assert artist.api.get(path).json()["viewedAt"]
    draft = artist.api.get(f"{path}/proposal-draft").json()
    starts = free_starts(client.api, artist, service_id, 10)
    body = draft["proposal"] | {"startsAt": [starts[0], starts[-1]]}

    def send() -> str | None:
        # Until appointments has consumed the request, it knows neither of them.
        sent = artist.api.post("/v1/appointments/proposals", body)
        assert sent.status_code in (201, 403, 422), sent.text
        return str(sent.json()["id"]) if sent.ok else None

    proposal = f"/v1/appointments/proposals/{eventually(send, 'the proposal')}"
    wait_for_status(client, path, "responded")
    assert client.api.post(f"{proposal}/accept").ok
    wait_for_status(client, path, "scheduled")
    for appointment_id in client.api.get(path).json()["appointmentIds"]:
        cancelled = f"/v1/appointments/{appointment_id}/cancel"
        assert artist.api.post(cancelled, {"reason": "I am ill."}).ok
    wait_for_status(client, path, "cancelled")
    counts = client.api.get(HOME).json()["counts"]
    assert {name: number for name, number in counts.items() if number} == {"cancelled": 1}


def test_a_declined_client_gets_the_reason_by_email(stack: RunningStack, inbox: Inbox) -> None:
    artist, client = new_person(stack, "artist"), new_person(stack, "client")
    path = f"{HOME}/{request_consultation(client, artist)['id']}"
    declined = artist.api.post(f"{path}/decline", {"reason": "I do not tattoo hands."})
    assert declined.status_code == 200, declined.text
    inbox.wait_for("email", client.email, lambda mail: "I do not tattoo hands." in mail["text"])
    assert client.api.post(f"{path}/cancel").status_code == 409


def test_the_artist_reads_the_files_and_the_first_message_responds(stack: RunningStack) -> None:
    artist, client, stranger = (new_person(stack, role) for role in ("artist", "client", "client"))
    file_id = new_file(client.api, samples.image(), purpose="consultation")
    path = f"{HOME}/{request_consultation(client, artist, files=[file_id])['id']}"
    eventually(lambda: artist.api.get(f"/v1/files/{file_id}").ok, "the artist's access to the file")
    assert stranger.api.get(f"/v1/files/{file_id}").status_code == 404

    opened = eventually(lambda: find_conversation(artist), "the conversation")
    conversation = f"{CONVERSATIONS}/{opened['id']}"
    messages = f"{conversation}/messages"
    (card,) = client.api.get(messages).json()["items"]
    assert card["refer"] == {"kind": "consultation", "id": path.removeprefix(f"{HOME}/")}
    pinned = artist.api.call("PUT", f"{conversation}/pin", {"messageId": card["id"]})
    assert pinned.status_code == 200, pinned.text
    shown = find_conversation(client)
    assert shown is not None
    assert shown["pinned"] == {"messageId": card["id"], "refer": card["refer"]}

    message = {"clientMessageId": uuid.uuid4().hex, "type": "text", "content": "Gladly! When?"}
    assert artist.api.post(messages, message).status_code == 201
    wait_for_status(client, path, "responded")
    counts = client.api.get(f"{HOME}?status=responded").json()["counts"]
    assert (counts["pending"], counts["responded"]) == (0, 1)


def wait_for_status(person: Person, path: str, status: str) -> None:
    eventually(lambda: person.api.get(path).json()["status"] == status, status)
