"""A booking seen from its conversation: cards, deposit instructions, deleted accounts."""

import uuid
from typing import Any

from tests.e2e.test_booking import Person, free_starts, new_person, new_service
from tests.support.api import Api, eventually
from tests.support.stack import RunningStack

CONVERSATIONS = "/v1/messages/conversations"
INSTRUCTIONS = "Please write your name on the transfer."


def find_conversation(person: Person) -> dict[str, Any] | None:
    """Return the person's only conversation, None until there is one."""
    items = person.api.get(CONVERSATIONS).json()["items"]
    return items[0] if items else None


def list_types(reader: Api, conversation_id: str) -> list[str]:
    page = reader.get(f"{CONVERSATIONS}/{conversation_id}/messages?after=0").json()
    return [item["type"] for item in page["items"]]


def test_a_booking_posts_cards_and_deposit_instructions(stack: RunningStack) -> None:
    artist, client = new_person(stack, "artist"), new_person(stack, "client")
    all_day = [{"start": "00:00", "end": "24:00"}]
    days = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
    week = {"timeZone": "Europe/Rome", "weekly": dict.fromkeys(days, all_day)}
    assert artist.api.call("PUT", "/v1/appointments/availability", week).status_code == 200
    settings = {"sendDepositInstructions": True, "depositInstructions": INSTRUCTIONS}
    assert artist.api.call("PUT", "/v1/messages/settings", settings).status_code == 200
    service_id = new_service(artist, deposit={"type": "percent", "percent": 50})
    start = free_starts(client.api, artist, service_id, 10)[0]
    booked = client.api.post("/v1/appointments", {"serviceId": service_id, "startsAt": start})
    assert booked.status_code == 201, booked.text

    conversation = eventually(lambda: find_conversation(client), "the conversation")
    path = f"{CONVERSATIONS}/{conversation['id']}"

    def is_complete() -> bool:
        return {"deposit_request", "system"} <= set(list_types(client.api, conversation["id"]))

    eventually(is_complete, "the cards")
    items = client.api.get(f"{path}/messages?after=0").json()["items"]
    (instructions,) = [item for item in items if item["type"] == "system"]
    assert instructions["content"] == INSTRUCTIONS
    assert instructions["refer"] == {"kind": "appointment", "id": booked.json()["id"]}

    body = {"clientMessageId": uuid.uuid4().hex, "type": "text", "content": "Thank you!"}
    sent = client.api.post(f"{path}/messages", body)
    assert sent.status_code == 201, sent.text
    assert client.api.post(f"{path}/messages", body).json() == sent.json()

    def find_delivered() -> dict[str, Any] | None:
        found = find_conversation(artist)
        preview = found and (found["lastMessage"] or {}).get("preview")
        return found if preview == "Thank you!" else None

    shown = eventually(find_delivered, "the delivery")
    assert shown["lastSequence"] == sent.json()["sequence"]
    assert shown["unread"] == shown["lastSequence"] - 1  # not the artist's own instructions
    assert artist.api.get("/v1/messages/unread").json() == {"total": shown["unread"]}


def test_a_conversation_outlives_an_account(stack: RunningStack) -> None:
    artist, client = new_person(stack, "artist"), new_person(stack, "client")

    def open_conversation() -> dict[str, Any] | None:
        answer = client.api.post(CONVERSATIONS, {"artistId": artist.id})
        return answer.json() if answer.ok else None  # None until messaging knows both people

    conversation = eventually(open_conversation, "a conversation of two new people")
    path = f"{CONVERSATIONS}/{conversation['id']}"
    body = {"clientMessageId": uuid.uuid4().hex, "type": "text", "content": "Only between us."}
    assert client.api.post(f"{path}/messages", body).status_code == 201
    gone = client.api.call("DELETE", "/v1/auth/me", {"password": "a-long-secret"})
    assert gone.status_code == 204, gone.text

    def is_redacted() -> bool:
        page = artist.api.get(f"{path}/messages").json()
        return [item["content"] for item in page["items"]] == [None]

    eventually(is_redacted, "the erasure")
    assert artist.api.get(path).json()["other"]["isDeleted"] is True
    later = {**body, "clientMessageId": uuid.uuid4().hex}
    assert artist.api.post(f"{path}/messages", later).status_code == 409
