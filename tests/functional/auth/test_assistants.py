"""Assistants: who is invited, what they may do, and how soon they no longer may."""

from collections.abc import Callable
from typing import Any

import jwt
import pytest
from chalice.test import Client, HTTPResponse

from appointments.app import app as appointments
from auth.app import app
from auth.rules import assistants as rules
from auth.schemas import ProvisionRequest
from auth.store import AssistantItem
from auth.store import assistants as assistants_store
from auth.use_cases import registration
from authorizer.app import authorize
from messaging.app import app as messaging
from shared.http import ended_sessions
from shared.http.caller import Role
from shared.platform import clock
from tests.functional.auth.people import PASSWORD, People, outbox, stored_items
from tests.functional.auth.test_email_changes import NEW, change
from tests.support.captured_logs import Logs
from tests.support.gateway import ApiClient, client_for
from tests.support.responses import error_fields, refused

NOA, ASSISTANTS = "noa@example.com", "/v1/auth/assistants"


class Studio:
    """An artist, Mara, and a client, Noa, whom she may invite."""

    def __init__(self, people: People) -> None:
        self.people = people
        self.mara_tokens = people.sign_up()
        self.noa_tokens = self.add(NOA, "Noa")
        self.mara = people.signed_in(self.mara_tokens)
        self.noa = people.signed_in(self.noa_tokens)
        self.mara_id: str = self.mara_tokens["user"]["id"]
        self.noa_id: str = self.noa_tokens["user"]["id"]

    def add(self, email: str, name: str, role: Role = Role.CLIENT) -> dict[str, Any]:
        """Return the tokens of another user."""
        registration.provision(ProvisionRequest(email, PASSWORD, name, role), clock.now())
        tokens: dict[str, Any] = self.people.login(email).json_body
        return tokens

    def invite(self, *scopes: str, email: str = NOA) -> HTTPResponse:
        """Let the artist invite an address."""
        return self.mara.post(ASSISTANTS, json={"email": email, "scopes": scopes or ["messages"]})

    def hire(self, *scopes: str) -> str:
        """Invite the client, who accepts; return the id."""
        assistance_id: str = self.invite(*scopes).json_body["id"]
        assert self.noa.post(f"{ASSISTANTS}/{assistance_id}/accept").status_code == 200
        return assistance_id

    def act(self, assistance_id: str) -> str:
        """Return an access token of the assistant for the studio."""
        answer = self.noa.post(f"{ASSISTANTS}/{assistance_id}/session")
        assert answer.status_code == 200, answer.body
        token: str = answer.json_body["accessToken"]
        return token

    def read_log(self, client: ApiClient) -> list[tuple[str, str]]:
        """Return actions and actors of a user's own audit log, the newest first."""
        items = client.get("/v1/auth/audit").json_body["items"]
        return [(entry["action"], entry["actorId"]) for entry in items]


@pytest.fixture
def studio(people: People) -> Studio:
    return Studio(people)


def is_denied(token: str) -> bool:
    """Return whether another container of the authorizer denies a token."""
    ended_sessions.forget()
    arn = "arn:aws:execute-api:us-east-1:123456789012:api/api/GET/v1/auth/me"
    event = {"type": "TOKEN", "authorizationToken": f"Bearer {token}", "methodArn": arn}
    (statement,) = authorize(event, None)["policyDocument"]["Statement"]
    return bool(statement["Effect"] == "Deny")


# ---- agreement


def test_nobody_acts_before_they_agreed(studio: Studio) -> None:
    answer = studio.invite("messages")
    assert answer.status_code == 201
    assistance_id = answer.json_body["id"]
    assert (answer.json_body["assistantId"], answer.json_body["scopes"]) == (None, ["messages"])
    session = f"{ASSISTANTS}/{assistance_id}/session"
    assert refused(studio.noa.post(session)) == (404, "not_found")
    (found,) = studio.noa.get("/v1/auth/studios").json_body["items"]
    assert (found["id"], found["artistId"], found["name"]) == (
        assistance_id,
        studio.mara_id,
        "Mara",
    )
    for _ in range(2):
        assert studio.noa.post(f"{ASSISTANTS}/{assistance_id}/accept").status_code == 200
    assert studio.noa.post(session).status_code == 200
    (shown,) = studio.mara.get(ASSISTANTS).json_body["items"]
    assert (shown["assistantId"], shown["name"], shown["expiresAt"]) == (
        studio.noa_id,
        "Noa",
        None,
    )


