"""Mass assignment: no route takes a field or a parameter that it does not declare."""

from typing import Any

import pytest

from messaging.app import app
from tests.functional.messaging.world import ADMIN, ARTIST, World, errors

CONVERSATION = "/v1/messages/conversations/{id}"
MESSAGES = f"{CONVERSATION}/messages"
REPORT = "/v1/messages/reports/{id}"
# Valid requests of the person who may send them.
VALID_BODIES: dict[tuple[str, str], dict[str, Any]] = {
    ("POST", "/v1/messages/conversations"): {"artistId": ARTIST},
    ("POST", "/v1/messages/guests/join"): {"code": "7K3M-0QXR-9TZ2-WB5C"},
    ("POST", MESSAGES): {"clientMessageId": "my-message-9", "type": "text", "content": "Hi"},
    ("PATCH", f"{MESSAGES}/{{message}}"): {"content": "Hi"},
    ("PUT", f"{CONVERSATION}/read"): {"sequence": 1},
    ("PUT", f"{CONVERSATION}/delivered"): {"sequence": 1},
    ("PUT", f"{CONVERSATION}/pin"): {"messageId": "msg_01JD0000000000000000000000"},
    ("PUT", f"{CONVERSATION}/mute"): {},
    ("POST", f"{CONVERSATION}/report"): {"reason": "spam"},
    ("POST", f"{REPORT}/dismiss"): {"reason": "Harmless"},
    ("POST", f"{REPORT}/warn"): {"reason": "Insults", "text": "Do not insult people."},
    ("POST", f"{REPORT}/hide"): {"reason": "Insults"},
    ("POST", f"{REPORT}/show"): {"reason": "A quotation"},
    ("POST", f"{REPORT}/suspend"): {"reason": "Insults", "text": "Do not insult people."},
    ("PUT", "/v1/messages/link-previews"): {"enabled": True},
    ("PUT", "/v1/messages/settings"): {"sendDepositInstructions": False},
    ("PUT", f"{CONVERSATION}/labels"): {"labels": []},
    ("PUT", "/v1/messages/labels/{id}"): {"name": "Deposit", "color": "red"},
    ("PUT", f"{CONVERSATION}/draft"): {"content": "Hi", "editedAt": "2026-03-02T12:00:00Z"},
    ("POST", f"{CONVERSATION}/scheduled"): {
        "clientMessageId": "my-message-9",
        "type": "text",
        "content": "Hi",
        "sendAt": "2026-03-03T12:00:00Z",
    },
    ("PATCH", "/v1/messages/scheduled/{id}"): {"content": "Hi"},
    ("PUT", "/v1/messages/away"): {"enabled": False},
}
VALID_QUERIES = {
    ("GET", "/v1/messaging/health"): "",
    ("GET", "/v1/messages/conversations"): "",
    ("GET", MESSAGES): "",
    ("GET", f"{CONVERSATION}/search"): "q=hi",
    ("GET", "/v1/messages/search"): "q=hi",
    ("GET", f"{CONVERSATION}/export"): "",
    ("GET", "/v1/messages/reports"): "",
    ("GET", "/v1/messages/stars"): "",
    ("DELETE", f"{CONVERSATION}/draft"): "",
}
UNDECLARED = (
    "id",
    "_id",
    "role",
    "userId",
    "senderId",
    "sequence_",
    "revision",
    "refer",
    "source",
    "unreadCount",
    "readCount",
    "erased",
    "hasBlocked",
    "blocked",
    "pinned",
    "closedBy",
    "reporterId",
    "content_",
    "$set",
    "__proto__",
)


@pytest.fixture
def active_world(world: World) -> World:
    world.open()
    world.send(world.client)
    return world


def test_every_route_with_a_body_or_a_query_is_covered() -> None:
    operations = app.operations.items()
    assert {name for name, operation in operations if operation.body} == set(VALID_BODIES)
    assert {name for name, operation in operations if operation.query} == set(VALID_QUERIES)


def send_request(world: World, method: str, path: str, rest: str = "", **options: Any) -> Any:
    filled = path.replace("{id}", world.cid).replace("{message}", world.messages()[0].id)
    person = world.client
    if path.endswith(("pin", "settings", "away")):
        person = world.artist
    if "/reports" in path:
        person = world.as_user(ADMIN, "admin")
    return person.request(method, filled + rest, **options)


def test_undeclared_fields_are_refused_by_name_and_change_nothing(active_world: World) -> None:
    before = active_world.everything()
    for (method, path), valid in VALID_BODIES.items():
        body = valid | dict.fromkeys(UNDECLARED, "usr_2")
        wrong = errors(send_request(active_world, method, path, json=body))
        assert wrong == {f"body.{name}": "is unknown" for name in UNDECLARED}
    assert active_world.everything() == before


def test_undeclared_parameters_are_refused_by_name(active_world: World) -> None:
    for (method, path), valid in VALID_QUERIES.items():
        for name in UNDECLARED:
            wrong = errors(send_request(active_world, method, path, f"?{valid}&{name}=1"))
            assert wrong == {f"query.{name}": "is unknown"}
