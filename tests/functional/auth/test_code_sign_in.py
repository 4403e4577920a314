"""Signing in by a mailed code, without a password."""

from datetime import timedelta

from chalice.test import HTTPResponse
from time_machine import TimeMachineFixture

from tests.functional.auth.conftest import NOON
from tests.functional.auth.people import EMAIL, PASSWORD, Attempt, People, outbox

CODE, VERIFY = "/v1/auth/code", "/v1/auth/code/verify"


def ask(people: People, email: str = EMAIL, **fields: str) -> Attempt:
    """Ask for a code."""
    before = {event.id for event in outbox()}
    answer = people.client.post(CODE, json={"email": email, **fields})
    requested = outbox("user.sign_in_code_requested")
    codes = [event.data["code"] for event in requested if event.id not in before]
    return Attempt(answer, codes[0] if codes else None)


def enter(people: People, attempt: Attempt, code: str | None = None) -> HTTPResponse:
    """Enter a code."""
    body = {"attemptId": attempt.id, "code": code or attempt.sent_code}
    return people.client.post(VERIFY, json=body)


def test_a_code_signs_in_to_the_account_of_its_address(people: People) -> None:
    user = people.sign_up()["user"]
    tokens = enter(people, ask(people, "MARA@example.com")).json_body
    assert tokens["user"] == user
    sessions = people.signed_in(tokens).get("/v1/auth/sessions").json_body["items"]
    assert sorted(session["amr"] for session in sessions) == [["otp"], ["pwd"]]
    assert people.login().status_code == 200


def test_the_first_one_opens_an_account_of_a_client(people: People) -> None:
    tokens = enter(people, ask(people, name="Noah")).json_body
    user = tokens["user"]
    assert (user["email"], user["name"], user["role"]) == (EMAIL, "Noah", "client")
    assert [event.data["userId"] for event in outbox("user.verified")] == [user["id"]]
    assert people.login(password=PASSWORD).status_code == 401
    again = enter(people, ask(people, name="Another")).json_body
    assert again["user"] == user


def test_a_guest_needs_no_name(people: People) -> None:
    assert enter(people, ask(people)).json_body["user"]["name"] == "Guest"


def test_the_answer_does_not_reveal_whether_there_is_an_account(people: People) -> None:
    people.sign_up()
    known, unknown = ask(people), ask(people, "noah@example.com")
    assert known.code
    assert unknown.code
    for attempt in (known, unknown):
        assert attempt.answer.status_code == 202
        assert attempt.answer.json_body == {"attemptId": attempt.id, "status": "code_sent"}


def test_a_code_opens_nothing_without_its_attempt(people: People) -> None:
    people.sign_up()
    first, second = ask(people), ask(people)
    if first.code != second.code:
        assert enter(people, first, second.code).status_code == 401
    assert enter(people, second).status_code == 200


def test_a_code_works_once_and_for_ten_minutes(people: People, clock: TimeMachineFixture) -> None:
    attempt, late = ask(people), ask(people)
    assert enter(people, attempt).status_code == 200
    assert enter(people, attempt).json_body["code"] == "invalid_code"
    clock.move_to(NOON + timedelta(minutes=10))
    assert enter(people, late).json_body["code"] == "invalid_code"


def test_an_address_that_no_server_takes_is_refused(people: People) -> None:
    answer = people.client.post(CODE, json={"email": "mara@example.invalid"})
    assert [error["field"] for error in answer.json_body["errors"]] == ["body.email"]


def test_the_code_of_an_account_does_not_bring_it_back(people: People) -> None:
    client = people.signed_in(people.sign_up())
    attempt = ask(people)
    assert client.delete("/v1/auth/me", json={"password": PASSWORD}).status_code == 204
    assert enter(people, attempt).json_body["code"] == "invalid_code"
    assert enter(people, ask(people)).status_code == 200
