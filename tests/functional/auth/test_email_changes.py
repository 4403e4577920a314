"""Another address for an account, and reports of changes that were not the owner's."""

from datetime import timedelta
from typing import Any

from chalice.test import HTTPResponse
from time_machine import TimeMachineFixture

from auth import store
from auth.rules.identities import LinkedIdentity
from auth.store import SessionItem, UserItem, identities, passkeys
from auth.store.passkeys import PasskeyItem
from auth.store.second_factors import TotpItem
from shared.data.dynamodb import transaction
from shared.platform import clock as our_clock
from tests.functional.auth.people import (
    EMAIL,
    OTHER_PASSWORD,
    PASSWORD,
    People,
    outbox,
    stored_items,
)

NEW = "mara@studio.example.com"


def ask(people: People, tokens: dict[str, Any], email: str = NEW) -> HTTPResponse:
    """Ask for another address."""
    body = {"email": email, "password": PASSWORD}
    return people.signed_in(tokens).post("/v1/auth/email", json=body)


def confirm(people: People, tokens: dict[str, Any], attempt_id: str, **codes: str) -> HTTPResponse:
    """Enter both codes, as mailed unless others are given."""
    mailed = outbox("user.email_change_requested")[-1].data
    body = {
        "attemptId": attempt_id,
        "newAddressCode": mailed["code"],
        "currentAddressCode": mailed["currentCode"],
    }
    return people.signed_in(tokens).post("/v1/auth/email/confirm", json=body | codes)


def change(people: People, tokens: dict[str, Any]) -> None:
    """Change the address."""
    attempt_id = ask(people, tokens).json_body["attemptId"]
    assert confirm(people, tokens, attempt_id).status_code == 204


def file_report(people: People, token: str) -> HTTPResponse:
    """Follow the link of a mail: this was not me."""
    return people.client.post("/v1/auth/reports", json={"token": token})


def crowd(user: UserItem) -> None:
    """Store 60 sessions, and all that an account can be signed in to with."""
    now = our_clock.now()
    for number in range(60):
        session = SessionItem(
            session_id=f"ses_{number}",
            generation=0,
            rotated_at=now,
            started_at=now,
            user_agent="Phone",
            epoch=user.session_epoch,
        )
        store.add_session(user.user_id, session, None, [], None)
    linked = [LinkedIdentity(f"p{number}", f"key-{number}", now) for number in range(5)]
    with transaction(UserItem) as writes:
        for number in range(10):
            item = PasskeyItem(
                passkey_id=f"pky_{number}",
                credential_id=b"id",
                public_key=b"key",
                sign_count=0,
                name="Key",
                synced=False,
                created_at=now,
            )
            passkeys.add_passkey(user.user_id, item)(writes)
        app = TotpItem(key_label="x", shared_secret=b"x", confirmed_at=now)
        app.pk, app.sk = user.pk, "TOTP"
        writes.save(app)
        for each in linked:
            identities.add(user.user_id, each.key)(writes)
        writes.update(
            UserItem(user.pk, user.sk),
            actions=[identities.change_to(linked), UserItem.has_totp.set(True)],
        )


class TestChangingTheAddress:
    def test_both_addresses_confirm_it(self, people: People) -> None:
        other, own = people.sign_up(), people.login().json_body
        change(people, own)
        assert people.login().status_code == 401
        assert people.login(NEW).status_code == 200
        assert people.refresh(other["refreshToken"]).status_code == 401
        assert people.refresh(own["refreshToken"]).json_body["user"]["email"] == NEW
        event = outbox("user.email_changed")[-1].data
        assert (event["email"], event["formerEmail"]) == (NEW, EMAIL)
        people.sign_up(EMAIL)  # it is free again

    def test_one_code_is_not_enough(self, people: People) -> None:
        tokens = people.sign_up()
        attempt_id = ask(people, tokens).json_body["attemptId"]
        mailed = outbox("user.email_change_requested")[-1].data
        for name, code in (("newAddressCode", "code"), ("currentAddressCode", "currentCode")):
            wrong = f"{(int(mailed[code]) + 1) % 10**6:06}"
            assert confirm(people, tokens, attempt_id, **{name: wrong}).status_code == 401
        assert people.login(NEW).status_code == 401

    def test_needs_the_password(self, people: People) -> None:
        client = people.signed_in(people.sign_up())
        for body in ({"email": NEW}, {"email": NEW, "password": OTHER_PASSWORD}):
            assert client.post("/v1/auth/email", json=body).status_code == 403
        assert outbox("user.email_change_requested") == []

    def test_an_address_with_an_account_is_answered_alike_and_never_taken(
        self, people: People
    ) -> None:
        people.sign_up(NEW)
        tokens = people.sign_up()
        answer = ask(people, tokens)
        assert answer.status_code == 202
        assert outbox("user.email_change_requested") == []

    def test_an_attempt_is_of_its_account(self, people: People) -> None:
        attempt_id = ask(people, people.sign_up()).json_body["attemptId"]
        stranger = people.sign_up("noah@example.com")
        assert confirm(people, stranger, attempt_id).status_code == 401


