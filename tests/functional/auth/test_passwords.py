"""Forgotten and changed passwords."""

from datetime import timedelta
from typing import Any

import pytest
from chalice.test import HTTPResponse
from time_machine import TimeMachineFixture

from tests.functional.auth.conftest import NOON
from tests.functional.auth.people import EMAIL, OTHER_PASSWORD, PASSWORD, People, outbox

FORGOT, RESET, CHANGE = "/v1/auth/password/forgot", "/v1/auth/password/reset", "/v1/auth/password"


def forget(people: People, email: str = EMAIL) -> str | None:
    """Ask for a reset; return the code that was mailed, if one was."""
    before = {event.id for event in outbox()}
    answer = people.client.post(FORGOT, json={"email": email})
    assert (answer.status_code, answer.json_body) == (202, {"status": "reset_requested"})
    codes = [
        event.data["code"]
        for event in outbox("user.password_reset_requested")
        if event.id not in before
    ]
    return codes[0] if codes else None


def reset(
    people: People, code: str | None, password: str = OTHER_PASSWORD, email: str = EMAIL
) -> HTTPResponse:
    """Reset the password."""
    body = {"email": email, "code": code, "password": password}
    return people.client.post(RESET, json=body)


def change(people: People, tokens: dict[str, Any], current: str = PASSWORD) -> HTTPResponse:
    """Change the password."""
    body = {"currentPassword": current, "newPassword": OTHER_PASSWORD}
    return people.signed_in(tokens).put(CHANGE, json=body)


class TestForgotPasswords:
    def test_a_code_sets_a_new_password_and_ends_all_sessions(self, people: People) -> None:
        tokens = people.sign_up()
        assert reset(people, forget(people)).status_code == 204
        assert people.refresh(tokens["refreshToken"]).status_code == 401
        assert people.login().status_code == 401
        assert people.login(password=OTHER_PASSWORD).status_code == 200
        assert [event.data["userId"] for event in outbox("user.password_changed")] == [
            tokens["user"]["id"]
        ]

    def test_spellings_and_spaces_do_not_matter(self, people: People) -> None:
        people.sign_up()
        code = forget(people, "Mara@Example.com")
        assert code is not None
        assert reset(people, f"{code[:5]} {code[5:]}", email="MARA@example.com").status_code == 204

    def test_an_unknown_address_is_answered_alike_and_gets_no_mail(self, people: People) -> None:
        assert forget(people, "nobody@example.com") is None
        assert outbox() == []

    def test_a_code_works_once(self, people: People) -> None:
        people.sign_up()
        code = forget(people)
        assert reset(people, code).status_code == 204
        answer = reset(people, code, PASSWORD)
        assert (answer.status_code, answer.json_body["code"]) == (401, "invalid_code")

    def test_a_code_lives_for_ten_minutes(self, people: People, clock: TimeMachineFixture) -> None:
        people.sign_up()
        code = forget(people)
        clock.move_to(NOON + timedelta(minutes=10))
        assert reset(people, code).status_code == 401

    def test_a_reset_makes_other_codes_useless(self, people: People) -> None:
        people.sign_up()
        first, second = forget(people), forget(people)
        assert reset(people, second).status_code == 204
        assert reset(people, first, PASSWORD).status_code == 401

    def test_a_code_is_of_its_address(self, people: People) -> None:
        people.sign_up()
        people.sign_up("noah@example.com")
        assert reset(people, forget(people), email="noah@example.com").status_code == 401

    def test_wrong_codes_of_strangers_do_not_use_up_those_of_the_owner(
        self, people: People
    ) -> None:
        people.sign_up()
        code = forget(people)
        stranger = people.from_elsewhere()
        for number in range(12):
            assert reset(stranger, f"{number:010}").status_code == 401
        assert reset(people, code).status_code == 204

    def test_a_weak_password_does_not_use_up_the_code(self, people: People) -> None:
        people.sign_up()
        code = forget(people)
        answer = reset(people, code, "password123")
        assert answer.status_code == 422
        assert [error["field"] for error in answer.json_body["errors"]] == ["body.password"]
        assert reset(people, code).status_code == 204


class TestChangingThePassword:
    def test_ends_all_other_sessions(self, people: People) -> None:
        other, own = people.sign_up(), people.login().json_body
        assert change(people, own).status_code == 204
        assert people.refresh(other["refreshToken"]).status_code == 401
        assert people.refresh(own["refreshToken"]).status_code == 200
        assert people.login().status_code == 401
        assert people.login(password=OTHER_PASSWORD).status_code == 200
        assert len(outbox("user.password_changed")) == 1

    def test_needs_the_current_one(self, people: People) -> None:
        tokens = people.sign_up()
        answers = [change(people, tokens, "wrong wrong").status_code for _ in range(6)]
        assert answers == [403] * 5 + [429]
        assert outbox("user.password_changed") == []

    def test_refuses_a_weak_one(self, people: People) -> None:
        client = people.signed_in(people.sign_up())
        answer = client.put(CHANGE, json={"currentPassword": PASSWORD, "newPassword": EMAIL})
        assert [error["field"] for error in answer.json_body["errors"]] == ["body.newPassword"]

    @pytest.mark.parametrize("password", ["short", "x" * 129])
    def test_has_8_to_128_characters(self, people: People, password: str) -> None:
        client = people.signed_in(people.sign_up())
        body = {"currentPassword": PASSWORD, "newPassword": password}
        assert client.put(CHANGE, json=body).status_code == 422
