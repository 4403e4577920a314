"""Access matrix: who may call each route of the API. A route without a rule fails."""

import re
from dataclasses import replace
from typing import Any

import jwt
import pytest

from infra import openapi
from tests.support.api import Api, eventually
from tests.support.stack import RunningStack

OPEN = "without key and token"
KEYED = "with a key, without a token"
SIGNED_IN = "signed in, and only for oneself"
MAKERS = "signed in as artist or admin"
ARTISTS = "signed in as artist"
ADMINS = "signed in as admin"
SECRET = "without key and token, by anyone who knows the secret in its path"

# The rule of every route. A new route is refused here until its rule is written down.
RULES = {
    ("GET", "/.well-known/jwks.json"): OPEN,
    ("GET", "/v1/docs"): OPEN,
    ("GET", "/v1/docs/{name}"): OPEN,
    ("GET", "/v1/openapi.json"): OPEN,
    ("GET", "/v1/health"): OPEN,
    ("GET", "/v1/auth/health"): OPEN,
    ("POST", "/v1/auth/register"): KEYED,
    ("POST", "/v1/auth/register/resend"): KEYED,
    ("POST", "/v1/auth/verify-email"): KEYED,
    ("POST", "/v1/auth/login"): KEYED,
    ("POST", "/v1/auth/refresh"): KEYED,
    ("POST", "/v1/auth/logout"): SIGNED_IN,
    ("GET", "/v1/auth/sessions"): SIGNED_IN,
    ("DELETE", "/v1/auth/sessions"): SIGNED_IN,
    ("DELETE", "/v1/auth/sessions/{id}"): SIGNED_IN,
    ("POST", "/v1/auth/passkeys/options"): SIGNED_IN,
    ("POST", "/v1/auth/passkeys"): SIGNED_IN,
    ("GET", "/v1/auth/passkeys"): SIGNED_IN,
    ("DELETE", "/v1/auth/passkeys/{id}"): SIGNED_IN,
    ("POST", "/v1/auth/passkeys/sign-in/options"): KEYED,
    ("POST", "/v1/auth/passkeys/sign-in"): KEYED,
    ("GET", "/v1/auth/me"): SIGNED_IN,
    ("DELETE", "/v1/auth/me"): SIGNED_IN,
    ("GET", "/v1/auth/audit"): SIGNED_IN,
    ("GET", "/v1/auth/accounts/{id}/audit"): ADMINS,
    ("GET", "/v1/notifications/health"): OPEN,
    ("GET", "/v1/notifications/vapid-public-key"): KEYED,
    ("POST", "/v1/notifications/email"): SIGNED_IN,
    ("POST", "/v1/notifications/sms"): SIGNED_IN,
    ("POST", "/v1/notifications/push"): SIGNED_IN,
    ("POST", "/v1/notifications/send"): SIGNED_IN,
    ("POST", "/v1/notifications/appointment-confirmation"): SIGNED_IN,
    ("GET", "/v1/notifications/{id}"): SIGNED_IN,
    ("GET", "/v1/notifications/inbox"): SIGNED_IN,
    ("GET", "/v1/notifications/inbox/unread"): SIGNED_IN,
    ("PUT", "/v1/notifications/inbox/read"): SIGNED_IN,
    ("PUT", "/v1/notifications/inbox/{id}/read"): SIGNED_IN,
    ("DELETE", "/v1/notifications/inbox/{id}"): SIGNED_IN,
    ("GET", "/v1/notifications/templates"): SIGNED_IN,
    ("POST", "/v1/notifications/templates"): MAKERS,
    ("GET", "/v1/notifications/contact"): SIGNED_IN,
    ("POST", "/v1/notifications/contact/phone"): SIGNED_IN,
    ("POST", "/v1/notifications/contact/phone/verify"): SIGNED_IN,
    ("DELETE", "/v1/notifications/contact/phone"): SIGNED_IN,
    ("POST", "/v1/notifications/subscriptions"): SIGNED_IN,
    ("DELETE", "/v1/notifications/subscriptions"): SIGNED_IN,
    ("GET", "/v1/messaging/health"): OPEN,
    ("POST", "/v1/messages/conversations"): SIGNED_IN,
    ("GET", "/v1/messages/conversations"): SIGNED_IN,
    ("GET", "/v1/messages/conversations/{id}"): SIGNED_IN,
    ("GET", "/v1/messages/unread"): SIGNED_IN,
    ("GET", "/v1/messages/conversations/{id}/messages"): SIGNED_IN,
    ("POST", "/v1/messages/conversations/{id}/messages"): SIGNED_IN,
    ("PATCH", "/v1/messages/conversations/{id}/messages/{message}"): SIGNED_IN,
    ("DELETE", "/v1/messages/conversations/{id}/messages/{message}"): SIGNED_IN,
    ("GET", "/v1/messages/conversations/{id}/search"): SIGNED_IN,
    ("GET", "/v1/messages/conversations/{id}/export"): SIGNED_IN,
    ("PUT", "/v1/messages/conversations/{id}/read"): SIGNED_IN,
    ("POST", "/v1/messages/conversations/{id}/typing"): SIGNED_IN,
    ("PUT", "/v1/messages/conversations/{id}/pin"): ARTISTS,
    ("DELETE", "/v1/messages/conversations/{id}/pin"): ARTISTS,
    ("PUT", "/v1/messages/conversations/{id}/mute"): SIGNED_IN,
    ("DELETE", "/v1/messages/conversations/{id}/mute"): SIGNED_IN,
    ("PUT", "/v1/messages/conversations/{id}/block"): SIGNED_IN,
    ("DELETE", "/v1/messages/conversations/{id}/block"): SIGNED_IN,
    ("POST", "/v1/messages/conversations/{id}/report"): SIGNED_IN,
    ("GET", "/v1/messages/reports"): ADMINS,
    ("POST", "/v1/messages/reports/{id}/close"): ADMINS,
    ("GET", "/v1/messages/settings"): ARTISTS,
    ("PUT", "/v1/messages/settings"): ARTISTS,
    ("POST", "/v1/messages/tickets"): SIGNED_IN,
    ("GET", "/v1/appointments/health"): OPEN,
    ("GET", "/v1/appointments/services"): KEYED,
    ("POST", "/v1/appointments/services"): ARTISTS,
    ("GET", "/v1/appointments/services/{id}"): KEYED,
    ("PUT", "/v1/appointments/services/{id}"): ARTISTS,
    ("DELETE", "/v1/appointments/services/{id}"): ARTISTS,
    ("GET", "/v1/appointments/availability"): ARTISTS,
    ("PUT", "/v1/appointments/availability"): ARTISTS,
    ("GET", "/v1/appointments/schedules"): ARTISTS,
    ("POST", "/v1/appointments/schedules"): ARTISTS,
    ("PUT", "/v1/appointments/schedules/{id}"): ARTISTS,
    ("DELETE", "/v1/appointments/schedules/{id}"): ARTISTS,
    ("GET", "/v1/appointments/slots"): KEYED,
    ("POST", "/v1/appointments/holds"): SIGNED_IN,
    ("DELETE", "/v1/appointments/holds/{id}"): SIGNED_IN,
    ("POST", "/v1/appointments"): SIGNED_IN,
    ("POST", "/v1/appointments/previews"): SIGNED_IN,
    ("POST", "/v1/appointments/walk-ins"): ARTISTS,
    ("GET", "/v1/appointments"): SIGNED_IN,
    ("GET", "/v1/appointments/{id}"): SIGNED_IN,
    ("GET", "/v1/appointments/{id}/statement"): SIGNED_IN,
    ("POST", "/v1/appointments/{id}/confirm"): SIGNED_IN,
    ("POST", "/v1/appointments/{id}/decline"): SIGNED_IN,
    ("POST", "/v1/appointments/{id}/cancel"): SIGNED_IN,
    ("POST", "/v1/appointments/{id}/reschedule"): SIGNED_IN,
    ("POST", "/v1/appointments/{id}/complete"): SIGNED_IN,
    ("POST", "/v1/appointments/{id}/no-show"): SIGNED_IN,
    ("POST", "/v1/appointments/{id}/correct"): SIGNED_IN,
    ("POST", "/v1/appointments/plans"): ARTISTS,
    ("POST", "/v1/appointments/proposals"): ARTISTS,
    ("GET", "/v1/appointments/proposals"): SIGNED_IN,
    ("GET", "/v1/appointments/proposals/{id}"): SIGNED_IN,
    ("POST", "/v1/appointments/proposals/{id}/accept"): SIGNED_IN,
    ("POST", "/v1/appointments/proposals/{id}/preview"): SIGNED_IN,
    ("POST", "/v1/appointments/proposals/{id}/decline"): SIGNED_IN,
    ("POST", "/v1/appointments/proposals/{id}/withdraw"): SIGNED_IN,
    ("POST", "/v1/appointments/{id}/deposit/proof"): SIGNED_IN,
    ("POST", "/v1/appointments/{id}/deposit/confirm"): SIGNED_IN,
    ("POST", "/v1/appointments/{id}/deposit/reject"): SIGNED_IN,
    ("POST", "/v1/appointments/{id}/deposit/waive"): SIGNED_IN,
    ("POST", "/v1/appointments/{id}/deposit/refund"): SIGNED_IN,
    ("POST", "/v1/appointments/{id}/deposit/transfer"): SIGNED_IN,
    ("POST", "/v1/appointments/{id}/charges/{number}/settle"): SIGNED_IN,
    ("POST", "/v1/appointments/{id}/charges/{number}/waive"): SIGNED_IN,
    ("POST", "/v1/appointments/{id}/charges/{number}/refund"): SIGNED_IN,
    ("GET", "/v1/appointments/bank-details"): ARTISTS,
    ("PUT", "/v1/appointments/bank-details"): ARTISTS,
    ("DELETE", "/v1/appointments/bank-details"): ARTISTS,
    ("POST", "/v1/appointments/waitlist"): SIGNED_IN,
    ("GET", "/v1/appointments/waitlist"): SIGNED_IN,
    ("DELETE", "/v1/appointments/waitlist/{id}"): SIGNED_IN,
    ("GET", "/v1/appointments/overview"): SIGNED_IN,
    ("GET", "/v1/appointments/calendar"): SIGNED_IN,
    ("POST", "/v1/appointments/calendar"): SIGNED_IN,
    ("DELETE", "/v1/appointments/calendar"): SIGNED_IN,
    ("GET", "/v1/appointments/calendar/{file}"): SECRET,
    ("GET", "/v1/appointments/{id}/calendar.ics"): SIGNED_IN,
    ("GET", "/v1/appointments/external-calendars"): ARTISTS,
    ("POST", "/v1/appointments/external-calendars"): ARTISTS,
    ("DELETE", "/v1/appointments/external-calendars/{id}"): ARTISTS,
    ("GET", "/v1/files/health"): OPEN,
    ("POST", "/v1/files"): SIGNED_IN,
    ("GET", "/v1/files"): SIGNED_IN,
    ("GET", "/v1/files/public"): KEYED,
    ("GET", "/v1/files/{id}"): SIGNED_IN,
    ("DELETE", "/v1/files/{id}"): SIGNED_IN,
    ("POST", "/v1/files/{id}/parts"): SIGNED_IN,
    ("GET", "/v1/files/{id}/parts"): SIGNED_IN,
    ("POST", "/v1/files/{id}/complete"): SIGNED_IN,
    ("GET", "/v1/consultations/health"): OPEN,
    ("GET", "/v1/consultations/intake"): KEYED,
    ("PUT", "/v1/consultations/intake"): ARTISTS,
    ("POST", "/v1/consultations"): SIGNED_IN,
    ("GET", "/v1/consultations"): SIGNED_IN,
    ("GET", "/v1/consultations/{id}"): SIGNED_IN,
    ("POST", "/v1/consultations/{id}/decline"): SIGNED_IN,
    ("POST", "/v1/consultations/{id}/cancel"): SIGNED_IN,
    ("POST", "/v1/consultations/{id}/archive"): SIGNED_IN,
    ("GET", "/v1/consultations/{id}/proposal-draft"): SIGNED_IN,
    ("GET", "/v1/quick-actions/health"): OPEN,
    ("GET", "/v1/quick-actions"): ARTISTS,
    ("POST", "/v1/quick-actions"): ARTISTS,
    ("PUT", "/v1/quick-actions/order"): ARTISTS,
    ("GET", "/v1/quick-actions/{id}"): ARTISTS,
    ("PATCH", "/v1/quick-actions/{id}"): ARTISTS,
    ("DELETE", "/v1/quick-actions/{id}"): ARTISTS,
    ("POST", "/v1/quick-actions/{id}/preview"): ARTISTS,
    ("POST", "/v1/quick-actions/{id}/executions"): ARTISTS,
    ("GET", "/v1/quick-actions/executions"): ARTISTS,
    ("GET", "/v1/quick-actions/executions/{id}"): ARTISTS,
    ("POST", "/v1/quick-actions/links/{token}"): SECRET,
    ("GET", "/v1/policies/health"): OPEN,
    ("GET", "/v1/policies"): KEYED,
    ("GET", "/v1/policies/versions"): KEYED,
    ("GET", "/v1/policies/versions/{id}"): KEYED,
    ("GET", "/v1/policies/drafts"): ARTISTS,
    ("PUT", "/v1/policies/drafts/{kind}"): ARTISTS,
    ("DELETE", "/v1/policies/drafts/{kind}"): ARTISTS,
    ("POST", "/v1/policies/drafts/{kind}/publish"): ARTISTS,
    ("DELETE", "/v1/policies/overrides/{kind}"): ARTISTS,
    ("POST", "/v1/policies/{id}/acceptances"): SIGNED_IN,
    ("GET", "/v1/policies/acceptances"): SIGNED_IN,
    ("GET", "/v1/policies/acceptances/verify"): ARTISTS,
    ("GET", "/v1/profiles/health"): OPEN,
    ("GET", "/v1/profiles/me"): SIGNED_IN,
    ("PATCH", "/v1/profiles/me"): SIGNED_IN,
    ("GET", "/v1/profiles/users/{id}"): SIGNED_IN,
    ("GET", "/v1/profiles/users/{id}/page"): SIGNED_IN,
    ("GET", "/v1/profiles/me/page"): ARTISTS,
    ("PATCH", "/v1/profiles/me/page"): ARTISTS,
    ("GET", "/v1/profiles/artists"): KEYED,
    ("GET", "/v1/profiles/artists/{handle}"): KEYED,
    ("GET", "/v1/profiles/artists/{handle}/portfolio"): KEYED,
    ("GET", "/v1/profiles/artists/{handle}/reviews"): KEYED,
    ("POST", "/v1/profiles/me/portfolio"): ARTISTS,
    ("PATCH", "/v1/profiles/me/portfolio/{id}"): ARTISTS,
    ("DELETE", "/v1/profiles/me/portfolio/{id}"): ARTISTS,
    ("PUT", "/v1/profiles/portfolio/{id}/like"): SIGNED_IN,
    ("DELETE", "/v1/profiles/portfolio/{id}/like"): SIGNED_IN,
    ("GET", "/v1/profiles/portfolio/likes"): SIGNED_IN,
    ("GET", "/v1/profiles/boards"): SIGNED_IN,
    ("POST", "/v1/profiles/boards"): SIGNED_IN,
    ("GET", "/v1/profiles/boards/{id}"): SIGNED_IN,
    ("PATCH", "/v1/profiles/boards/{id}"): SIGNED_IN,
    ("DELETE", "/v1/profiles/boards/{id}"): SIGNED_IN,
    ("PUT", "/v1/profiles/boards/{id}/items/{item}"): SIGNED_IN,
    ("DELETE", "/v1/profiles/boards/{id}/items/{item}"): SIGNED_IN,
    ("GET", "/v1/profiles/clients"): ARTISTS,
    ("GET", "/v1/profiles/clients/{id}"): ARTISTS,
    ("GET", "/v1/profiles/clients/{id}/notes"): ARTISTS,
    ("POST", "/v1/profiles/clients/{id}/notes"): ARTISTS,
    ("PUT", "/v1/profiles/clients/{id}/notes/{note}"): ARTISTS,
    ("DELETE", "/v1/profiles/clients/{id}/notes/{note}"): ARTISTS,
    ("GET", "/v1/profiles/reviews"): SIGNED_IN,
    ("POST", "/v1/profiles/reviews"): SIGNED_IN,
    ("PATCH", "/v1/profiles/reviews/{id}"): SIGNED_IN,
    ("DELETE", "/v1/profiles/reviews/{id}"): SIGNED_IN,
    ("PUT", "/v1/profiles/reviews/{id}/reply"): ARTISTS,
    ("DELETE", "/v1/profiles/reviews/{id}/reply"): ARTISTS,
    ("GET", "/v1/profiles/voucher-templates"): ARTISTS,
    ("POST", "/v1/profiles/voucher-templates"): ARTISTS,
    ("PATCH", "/v1/profiles/voucher-templates/{id}"): ARTISTS,
    ("GET", "/v1/profiles/vouchers"): SIGNED_IN,
    ("POST", "/v1/profiles/vouchers"): ARTISTS,
    ("GET", "/v1/profiles/vouchers/{id}"): ARTISTS,
    ("POST", "/v1/profiles/vouchers/redeem"): ARTISTS,
    ("POST", "/v1/profiles/vouchers/{id}/void"): ARTISTS,
}
DOCUMENT = openapi.document()
Route = tuple[str, str]


