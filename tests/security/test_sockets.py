"""Access to WebSocket actions: every action of every feature has its rule here."""

from typing import Any

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from infra import features
from shared.http.app import FeatureApp
from shared.live.websockets import FrameOperation
from tests.security.test_routes import forgeries
from tests.support.api import Api, eventually
from tests.support.devices import receive, send, socket_of
from tests.support.stack import RunningStack

SELF = "connected, and only about oneself"
MEMBERS = "connected, and a member of the conversation that is named"
SILENT = "connected; concerns this connection alone and is not answered"

# The rule of every action. A new one is refused here until its rule is written down.
RULES = {
    "ping": SELF,
    "renew": SELF,
    "unsubscribe": SILENT,
    "subscribe": MEMBERS,
    "message": MEMBERS,
    "read": MEMBERS,
    "delivered": MEMBERS,
    "typing": MEMBERS,
}
# What makes a frame of each complete, beside the conversation.
FIELDS: dict[str, dict[str, Any]] = {
    "message": {"clientMessageId": "message-1", "type": "text", "content": "Hello"},
    "read": {"sequence": 1},
    "delivered": {"sequence": 1},
}
HOSTILE = ["", "{", "[]", "null", "7", '"ping"', '{"action": {"$ne": 1}}', '{"a":' * 50 + "1"]
HOSTILE += ['{"action": "message", "conversationId": {"$gt": ""}}', "\u0000", "💩" * 1000]


def declared() -> dict[str, FrameOperation]:
    """Every action of every feature."""
    return {
        action: operation
        for app in features.load_all().values()
        if isinstance(app, FeatureApp)
        for action, operation in app.sockets.operations.items()
    }


def actions(rule: str) -> list[str]:
    return [action for action, one in RULES.items() if one == rule]


@pytest.fixture(scope="module")
def people(stack: RunningStack) -> dict[str, Api]:
    """An artist and a client who talk, and a stranger to both."""
    anyone = Api(stack.api_url, stack.api_keys["web"])
    persons = {name: stack.new_person(name) for name in ("artist", "client")}
    persons["stranger"] = stack.new_person("client")
    persons["admin"] = stack.new_person("admin")
    return {
        name: anyone.signed_in(person["email"], person["password"])
        for name, person in persons.items()
    }


@pytest.fixture(scope="module")
def conversation_id(people: dict[str, Api]) -> str:
    artist_id = people["artist"].get("/v1/auth/me").json()["id"]

    def opened() -> str | None:
        # The artist is known there once the event of their account was consumed.
        answer = people["client"].post("/v1/messages/conversations", {"artistId": artist_id})
        return answer.json()["id"] if answer.status_code in (200, 201) else None

    found = eventually(opened, "the conversation")
    text = {"clientMessageId": "message-0", "type": "text", "content": "Hello"}
    sent = people["client"].post(f"/v1/messages/conversations/{found}/messages", text)
    assert sent.status_code == 201, sent.text
    return found


def test_every_action_has_its_rule() -> None:
    assert set(RULES) == set(declared())


def test_what_names_a_conversation_is_for_its_members() -> None:
    for action, operation in declared().items():
        names_one = "conversationId" in operation.frame.__struct_encode_fields__
        assert names_one == (RULES[action] in (MEMBERS, SILENT)), action


@pytest.mark.parametrize("action", actions(MEMBERS))
@pytest.mark.parametrize("who", ["stranger", "admin"])
def test_nobody_else_takes_part(
    people: dict[str, Api], conversation_id: str, action: str, who: str
) -> None:
    frame = FIELDS.get(action, {})
    with socket_of(people[who]) as opened:
        problems = []
        for named in (conversation_id, "cnv_01JDZZZZZZZZZZZZZZZZZZZZZZ"):
            send(opened, action, conversationId=named, **frame)
            problems.append(receive(opened, "error")["problem"])
    assert [problem["status"] for problem in problems] == [404, 404]
    assert problems[0]["detail"] == problems[1]["detail"]


@pytest.mark.parametrize("action", RULES)
def test_unknown_and_read_only_fields_are_refused(
    people: dict[str, Api], conversation_id: str, action: str
) -> None:
    forbidden = ("userId", "senderId", "sequenceNumber", "refer", "isAdmin")
    with socket_of(people["client"]) as opened:
        send(opened, action, conversationId=conversation_id, **dict.fromkeys(forbidden, "x"))
        problem = receive(opened, "error")["problem"]
    refused = {each["field"] for each in problem["errors"] if each["message"] == "is unknown"}
    assert {f"body.{name}" for name in forbidden} <= refused


def test_hostile_frames_are_answered_and_end_nothing(people: dict[str, Api]) -> None:
    with socket_of(people["client"]) as opened:
        for text in HOSTILE:
            if text:
                opened.send(text)
                assert 400 <= receive(opened, "error")["problem"]["status"] < 500, text
        send(opened, "ping")
        assert receive(opened, "pong")


def test_routes_refuse_forged_tokens(people: dict[str, Api], stack: RunningStack) -> None:
    url = stack.description["webSocketUrl"]
    good = str(people["admin"].token)
    ways: list[dict[str, Any]] = [{}, {"subprotocols": ["artist-booking.v1"]}]
    for token in forgeries(good):
        ways.append({"additional_headers": {"Authorization": f"Bearer {token}"}})
        ways.append({"subprotocols": ["artist-booking.v1", f"bearer.{token}"]})
    for way in ways:
        with pytest.raises(InvalidStatus), connect(url, proxy=None, **way):
            pass
    for name in ("token", "access_token", "authorization", "ticket"):
        with pytest.raises(InvalidStatus), connect(f"{url}?{name}={good}", proxy=None):
            pass
