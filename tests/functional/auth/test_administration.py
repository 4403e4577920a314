"""Administration: accounts are found, banned, given roles and signed out, with reasons."""

from typing import Any

import pytest
from chalice.test import Client, HTTPResponse

from auth.app import app
from auth.schemas import ProvisionRequest
from auth.use_cases import registration, sessions
from shared.http import ended_sessions
from shared.http.caller import Role
from shared.platform import clock
from tests.functional.auth.people import EMAIL, PASSWORD, People, outbox
from tests.functional.auth.test_person_copies import consume_profile_updated
from tests.support.gateway import ApiClient
from tests.support.responses import refused

REASON = {"reason": "Sent advertisements to 40 artists"}
ADMIN_PASSWORD = "a long secret of an admin"


class Admins:
    """An admin, and an artist to act on."""

    def __init__(self, people: People) -> None:
        self.people = people
        self.id, self.api = self.add("admin@example.com")
        self.tokens = people.sign_up()
        self.user_id: str = self.tokens["user"]["id"]

    def add(self, email: str) -> tuple[str, ApiClient]:
        """Return the id of another admin, and their client."""
        request = ProvisionRequest(email, ADMIN_PASSWORD, "Ida", Role.ADMIN)
        user = registration.provision(request, clock.now())
        tokens = self.people.login(email, ADMIN_PASSWORD).json_body
        return user.id, self.people.signed_in(tokens)

    def act(self, action: str, body: Any = REASON, user_id: str = "") -> HTTPResponse:
        """Act on the artist, or on another user."""
        return self.api.post(f"/v1/admin/users/{user_id or self.user_id}/{action}", json=body)

    def change_role(self, role: str, user_id: str = "") -> HTTPResponse:
        """Change the role of the artist, or of another user."""
        path = f"/v1/admin/users/{user_id or self.user_id}/role"
        return self.api.put(path, json={**REASON, "role": role})

    def find(self, query: str) -> list[str]:
        """Return the names of the accounts that a search finds."""
        answer = self.api.get(f"/v1/admin/users?{query}")
        assert answer.status_code == 200, answer.body
        return [account["name"] for account in answer.json_body["items"]]

    def read_log(self, user_id: str) -> list[dict[str, Any]]:
        """Return the entries of an audit log."""
        answer = self.api.get(f"/v1/auth/accounts/{user_id}/audit")
        entries: list[dict[str, Any]] = answer.json_body["items"]
        return entries


@pytest.fixture
def admins(people: People) -> Admins:
    return Admins(people)


def add_named(*names: str, role: Role = Role.CLIENT) -> None:
    for number, name in enumerate(names):
        email = f"{role}{number}@example.com"
        registration.provision(ProvisionRequest(email, PASSWORD, name, role), clock.now())


def denies(people: People, tokens: dict[str, Any]) -> bool:
    """Return whether another container of the authorizer denies an access token."""
    ended_sessions.forget()
    return people.signed_in(tokens).get("/v1/auth/audit").status_code in (401, 403)


# ---- looking accounts up


def test_an_account_is_found_by_its_address_however_it_is_spelled(admins: Admins) -> None:
    assert admins.find("email=MARA%40Example.com") == ["Mara"]
    assert admins.find("email=nobody%40example.com") == []
    assert admins.find("email=mara%40example.com&role=client") == []


def test_accounts_are_found_by_the_beginning_of_their_names(admins: Admins) -> None:
    add_named("Márta Klein", "marta groß", "Martin", "Noa")
    assert admins.find("name=MARTA") == ["marta groß", "Márta Klein"]
    assert admins.find("name=mar&role=client") == ["marta groß", "Márta Klein", "Martin"]
    assert admins.find("name=mar") == ["Mara", "marta groß", "Márta Klein", "Martin"]
    assert admins.find("name=klein") == []


