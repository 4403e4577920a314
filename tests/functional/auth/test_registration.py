"""Registration: only the reader of the mail gets the account, and nobody learns who has one."""

from datetime import timedelta

import pytest
from botocore.exceptions import EndpointConnectionError
from chalice.test import HTTPResponse
from time_machine import TimeMachineFixture

from auth.schemas import VerifyEmailRequest
from auth.use_cases import registration
from domain.errors import DomainError
from shared.platform import clock as shared_clock
from tests.functional.auth.people import (
    EMAIL,
    OTHER_PASSWORD,
    PASSWORD,
    People,
    outbox,
    stored_items,
)
from tests.support import aws_calls
from tests.support.threads import together

WRONG_BY_ONE = str.maketrans("0123456789", "1234567890")


def assert_invalid_code(answer: HTTPResponse) -> None:
    assert (answer.status_code, answer.json_body["code"]) == (401, "invalid_code")


def test_a_code_creates_the_account_and_signs_in(people: People) -> None:
    attempt = people.register(name="Mara Voß")
    assert attempt.answer.status_code == 202
    tokens = people.verify(attempt.code).json_body
    assert (tokens["tokenType"], tokens["expiresIn"]) == ("Bearer", 900)
    me = people.signed_in(tokens).get("/v1/auth/me")
    assert me.status_code == 200
    assert me.json_body == tokens["user"]
    assert me.json_body | {"id": ""} == {
        "id": "",
        "email": EMAIL,
        "name": "Mara Voß",
        "role": "artist",
        "createdAt": "2026-11-22T12:00:00Z",
    }
    assert people.login().json_body["user"] == me.json_body


@pytest.mark.parametrize("name", ["Ada\u202ereleK", "\u200b", "\u3164", "A\u0000", "A\nB", " "])
def test_a_name_is_one_line_that_people_can_see(people: People, name: str) -> None:
    answer = people.register(name=name).answer
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json_body["errors"]] == ["body.name"]


def test_a_name_is_normalized_before_its_length_counts(people: People) -> None:
    attempt = people.register(name="Zoe\u0308" * 33)
    assert people.verify(attempt.code).json_body["user"]["name"] == "Zo\u00eb" * 33
    assert people.register(name="Zoe\u0308" * 34).answer.status_code == 422


@pytest.mark.parametrize(("drawn", "code"), [(7, "000007"), (999_999, "999999")])
def test_every_number_of_six_digits_may_be_a_code(
    people: People, monkeypatch: pytest.MonkeyPatch, drawn: int, code: str
) -> None:
    below: list[int] = []

    def draw(limit: int) -> int:
        below.append(limit)
        return drawn

    monkeypatch.setattr("secrets.randbelow", draw)
    assert people.register().sent_code == code
    assert below == [1_000_000]


def test_there_is_no_account_before_the_code_is_entered(people: People) -> None:
    people.register()
    assert people.login().status_code == 401
    assert stored_items("PROFILE") == []


class TestNobodyLearnsWhoHasAnAccount:
    def test_new_pending_and_existing_addresses_get_the_same_answer(self, people: People) -> None:
        people.sign_up("existing@example.com")
        people.register("pending@example.com")
        answers = [
            people.register(email).answer
            for email in ("new@example.com", "pending@example.com", "existing@example.com")
        ]
        assert [answer.status_code for answer in answers] == [202] * 3
        assert {answer.body for answer in answers} == {b'{"status":"verification_sent"}'}
        assert len({frozenset(answer.headers) for answer in answers}) == 1

    def test_the_owner_of_an_existing_account_is_warned_and_nothing_else_happens(
        self, people: People
    ) -> None:
        user_id = people.sign_up()["user"]["id"]
        registrations, published = len(stored_items("REGISTRATION#")), len(outbox())
        assert people.register(password=OTHER_PASSWORD).code is None
        (event,) = outbox("user.registration_repeated")
        assert (event.subject, event.data["email"]) == (user_id, EMAIL)
        assert (len(stored_items("REGISTRATION#")), len(outbox())) == (registrations, published + 1)
        assert people.login(password=OTHER_PASSWORD).status_code == 401

    def test_a_wrong_code_gets_the_same_answer_for_every_address(self, people: People) -> None:
        people.sign_up("existing@example.com")
        code = people.register("pending@example.com").sent_code
        answers = [
            people.verify(code.translate(WRONG_BY_ONE), email)
            for email in ("new@example.com", "pending@example.com", "existing@example.com")
        ]
        details = {(answer.status_code, answer.json_body["detail"]) for answer in answers}
        assert details == {(401, "The code is wrong or no longer valid.")}


class TestOnlyTheReaderOfTheMailGetsTheAccount:
    @pytest.mark.parametrize("attacker_is_first", [True, False])
    def test_an_attackers_registration_gains_nothing(
        self, people: People, attacker_is_first: bool
    ) -> None:
        if attacker_is_first:
            people.register(password=OTHER_PASSWORD, name="Attacker")
        code = people.register(password=PASSWORD).code
        if not attacker_is_first:
            people.register(password=OTHER_PASSWORD, name="Attacker")
        tokens = people.verify(code).json_body
        assert tokens["user"]["name"] == "Mara"
        assert people.login(password=PASSWORD).status_code == 200
        assert people.login(password=OTHER_PASSWORD).status_code == 401

    def test_a_code_is_valid_only_for_the_address_it_was_mailed_to(self, people: People) -> None:
        people.register("noah@example.com")
        assert_invalid_code(people.verify(people.register().code, "noah@example.com"))

    def test_another_spelling_of_an_address_is_the_same_account(self, people: People) -> None:
        people.sign_up("Mara@Example.COM")
        assert people.login(EMAIL).status_code == 200
        assert people.register(EMAIL).code is None


