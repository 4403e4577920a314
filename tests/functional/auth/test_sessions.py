"""Sessions: sign in, refresh tokens and their theft, sign out."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any, Literal

import argon2
import jwt
import pytest
from botocore.exceptions import EndpointConnectionError
from time_machine import TimeMachineFixture

from auth import store
from auth.rules import passwords, token_keys
from auth.rules.token_keys import Kind
from auth.use_cases import sessions
from domain.devices import Device
from shared.platform import clock as shared_clock
from tests.functional.auth.people import EMAIL, OTHER_PASSWORD, PASSWORD, People, stored_items
from tests.support import aws_calls
from tests.support.captured_logs import Logs
from tests.support.responses import refused
from tests.support.threads import DEADLINE_SECONDS

LATER = timedelta(seconds=11)
HERE = Device("198.51.100.7")


def is_dead(people: People, refresh_token: str) -> bool:
    """Return whether the token is refused. Call it last: a valid token is exchanged by the call."""
    answer = people.refresh(refresh_token)
    if answer.status_code == 200:
        return False
    assert (answer.status_code, answer.json_body["code"]) == (401, "invalid_refresh_token")
    return True


def exchange(people: People, refresh_token: str) -> str:
    """Exchange the token and return its successor."""
    answer = people.refresh(refresh_token)
    assert answer.status_code == 200, answer.body
    successor: str = answer.json_body["refreshToken"]
    return successor


class TestLogin:
    def test_a_wrong_password_and_an_unknown_address_get_the_same_answer(
        self, people: People
    ) -> None:
        people.sign_up()
        answers = [people.login(password=OTHER_PASSWORD), people.login("nobody@example.com")]
        bodies = [answer.json_body | {"correlationId": ""} for answer in answers]
        assert bodies[0] == bodies[1]
        assert bodies[0]["code"] == "invalid_credentials"
        assert {answer.status_code for answer in answers} == {401}
        assert set(answers[0].headers) == set(answers[1].headers)

    def test_both_cost_one_password_verification(
        self, people: People, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        calls: list[str] = []

        class CountingHasher(argon2.PasswordHasher):
            def hash(self, *args: Any, **options: Any) -> str:
                calls.append("hash")
                return super().hash(*args, **options)

            def verify(self, *args: Any) -> Literal[True]:
                calls.append("verify")
                return super().verify(*args)

        people.sign_up()
        people.login("first.of.this.container@example.com")
        hasher = CountingHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
        monkeypatch.setattr(passwords, "_hasher", hasher)
        for email in (EMAIL, "nobody@example.com"):
            calls.clear()
            people.login(email, OTHER_PASSWORD)
            assert calls == ["verify"]

    def test_an_access_token_identifies_the_user_for_fifteen_minutes(self, people: People) -> None:
        tokens = people.sign_up()
        header = jwt.get_unverified_header(tokens["accessToken"])
        claims = jwt.decode(tokens["accessToken"], options={"verify_signature": False})
        assert (header["alg"], header["typ"]) == ("ES256", "at+jwt")
        assert (claims["iss"], claims["aud"]) == ("artist-booking-local", "artist-booking")
        assert (claims["sub"], claims["role"]) == (tokens["user"]["id"], "artist")
        assert claims["exp"] - claims["iat"] == 900
        assert claims["sid"].startswith("ses_")

    def test_each_device_has_its_own_session(self, people: People) -> None:
        first = people.sign_up()
        second = people.login().json_body
        people.signed_in(first).post("/v1/auth/logout")
        assert is_dead(people, first["refreshToken"])
        assert not is_dead(people, second["refreshToken"])


class TestRefresh:
    def test_a_refresh_token_is_exchanged_for_its_successor(
        self, people: People, clock: TimeMachineFixture
    ) -> None:
        tokens = people.sign_up()
        clock.shift(LATER)
        answer = people.refresh(tokens["refreshToken"])
        assert answer.json_body["user"] == tokens["user"]
        assert answer.json_body["refreshToken"] != tokens["refreshToken"]
        assert people.signed_in(answer.json_body).get("/v1/auth/me").status_code == 200

    def test_a_session_expires_thirty_days_after_its_last_exchange(
        self, people: People, clock: TimeMachineFixture
    ) -> None:
        token = people.sign_up()["refreshToken"]
        for _ in range(2):
            clock.shift(timedelta(days=30) - timedelta(seconds=1))
            token = exchange(people, token)
        clock.shift(timedelta(days=30))
        assert is_dead(people, token)

    def test_a_session_expires_ninety_days_after_it_started(
        self, people: People, clock: TimeMachineFixture
    ) -> None:
        token = people.sign_up()["refreshToken"]
        for _ in range(3):
            clock.shift(timedelta(days=29))
            token = exchange(people, token)
        clock.shift(timedelta(days=3) - timedelta(seconds=1))
        token = exchange(people, token)
        clock.shift(timedelta(seconds=1))
        assert is_dead(people, token)

    def test_the_table_contains_no_refresh_token(self, people: People) -> None:
        token = people.sign_up()["refreshToken"]
        (session,) = stored_items("SESSION#")
        mac = token.rpartition(".")[2]
        assert mac not in str(session)

    def test_an_outage_of_kms_leaves_the_token_as_it_was(
        self, people: People, clock: TimeMachineFixture
    ) -> None:
        """Otherwise the repetition that a 503 asks for would look like theft after the grace."""
        token = people.sign_up()["refreshToken"]
        for operation in ("Sign", "GenerateMac"):
            clock.shift(token_keys.SCHEDULES[Kind.SIGNING].term)  # a new key is needed
            with aws_calls.failing(operation, EndpointConnectionError(endpoint_url="kms")):
                assert people.refresh(token).status_code == 503
            clock.shift(LATER)
        assert not is_dead(people, token)


class TestRefreshTokenReuseRevocation:
    @pytest.mark.parametrize("replayed", [0, 1])
    def test_a_replayed_token_ends_the_whole_session(
        self, people: People, logs: Logs, replayed: int
    ) -> None:
        family = [people.sign_up()["refreshToken"]]
        for _ in range(3):
            family.append(exchange(people, family[-1]))
        assert is_dead(people, family[replayed])
        assert stored_items("SESSION#") == []
        assert all(is_dead(people, token) for token in family)
        (line,) = logs.named("refresh token reused")
        assert line["level"] == "WARNING"

    def test_other_sessions_continue(self, people: People) -> None:
        stolen = people.sign_up()["refreshToken"]
        other = people.login().json_body["refreshToken"]
        exchange(people, exchange(people, stolen))
        assert is_dead(people, stolen)
        assert not is_dead(people, other)

    @pytest.mark.parametrize(
        "age", [timedelta(), LATER, timedelta(days=30) - timedelta(seconds=1)], ids=str
    )
    def test_the_parent_of_an_unused_token_gets_that_token_whatever_its_age(
        self, people: People, clock: TimeMachineFixture, age: timedelta
    ) -> None:
        parent = people.sign_up()["refreshToken"]
        child = exchange(people, parent)
        clock.shift(age)
        # The key that seals may be another one by now, but the token has the same content.
        for _ in range(2):
            assert exchange(people, parent).split(".")[:3] == child.split(".")[:3]
        assert not is_dead(people, child)

    def test_a_repeated_exchange_does_not_prolong_the_session(
        self, people: People, clock: TimeMachineFixture
    ) -> None:
        parent = people.sign_up()["refreshToken"]
        exchange(people, parent)
        clock.shift(timedelta(days=29))
        exchange(people, parent)
        clock.shift(timedelta(days=1))
        assert is_dead(people, parent)

    def test_the_parent_of_a_used_token_ends_the_session(self, people: People) -> None:
        grandparent = people.sign_up()["refreshToken"]
        child = exchange(people, exchange(people, grandparent))
        assert is_dead(people, grandparent)
        assert is_dead(people, child)

    def test_twenty_tabs_on_cold_workers_keep_one_session(
        self, people: People, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        token = people.sign_up()["refreshToken"]
        tabs = 20
        all_read = Barrier(tabs)
        rotate = store.rotate_session

        def rotate_together(*args: Any) -> None:
            all_read.wait(DEADLINE_SECONDS)
            rotate(*args)

        monkeypatch.setattr(store, "rotate_session", rotate_together)
        now = shared_clock.now()
        with ThreadPoolExecutor(tabs) as pool:
            tasks = [pool.submit(sessions.refresh, token, HERE, now) for _ in range(tabs)]
            children = {task.result().refresh_token for task in tasks}
        monkeypatch.undo()
        assert len(children) == 1
        assert stored_items("SESSION#")[0]["generation"]["N"] == "1"
        assert not is_dead(people, children.pop())


class TestRacingExchanges:
    """An exchange has read the session; before it writes, something else changes the session."""

    @pytest.fixture
    def meanwhile(self, monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], Any]], None]:
        """Run a function just before the next exchange is written."""
        rotate = store.rotate_session

        def arrange(act: Callable[[], Any]) -> None:
            def late(*args: Any) -> None:
                monkeypatch.setattr(store, "rotate_session", rotate)
                act()
                rotate(*args)

            monkeypatch.setattr(store, "rotate_session", late)

        return arrange

    def test_an_ended_session_is_not_restored(
        self, people: People, meanwhile: Callable[[Callable[[], Any]], None]
    ) -> None:
        tokens = people.sign_up()
        meanwhile(lambda: people.signed_in(tokens).post("/v1/auth/logout"))
        assert is_dead(people, tokens["refreshToken"])
        assert stored_items("SESSION#") == []

    def test_a_token_that_was_current_when_it_arrived_gets_the_current_one(
        self, people: People, meanwhile: Callable[[Callable[[], Any]], None]
    ) -> None:
        """It is two exchanges old by the time it is exchanged, but nobody used an old token."""
        token = people.sign_up()["refreshToken"]
        newest = []
        meanwhile(lambda: newest.append(exchange(people, exchange(people, token))))
        assert exchange(people, token) == newest[0]
        assert not is_dead(people, newest[0])


def tampered(token: str) -> dict[str, str]:
    """Return forgeries of this token, by what was changed."""
    user_id, session_id, generation, key_id, mac = token.split(".")
    return {
        "other user": f"usr_x.{session_id}.{generation}.{key_id}.{mac}",
        "other session": f"{user_id}.ses_x.{generation}.{key_id}.{mac}",
        "older": f"{user_id}.{session_id}.{int(generation) - 1}.{key_id}.{mac}",
        "newer": f"{user_id}.{session_id}.{int(generation) + 1}.{key_id}.{mac}",
        "leading zero": f"{user_id}.{session_id}.0{generation}.{key_id}.{mac}",
        "other mac": f"{user_id}.{session_id}.{generation}.{key_id}.{mac[:-2]}AA",
        "reversed mac": f"{user_id}.{session_id}.{generation}.{key_id}.{mac[::-1]}",
        "short mac": f"{user_id}.{session_id}.{generation}.{key_id}.{mac[:8]}",
        "no mac": f"{user_id}.{session_id}.{generation}.{key_id}.",
        "no base64": f"{user_id}.{session_id}.{generation}.{key_id}.A",
        "no base64 letters": f"{user_id}.{session_id}.{generation}.{key_id}.{'!' * 43}",
        "not ascii": f"{user_id}.{session_id}.{generation}.{key_id}.ü{mac}",
        "other digits": f"{user_id}.{session_id}.\u0661.{key_id}.{mac}",
        "no number": f"{user_id}.{session_id}.x.{key_id}.{mac}",
        "more parts": f"x.{token}",
        "other key": f"{user_id}.{session_id}.{generation}.{key_id[::-1]}.{mac}",
        "no key": f"{user_id}.{session_id}.{generation}..{mac}",
        "of version 0.3": f"{user_id}.{session_id}.{generation}.{mac}",
        "fewer parts": f"{session_id}.{generation}.{mac}",
        "empty": "",
        "dots": "...",
        "garbage": "garbage",
    }


def test_a_forged_token_is_refused_and_ends_no_session(
    people: People, clock: TimeMachineFixture
) -> None:
    token = exchange(people, people.sign_up()["refreshToken"])
    clock.shift(LATER)
    for kind, forged in tampered(token).items():
        assert is_dead(people, forged), kind
        assert len(stored_items("SESSION#")) == 1, kind
    assert not is_dead(people, token)


def test_a_malformed_token_causes_no_kms_call(people: People) -> None:
    forged = tampered(people.sign_up()["refreshToken"])
    for kind in ("no mac", "short mac", "no base64 letters", "dots", "garbage"):
        with aws_calls.counted() as calls:
            people.refresh(forged[kind])
        assert "kms:VerifyMac" not in calls, kind


class TestLogout:
    def test_ends_the_session_immediately(self, people: People) -> None:
        tokens = people.sign_up()
        client = people.signed_in(tokens)
        assert client.post("/v1/auth/logout").status_code == 204
        assert is_dead(people, tokens["refreshToken"])
        answer = client.get("/v1/auth/me")
        assert (answer.status_code, answer.json_body["code"]) == (401, "session_ended")

    def test_signing_out_twice_succeeds(self, people: People) -> None:
        client = people.signed_in(people.sign_up())
        assert [client.post("/v1/auth/logout").status_code for _ in range(2)] == [204, 204]

    def test_everywhere_ends_all_sessions_of_this_user_only(self, people: People) -> None:
        tokens = [people.sign_up(), people.login().json_body, people.login().json_body]
        other = people.sign_up("noah@example.com")
        client = people.signed_in(tokens[1])
        assert client.post("/v1/auth/logout?everywhere=true").status_code == 204
        assert all(is_dead(people, token["refreshToken"]) for token in tokens)
        assert people.signed_in(tokens[0]).get("/v1/auth/me").status_code == 401
        assert not is_dead(people, other["refreshToken"])

    def test_an_ended_session_does_not_end_the_others(self, people: People) -> None:
        thief, owner = people.sign_up(), people.login().json_body
        current = people.signed_in(thief).get("/v1/auth/sessions").json_body["items"]
        (own,) = [each["id"] for each in current if each["current"]]
        assert people.signed_in(owner).delete(f"/v1/auth/sessions/{own}").status_code == 204
        client = people.signed_in(thief)
        assert refused(client.post("/v1/auth/logout?everywhere=true")) == (401, "session_ended")
        assert not is_dead(people, owner["refreshToken"])
        assert client.post("/v1/auth/logout").status_code == 204

    def test_a_key_is_for_one_query(self, people: People) -> None:
        tokens = [people.sign_up(), people.login().json_body]
        client = people.signed_in(tokens[0]).with_headers({"idempotency-key": "key-1"})
        assert [client.post("/v1/auth/logout").status_code for _ in range(2)] == [204, 204]
        everywhere = client.post("/v1/auth/logout?everywhere=true")
        assert refused(everywhere) == (422, "idempotency_key_reused")
        assert not is_dead(people, tokens[1]["refreshToken"])

    def test_requires_an_access_token(self, people: People) -> None:
        assert people.client.post("/v1/auth/logout").status_code == 401


def test_a_session_keeps_256_characters_of_the_user_agent(people: People) -> None:
    people.sign_up()
    body = {"email": EMAIL, "password": PASSWORD}
    agent = "x" * 255 + "yz"
    answer = people.client.post("/v1/auth/login", json=body, headers={"user-agent": agent})
    assert answer.status_code == 200
    kept = {item["user_agent"]["S"] for item in stored_items("") if "user_agent" in item}
    assert agent[:256] in kept
