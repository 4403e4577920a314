"""Passkeys: added, used, listed and removed by a software authenticator."""

from collections.abc import Callable
from copy import deepcopy
from datetime import timedelta
from typing import Any

import pytest
from chalice.test import HTTPResponse
from time_machine import TimeMachineFixture

from auth.store import passkeys as store
from auth.store.table import UserItem
from shared.data.dynamodb import transaction
from tests.functional.auth.conftest import NOON
from tests.functional.auth.people import PASSWORD, People, outbox, stored_items
from tests.functional.auth.test_code_sign_in import ask as ask_for_code
from tests.functional.auth.test_code_sign_in import enter as enter_code
from tests.functional.auth.test_email_changes import file_report
from tests.functional.auth.test_second_factors import App
from tests.support.authenticator import Authenticator, encode
from tests.support.captured_logs import Logs
from tests.support.gateway import ApiClient

PATH = "/v1/auth/passkeys"


def add(client: ApiClient, authenticator: Authenticator, name: str = "Phone") -> HTTPResponse:
    """Add a passkey."""
    begun = client.post(f"{PATH}/options").json_body
    body = {
        "attemptId": begun["attemptId"],
        "name": name,
        "credential": authenticator.create(begun["publicKey"]),
    }
    return client.post(PATH, json=body)


def ask(people: People, authenticator: Authenticator) -> dict[str, Any]:
    """Begin a sign-in; return the request that completes it."""
    begun = people.client.post(f"{PATH}/sign-in/options").json_body
    credential = authenticator.get(begun["publicKey"])
    return {"attemptId": begun["attemptId"], "credential": credential}


def enter(people: People, body: dict[str, Any]) -> HTTPResponse:
    """Complete a sign-in."""
    return people.client.post(f"{PATH}/sign-in", json=body)


def sign_in(people: People, authenticator: Authenticator) -> HTTPResponse:
    """Sign in by a passkey."""
    return enter(people, ask(people, authenticator))


@pytest.fixture
def owner(people: People) -> ApiClient:
    """The owner of an account."""
    return people.signed_in(people.sign_up())


@pytest.fixture
def phone(owner: ApiClient) -> Authenticator:
    """An authenticator with a passkey of the account."""
    phone = Authenticator()
    added = add(owner, phone)
    assert added.status_code == 201, added.body
    return phone