class TestCodes:
    def test_a_code_works_once(self, people: People) -> None:
        code = people.register().code
        assert people.verify(code).status_code == 200
        assert_invalid_code(people.verify(code))

    def test_an_outage_of_kms_does_not_use_up_a_code(self, people: People) -> None:
        code = people.register().code  # in a container that has not signed yet
        with aws_calls.failing("Sign", EndpointConnectionError(endpoint_url="kms")):
            assert people.verify(code).status_code == 503
        assert people.verify(code).status_code == 200

    def test_a_used_code_does_not_restore_a_deleted_account(self, people: People) -> None:
        code = people.register().code
        client = people.signed_in(people.verify(code).json_body)
        assert client.delete("/v1/auth/me", json={"password": PASSWORD}).status_code == 204
        assert_invalid_code(people.verify(code))
        assert people.login().status_code == 401

    def test_only_one_of_two_codes_creates_an_account(self, people: People) -> None:
        first, second = people.register().code, people.register().code
        assert people.verify(second).status_code == 200
        assert_invalid_code(people.verify(first))
        assert len(stored_items("PROFILE")) == 1

    def test_a_code_entered_concurrently_creates_one_account(self, people: People) -> None:
        request = VerifyEmailRequest(email=EMAIL, code=people.register().sent_code)

        def enter() -> str:
            try:
                return registration.verify_email(request, "", shared_clock.now()).user.id
            except DomainError as problem:
                return problem.code

        results = together(5, enter)
        assert sorted(results)[:4] == ["invalid_code"] * 4
        assert (
            len(stored_items("PROFILE"))
            == len(stored_items("SESSION#"))
            == len(outbox("user.verified"))
            == 1
        )

    @pytest.mark.parametrize(("age", "status"), [(899, 200), (900, 401), (901, 401)])
    def test_a_code_expires_after_fifteen_minutes(
        self, people: People, clock: TimeMachineFixture, age: int, status: int
    ) -> None:
        code = people.register().code
        clock.shift(timedelta(seconds=age))
        assert people.verify(code).status_code == status

    def test_the_eleventh_guess_is_refused_even_if_it_is_right(self, people: People) -> None:
        for email, wrong_guesses, status in (
            ("tenth@example.com", 9, 200),
            ("eleventh@example.com", 10, 401),
        ):
            code = people.register(email).sent_code
            for _ in range(wrong_guesses):
                assert_invalid_code(people.verify(code.translate(WRONG_BY_ONE), email))
            assert people.verify(code, email).status_code == status

    def test_guessing_from_many_ip_addresses_gains_no_guesses(self, people: People) -> None:
        code = people.register().sent_code
        for number in range(10):
            people.client = people.client.from_address(f"203.0.113.{number}")
            people.verify(code.translate(WRONG_BY_ONE))
        assert_invalid_code(people.verify(code))

    def test_the_table_contains_neither_code_nor_password(
        self, people: People, costly_hashes: None
    ) -> None:
        attempt = people.register()
        (item,) = stored_items("REGISTRATION#")
        assert attempt.code not in {value.get("S") for value in item.values()}
        assert PASSWORD not in str(item)
        assert item["password_hash"]["S"].startswith("$argon2id$v=19$m=19456,t=2,p=1$")


class TestMails:
    def test_the_sixth_mail_in_fifteen_minutes_is_not_sent(
        self, people: People, clock: TimeMachineFixture
    ) -> None:
        attempts = [people.register() for _ in range(6)]
        assert [bool(attempt.code) for attempt in attempts] == [True] * 5 + [False]
        assert {attempt.answer.status_code for attempt in attempts} == {202}
        assert len({attempt.answer.body for attempt in attempts}) == 1
        clock.shift(timedelta(minutes=15))
        assert people.register().code

    def test_the_owner_of_an_account_gets_at_most_five_warnings(self, people: People) -> None:
        people.sign_up()
        for _ in range(10):
            assert people.register().answer.status_code == 202
        assert len(outbox("user.registration_repeated")) == 5


class TestInput:
    @pytest.mark.parametrize("role", ["admin", "ADMIN", "root", "", None])
    def test_only_clients_and_artists_can_register(self, people: People, role: str | None) -> None:
        answer = people.register(role=role).answer
        assert answer.status_code == 422
        assert [error["field"] for error in answer.json_body["errors"]] == ["body.role"]
        assert outbox() == []

    @pytest.mark.parametrize(
        ("password", "status"),
        [("x" * 7, 422), ("x" * 8, 202), ("x" * 128, 202), ("x" * 129, 422), ("пароль и ☃", 202)],
    )
    def test_passwords_are_limited_in_length_only(
        self, people: People, password: str, status: int
    ) -> None:
        assert people.register(password=password).answer.status_code == status

    @pytest.mark.parametrize(
        "email", ["", "mara", "mara@", "@example.com", "mara@example", "a b@example.com", "a@b..c"]
    )
    def test_an_invalid_address_is_refused(self, people: People, email: str) -> None:
        answer = people.register(email=email).answer
        assert [error["field"] for error in answer.json_body["errors"]] == ["body.email"]

    @pytest.mark.parametrize(
        ("typed_once", "typed_again"),
        [
            ("Gru\u0308\u00dfe aus Ko\u0308ln", "Gr\u00fc\u00dfe aus K\u00f6ln"),
            ("\uff50\uff41\uff53\uff53\uff57\uff4f\uff52\uff44", "password"),
        ],
        ids=["composed", "full width"],
    )
    def test_equivalent_spellings_of_a_password_match(
        self, people: People, typed_once: str, typed_again: str
    ) -> None:
        people.sign_up(password=typed_once)
        assert people.login(password=typed_again).status_code == 200
