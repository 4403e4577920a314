"""Registration: only the reader of the mail gets the account, and nobody learns who has one."""

from datetime import timedelta

import pytest
from botocore.exceptions import EndpointConnectionError
from chalice.test import HTTPResponse
from time_machine import TimeMachineFixture

from auth.schemas import VerifyEmailRequest
from auth.use_cases import registration
from domain.devices import Device
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
from tests.support import aws_calls, fake_aws
from tests.support.threads import together

HERE = Device("203.0.113.9", "Phone")
WRONG_BY_ONE = str.maketrans("0123456789", "1234567890")


def assert_invalid_code(answer: HTTPResponse) -> None:
    assert (answer.status_code, answer.json_body["code"]) == (401, "invalid_code")


def test_a_code_creates_the_account_and_signs_in(people: People) -> None:
    attempt = people.register(name="Mara Voß")
    assert attempt.answer.status_code == 202
    assert attempt.answer.json_body == {
        "status": "verification_sent",
        "attemptId": attempt.id,
    }
    tokens = people.verify(attempt).json_body
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
    assert people.verify(attempt).json_body["user"]["name"] == "Zo\u00eb" * 33
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
        assert {frozenset(answer.json_body) for answer in answers} == {
            frozenset({"status", "attemptId"})
        }
        assert {len(answer.json_body["attemptId"]) for answer in answers} == {32}
        assert len({frozenset(answer.headers) for answer in answers}) == 1

    def test_the_owner_of_an_existing_account_is_warned_and_nothing_else_happens(
        self, people: People
    ) -> None:
        user_id = people.sign_up()["user"]["id"]
        published = len(outbox())
        assert people.register(password=OTHER_PASSWORD).code is None
        (event,) = outbox("user.registration_repeated")
        assert (event.subject, event.data["email"]) == (user_id, EMAIL)
        assert len(outbox()) == published + 1
        assert people.login(password=OTHER_PASSWORD).status_code == 401

    def test_a_wrong_code_and_another_code_get_the_same_answer_for_every_address(
        self, people: People
    ) -> None:
        people.sign_up("existing@example.com")
        wrong, again = [], []
        for email in ("new@example.com", "existing@example.com"):
            attempt = people.register(email)
            wrong += [
                people.verify(attempt, (attempt.code or "000000").translate(WRONG_BY_ONE))
                for _ in range(6)
            ]
            again += [people.resend(attempt).answer for _ in range(4)]
        details = {(answer.status_code, answer.json_body["detail"]) for answer in wrong}
        assert details == {(401, "The code is wrong or no longer valid.")}
        assert [answer.status_code for answer in again] == [202, 202, 202, 410] * 2
        assert len(outbox("user.registration_repeated")) == 4


class TestOnlyTheReaderOfTheMailGetsTheAccount:
    @pytest.mark.parametrize("attacker_is_first", [True, False])
    def test_an_attackers_registration_gains_nothing(
        self, people: People, attacker_is_first: bool
    ) -> None:
        """The victim enters whatever code came last; only that of their own attempt works."""
        attempts = {}
        for who in ("attacker", "victim") if attacker_is_first else ("victim", "attacker"):
            password = OTHER_PASSWORD if who == "attacker" else PASSWORD
            attempts[who] = people.register(password=password, name=who.title())
        attacks = attempts["attacker"]
        assert_invalid_code(people.verify(attempts["victim"], attacks.code))
        assert_invalid_code(people.verify(attacks, attempts["victim"].code))
        assert stored_items("PROFILE") == []
        tokens = people.verify(attempts["victim"]).json_body
        assert tokens["user"]["name"] == "Victim"
        assert people.login(password=PASSWORD).status_code == 200
        assert people.login(password=OTHER_PASSWORD).status_code == 401
        assert_invalid_code(people.verify(attacks))

    def test_the_address_instead_of_the_attempt_is_refused(self, people: People) -> None:
        code = people.register().code
        for body in ({"email": EMAIL, "code": code}, {"email": EMAIL, "attemptId": "x"}):
            answer = people.client.post("/v1/auth/verify-email", json=body)
            assert answer.status_code == 422
            errors = {error["field"] for error in answer.json_body["errors"]}
            assert "body.email" in errors

    def test_another_spelling_of_an_address_is_the_same_account(self, people: People) -> None:
        people.sign_up("Mara@Example.COM")
        assert people.login(EMAIL).status_code == 200
        assert people.register(EMAIL).code is None


