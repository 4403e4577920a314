"""Hostile requests to every route. Who may call which is in test_access_matrix.py."""

import re
from dataclasses import replace
from typing import Any

import jwt
import pytest

from infra import access_matrix, openapi
from shared.http.caller import Role
from tests.support.api import Api, eventually
from tests.support.stack import RunningStack

DOCUMENT = openapi.document()
DECLARED = access_matrix.list_routes()
Route = tuple[str, str]


def operations() -> dict[Route, dict[str, Any]]:
    return {
        (method.upper(), path): operation
        for path, item in DOCUMENT["paths"].items()
        for method, operation in item.items()
    }


def with_body() -> list[Route]:
    return [route for route, operation in operations().items() if "requestBody" in operation]


def named(route: Route) -> str:
    return " ".join(route)


def call(api: Api, route: Route, body: Any = None) -> Any:
    method, path = route
    filled = path.replace("{name}", "swagger-ui.css").replace("{id}", "ntf_none")
    filled = filled.replace("{kind}", "cancellation").replace("{file}", "guessed.ics")
    filled = filled.replace("{handle}", "nobody.here")
    filled = re.sub(r"{\w+}", "none", filled)
    return api.call(method, filled, {} if body is None and method != "GET" else body)


@pytest.fixture(scope="module")
def persons(stack: RunningStack) -> dict[str, dict[str, str]]:
    """Return a client, an artist and an admin."""
    return {role: stack.new_person(role) for role in ("client", "artist", "admin")}


@pytest.fixture(scope="module")
def people(stack: RunningStack, persons: dict[str, dict[str, str]]) -> dict[str, Api]:
    """Return the APIs of the three, signed in."""
    anyone = Api(stack.api_url, stack.api_keys["web"])
    return {
        role: anyone.signed_in(person["email"], person["password"])
        for role, person in persons.items()
    }


@pytest.fixture(scope="module")
def senders(stack: RunningStack) -> list[Api]:
    """Return the APIs of artists who send only hostile bodies: one would exceed their limit."""
    anyone = Api(stack.api_url, stack.api_keys["web"])
    artists = [stack.new_person("artist") for _ in range(3)]
    return [anyone.signed_in(artist["email"], artist["password"]) for artist in artists]


@pytest.fixture(scope="module")
def stranger(stack: RunningStack) -> Api:
    """Return the API of a client who sends only hostile requests."""
    person = stack.new_person("client")
    return Api(stack.api_url, stack.api_keys["web"]).signed_in(person["email"], person["password"])


@pytest.mark.parametrize(
    "path",
    [
        "/v1/appointments",
        "/v1/auth/me",
        "/v1/consultations",
        "/v1/files",
        "/v1/messages/unread",
        "/v1/notifications/inbox",
        "/v1/policies/acceptances",
        "/v1/profiles/me",
        "/v1/quick-actions",
    ],
)
def test_features_refuse_forged_tokens(path: str, api: Api, people: dict[str, Api]) -> None:
    for token in forgeries(people["admin"].token or ""):
        assert replace(api, token=token).get(path).status_code == 401


@pytest.mark.parametrize("route", with_body(), ids=named)
def test_unknown_and_read_only_fields_are_refused(route: Route, people: dict[str, Api]) -> None:
    forbidden = ("id", "status", "requesterId", "createdAt", "isAdmin", "surprise")
    roles = DECLARED[route].operation.roles
    role = Role.ARTIST if not roles or Role.ARTIST in roles else min(roles)
    answer = call(at_new_address(people[role]), route, dict.fromkeys(forbidden, "x"))
    assert answer.status_code == 422
    refused = {
        error["field"] for error in answer.json()["errors"] if error["message"] == "is unknown"
    }
    assert refused == {f"body.{name}" for name in forbidden}


@pytest.mark.parametrize("route", with_body(), ids=named)
def test_hostile_bodies_are_answered_with_4xx(route: Route, senders: list[Api]) -> None:
    hostile: list[Any] = [[], "text", 7, True, {"": None}, {"email": {"$gt": ""}}, {"to": ["a"]}]
    hostile.append({"a": [[[[[[{}]]]]]]})
    artist = at_new_address(senders[with_body().index(route) % len(senders)])
    for body in hostile:
        answer = call(artist, route, body)
        assert 400 <= answer.status_code < 500, answer.text
        assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("route", [one for one in operations() if one[0] == "GET"], ids=named)
def test_strange_identifiers_and_queries_never_break_a_route(
    route: Route, api: Api, stranger: Api
) -> None:
    _, path = route
    client = replace(api, token=stranger.token)
    for strange in ("%00", "..%2f..%2fetc", "%24ne", "a" * 900, "%F0%9F%92%A9"):
        filled = path.replace("{id}", strange).replace("{name}", strange)
        filled = filled.replace("{file}", strange).replace("{handle}", strange)
        for query in ("", "?cursor=%00&limit=-1", "?limit=1e9", "?ready=maybe", "?a[$ne]=1"):
            assert client.get(filled + query).status_code < 500, (filled, query)


def test_a_notification_belongs_to_its_requester_and_recipient(people: dict[str, Api]) -> None:
    sent = people["client"].post("/v1/notifications/email", {"subject": "Mine", "text": "Mine."})
    path = f"/v1/notifications/{sent.json()['id']}"
    assert people["client"].get(path).status_code == 200
    assert people["admin"].get(path).status_code == 200
    assert people["artist"].get(path).status_code == 404


