"""Access to every route, and unknown fields in every body."""

from unittest import mock

import pytest
from pymongo.collection import Collection

from notifications.app import app
from shared.http.caller import Role
from tests.functional.notifications.world import World
from tests.support import aws_calls
from tests.support.readiness import Outages, assert_outages_are_named

PUBLIC = {
    ("GET", "/v1/notifications/health"),
    ("GET", "/v1/notifications/vapid-public-key"),
    ("POST", "/v1/notifications/callbacks/twilio/inbound"),
    ("POST", "/v1/notifications/callbacks/twilio/status/{id}"),
    ("GET", "/v1/notifications/unsubscribe/{token}"),
    ("POST", "/v1/notifications/unsubscribe/{token}"),
}
OF_ARTISTS = ("/v1/notifications/settings", "/v1/notifications/brand")
ROUTES = sorted(app.operations)
PRIVATE = [route for route in ROUTES if route not in PUBLIC]
WITH_BODY = [route for route in ROUTES if app.operations[route].body]


def test_no_other_routes_are_public() -> None:
    assert {route for route in ROUTES if app.operations[route].public} == PUBLIC


@pytest.mark.parametrize(("method", "path"), PRIVATE)
def test_a_request_without_a_token_is_refused(world: World, method: str, path: str) -> None:
    answer = world.as_nobody().request(method, path.replace("{id}", "ntf_1"), json={})
    assert answer.status_code == 401
    assert answer.json_body["code"] == "unauthorized"


@pytest.mark.parametrize(("method", "path"), PRIVATE)
def test_a_request_with_an_expired_token_is_refused(world: World, method: str, path: str) -> None:
    late = world.as_nobody().as_user("usr_ada", expires_at=1)
    answer = late.request(method, path.replace("{id}", "ntf_1"), json={})
    assert answer.status_code == 401
    assert answer.json_body["code"] == "token_expired"


@pytest.mark.parametrize(("method", "path"), PRIVATE)
@pytest.mark.parametrize("role", Role)
def test_roles_are_as_declared(world: World, role: Role, method: str, path: str) -> None:
    answer = world.as_user("usr_ada", role).request(
        method, path.replace("{id}", "ntf_1"), json={"unknown": True}
    )
    allowed: tuple[Role, ...] = tuple(Role)
    if path in OF_ARTISTS:
        allowed = (Role.ARTIST,)
    elif method == "POST" and path.startswith("/v1/notifications/templates"):
        allowed = (Role.ARTIST, Role.ADMIN)
    elif path == "/v1/notifications/suppressions/lift":
        allowed = (Role.ADMIN,)
    assert (answer.status_code == 403) is (role not in allowed)


@pytest.mark.parametrize(("method", "path"), WITH_BODY)
@pytest.mark.parametrize("field", ["requesterId", "status", "recipientId", "category", "owner"])
def test_an_unknown_field_is_refused(world: World, method: str, path: str, field: str) -> None:
    role = "artist" if path in OF_ARTISTS else "admin"
    answer = world.as_user("usr_ada", role).request(method, path, json={field: "x"})
    assert answer.status_code == 422
    errors = {error["field"]: error["message"] for error in answer.json_body["errors"]}
    assert errors[f"body.{field}"] == "is unknown"


STATES = dict.fromkeys(("email", "sms", "push"), "configured")


def test_health_reports_whether_the_database_answers(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    nobody = world.as_nobody()
    assert nobody.get("/v1/notifications/health").json_body["status"] == "ok"
    ready = nobody.get("/v1/notifications/health?ready=1")
    assert ready.json_body == {"status": "ok", "checks": {"mongo": "ok", "sqs": "ok"} | STATES}
    monkeypatch.setattr(Collection, "find_one", _down)
    down = nobody.get("/v1/notifications/health?ready=1")
    assert down.status_code == 503
    assert "mongo" in down.json_body["detail"]


def test_notifications_are_ready_when_database_and_queue_answer(world: World) -> None:
    down = ConnectionError("down")
    outages: Outages = {
        "mongo": mock.patch.object(Collection, "find_one", side_effect=down),
        "sqs": aws_calls.failing("GetQueueAttributes", down),
    }
    assert_outages_are_named(world.as_nobody(), "/v1/notifications/health", outages, STATES)


def _down(*_: object, **__: object) -> None:
    raise ConnectionError("down")