class TestStrangersKeepNobodyFromSigningUp:
    def test_wrong_codes_and_registrations_of_strangers_cost_the_owner_nothing(
        self, people: People
    ) -> None:
        owner = people.client
        before = people.register()
        for number in range(6):
            people.client = owner.from_address(f"203.0.{number}.7")
            attempt = people.register(password=OTHER_PASSWORD)
            for _ in range(6):
                people.verify(attempt, attempt.sent_code.translate(WRONG_BY_ONE))
        people.client = owner
        after = people.register()
        assert after.code
        assert people.resend(before).code
        assert people.verify(after).status_code == 200

    def test_a_flood_of_registrations_leaves_the_first_mail_from_a_new_network(
        self, people: People
    ) -> None:
        owner = people.client
        flood = []
        for number in range(5):
            people.client = owner.from_address(f"203.0.{number}.7")
            flood += [people.register() for _ in range(11)]
        people.client = owner
        assert people.register().code
        # Five first mails, and thirty others: 30 in 24 hours.
        assert len([attempt for attempt in flood if attempt.code]) == 35
        assert {attempt.answer.status_code for attempt in flood} == {202}


class TestCodes:
    def test_a_code_works_once(self, people: People) -> None:
        attempt = people.register()
        assert people.verify(attempt).status_code == 200
        assert_invalid_code(people.verify(attempt))

    def test_another_code_replaces_the_first(self, people: People) -> None:
        attempt = people.register()
        again = people.resend(attempt)
        assert again.id == attempt.id
        if again.code != attempt.code:
            assert_invalid_code(people.verify(attempt))
        assert people.verify(again).status_code == 200
        assert people.resend(attempt).answer.json_body["code"] == "attempt_ended"

    def test_an_outage_of_kms_does_not_use_up_a_code(self, people: People) -> None:
        attempt = people.register()  # in a container that has not signed yet
        with aws_calls.failing("Sign", EndpointConnectionError(endpoint_url="kms")):
            assert people.verify(attempt).status_code == 503
        assert people.verify(attempt).status_code == 200

    def test_a_used_code_does_not_restore_a_deleted_account(self, people: People) -> None:
        attempt = people.register()
        client = people.signed_in(people.verify(attempt).json_body)
        assert client.delete("/v1/auth/me", json={"password": PASSWORD}).status_code == 204
        assert_invalid_code(people.verify(attempt))
        assert people.login().status_code == 401

    def test_only_one_of_two_codes_creates_an_account(self, people: People) -> None:
        first, second = people.register(), people.register()
        assert people.verify(second).status_code == 200
        assert_invalid_code(people.verify(first))
        assert len(stored_items("PROFILE")) == 1

    def test_a_code_entered_concurrently_creates_one_account(self, people: People) -> None:
        attempt = people.register()
        request = VerifyEmailRequest(attempt_id=attempt.id, code=attempt.sent_code)

        def enter() -> str:
            try:
                return registration.verify_email(request, HERE, shared_clock.now()).user.id
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
        attempt = people.register()
        clock.shift(timedelta(seconds=age))
        assert people.verify(attempt).status_code == status

    def test_the_sixth_guess_is_refused_even_if_it_is_right(self, people: People) -> None:
        for wrong_guesses, status in ((4, 200), (5, 401)):
            attempt = people.register(f"mara{wrong_guesses}@example.com")
            for number in range(wrong_guesses):
                # Guessing from many IP addresses gains no guesses.
                people.client = people.client.from_address(f"203.0.{number}.7")
                wrong = attempt.sent_code.translate(WRONG_BY_ONE)
                assert_invalid_code(people.verify(attempt, wrong))
            assert people.verify(attempt).status_code == status

    def test_the_table_contains_neither_code_nor_password(
        self, people: People, costly_hashes: None
    ) -> None:
        attempt = people.register()
        (item,) = stored_items("ATTEMPT")
        assert attempt.code not in {value.get("S") for value in item.values()}
        for secret in (attempt.id, PASSWORD, EMAIL, "Mara", "argon2id"):
            assert secret not in str(item)
        people.verify(attempt)
        (account,) = stored_items("PROFILE")
        assert account["password_hash"]["S"].startswith("$argon2id$v=19$m=19456,t=2,p=1$")


