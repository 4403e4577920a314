"""What assistants reach: the routes listed here, with their scope, and no others.

Money, accounts and security are never among them. Every other route of every feature is asked with
all scopes, and refuses before it looks at the request.
"""

import pytest

from infra import features
from shared.http.app import FeatureApp
from shared.http.caller import Role, Scope
from tests.support.gateway import client_for

CONVERSATIONS = "/v1/messages/conversations"
REACHED = {
    ("GET", CONVERSATIONS): "messages",
    ("POST", CONVERSATIONS): "messages",
    ("GET", f"{CONVERSATIONS}/{{id}}"): "messages",
    ("GET", f"{CONVERSATIONS}/{{id}}/messages"): "messages",
    ("POST", f"{CONVERSATIONS}/{{id}}/messages"): "messages",
    ("PUT", f"{CONVERSATIONS}/{{id}}/delivered"): "messages",
    ("PUT", f"{CONVERSATIONS}/{{id}}/read"): "messages",
    ("GET", f"{CONVERSATIONS}/{{id}}/pins"): "messages",
    ("PUT", f"{CONVERSATIONS}/{{id}}/messages/{{message}}/pin"): "messages",
    ("DELETE", f"{CONVERSATIONS}/{{id}}/messages/{{message}}/pin"): "messages",
    ("PUT", f"{CONVERSATIONS}/{{id}}/messages/{{message}}/reactions/{{emoji}}"): "messages",
    ("DELETE", f"{CONVERSATIONS}/{{id}}/messages/{{message}}/reactions/{{emoji}}"): "messages",
    ("GET", f"{CONVERSATIONS}/{{id}}/messages/{{message}}/versions"): "messages",
    ("GET", f"{CONVERSATIONS}/{{id}}/search"): "messages",
    ("POST", f"{CONVERSATIONS}/{{id}}/typing"): "messages",
    ("PATCH", f"{CONVERSATIONS}/{{id}}/messages/{{message}}"): "messages",
    ("DELETE", f"{CONVERSATIONS}/{{id}}/messages/{{message}}"): "messages",
    ("GET", "/v1/messages/search"): "messages",
    ("DELETE", f"{CONVERSATIONS}/{{id}}/messages/{{message}}/preview"): "messages",
    ("GET", "/v1/messages/unread"): "messages",
    ("PUT", f"{CONVERSATIONS}/{{id}}/unread"): "messages",
    ("DELETE", f"{CONVERSATIONS}/{{id}}/unread"): "messages",
    ("PUT", f"{CONVERSATIONS}/{{id}}/archive"): "messages",
    ("DELETE", f"{CONVERSATIONS}/{{id}}/archive"): "messages",
    ("PUT", f"{CONVERSATIONS}/{{id}}/labels"): "messages",
    ("GET", "/v1/messages/labels"): "messages",
    ("POST", "/v1/messages/tickets"): "messages",
    ("POST", "/v1/files"): "messages",
    ("GET", "/v1/files/{id}"): "messages",
    ("PATCH", "/v1/files/{id}"): "messages",
    ("GET", "/v1/files/{id}/parts"): "messages",
    ("POST", "/v1/files/{id}/parts"): "messages",
    ("POST", "/v1/files/{id}/complete"): "messages",
    ("GET", "/v1/appointments"): "calendar",
    ("GET", "/v1/appointments/{id}"): "calendar",
    ("POST", "/v1/appointments/{id}/confirm"): "calendar",
    ("POST", "/v1/appointments/{id}/decline"): "calendar",
    ("POST", "/v1/appointments/{id}/reschedule"): "calendar",
    ("GET", "/v1/appointments/availability"): "calendar",
    ("PUT", "/v1/appointments/availability"): "calendar",
    ("GET", "/v1/appointments/schedules"): "calendar",
    ("POST", "/v1/appointments/schedules"): "calendar",
    ("PUT", "/v1/appointments/schedules/{id}"): "calendar",
    ("DELETE", "/v1/appointments/schedules/{id}"): "calendar",
    ("GET", "/v1/appointments/waitlist"): "calendar",
}
APPS = {name: app for name, app in features.load_all().items() if isinstance(app, FeatureApp)}


def test_assistants_reach_what_is_listed_here() -> None:
    declared = {
        route: operation.scope
        for app in APPS.values()
        for route, operation in app.operations.items()
        if operation.scope is not None
    }
    assert declared == REACHED


@pytest.mark.usefixtures("aws")
@pytest.mark.parametrize("feature", APPS)
def test_every_other_route_refuses_them(feature: str) -> None:
    app = APPS[feature]
    acting = client_for(app).as_user("usr_mara", Role.ARTIST).with_assistant("usr_noa", *Scope)
    for (method, path), operation in app.operations.items():
        if operation.public or operation.scope is not None:
            continue
        answer = acting.request(method, path.replace("{", "").replace("}", ""), json={})
        assert answer.status_code == 403, (method, path)
        assert answer.json_body["detail"].startswith("Assistants cannot do this")


@pytest.mark.usefixtures("aws")
@pytest.mark.parametrize("scope", Scope)
def test_a_scope_does_not_reach_the_routes_of_another(scope: Scope) -> None:
    for app in APPS.values():
        acting = client_for(app).as_user("usr_mara", Role.ARTIST).with_assistant("usr_noa", scope)
        for (method, path), operation in app.operations.items():
            if operation.scope not in (None, scope):
                answer = acting.request(method, path.replace("{", "").replace("}", ""), json={})
                assert answer.status_code == 403, (method, path)