def test_an_inbox_belongs_to_its_user(people: dict[str, Api]) -> None:
    mail = {"subject": "For my inbox", "text": "Mine."}
    assert people["client"].post("/v1/notifications/email", mail).status_code == 202
    path = "/v1/notifications/inbox"
    entry = next(
        item
        for item in people["client"].get(path).json()["items"]
        if item["title"] == "For my inbox"
    )
    for role in ("artist", "admin"):
        assert entry not in people[role].get(path).json()["items"]
        assert people[role].call("PUT", f"{path}/{entry['id']}/read").status_code == 404
        assert people[role].call("DELETE", f"{path}/{entry['id']}").status_code == 404
    assert people["client"].call("PUT", f"{path}/{entry['id']}/read").status_code == 204
    until = {"until": entry["at"]}
    assert people["client"].call("PUT", f"{path}/read", until).status_code == 204
    assert people["client"].get(f"{path}/unread").json()["more"] is False
    assert people["client"].call("DELETE", f"{path}/{entry['id']}").status_code == 204


@pytest.mark.parametrize("channel", ["email", "sms", "push", "send"])
def test_only_an_admin_reaches_other_people(
    channel: str, people: dict[str, Api], persons: dict[str, dict[str, str]]
) -> None:
    content = {"title": "Hi", "body": "Hi"} if channel == "push" else {"text": "Hi"}
    if channel in ("email", "send"):
        content["subject"] = "Hi"
    path = f"/v1/notifications/{channel}"
    for role, other in (("client", "artist"), ("artist", "client")):
        known = people[role].post(path, content | {"userId": persons[other]["id"]})
        unknown = people[role].post(path, content | {"userId": "usr_00000000000000000000000000"})
        assert known.status_code == unknown.status_code == 403
        assert known.json()["detail"] == unknown.json()["detail"]


def test_there_is_no_open_mail_relay(people: dict[str, Api]) -> None:
    mail = {"to": "stranger@example.com", "subject": "Buy", "text": "Now."}
    assert people["artist"].post("/v1/notifications/email", mail).status_code == 403
    sms = {"to": "+61491570157", "text": "Buy now."}
    assert people["artist"].post("/v1/notifications/sms", sms).status_code == 403


# A valid write of an artist in each feature that keeps something for them.
ARTISTS_WRITES: dict[Route, dict[str, Any]] = {
    ("PUT", "/v1/policies/drafts/age"): {
        "text": "From 18 on.",
        "rules": {"type": "age", "minimumAge": 18},
    },
    ("POST", "/v1/policies/drafts/age/publish"): {"version": "rev_1"},
    ("POST", "/v1/notifications/templates"): {
        "name": "care",
        "kind": "aftercare",
        "variables": [],
        "bodies": {"sms": {"text": "Keep it dry."}},
    },
    ("PUT", "/v1/notifications/settings"): {"aftercare": {"days": 7}},
    ("POST", "/v1/quick-actions"): {"label": "Hello", "kind": "send_text", "steps": ["Hello!"]},
    ("POST", "/v1/appointments/services"): {
        "name": "Tattoo",
        "durationMinutes": 60,
        "price": {"amount": 12000, "currency": "EUR"},
    },
    ("PUT", "/v1/appointments/availability"): {"timeZone": "Europe/Berlin"},
    ("PUT", "/v1/consultations/intake"): {"questions": []},
    ("PATCH", "/v1/profiles/me"): {"name": "Ghost"},
    ("POST", "/v1/profiles/voucher-templates"): {
        "name": "Gift",
        "value": {"type": "percent", "percent": 10},
    },
    ("POST", "/v1/files"): {
        "purpose": "portfolio",
        "name": "rose.jpg",
        "contentType": "image/jpeg",
        "size": 1000,
        "sha256": "0" * 64,
    },
    ("PUT", "/v1/messages/settings"): {
        "sendDepositInstructions": False,
        "depositInstructions": "",
    },
    ("PUT", "/v1/messages/away"): {"enabled": False},
}


def test_the_token_of_a_deleted_account_writes_nothing(stack: RunningStack) -> None:
    person = stack.new_person("artist")
    artist = Api(stack.api_url, stack.api_keys["web"]).signed_in(
        person["email"], person["password"]
    )
    deletion = {"password": person["password"]}
    assert artist.call("DELETE", "/v1/auth/me", deletion).status_code == 204
    for (method, path), body in ARTISTS_WRITES.items():

        def is_refused(method: str = method, path: str = path, body: Any = body) -> bool:
            answer = artist.call(method, path, body)
            assert answer.status_code != 422, answer.text
            # By the feature, or by the authorizer once it knows that the session ended.
            codes = ("session_ended", "unauthorized")
            return answer.status_code == 401 and answer.json()["code"] in codes

        eventually(is_refused, f"{method} {path} being refused")


def at_new_address(api: Api) -> Api:
    return replace(Api(api.base_url, api.key), token=api.token)


def forgeries(token: str) -> list[str]:
    """Return tokens that look valid: unsigned, signed by others, changed."""
    claims = jwt.decode(token, options={"verify_signature": False})
    header = jwt.get_unverified_header(token)
    unsigned = jwt.encode(claims, key="", algorithm="none", headers={"typ": header["typ"]})
    confused = jwt.encode(
        claims, key="x" * 64, algorithm="HS256", headers=header | {"alg": "HS256"}
    )
    _, payload, signature = token.split(".")
    swapped = f"{unsigned.split('.')[0]}.{payload}.{signature}"
    return [unsigned, confused, swapped, token[:-4] + "AAAA", "x"]