class TestMails:
    def test_the_eleventh_mail_to_an_address_from_a_network_in_an_hour_is_not_sent(
        self, people: People, clock: TimeMachineFixture
    ) -> None:
        attempts = [people.register() for _ in range(11)]
        assert [bool(attempt.code) for attempt in attempts] == [True] * 10 + [False]
        assert {attempt.answer.status_code for attempt in attempts} == {202}
        clock.shift(timedelta(hours=1))
        assert people.register().code

    def test_the_owner_of_an_account_gets_as_many_warnings_as_another_gets_codes(
        self, people: People
    ) -> None:
        people.sign_up()
        for _ in range(11):
            assert people.register().answer.status_code == 202
        assert len(outbox("user.registration_repeated")) == 10


class TestInput:
    @pytest.mark.parametrize("role", ["admin", "ADMIN", "root", "", None])
    def test_only_clients_and_artists_can_register(self, people: People, role: str | None) -> None:
        answer = people.register(role=role).answer
        assert answer.status_code == 422
        assert [error["field"] for error in answer.json_body["errors"]] == ["body.role"]
        assert outbox() == []

    @pytest.mark.parametrize(
        ("password", "status"),
        [
            ("vollbrx", 422),
            ("vollbrxx", 202),
            ("x" * 128, 202),
            ("x" * 129, 422),
            ("пароль и ☃", 202),
        ],
    )
    def test_passwords_are_limited_in_length_only(
        self, people: People, password: str, status: int
    ) -> None:
        assert people.register(password=password).answer.status_code == status

    @pytest.mark.parametrize(
        "email",
        [
            "",
            "mara",
            "mara@",
            "@example.com",
            "mara@example",
            "a b@example.com",
            "a@b..c",
            "a..b@example.com",
            "mara@printer.local",
            "mara@192.0.2.1",
            "mara@[192.0.2.1]",
            "mara@-x.com",
        ],
    )
    def test_an_invalid_address_is_refused(self, people: People, email: str) -> None:
        answer = people.register(email=email).answer
        assert [error["field"] for error in answer.json_body["errors"]] == ["body.email"]

    @pytest.mark.parametrize(
        "password",
        ["password1", "PassWord1", "\uff50assword1", "mara@example.com", "Mara-2026!", "xxxxxxxx"],
    )
    def test_passwords_that_are_tried_first_are_refused(
        self, people: People, password: str
    ) -> None:
        answer = people.register(password=password).answer
        assert answer.status_code == 422
        assert [error["field"] for error in answer.json_body["errors"]] == ["body.password"]
        assert outbox() == []

    @pytest.mark.parametrize(
        "spelling",
        [
            "MARA@m\u00fcnchen.example",
            "\uff4dara@xn--mnchen-3ya.example",
            "mara@mu\u0308nchen\u3002example",
            "mara\uff20M\u00dcNCHEN.\uff45xample",
        ],
    )
    def test_spellings_of_an_address_are_one_account(self, people: People, spelling: str) -> None:
        user = people.sign_up("mara@m\u00fcnchen.example")["user"]
        assert user["email"] == "mara@xn--mnchen-3ya.example"
        assert people.login(spelling).json_body["user"] == user
        assert people.register(spelling).code is None

    def test_an_account_that_is_stored_in_an_earlier_form_is_found(self, people: People) -> None:
        user = people.sign_up("mara@xn--mnchen-3ya.example")["user"]
        (owner,) = stored_items("OWNER")
        table = f"{fake_aws.PREFIX}-auth"
        moved = owner | {"pk": {"S": "EMAIL#mara@m\u00fcnchen.example"}}
        fake_aws.client("dynamodb").put_item(TableName=table, Item=moved)
        keys = {"pk": owner["pk"], "sk": owner["sk"]}
        fake_aws.client("dynamodb").delete_item(TableName=table, Key=keys)
        for spelling in ("Mara@m\u00fcnchen.example", "mara@xn--mnchen-3ya.example"):
            assert people.login(spelling).json_body["user"]["id"] == user["id"]
            assert people.register(spelling).code is None

    def test_sub_addresses_are_accounts_of_their_own(self, people: People) -> None:
        people.sign_up()
        assert people.register("mara+news@example.com").code

    @pytest.mark.parametrize(
        ("typed_once", "typed_again"),
        [
            ("Gru\u0308\u00dfe aus Ko\u0308ln", "Gr\u00fc\u00dfe aus K\u00f6ln"),
            ("\uff56\uff4f\uff4c\uff4c\uff42\uff52\uff58\uff58", "vollbrxx"),
        ],
        ids=["composed", "full width"],
    )
    def test_equivalent_spellings_of_a_password_match(
        self, people: People, typed_once: str, typed_again: str
    ) -> None:
        people.sign_up(password=typed_once)
        assert people.login(password=typed_again).status_code == 200