def operations() -> dict[Route, dict[str, Any]]:
    return {
        (method.upper(), path): operation
        for path, item in DOCUMENT["paths"].items()
        for method, operation in item.items()
    }


def routes(*rules: str) -> list[Route]:
    return [route for route, rule in RULES.items() if rule in rules]


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
def stranger(stack: RunningStack) -> Api:
    """Return the API of a client who sends only hostile requests."""
    person = stack.new_person("client")
    return Api(stack.api_url, stack.api_keys["web"]).signed_in(person["email"], person["password"])


def test_every_route_has_its_rule() -> None:
    assert set(RULES) == set(operations())


@pytest.mark.parametrize("route", routes(KEYED, SIGNED_IN, MAKERS, ARTISTS, ADMINS), ids=named)
def test_routes_refuse_requests_without_an_api_key(route: Route, people: dict[str, Api]) -> None:
    assert call(replace(people["admin"], key=None), route).status_code == 403


@pytest.mark.parametrize("route", routes(SIGNED_IN, MAKERS, ARTISTS, ADMINS), ids=named)
def test_routes_refuse_requests_without_a_token(route: Route, api: Api) -> None:
    assert call(api, route).status_code == 401


@pytest.mark.parametrize("route", routes(SIGNED_IN, MAKERS, ARTISTS, ADMINS), ids=named)
def test_routes_refuse_forged_tokens(route: Route, api: Api, people: dict[str, Api]) -> None:
    for token in forgeries(people["admin"].token or ""):
        assert call(replace(api, token=token), route).status_code == 401


