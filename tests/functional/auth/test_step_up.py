"""Step-up: sensitive changes need a proof of the last ten minutes."""

from datetime import datetime, timedelta
from typing import Any

import jwt
import pytest
from chalice.test import HTTPResponse
from time_machine import TimeMachineFixture

from auth import store
from auth.schemas import ProvisionRequest
from auth.use_cases import passkeys, registration
from shared.http.caller import Role
from shared.platform import clock as our_clock
from tests.functional.auth.people import EMAIL, PASSWORD, People, outbox
from tests.functional.auth.test_code_sign_in import ask as ask_for_code
from tests.functional.auth.test_code_sign_in import enter
from tests.functional.auth.test_email_changes import file_report
from tests.functional.auth.test_passkeys import add, ask, sign_in
from tests.functional.auth.test_second_factors import App
from tests.support.authenticator import Authenticator
from tests.support.gateway import ApiClient

STEP_UP = "/v1/auth/step-up"
SENSITIVE: dict[str, tuple[str, str, Any]] = {
    "add an app": ("POST", "/v1/auth/mfa/totp", None),
    "add a passkey": ("POST", "/v1/auth/passkeys/options", None),
    "remove a passkey": ("DELETE", "/v1/auth/passkeys/pky_1", None),
    "unlink a provider": ("DELETE", "/v1/auth/providers/standin/link", None),
    "change the address": (
        "POST",
        "/v1/auth/email",
        {"email": "mara@studio.example.com", "password": PASSWORD},
    ),
    "invite an assistant": (
        "POST",
        "/v1/auth/assistants",
        {"email": "noah@example.com", "scopes": ["messages"]},
    ),
    "export": ("POST", "/v1/auth/exports", None),
}


def attempt(client: ApiClient, name: str) -> HTTPResponse:
    """Attempt a sensitive change."""
    method, path, body = SENSITIVE[name]
    return client.request(method, path, **({"json": body} if body else {}))


def test_admins_change_accounts_after_a_recent_sign_in_only(
    people: People, clock: TimeMachineFixture
) -> None:
    user_id = people.sign_up()["user"]["id"]
    email, now = "root@example.com", our_clock.now()
    registration.provision(ProvisionRequest(email, PASSWORD, "Root", Role.ADMIN), now)
    tokens = people.login(email).json_body
    clock.shift(timedelta(minutes=11))
    admin = people.signed_in(tokens)
    path = f"/v1/admin/users/{user_id}"
    for act in ("ban", "unban", "end-sessions"):
        refused = admin.post(f"{path}/{act}", json={"reason": "Spam"})
        assert refused.json_body["code"] == "step_up_required"
    assert admin.get(path).status_code == 200
    proved = people.signed_in(admin.post(STEP_UP, json={"password": PASSWORD}).json_body)
    assert proved.post(f"{path}/ban", json={"reason": "Spam"}).status_code == 200


def refresh(people: People, tokens: dict[str, Any]) -> dict[str, Any]:
    """Return the tokens of the next refresh."""
    refreshed: dict[str, Any] = people.refresh(tokens["refreshToken"]).json_body
    return refreshed


@pytest.mark.parametrize("name", SENSITIVE)
def test_a_change_is_sensitive_for_ten_minutes(
    people: People, clock: TimeMachineFixture, name: str
) -> None:
    tokens = people.sign_up()
    clock.shift(timedelta(minutes=10))
    assert attempt(people.signed_in(tokens), name).json_body.get("code") != "step_up_required"
    clock.shift(timedelta(seconds=1))
    tokens = refresh(people, tokens)
    refused = attempt(people.signed_in(tokens), name)
    assert (refused.status_code, refused.json_body["code"]) == (403, "step_up_required")
    assert refused.json_body["accepts"] == ["password", "sign_in"]
    proved = people.signed_in(tokens).post(STEP_UP, json={"password": PASSWORD}).json_body
    assert attempt(people.signed_in(proved), name).json_body.get("code") != "step_up_required"


def test_the_access_token_says_when(people: People, clock: TimeMachineFixture) -> None:
    tokens = people.sign_up()
    clock.shift(timedelta(minutes=5))
    client = people.signed_in(tokens)
    refreshed = refresh(people, tokens)
    proved = client.post(STEP_UP, json={"password": PASSWORD}).json_body
    before, after, now = (
        jwt.decode(each["accessToken"], options={"verify_signature": False})["auth_time"]
        for each in (tokens, refreshed, proved)
    )
    assert (after - before, now - before) == (0, 300)
    assert people.refresh(proved["refreshToken"]).status_code == 200


def test_a_wrong_password_counts(people: People) -> None:
    client = people.signed_in(people.sign_up())
    answers = [client.post(STEP_UP, json={"password": "wrong"}) for _ in range(6)]
    assert [answer.status_code for answer in answers] == [403] * 5 + [429]
    assert answers[0].json_body["code"] == "forbidden"


