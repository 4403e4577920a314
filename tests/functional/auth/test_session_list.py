"""Sessions as their owner sees and ends them, their number, and new devices."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError
from time_machine import TimeMachineFixture

from auth import store
from auth.events import EndReason
from auth.use_cases import sessions
from domain.devices import Device
from shared.data.conflicts import WriteConflict
from shared.platform import clock as shared_clock
from tests.functional.auth.people import EMAIL, PASSWORD, People, outbox, stored_items
from tests.support import aws_calls
from tests.support.responses import refused
from tests.support.threads import together

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"
HERE = Device("198.51.100.7")


def session_id_of(tokens: dict[str, Any]) -> str:
    """Return the id of the session that has these tokens."""
    parts: list[str] = tokens["refreshToken"].split(".")
    return parts[1]


def listed(people: People, tokens: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the sessions of a user."""
    answer = people.signed_in(tokens).get("/v1/auth/sessions")
    assert answer.status_code == 200, answer.body
    items: list[dict[str, Any]] = answer.json_body["items"]
    return items


def ids(people: People, tokens: dict[str, Any]) -> list[str]:
    """Return the ids of a user's sessions."""
    return [session["id"] for session in listed(people, tokens)]


def ended() -> list[tuple[str, str]]:
    """Return the sessions that were published as ended, and why."""
    return [(event.data["sessionId"], event.data["reason"]) for event in outbox("session.ended")]


def replay(people: People, tokens: dict[str, Any]) -> None:
    """Use a refresh token that is two exchanges old."""
    child = people.refresh(tokens["refreshToken"]).json_body
    people.refresh(child["refreshToken"])
    people.refresh(tokens["refreshToken"])


def end_from_another_device(people: People, tokens: dict[str, Any]) -> None:
    """End the session of these tokens by its id."""
    other = people.signed_in(people.login().json_body)
    assert other.delete(f"/v1/auth/sessions/{session_id_of(tokens)}").status_code == 204


def end_others(people: People, _: dict[str, Any]) -> None:
    """End all sessions but that of another device."""
    other = people.signed_in(people.login().json_body)
    assert other.delete("/v1/auth/sessions").status_code == 204


def lose_the_response(people: People, tokens: dict[str, Any]) -> None:
    """Sign out, but lose the response of DynamoDB."""
    lost = EndpointConnectionError(endpoint_url="dynamodb")
    with aws_calls.failing("TransactWriteItems", lost, after=True):
        assert people.signed_in(tokens).post("/v1/auth/logout").status_code == 503


WAYS: dict[str, Callable[[People, dict[str, Any]], Any]] = {
    "logout": lambda people, tokens: people.signed_in(tokens).post("/v1/auth/logout"),
    "logout everywhere": lambda people, tokens: people.signed_in(tokens).post(
        "/v1/auth/logout?everywhere=true"
    ),
    "another device": end_from_another_device,
    "all others": end_others,
    "an old refresh token": replay,
    "twenty newer sessions": lambda people, _: [people.login() for _ in range(20)],
    "a deleted account": lambda people, tokens: people.signed_in(tokens).delete(
        "/v1/auth/me", json={"password": PASSWORD}
    ),
    "a lost response": lose_the_response,
}


class TestListing:
    def test_a_session_has_a_device_a_network_and_its_last_use(
        self, people: People, clock: TimeMachineFixture
    ) -> None:
        people.sign_up()
        clock.shift(timedelta(hours=1))
        elsewhere = people.from_elsewhere()
        elsewhere.client = elsewhere.client.with_headers({"user-agent": FIREFOX})
        tokens = elsewhere.login().json_body
        clock.shift(timedelta(days=1))
        current = people.from_elsewhere(7).refresh(tokens["refreshToken"]).json_body
        newest, oldest = listed(people, current)
        assert newest == {
            "id": session_id_of(current),
            "device": "Firefox on Linux",
            "network": "203.0.7.0/24",
            "amr": ["pwd"],
            "startedAt": "2026-11-22T13:00:00Z",
            "lastUsedAt": "2026-11-23T13:00:00Z",
            "expiresAt": "2026-12-23T13:00:00Z",
            "current": True,
        }
        assert (oldest["network"], oldest["current"]) == ("198.51.100.0/24", False)

    def test_expired_sessions_are_not_listed(
        self, people: People, clock: TimeMachineFixture
    ) -> None:
        people.sign_up()
        clock.shift(timedelta(days=30))
        tokens = people.login().json_body
        assert ids(people, tokens) == [session_id_of(tokens)]

    def test_an_account_that_registered_itself_has_one(self, people: People) -> None:
        tokens = people.verify(people.register()).json_body
        (session,) = listed(people, tokens)
        assert session["amr"] == ["otp"]