@pytest.mark.parametrize("route", routes(MAKERS), ids=named)
def test_clients_may_not_use_routes_for_template_authors(
    route: Route, people: dict[str, Api]
) -> None:
    assert call(people["client"], route).status_code == 403
    assert call(people["artist"], route).status_code == 422


@pytest.mark.parametrize("route", routes(ARTISTS), ids=named)
def test_only_artists_may_use_routes_for_artists(route: Route, people: dict[str, Api]) -> None:
    assert call(people["client"], route).status_code == 403
    assert call(people["admin"], route).status_code == 403
    assert call(people["artist"], route).status_code not in (401, 403, 500)


@pytest.mark.parametrize("route", routes(ADMINS), ids=named)
def test_only_admins_may_use_routes_for_admins(route: Route, people: dict[str, Api]) -> None:
    assert call(people["client"], route).status_code == 403
    assert call(people["artist"], route).status_code == 403
    assert call(people["admin"], route).status_code not in (401, 403, 500)


@pytest.mark.parametrize("route", routes(OPEN), ids=named)
def test_open_routes_answer_without_key_and_token(route: Route, api: Api) -> None:
    assert call(replace(api, key=None), route).status_code == 200


@pytest.mark.parametrize("route", routes(SECRET), ids=named)
def test_secret_urls_are_not_guessable(route: Route, api: Api) -> None:
    assert call(replace(api, key=None), route).status_code == 404


@pytest.mark.parametrize("route", with_body(), ids=named)
def test_unknown_and_read_only_fields_are_refused(route: Route, people: dict[str, Api]) -> None:
    forbidden = ("id", "status", "requesterId", "createdAt", "isAdmin", "surprise")
    answer = call(at_new_address(people["artist"]), route, dict.fromkeys(forbidden, "x"))
    assert answer.status_code == 422
    refused = {
        error["field"] for error in answer.json()["errors"] if error["message"] == "is unknown"
    }
    assert refused == {f"body.{name}" for name in forbidden}


@pytest.mark.parametrize("route", with_body(), ids=named)
def test_hostile_bodies_are_answered_with_4xx(route: Route, people: dict[str, Api]) -> None:
    hostile: list[Any] = [[], "text", 7, True, {"": None}, {"email": {"$gt": ""}}, {"to": ["a"]}]
    hostile.append({"a": [[[[[[{}]]]]]]})
    artist = at_new_address(people["artist"])
    for body in hostile:
        answer = call(artist, route, body)
        assert 400 <= answer.status_code < 500, answer.text
        assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("route", [route for route in RULES if route[0] == "GET"], ids=named)
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