def test_all_accounts_are_listed_page_by_page_each_once(admins: Admins) -> None:
    add_named("Cleo", "Anna", "Bo")
    names, cursor = [], ""
    for _ in range(5):
        answer = admins.api.get("/v1/admin/users?limit=1" + cursor)
        names += [account["name"] for account in answer.json_body["items"]]
        if answer.json_body["nextCursor"] is None:
            break
        cursor = f"&cursor={answer.json_body['nextCursor']}"
    assert names == ["Ida", "Mara", "Anna", "Bo", "Cleo"]


def test_a_changed_name_is_found_and_the_old_one_is_not(admins: Admins) -> None:
    consume_profile_updated(admins.user_id, 2, "Zoe")
    assert (admins.find("name=zo"), admins.find("name=mara")) == (["Zoe"], [])
    admins.change_role("client")
    assert (admins.find("name=zo&role=client"), admins.find("name=zo&role=artist")) == (["Zoe"], [])


def test_a_deleted_account_is_not_found(admins: Admins) -> None:
    mara = admins.people.signed_in(admins.tokens)
    assert mara.delete("/v1/auth/me", json={"password": PASSWORD}).status_code == 204
    assert admins.find("name=mara") == []
    assert refused(admins.act("ban")) == (404, "not_found")


# ---- bans


def test_a_ban_ends_all_sessions_and_refuses_every_sign_in(admins: Admins) -> None:
    assert not denies(admins.people, admins.tokens)
    answer = admins.act("ban")
    assert answer.status_code == 200
    assert answer.json_body["bannedAt"] == "2026-11-22T12:00:00Z"
    assert answer.json_body["banReason"] == REASON["reason"]
    assert denies(admins.people, admins.tokens)
    assert refused(admins.people.refresh(admins.tokens["refreshToken"]))[0] == 401
    assert refused(admins.people.login()) == (403, "account_banned")
    ended = [event.data["reason"] for event in outbox("session.ended")]
    assert ended == ["banned"]


def test_a_wrong_password_does_not_reveal_a_ban(admins: Admins) -> None:
    admins.act("ban")
    wrong = admins.people.login(password="wrong password here")
    assert refused(wrong) == (401, "invalid_credentials")


def test_a_code_does_not_sign_in_to_a_banned_account(admins: Admins) -> None:
    admins.act("ban")
    client = admins.people.client
    attempt = client.post("/v1/auth/code", json={"email": EMAIL}).json_body["attemptId"]
    (event,) = outbox("user.sign_in_code_requested")
    entered = {"attemptId": attempt, "code": event.data["code"]}
    answer = client.post("/v1/auth/code/verify", json=entered)
    assert refused(answer) == (403, "account_banned")


def test_a_lifted_ban_lets_the_user_sign_in_again(admins: Admins) -> None:
    admins.act("ban")
    answer = admins.act("unban")
    assert (answer.json_body["bannedAt"], answer.json_body["banReason"]) == (None, None)
    assert admins.people.login().status_code == 200


def test_bans_are_published_once_each_with_a_growing_version(admins: Admins) -> None:
    for action in ("ban", "ban", "unban", "unban"):
        assert admins.act(action).status_code == 200
    data = [event.data for event in outbox("user.banned") + outbox("user.unbanned")]
    assert data == [
        {"userId": admins.user_id, "role": "artist", "banned": True, "recordVersion": 1},
        {"userId": admins.user_id, "role": "artist", "banned": False, "recordVersion": 2},
    ]


# ---- roles and sessions


def test_a_change_of_the_role_ends_the_tokens_with_the_old_one(admins: Admins) -> None:
    answer = admins.change_role("client")
    assert (answer.status_code, answer.json_body["role"]) == (200, "client")
    assert denies(admins.people, admins.tokens)
    assert admins.people.login().json_body["user"]["role"] == "client"
    (changed,) = outbox("user.role_changed")
    assert (changed.data["role"], changed.data["banned"]) == ("client", False)
    assert admins.change_role("client").status_code == 422