def test_with_an_app_its_code_is_needed(people: People, clock: TimeMachineFixture) -> None:
    app = App(people)
    clock.shift(timedelta(minutes=11))
    client = people.signed_in(app.tokens)
    refused = client.post(STEP_UP, json={"password": PASSWORD}).json_body
    assert (refused["code"], refused["accepts"]) == ("step_up_required", ["code", "sign_in"])
    code = app.code()
    assert client.post(STEP_UP, json={"code": code}).status_code == 200
    assert client.post(STEP_UP, json={"code": code}).json_body["code"] == "invalid_code"


def test_by_a_passkey_of_the_account_only(people: People, clock: TimeMachineFixture) -> None:
    phone, other = Authenticator(), Authenticator()
    owner = people.signed_in(people.sign_up())
    add(owner, phone)
    add(people.signed_in(people.sign_up("noah@example.com")), other)
    clock.shift(timedelta(minutes=11))
    foreign = owner.post(STEP_UP, json={"passkey": ask(people, other)})
    assert foreign.json_body["code"] == "invalid_passkey"
    body = {"passkey": ask(people, phone)}
    assert owner.post(STEP_UP, json=body).status_code == 200
    assert owner.post(STEP_UP, json=body).json_body["code"] == "invalid_passkey"
    assert sign_in(people, phone).status_code == 200


def test_a_refresh_of_another_tab_does_not_get_in_the_way(
    people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    phone, tokens = Authenticator(), people.sign_up()
    owner = people.signed_in(tokens)
    add(owner, phone)
    body = {"passkey": ask(people, phone)}
    note = passkeys.note
    refreshed: list[store.SessionItem] = []

    def note_late(proof: passkeys.Proof, now: datetime) -> store.Writes:
        if not refreshed:
            session = store.list_sessions(proof.user_id)[0]
            store.rotate_session(session, "198.51.100.0/24", now, now + timedelta(days=1))
            refreshed.append(session)
        return note(proof, now)

    monkeypatch.setattr(passkeys, "note", note_late)
    proved = owner.post(STEP_UP, json=body)
    assert proved.status_code == 200
    assert people.refresh(proved.json_body["refreshToken"]).status_code == 200


@pytest.mark.parametrize("body", [{}, {"password": PASSWORD, "code": "123456"}])
def test_one_way_is_given(people: People, body: dict[str, str]) -> None:
    client = people.signed_in(people.sign_up())
    assert client.post(STEP_UP, json=body).status_code == 422


def test_an_account_without_a_password_is_deleted_after_a_recent_sign_in(
    people: People, clock: TimeMachineFixture
) -> None:
    tokens = enter(people, ask_for_code(people)).json_body
    clock.shift(timedelta(minutes=11))
    tokens = refresh(people, tokens)
    refused = people.signed_in(tokens).delete("/v1/auth/me", json={}).json_body
    assert (refused["code"], refused["accepts"]) == ("step_up_required", ["sign_in"])
    tokens = enter(people, ask_for_code(people)).json_body
    assert people.signed_in(tokens).delete("/v1/auth/me", json={}).status_code == 204


SELF_SERVICE = {
    "change the password": (
        "PUT",
        "/v1/auth/password",
        {"currentPassword": PASSWORD, "newPassword": "staple staple staple"},
    ),
    "delete the account": ("DELETE", "/v1/auth/me", {"password": PASSWORD}),
}


@pytest.mark.parametrize("factor", ["app", "passkey", "none"])
@pytest.mark.parametrize("change", SELF_SERVICE)
def test_a_password_alone_proves_too_little_beside_another_factor(
    people: People, clock: TimeMachineFixture, change: str, factor: str
) -> None:
    app = App(people) if factor == "app" else None
    tokens = app.tokens if app else people.sign_up()
    if factor == "passkey":
        add(people.signed_in(tokens), Authenticator())
    clock.shift(timedelta(minutes=11))
    method, path, body = SELF_SERVICE[change]
    client = people.signed_in(tokens)
    if factor != "none":
        refused = client.request(method, path, json=body)
        accepts = {"app": ["code", "sign_in"], "passkey": ["password", "passkey", "sign_in"]}
        assert (refused.status_code, refused.json_body["code"]) == (403, "step_up_required")
        assert refused.json_body["accepts"] == accepts[factor]
        proof = {"code": app.code()} if app else {"password": PASSWORD}
        client = people.signed_in(client.post(STEP_UP, json=proof).json_body)
    assert client.request(method, path, json=body).status_code == 204


def test_a_recovery_code_is_mailed_about(people: People) -> None:
    app = App(people)
    client = people.signed_in(app.tokens)
    assert client.post(STEP_UP, json={"code": app.recovery_codes[0]}).status_code == 200
    (used,) = outbox("user.recovery_code_used")
    assert file_report(people, used.data["reportToken"]).status_code == 204


def test_a_password_is_needed_where_there_is_one(people: People) -> None:
    client = people.signed_in(people.sign_up())
    assert client.delete("/v1/auth/me", json={}).status_code == 403
    assert outbox("user.deleted") == []
    assert people.login(EMAIL).status_code == 200