class TestSigningIn:
    def test_needs_no_address_and_no_second_factor(
        self, people: People, owner: ApiClient, phone: Authenticator
    ) -> None:
        App(people, people.login().json_body)
        answer = sign_in(people, phone)
        assert answer.json_body["user"] == owner.get("/v1/auth/me").json_body
        listed = people.signed_in(answer.json_body).get("/v1/auth/sessions").json_body["items"]
        assert ["hwk", "mfa"] in [each["amr"] for each in listed]

    def test_by_a_passkey_that_is_copied_and_does_not_count(
        self, people: People, owner: ApiClient
    ) -> None:
        synced = Authenticator(counts=False, synced=True)
        assert add(owner, synced).json_body["synced"] is True
        assert [sign_in(people, synced).status_code for _ in range(2)] == [200, 200]

    def test_a_challenge_is_answered_once(self, people: People, phone: Authenticator) -> None:
        body = ask(people, phone)
        assert [enter(people, body).status_code for _ in range(2)] == [200, 401]

    def test_a_wrong_answer_ends_the_challenge(self, people: People, phone: Authenticator) -> None:
        body = ask(people, phone)
        wrong = deepcopy(body)
        wrong["credential"]["response"]["signature"] = encode(b"wrong")
        assert enter(people, wrong).json_body["code"] == "invalid_passkey"
        assert enter(people, body).status_code == 401

    def test_a_challenge_has_five_minutes(
        self, people: People, phone: Authenticator, clock: TimeMachineFixture
    ) -> None:
        body = ask(people, phone)
        clock.shift(timedelta(minutes=5))
        assert enter(people, body).status_code == 401

    def test_a_challenge_to_add_a_passkey_signs_nobody_in(
        self, people: People, owner: ApiClient, phone: Authenticator
    ) -> None:
        begun = owner.post(f"{PATH}/options").json_body
        options = {"challenge": begun["publicKey"]["challenge"], "rpId": "localhost"}
        body = {"attemptId": begun["attemptId"], "credential": phone.get(options)}
        assert enter(people, body).status_code == 401

    def test_an_authenticator_that_counts_backwards_is_refused(
        self, people: People, phone: Authenticator, logs: Logs
    ) -> None:
        assert sign_in(people, phone).status_code == 200
        phone.sign_count -= 1
        assert sign_in(people, phone).json_body["code"] == "invalid_passkey"
        phone.counts, phone.sign_count = False, 0
        assert sign_in(people, phone).status_code == 401
        assert len(logs.named("passkey counted backwards")) == 2

    @pytest.mark.parametrize(
        "change",
        [
            lambda phone: setattr(phone, "origin", "http://localhost:5173.evil.example"),
            lambda phone: setattr(phone, "verifies", False),
            lambda phone: setattr(phone.credentials[-1], "user_handle", b"usr_unknown"),
            lambda phone: setattr(phone.credentials[-1], "user_handle", b""),
            lambda phone: setattr(phone.credentials[-1], "id", b"unknown"),
            lambda phone: phone.credentials.append(
                type(phone.credentials[-1])(phone.credentials[-1].user_handle)
            ),
        ],
        ids=["origin", "user not verified", "account", "no account", "credential", "key"],
    )
    def test_what_does_not_belong_together_is_refused(
        self, people: People, phone: Authenticator, change: Callable[[Authenticator], None]
    ) -> None:
        change(phone)
        assert sign_in(people, phone).json_body["code"] == "invalid_passkey"

    def test_for_another_domain_is_refused(self, people: People, phone: Authenticator) -> None:
        begun = people.client.post(f"{PATH}/sign-in/options").json_body
        options = begun["publicKey"] | {"rpId": "evil.example"}
        body = {"attemptId": begun["attemptId"], "credential": phone.get(options)}
        assert enter(people, body).status_code == 401

    def test_the_passkey_of_another_account_opens_only_that(
        self, people: People, phone: Authenticator
    ) -> None:
        other = Authenticator()
        add(people.signed_in(people.sign_up("noah@example.com")), other)
        other.credentials[-1].user_handle = phone.credentials[-1].user_handle
        assert sign_in(people, other).status_code == 401

    @pytest.mark.parametrize("field", ["clientDataJSON", "authenticatorData", "signature"])
    @pytest.mark.parametrize("value", ["!", "eA", encode(bytes(37)), encode(b"{}")])
    def test_a_malformed_answer_is_refused(
        self, people: People, phone: Authenticator, field: str, value: str
    ) -> None:
        body = ask(people, phone)
        body["credential"]["response"][field] = value
        assert enter(people, body).json_body["code"] == "invalid_passkey"

    def test_a_banned_account_stays_out(
        self, people: People, owner: ApiClient, phone: Authenticator
    ) -> None:
        user_id = phone.credentials[-1].user_handle.decode()
        with transaction(UserItem) as writes:
            writes.update(
                UserItem(f"USER#{user_id}", "PROFILE"), actions=[UserItem.banned_at.set(NOON)]
            )
        assert sign_in(people, phone).json_body["code"] == "account_banned"


