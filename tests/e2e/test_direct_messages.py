"""A message that a guest writes on Instagram stands in the artist's thread, and the reply there."""

import uuid
from typing import Any

import requests

from tests.e2e.test_booking import Person, new_person
from tests.support import social
from tests.support.api import TIMEOUT_SECONDS, eventually
from tests.support.stack import RunningStack

CONVERSATIONS = "/v1/messages/conversations"
GUEST = "Gil Guest"


def write(stack: RunningStack, handle: str, **message: Any) -> None:
    """Let the guest write to the account at the stand-in."""
    who = {"platform": "instagram", "account": handle, "sender": GUEST}
    control(stack, "POST", "messages", who | message)


def control(stack: RunningStack, method: str, path: str, body: Any = None) -> None:
    """Call the control API of the stand-in."""
    url = f"{stack.inbox_url}/meta/_control/{path}"
    requests.request(method, url, json=body, timeout=TIMEOUT_SECONDS).raise_for_status()


def find_sent(stack: RunningStack, text: str) -> dict[str, Any] | None:
    """Return what the stand-in took from the API, None until it has."""
    state = requests.get(f"{stack.inbox_url}/social", timeout=TIMEOUT_SECONDS).json()["meta"]
    found = (each for each in state["messages"] if each["by_app"] and each["text"] == text)
    return next(found, None)


def find_message(artist: Person, content: str) -> dict[str, Any] | None:
    """Return a message of the artist's only conversation, None until it is there."""
    for conversation in artist.api.get(CONVERSATIONS).json()["items"]:
        page = artist.api.get(f"{CONVERSATIONS}/{conversation['id']}/messages").json()
        for item in page["items"]:
            if item["content"] == content:
                found: dict[str, Any] = {**item, "conversation": conversation}
                return found
    return None


def reply(artist: Person, conversation_id: str, text: str) -> dict[str, Any]:
    """Let the artist answer."""
    body = {"clientMessageId": uuid.uuid4().hex, "type": "text", "content": text}
    sent = artist.api.post(f"{CONVERSATIONS}/{conversation_id}/messages", body)
    assert sent.status_code == 201, sent.text
    message: dict[str, Any] = sent.json()
    return message


def test_a_direct_message_stands_in_the_thread_and_its_answer_at_the_platform(
    stack: RunningStack,
) -> None:
    artist = new_person(stack, "artist")
    handle = f"felce.{artist.id[-8:].lower()}"
    social.connect(artist.api, "instagram", username=handle)

    question, answer = f"Do you have time in June? {handle}", f"On the 12th. {handle}"
    write(stack, handle, text=question)
    message = eventually(lambda: find_message(artist, question), "the message")
    conversation = message["conversation"]
    assert conversation["clientId"] is None
    assert conversation["guest"]["name"] == GUEST
    assert conversation["guest"]["platform"] == "instagram"
    assert message["platform"] == "instagram"

    reply(artist, conversation["id"], answer)
    taken = eventually(lambda: find_sent(stack, answer), "the reply")
    control(stack, "POST", f"messages/{taken['mid']}/read")

    def is_read() -> bool:
        found = find_message(artist, answer)
        return found is not None and found["delivery"]["status"] == "read"

    eventually(is_read, "the receipt")

    # The echo of the reply is no second message.
    page = artist.api.get(f"{CONVERSATIONS}/{conversation['id']}/messages").json()
    assert sorted(each["content"] for each in page["items"]) == [question, answer]


def test_a_picture_of_a_guest_stands_in_the_thread_when_it_was_inspected(
    stack: RunningStack,
) -> None:
    artist = new_person(stack, "artist")
    handle = f"felce.{artist.id[-8:].lower()}"
    social.connect(artist.api, "instagram", username=handle)
    write(stack, handle, pictures=1)

    def find_picture() -> dict[str, Any] | None:
        for conversation in artist.api.get(CONVERSATIONS).json()["items"]:
            page = artist.api.get(f"{CONVERSATIONS}/{conversation['id']}/messages").json()
            for item in page["items"]:
                if item["type"] == "image" and conversation["guest"]["picture"] is not None:
                    found: dict[str, Any] = {**item, "conversation": conversation}
                    return found
        return None

    message = eventually(find_picture, "the picture, and that of the guest")
    (file_id,) = message["attachments"]
    for each in (file_id, message["conversation"]["guest"]["picture"]):
        assert artist.api.get(f"/v1/files/{each}").json()["status"] == "clean"