class TestEnding:
    def test_one(self, people: People) -> None:
        first, second = people.sign_up(), people.login().json_body
        client = people.signed_in(second)
        assert client.delete(f"/v1/auth/sessions/{session_id_of(first)}").status_code == 204
        assert people.refresh(first["refreshToken"]).status_code == 401
        assert ids(people, second) == [session_id_of(second)]
        assert ended() == [(session_id_of(first), "signed_out")]
        again = client.delete(f"/v1/auth/sessions/{session_id_of(first)}")
        assert refused(again) == (404, "not_found")

    def test_the_current_one(self, people: People) -> None:
        tokens = people.sign_up()
        client = people.signed_in(tokens)
        assert client.delete(f"/v1/auth/sessions/{session_id_of(tokens)}").status_code == 204
        assert people.refresh(tokens["refreshToken"]).status_code == 401

    def test_somebody_elses_is_not_found(self, people: People) -> None:
        other = people.sign_up("noah@example.com")
        client = people.signed_in(people.sign_up())
        answer = client.delete(f"/v1/auth/sessions/{session_id_of(other)}")
        assert refused(answer) == (404, "not_found")
        assert people.refresh(other["refreshToken"]).status_code == 200

    def test_all_others(self, people: People) -> None:
        tokens = [people.sign_up(), people.login().json_body, people.login().json_body]
        assert people.signed_in(tokens[1]).delete("/v1/auth/sessions").status_code == 204
        statuses = [people.refresh(each["refreshToken"]).status_code for each in tokens]
        assert statuses == [401, 200, 401]
        assert {session for session, _ in ended()} == {
            session_id_of(tokens[0]),
            session_id_of(tokens[2]),
        }

    def test_all(self, people: People) -> None:
        tokens = [people.sign_up(), people.login().json_body]
        answer = people.signed_in(tokens[1]).delete("/v1/auth/sessions?current=true")
        assert answer.status_code == 204
        assert [people.refresh(each["refreshToken"]).status_code for each in tokens] == [401, 401]
        assert len(ended()) == 2

    @pytest.mark.parametrize("path", ["/v1/auth/sessions", "/v1/auth/sessions/ses_1"])
    def test_an_ended_session_ends_no_others(self, people: People, path: str) -> None:
        tokens, other = people.sign_up(), people.login().json_body
        client = people.signed_in(tokens)
        client.get("/v1/auth/me")  # the authorizer has a list that is fresh
        client.post("/v1/auth/logout")
        assert refused(client.delete(path)) == (401, "session_ended")
        assert refused(client.get("/v1/auth/sessions")) == (401, "session_ended")
        assert people.refresh(other["refreshToken"]).status_code == 200


class TestDenying:
    """The authorizer refuses the access tokens of sessions, however they ended."""

    @pytest.mark.parametrize("way", WAYS)
    def test_within_fifteen_seconds(
        self, people: People, clock: TimeMachineFixture, way: str
    ) -> None:
        tokens = people.sign_up()
        bystander = people.sign_up("noah@example.com")
        clients = [people.signed_in(each) for each in (tokens, bystander)]
        assert [client.get("/v1/auth/audit").status_code for client in clients] == [200, 200]
        WAYS[way](people, tokens)
        clock.shift(timedelta(seconds=15))
        assert [client.get("/v1/auth/audit").status_code for client in clients] == [401, 200]


class TestTheirNumber:
    def test_the_one_unused_for_longest_makes_place_for_the_twenty_first(
        self, people: People, clock: TimeMachineFixture
    ) -> None:
        tokens = [people.sign_up()]
        for _ in range(19):
            clock.shift(timedelta(minutes=1))
            tokens.append(people.login().json_body)
        tokens[0] = people.refresh(tokens[0]["refreshToken"]).json_body
        newest = people.login().json_body
        assert len(stored_items("SESSION#")) == 20
        assert ended() == [(session_id_of(tokens[1]), "too_many")]
        assert session_id_of(tokens[0]) in ids(people, newest)

    def test_sign_ins_at_the_same_moment_do_not_exceed_it(self, people: People) -> None:
        people.sign_up()
        user = store.find_user_by_email(EMAIL)
        assert user is not None
        for _ in range(17):
            people.login()
        now = shared_clock.now()
        together(6, lambda: sessions.start(user, HERE, ("pwd",), now))
        assert len(stored_items("SESSION#")) == 20