def test_an_invitation_reveals_no_account(studio: Studio) -> None:
    known, unknown = studio.invite().json_body, studio.invite(email="new@example.com").json_body
    for answer in (known, unknown):
        del answer["id"], answer["email"]
    assert known == unknown
    assert [event.data["userId"] for event in outbox("user.assistant_invited")] == [studio.noa_id]
    # Whoever opens an account with the address finds it there.
    new = studio.people.signed_in(studio.add("new@example.com", "New"))
    assert len(new.get("/v1/auth/studios").json_body["items"]) == 1


def test_only_the_invited_account_accepts(studio: Studio) -> None:
    assistance_id = studio.invite(email="new@example.com").json_body["id"]
    for path in ("accept", "session"):
        answer = studio.noa.post(f"{ASSISTANTS}/{assistance_id}/{path}")
        assert refused(answer) == (404, "not_found")
    assert refused(studio.noa.delete(f"{ASSISTANTS}/{assistance_id}")) == (404, "not_found")
    assert studio.noa.get("/v1/auth/studios").json_body["items"] == []


def test_an_invitation_ends_after_two_weeks(studio: Studio, clock: Any) -> None:
    assistance_id = studio.invite().json_body["id"]
    clock.shift(rules.INVITED_FOR)
    noa = studio.people.signed_in(studio.people.login(NOA).json_body)
    answer = noa.post(f"{ASSISTANTS}/{assistance_id}/accept")
    assert refused(answer) == (404, "not_found")
    assert noa.get("/v1/auth/studios").json_body["items"] == []


def test_invitations_are_limited_and_not_repeated(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rules, "MAX_ASSISTANTS", 1)
    assert "body.email" in error_fields(studio.invite(email="mara@example.com"))
    assert studio.invite().status_code == 201
    assert refused(studio.invite()) == (409, "assistant_exists")
    assert refused(studio.invite(email="new@example.com")) == (409, "too_many_assistants")


def test_the_limit_is_exact_when_artists_invite_at_the_same_moment(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rules, "MAX_ASSISTANTS", 1)
    list_assistants = assistants_store.list_assistants
    others: list[int] = []

    def invite_behind(artist_id: str) -> list[AssistantItem]:
        listed = list_assistants(artist_id)
        if not others:
            others.append(0)
            others[0] = studio.invite(email="new@example.com").status_code
        return listed

    monkeypatch.setattr(assistants_store, "list_assistants", invite_behind)
    assert refused(studio.invite()) == (409, "too_many_assistants")
    assert others == [201]
    assert len(stored_items("ASSISTANT#")) == 1