class TestPasskeys:
    def test_are_listed_with_their_names_and_last_use(
        self, people: People, owner: ApiClient, phone: Authenticator
    ) -> None:
        add(owner, Authenticator(), "Key on the desk")
        sign_in(people, phone)
        items = owner.get(PATH).json_body["items"]
        by_name = {item["name"]: item for item in items}
        assert by_name["Phone"]["lastUsedAt"] is not None
        assert by_name["Key on the desk"]["lastUsedAt"] is None
        assert set(items[0]) == {"id", "name", "synced", "createdAt", "lastUsedAt"}

    def test_are_mailed_about_and_recorded(
        self, people: People, owner: ApiClient, phone: Authenticator
    ) -> None:
        (item,) = owner.get(PATH).json_body["items"]
        assert owner.delete(f"{PATH}/{item['id']}").status_code == 204
        assert sign_in(people, phone).status_code == 401
        assert owner.delete(f"{PATH}/{item['id']}").status_code == 404
        assert len(outbox("user.passkey_added")) == len(outbox("user.passkey_removed")) == 1
        entries = owner.get("/v1/auth/audit").json_body["items"]
        recorded = [each["action"] for each in entries if "passkeyId" in each["details"]]
        assert recorded == ["passkey_removed", "passkey_added"]

    def test_the_last_one_is_removed_where_codes_by_mail_are_a_way(self, people: People) -> None:
        client = people.signed_in(enter_code(people, ask_for_code(people)).json_body)
        passkey_id = add(client, Authenticator()).json_body["id"]
        assert client.delete(f"{PATH}/{passkey_id}").status_code == 204

    def test_of_others_cannot_be_removed(
        self, people: People, owner: ApiClient, phone: Authenticator
    ) -> None:
        (item,) = owner.get(PATH).json_body["items"]
        other = people.signed_in(people.sign_up("noah@example.com"))
        assert other.delete(f"{PATH}/{item['id']}").status_code == 404
        assert sign_in(people, phone).status_code == 200

    def test_are_not_added_with_the_challenge_of_another_account(
        self, people: People, owner: ApiClient
    ) -> None:
        begun = owner.post(f"{PATH}/options").json_body
        credential = Authenticator().create(begun["publicKey"])
        body = {"attemptId": begun["attemptId"], "name": "Phone", "credential": credential}
        other = people.signed_in(people.sign_up("noah@example.com"))
        assert other.post(PATH, json=body).json_body["code"] == "invalid_passkey"
        assert stored_items("PASSKEY#") == []

    def test_a_challenge_adds_one(self, owner: ApiClient) -> None:
        begun = owner.post(f"{PATH}/options").json_body
        bodies = [
            {
                "attemptId": begun["attemptId"],
                "name": "Phone",
                "credential": Authenticator().create(begun["publicKey"]),
            }
            for _ in range(2)
        ]
        assert [owner.post(PATH, json=body).status_code for body in bodies] == [201, 401]

    @pytest.mark.parametrize(
        "wrong", [Authenticator(origin="https://evil.example"), Authenticator(verifies=False)]
    )
    def test_from_elsewhere_or_without_verification_are_not_added(
        self, owner: ApiClient, wrong: Authenticator
    ) -> None:
        assert add(owner, wrong).json_body["code"] == "invalid_passkey"

    @pytest.mark.parametrize(
        "value", ["", "!", "oA", encode(b"\xa3cfmtdnonegattStmt\xa0hauthDataA")]
    )
    def test_a_malformed_answer_adds_none(self, owner: ApiClient, value: str) -> None:
        begun = owner.post(f"{PATH}/options").json_body
        credential = Authenticator().create(begun["publicKey"])
        credential["response"]["attestationObject"] = value
        body = {"attemptId": begun["attemptId"], "name": "Phone", "credential": credential}
        assert owner.post(PATH, json=body).json_body["code"] == "invalid_passkey"

    def test_an_account_has_ten_at_most(self, people: People, owner: ApiClient) -> None:
        begun = owner.post(f"{PATH}/options").json_body
        for number in range(10):
            assert add(owner, Authenticator(), str(number)).status_code == 201
        assert owner.post(f"{PATH}/options").json_body["code"] == "passkey_limit"
        credential = Authenticator().create(begun["publicKey"])
        late = {"attemptId": begun["attemptId"], "name": "Late", "credential": credential}
        assert owner.post(PATH, json=late).json_body["code"] == "passkey_limit"

    def test_a_report_removes_those_that_were_added_since(
        self, people: People, owner: ApiClient, phone: Authenticator, clock: TimeMachineFixture
    ) -> None:
        clock.shift(timedelta(minutes=1))
        stolen = Authenticator()
        add(people.signed_in(people.login().json_body), stolen, "Stolen")
        token = outbox("user.passkey_added")[-1].data["reportToken"]
        assert file_report(people, token).status_code == 204
        assert sign_in(people, stolen).status_code == 401
        assert sign_in(people, phone).status_code == 200

    def test_go_with_the_account(
        self, people: People, owner: ApiClient, phone: Authenticator
    ) -> None:
        assert owner.delete("/v1/auth/me", json={"password": PASSWORD}).status_code == 204
        assert sign_in(people, phone).status_code == 401
        assert stored_items("PASSKEY#") == []


class TestReportsAtTheSameMoment:
    def test_no_passkey_is_added_after_a_report(
        self, people: People, owner: ApiClient, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        begun = owner.post(f"{PATH}/options").json_body
        credential = Authenticator().create(begun["publicKey"])
        body = {"attemptId": begun["attemptId"], "name": "Stolen", "credential": credential}
        self.report_while_listing(people, monkeypatch)
        assert owner.post(PATH, json=body).json_body["code"] == "session_ended"
        assert stored_items("PASSKEY#") == []

    def test_a_report_removes_what_is_added_meanwhile(
        self, people: People, owner: ApiClient, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        list_passkeys = store.list_passkeys
        added: list[int] = []

        def add_behind(user_id: str) -> list[store.PasskeyItem]:
            listed = list_passkeys(user_id)
            if not added:
                added.append(0)
                added[0] = add(owner, Authenticator()).status_code
            return listed

        monkeypatch.setattr(store, "list_passkeys", add_behind)
        assert file_report(people, self.find_token()).status_code == 204
        assert added == [201]
        assert stored_items("PASSKEY#") == []

    def report_while_listing(self, people: People, monkeypatch: pytest.MonkeyPatch) -> None:
        list_passkeys = store.list_passkeys
        filed: list[int] = []

        def report_first(user_id: str) -> list[store.PasskeyItem]:
            if not filed:
                filed.append(0)
                filed[0] = file_report(people, self.find_token()).status_code
                assert filed == [204]
            return list_passkeys(user_id)

        monkeypatch.setattr(store, "list_passkeys", report_first)

    def find_token(self) -> str:
        """Return the token of the mail about the first device."""
        return str(outbox("user.signed_in_from_new_device")[0].data["reportToken"])
