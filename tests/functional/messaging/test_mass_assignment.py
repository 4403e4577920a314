"""No route of messaging takes a field or a parameter that it does not declare."""

from typing import Any

import pytest

from messaging.app import app
from tests.functional.messaging.people import ADMIN, ARTIST, World, errors

CONVERSATION = "/v1/messages/conversations/{id}"
MESSAGES = f"{CONVERSATION}/messages"
# What is right for the person; who asks where it is not the client.
RIGHT_BODIES: dict[tuple[str, str], dict[str, Any]] = {
    ("POST", "/v1/messages/conversations"): {"artistId": ARTIST},
    ("POST", MESSAGES): {"clientMessageId": "my-message-9", "type": "text", "content": "Hi"},
    ("PATCH", f"{MESSAGES}/{{message}}"): {"content": "Hi"},
    ("PUT", f"{CONVERSATION}/read"): {"sequence": 1},
    ("PUT", f"{CONVERSATION}/pin"): {"messageId": "msg_01JD0000000000000000000000"},
    ("PUT", f"{CONVERSATION}/mute"): {},
    ("POST", f"{CONVERSATION}/report"): {"reason": "spam"},
    ("PUT", "/v1/messages/settings"): {"sendDepositInstructions": False},
}
RIGHT_QUERIES = {
    ("GET", "/v1/messaging/health"): "",
    ("GET", "/v1/messages/conversations"): "",
    ("GET", MESSAGES): "",
    ("GET", f"{CONVERSATION}/search"): "q=hi",
    ("GET", f"{CONVERSATION}/export"): "",
    ("GET", "/v1/messages/reports"): "",
}
HOPED_FOR = (
    "id",
    "_id",
    "role",
    "userId",
    "senderId",
    "sequence_",
    "revision",
    "refer",
    "source",
    "unread",
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
def thread(world: World) -> World:
    world.open()
    world.send(world.client)
    return world


def test_every_route_with_a_body_or_a_query_is_looked_at() -> None:
    operations = app.operations.items()
    assert {name for name, operation in operations if operation.body} == set(RIGHT_BODIES)
    assert {name for name, operation in operations if operation.query} == set(RIGHT_QUERIES)


def asked(world: World, method: str, path: str, rest: str = "", **options: Any) -> Any:
    filled = path.replace("{id}", world.cid).replace("{message}", world.messages()[0].id)
    person = world.client
    if path.endswith(("pin", "settings")):
        person = world.artist
    if path.endswith("reports"):
        person = world.as_user(ADMIN, "admin")
    return person.request(method, filled + rest, **options)


def test_undeclared_fields_are_refused_by_name_and_change_nothing(thread: World) -> None:
    before = thread.everything()
    for (method, path), right in RIGHT_BODIES.items():
        body = right | dict.fromkeys(HOPED_FOR, "usr_2")
        wrong = errors(asked(thread, method, path, json=body))
        assert wrong == {f"body.{name}": "is unknown" for name in HOPED_FOR}
    assert thread.everything() == before


def test_undeclared_parameters_are_refused_by_name(thread: World) -> None:
    for (method, path), right in RIGHT_QUERIES.items():
        for name in HOPED_FOR:
            wrong = errors(asked(thread, method, path, f"?{right}&{name}=1"))
            assert wrong == {f"query.{name}": "is unknown"}
