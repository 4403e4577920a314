"""Quick actions, executed in the app and from a notification, as seen in the conversation."""

import uuid
from typing import Any

import requests

from tests.e2e.test_booking import Person, new_person
from tests.e2e.test_messages import CONVERSATIONS
from tests.support.api import Inbox, eventually
from tests.support.stack import RunningStack

HOME = "/v1/quick-actions"
LATER = "I will write in a minute."
STEPS = ["Hello {{client.first_name}}!", "Shall we talk on the phone?"]


def open_conversation(artist: Person, client: Person) -> str:
    """Return the id of their conversation, once messaging has the copies of both."""

    def conversation() -> str | None:
        answer = client.api.post(CONVERSATIONS, {"artistId": artist.id})
        return str(answer.json()["id"]) if answer.ok else None

    return str(eventually(conversation, "a conversation"))


def texts_in(person: Person, conversation_id: str) -> list[str]:
    page = person.api.get(f"{CONVERSATIONS}/{conversation_id}/messages?after=0").json()
    return [item["content"] for item in page["items"] if item["type"] == "text"]


def test_an_execution_sends_all_messages_once(stack: RunningStack) -> None:
    artist, client = new_person(stack, "artist"), new_person(stack, "client")
    conversation_id = open_conversation(artist, client)
    created = artist.api.post(HOME, {"label": "Hello", "kind": "send_text", "steps": STEPS})
    assert created.status_code == 201, created.text
    action = f"{HOME}/{created.json()['id']}"

    def previewed() -> dict[str, Any] | None:
        answer = artist.api.post(f"{action}/preview", {"conversationId": conversation_id})
        return answer.json() if answer.ok and not answer.json()["missing"] else None

    preview = eventually(previewed, "the copies that the texts need")
    expected = [message["content"] for message in preview["messages"]]
    body = {"conversationId": conversation_id, "executionId": uuid.uuid4().hex}
    for _ in range(2):
        executed = artist.api.post(f"{action}/executions", body)
        assert executed.status_code == 202, executed.text

    def is_sent() -> bool:
        execution = artist.api.get(f"{HOME}/executions/{body['executionId']}").json()
        return bool(execution["status"] == "sent")

    eventually(is_sent, "the outcome of the execution")
    assert texts_in(client, conversation_id) == expected
    assert expected[1] == STEPS[1]


def test_an_artist_answers_a_message_from_its_notification(
    stack: RunningStack, inbox: Inbox
) -> None:
    artist, client = new_person(stack, "artist"), new_person(stack, "client")
    conversation_id = open_conversation(artist, client)
    browser = inbox.subscribe(artist.email)
    wanted = {name: browser[name] for name in ("endpoint", "keys")}
    assert artist.api.post("/v1/notifications/subscriptions", wanted).status_code == 201
    action = {"label": "In a minute", "kind": "send_text", "steps": [LATER], "oneTap": True}
    assert artist.api.post(HOME, action).status_code == 201

    def offered() -> str | None:
        # Until notifications consumed the event of the action, its messages come without it.
        before = len(inbox.messages("push", artist.email))
        message = {"clientMessageId": uuid.uuid4().hex, "type": "text", "content": "Are you there?"}
        sent = client.api.post(f"{CONVERSATIONS}/{conversation_id}/messages", message)
        assert sent.status_code == 201, sent.text
        (shown,) = eventually(
            lambda: inbox.messages("push", artist.email)[before:], "the message's notification"
        )
        return str(shown["actions"][0]["link"]) if shown["actions"] else None

    url = stack.api_url + eventually(offered, "a message with the action")
    assert requests.post(url, timeout=10).status_code == 202
    assert requests.post(url, timeout=10).status_code == 410
    forged = url[:-4] + ("AAAA" if not url.endswith("AAAA") else "BBBB")
    assert requests.post(forged, timeout=10).status_code == 404
    eventually(lambda: texts_in(client, conversation_id)[-1] == LATER, "the artist's answer")
    assert texts_in(client, conversation_id).count(LATER) == 1