@pytest.mark.parametrize("path", ["/v1/auth/logout", "/v1/auth/logout?everywhere=true"])
def test_a_session_that_ends_meanwhile_invites_nobody(
    studio: Studio, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    list_assistants = assistants_store.list_assistants

    def sign_out_behind(artist_id: str) -> list[AssistantItem]:
        studio.mara.post(path)
        return list_assistants(artist_id)

    monkeypatch.setattr(assistants_store, "list_assistants", sign_out_behind)
    assert refused(studio.invite()) == (401, "session_ended")
    assert stored_items("ASSISTANT#") == []


def test_the_end_of_their_session_in_the_studio_is_published(studio: Studio) -> None:
    """So their WebSockets are closed."""
    assistance_id = studio.hire()
    path = f"{ASSISTANTS}/{assistance_id}"
    acts: list[tuple[str, Callable[[], HTTPResponse]]] = [
        ("assistance_changed", lambda: studio.mara.patch(path, json={"scopes": ["calendar"]})),
        ("signed_out", lambda: studio.mara.post("/v1/auth/logout?everywhere=true")),
        ("assistance_changed", lambda: studio.noa.delete(path)),
    ]
    for reason, act in acts:
        claims = jwt.decode(studio.act(assistance_id), options={"verify_signature": False})
        before = {event.id for event in outbox("session.ended")}
        assert act().status_code < 300
        ended = [e.data for e in outbox("session.ended") if e.id not in before]
        assert {
            "userId": studio.mara_id,
            "sessionId": claims["sid"],
            "reason": reason,
        } in ended


@pytest.mark.parametrize("scopes", [[], ["money"], ["messages", "calendar", "messages"]])
def test_unknown_scopes_are_refused(studio: Studio, scopes: list[str]) -> None:
    answer = studio.mara.post(ASSISTANTS, json={"email": NOA, "scopes": scopes})
    assert answer.status_code == 422


# ---- acting


def test_the_token_names_artist_assistant_and_scopes(studio: Studio) -> None:
    token = studio.act(studio.hire("messages", "calendar"))
    claims = jwt.decode(token, options={"verify_signature": False})
    noa = jwt.decode(studio.noa_tokens["accessToken"], options={"verify_signature": False})
    assert (claims["sub"], claims["role"]) == (studio.mara_id, "artist")
    assert claims["act"] == {"sub": studio.noa_id, "sid": noa["sid"]}
    assert claims["scope"] == "calendar messages"
    assert claims["email"] == NOA  # that of the artist is not revealed
    assert claims["exp"] - claims["iat"] == 900


def test_a_scope_reaches_its_routes_and_no_others(studio: Studio, logs: Logs) -> None:
    token = studio.act(studio.hire("calendar"))
    calendar = client_for(appointments).with_token(token)
    assert calendar.get("/v1/appointments/schedules").status_code == 200
    (line,) = [line for line in logs.named("request") if line["route"].endswith("/schedules")]
    assert (line["user_id"], line["acting_id"]) == (studio.mara_id, studio.noa_id)
    for path in ("bank-details", "calendar", "external-calendars"):
        assert refused(calendar.get(f"/v1/appointments/{path}")) == (403, "forbidden")
    account = {"accountHolder": "Noa", "iban": "DE02120300000000202051"}
    replaced = calendar.put("/v1/appointments/bank-details", json=account)
    assert refused(replaced) == (403, "forbidden")
    waive = calendar.post("/v1/appointments/apt_1/deposit/waive", json={"reason": "x"})
    assert refused(waive) == (403, "forbidden")
    conversations = client_for(messaging).with_token(token).get("/v1/messages/conversations")
    assert refused(conversations) == (403, "forbidden")


def test_no_route_of_the_account_is_reached(studio: Studio) -> None:
    assistance_id = studio.hire("messages", "calendar")
    acting = studio.people.client.with_token(studio.act(assistance_id))
    for method, path in app.operations:
        if app.operations[method, path].public:
            continue
        answer = acting.request(method, path.replace("{id}", assistance_id), json={})
        assert refused(answer) == (403, "forbidden"), (method, path)
    assert studio.mara.get("/v1/auth/me").status_code == 200


def test_every_token_stands_in_the_log_of_the_artist(studio: Studio) -> None:
    assistance_id = studio.hire()
    studio.act(assistance_id)
    assert studio.read_log(studio.mara)[:3] == [
        ("assistant_acted", studio.noa_id),
        ("assistant_added", studio.noa_id),
        ("assistant_invited", studio.mara_id),
    ]
    assert studio.read_log(studio.noa)[0] == ("assistant_added", studio.noa_id)
    (added,) = outbox("user.assistant_added")
    assert (added.data["userId"], added.data["assistantName"]) == (studio.mara_id, "Noa")


# ---- the end


@pytest.mark.parametrize("side", ["mara", "noa"])
def test_either_side_ends_it_and_the_tokens_with_it(studio: Studio, side: str) -> None:
    assistance_id = studio.hire()
    token = studio.act(assistance_id)
    assert not is_denied(token)
    client = getattr(studio, side)
    assert client.delete(f"{ASSISTANTS}/{assistance_id}").status_code == 204
    assert is_denied(token)
    answer = studio.noa.post(f"{ASSISTANTS}/{assistance_id}/session")
    assert refused(answer) == (404, "not_found")
    actor = getattr(studio, f"{side}_id")
    for log in (studio.mara, studio.noa):
        assert studio.read_log(log)[0] == ("assistant_removed", actor)
    assert stored_items("ASSISTANT#") + stored_items("STUDIO#") == []


def test_an_invitation_can_be_declined_and_withdrawn(studio: Studio) -> None:
    for client in (studio.noa, studio.mara):
        assistance_id = studio.invite().json_body["id"]
        assert client.delete(f"{ASSISTANTS}/{assistance_id}").status_code == 204
    assert stored_items("ASSISTANT#") + stored_items("STUDIO#") == []


def test_other_scopes_end_the_tokens_with_the_former_ones(studio: Studio) -> None:
    assistance_id = studio.hire("messages")
    token = studio.act(assistance_id)
    answer = studio.mara.patch(f"{ASSISTANTS}/{assistance_id}", json={"scopes": ["calendar"]})
    assert answer.json_body["scopes"] == ["calendar"]
    assert is_denied(token)
    newer = studio.act(assistance_id)
    assert not is_denied(newer)
    assert jwt.decode(newer, options={"verify_signature": False})["scope"] == "calendar"
    assert studio.read_log(studio.mara)[1] == ("assistant_changed", studio.mara_id)


def test_a_token_ends_with_the_session_of_the_assistant(studio: Studio) -> None:
    token = studio.act(studio.hire())
    assert studio.noa.post("/v1/auth/logout").status_code == 204
    assert is_denied(token)


def test_a_token_ends_with_all_sessions_of_the_artist(studio: Studio) -> None:
    assistance_id = studio.hire()
    token = studio.act(assistance_id)
    assert studio.mara.delete("/v1/auth/sessions").status_code == 204
    assert is_denied(token)
    assert not is_denied(studio.act(assistance_id))


def test_a_token_ends_with_the_account_of_the_artist(studio: Studio) -> None:
    assistance_id = studio.hire()
    token = studio.act(assistance_id)
    deletion = {"password": PASSWORD}
    assert studio.mara.delete("/v1/auth/me", json=deletion).status_code == 204
    assert is_denied(token)
    assert stored_items("ASSISTANT#") + stored_items("STUDIO#") == []
    assert studio.noa.get("/v1/auth/studios").json_body["items"] == []


def test_nothing_is_left_of_an_assistant_who_deletes_their_account(studio: Studio) -> None:
    token = studio.act(studio.hire())
    deletion = {"password": PASSWORD}
    assert studio.noa.delete("/v1/auth/me", json=deletion).status_code == 204
    assert is_denied(token)
    assert stored_items("ASSISTANT#") + stored_items("STUDIO#") == []


def test_nobody_acts_for_a_banned_artist_nor_while_they_are_banned(studio: Studio) -> None:
    assistance_id = studio.hire()
    token = studio.act(assistance_id)
    admin = studio.people.signed_in(studio.add("admin@example.com", "Ida", Role.ADMIN))
    ban = {"reason": "Spam"}
    assert admin.post(f"/v1/admin/users/{studio.mara_id}/ban", json=ban).status_code == 200
    assert is_denied(token)
    answer = studio.noa.post(f"{ASSISTANTS}/{assistance_id}/session")
    assert refused(answer) == (404, "not_found")
    assert admin.post(f"/v1/admin/users/{studio.mara_id}/unban", json=ban).status_code == 200
    newer = studio.act(assistance_id)
    assert admin.post(f"/v1/admin/users/{studio.noa_id}/ban", json=ban).status_code == 200
    assert is_denied(newer)


def test_a_report_of_the_artist_removes_whom_a_stranger_may_have_invited(studio: Studio) -> None:
    assistance_id = studio.hire()
    token = studio.act(assistance_id)
    studio.invite(email="new@example.com")
    (added,) = outbox("user.assistant_added")
    reported = {"token": added.data["reportToken"]}
    assert studio.people.client.post("/v1/auth/reports", json=reported).status_code == 204
    assert is_denied(token)
    answer = studio.noa.post(f"{ASSISTANTS}/{assistance_id}/session")
    assert refused(answer) == (404, "not_found")
    assert stored_items("ASSISTANT#") + stored_items("STUDIO#") == []


def test_the_logs_are_still_chains(studio: Studio) -> None:
    assistance_id = studio.hire()
    studio.act(assistance_id)
    studio.mara.delete(f"{ASSISTANTS}/{assistance_id}")
    for user_id in (studio.mara_id, studio.noa_id):
        verified = Client(app).lambda_.invoke("verify_audit", {"userId": user_id}).payload
        assert verified["brokenAt"] is None


def test_nobody_is_their_own_assistant(studio: Studio) -> None:
    assistance_id = studio.invite(email=NEW).json_body["id"]
    change(studio.people, studio.mara_tokens)  # to the address that she invited
    answer = studio.mara.post(f"{ASSISTANTS}/{assistance_id}/accept")
    assert refused(answer) == (404, "not_found")
    assert studio.mara.get("/v1/auth/studios").json_body["items"] == []
    assert studio.mara.delete(f"{ASSISTANTS}/{assistance_id}").status_code == 204