def test_an_admin_ends_the_sessions_of_a_user_who_may_sign_in_again(admins: Admins) -> None:
    assert admins.act("end-sessions").status_code == 204
    assert denies(admins.people, admins.tokens)
    assert admins.people.login().status_code == 200


# ---- what is written down, and who may act


def test_every_act_stands_in_both_audit_logs_with_its_reason(admins: Admins) -> None:
    admins.act("ban")
    admins.act("unban")
    admins.change_role("client")
    admins.act("end-sessions")
    expected = ["sessions_ended", "role_changed", "unbanned", "banned"]
    entries = admins.read_log(admins.user_id)[:4]
    assert [entry["action"] for entry in entries] == expected
    assert {(entry["actorId"], entry["reason"]) for entry in entries} == {
        (admins.id, REASON["reason"])
    }
    # Where the admin was is not the business of the user.
    assert {(entry["network"], entry["device"]) for entry in entries} == {(None, None)}
    assert entries[1]["details"] == {"from": "artist", "to": "client"}
    own = admins.read_log(admins.id)[:4]
    assert [entry["details"]["action"] for entry in own] == expected
    assert {(entry["action"], entry["details"]["userId"]) for entry in own} == {
        ("admin_acted", admins.user_id)
    }
    for user_id in (admins.id, admins.user_id):
        verified = Client(app).lambda_.invoke("verify_audit", {"userId": user_id}).payload
        assert verified["brokenAt"] is None


@pytest.mark.parametrize("reason", ["", "   ", "x" * 501])
def test_an_act_without_a_reason_is_refused(admins: Admins, reason: str) -> None:
    for action in ("ban", "unban", "end-sessions"):
        assert admins.act(action, {"reason": reason}).status_code == 422
    assert admins.people.login().status_code == 200


def test_admins_do_not_act_on_themselves_so_one_is_always_left(admins: Admins) -> None:
    for action in ("ban", "unban", "end-sessions"):
        assert refused(admins.act(action, user_id=admins.id)) == (403, "own_account")
    assert refused(admins.change_role("client", admins.id)) == (403, "own_account")


def test_of_two_admins_who_ban_each_other_at_once_one_is_left(
    admins: Admins, monkeypatch: pytest.MonkeyPatch
) -> None:
    other_id, other = admins.add("noa@example.com")
    end_all, first = sessions.end_all, [True]

    def end_all_late(*args: Any, **options: Any) -> None:
        if first:
            first.pop()
            # Both have looked at each other; this one is faster.
            answer = other.post(f"/v1/admin/users/{admins.id}/ban", json=REASON)
            assert answer.status_code == 200
        end_all(*args, **options)

    monkeypatch.setattr(sessions, "end_all", end_all_late)
    answer = admins.act("ban", user_id=other_id)
    assert refused(answer) == (401, "session_ended")
    found = other.get(f"/v1/admin/users/{other_id}").json_body
    assert found["bannedAt"] is None


def test_the_token_of_a_former_admin_acts_no_more(admins: Admins) -> None:
    other_id, other = admins.add("noa@example.com")
    ended_sessions.forget()
    assert other.get("/v1/admin/users").status_code == 200
    assert admins.change_role("artist", other_id).status_code == 200
    # This container of the authorizer does not know yet that the session ended.
    answer = other.post(f"/v1/admin/users/{admins.user_id}/ban", json=REASON)
    assert refused(answer) == (401, "session_ended")


@pytest.mark.parametrize("role", ["client", "artist"])
def test_others_are_refused(admins: Admins, role: str) -> None:
    client = admins.people.client.as_user("usr_1", role)
    path = f"/v1/admin/users/{admins.user_id}"
    for method, suffix in [
        ("GET", ""),
        ("POST", "/ban"),
        ("POST", "/unban"),
        ("PUT", "/role"),
        ("POST", "/end-sessions"),
    ]:
        assert refused(client.request(method, path + suffix, json=REASON)) == (403, "forbidden")
    assert refused(client.get("/v1/admin/users")) == (403, "forbidden")