class TestNewDevices:
    def test_a_device_that_the_account_does_not_know_is_published(self, people: People) -> None:
        tokens = people.verify(people.register()).json_body
        assert outbox("user.signed_in_from_new_device") == []
        people.login()
        assert outbox("user.signed_in_from_new_device") == []
        stranger = people.from_elsewhere().login().json_body
        (event,) = outbox("user.signed_in_from_new_device")
        assert event.data == {
            "userId": tokens["user"]["id"],
            "reportToken": event.data["reportToken"],
            "sessionId": session_id_of(stranger),
            "device": "Unknown app",
            "network": "203.0.1.0/24",
            "signedInAt": "2026-11-22T12:00:00Z",
        }
        people.from_elsewhere().login()
        assert len(outbox("user.signed_in_from_new_device")) == 1

    def test_a_device_stays_known_from_one_session_to_the_next(
        self, people: People, clock: TimeMachineFixture
    ) -> None:
        people.sign_up()
        for _ in range(3):
            clock.shift(timedelta(days=90))
            assert people.login().status_code == 200
        assert len(outbox("user.signed_in_from_new_device")) == 1  # of the account's first sign-in
        clock.shift(timedelta(days=180))
        people.login()
        assert len(outbox("user.signed_in_from_new_device")) == 2


class TestRaces:
    """All sessions are ended between reading an account and storing a session of it."""

    def test_a_sign_in_does_not_outlive_the_end_of_all_sessions(self, people: People) -> None:
        people.sign_up()
        user = store.find_user_by_email(EMAIL)
        current = store.find_user_by_email(EMAIL)
        assert user is not None
        assert current is not None
        now = shared_clock.now()
        sessions.end_all(current, EndReason.SIGNED_OUT, now)
        with pytest.raises(WriteConflict):
            sessions.start(user, HERE, ("pwd",), now)
        assert stored_items("SESSION#") == []
        assert len(ended()) == 2

    def test_a_sign_in_does_not_outlive_the_account(self, people: People) -> None:
        people.sign_up()
        user = store.find_user_by_email(EMAIL)
        assert user is not None
        people.signed_in(people.login().json_body).delete(
            "/v1/auth/me", json={"password": PASSWORD}
        )
        with pytest.raises(WriteConflict):
            sessions.start(user, HERE, ("pwd",), shared_clock.now())
        assert stored_items("SESSION#") == []

    def test_what_was_begun_and_not_finished_cannot_be_refreshed(self, people: People) -> None:
        """The first transaction begins another epoch; a session that it leaves over is dead."""
        tokens, other = people.sign_up(), people.login().json_body
        user = store.find_user_by_email(EMAIL)
        assert user is not None
        kept = store.find_session(user.user_id, session_id_of(other))
        assert kept is not None
        now = shared_clock.now()
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(sessions, "_list_ending", lambda *_: [])
            sessions.end_all(user, EndReason.SIGNED_OUT, now, kept=kept)
        assert len(stored_items("SESSION#")) == 2
        assert people.refresh(tokens["refreshToken"]).status_code == 401
        assert people.refresh(other["refreshToken"]).status_code == 200
        assert ids(people, other) == [session_id_of(other)]


class TestBans:
    def test_a_banned_account_is_signed_out_and_stays_so(self, people: People) -> None:
        tokens = people.sign_up()
        user = store.find_user_by_email(EMAIL)
        assert user is not None
        now = shared_clock.now()
        banned = (store.UserItem.banned_at.set(now),)
        sessions.end_all(user, EndReason.SIGNED_OUT, now, changes=banned)
        assert people.refresh(tokens["refreshToken"]).status_code == 401
        assert refused(people.login()) == (403, "account_banned")
        assert stored_items("SESSION#") == []


def test_the_audit_log_shows_sign_ins_and_why_sessions_ended(people: People) -> None:
    first, second = people.sign_up(), people.login().json_body
    people.signed_in(first).post("/v1/auth/logout")
    people.refresh(people.refresh(second["refreshToken"]).json_body["refreshToken"])
    people.refresh(second["refreshToken"])
    third = people.login().json_body
    entries = people.signed_in(third).get("/v1/auth/audit").json_body["items"]
    assert [(entry["action"], entry["details"].get("cause")) for entry in entries] == [
        ("signed_in", None),
        ("session_ended", "token_reused"),
        ("signed_out", "signed_out"),
        ("signed_in", None),
        ("signed_in", None),
    ]
    assert {entry["network"] for entry in entries} == {"198.51.100.0/24"}