class TestReports:
    def test_a_report_ends_sessions_and_makes_the_password_useless(self, people: People) -> None:
        people.sign_up()
        intruder = people.from_elsewhere().login().json_body
        token = outbox("user.signed_in_from_new_device")[-1].data["reportToken"]
        assert file_report(people, token).status_code == 204
        assert people.refresh(intruder["refreshToken"]).status_code == 401
        assert people.login().status_code == 401
        code = outbox("user.password_reset_requested")[-1].data["code"]
        body = {"email": EMAIL, "code": code, "password": OTHER_PASSWORD}
        assert people.client.post("/v1/auth/password/reset", json=body).status_code == 204
        assert people.login(password=OTHER_PASSWORD).status_code == 200

    def test_a_report_restores_the_address(self, people: People) -> None:
        tokens = people.sign_up()
        change(people, tokens)
        token = outbox("user.email_changed")[-1].data["reportToken"]
        assert file_report(people, token).status_code == 204
        assert outbox("user.email_changed")[-1].data["email"] == EMAIL
        assert outbox("user.password_reset_requested")[-1].data["email"] == EMAIL
        assert people.refresh(tokens["refreshToken"]).status_code == 401

    def test_a_report_of_a_crowded_account_fits_a_transaction(
        self, people: People, clock: TimeMachineFixture
    ) -> None:
        tokens = people.sign_up()
        change(people, tokens)
        reported = outbox("user.email_changed")[-1].data["reportToken"]
        user = store.find_user(tokens["user"]["id"])
        assert user is not None
        crowd(user)
        assert file_report(people, reported).status_code == 204
        for kind in ("SESSION#", "PASSKEY#", "TOTP", "OWNER"):
            assert len(stored_items(kind)) == int(kind == "OWNER")  # that of the address
        ended = [event.data["sessionId"] for event in outbox("session.ended")]
        assert len(ended) == len(set(ended)) == 61

    def test_a_report_works_once(self, people: People) -> None:
        people.sign_up()
        token = outbox("user.signed_in_from_new_device")[-1].data["reportToken"]
        assert file_report(people, token).status_code == 204
        answer = file_report(people, token)
        assert (answer.status_code, answer.json_body["code"]) == (410, "attempt_ended")
        assert file_report(people, "x" * 32).status_code == 410

    def test_of_two_addresses_the_earlier_one_prevails(
        self, people: People, clock: TimeMachineFixture
    ) -> None:
        change(people, people.sign_up())
        own = outbox("user.email_changed")[-1].data["reportToken"]
        clock.shift(timedelta(minutes=1))
        people.from_elsewhere().login(NEW)  # the mail about it goes to the new address
        thiefs = outbox("user.signed_in_from_new_device")[-1].data["reportToken"]
        clock.shift(timedelta(minutes=1))
        assert file_report(people, own).status_code == 204
        answer = file_report(people, thiefs)
        assert (answer.status_code, answer.json_body["code"]) == (410, "attempt_ended")
        assert outbox("user.email_changed")[-1].data["email"] == EMAIL
        assert outbox("user.password_reset_requested")[-1].data["email"] == EMAIL

    def test_the_earlier_one_prevails_whoever_reports_first(
        self, people: People, clock: TimeMachineFixture
    ) -> None:
        change(people, people.sign_up())
        own = outbox("user.email_changed")[-1].data["reportToken"]
        clock.shift(timedelta(minutes=1))
        people.from_elsewhere().login(NEW)
        thiefs = outbox("user.signed_in_from_new_device")[-1].data["reportToken"]
        assert file_report(people, thiefs).status_code == 204
        clock.shift(timedelta(minutes=1))
        assert file_report(people, own).status_code == 204
        assert outbox("user.password_reset_requested")[-1].data["email"] == EMAIL
