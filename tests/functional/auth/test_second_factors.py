"""Second factors: authenticator apps and recovery codes."""

from datetime import timedelta
from typing import Any

import pyotp
import pytest
from chalice.test import HTTPResponse
from time_machine import TimeMachineFixture

from auth import store
from auth.store import second_factors
from auth.store.second_factors import TotpItem
from shared.data.conflicts import WriteConflict
from shared.data.dynamodb import transaction
from shared.platform import clock as our_clock
from tests.functional.auth.people import EMAIL, PASSWORD, People, outbox, stored_items
from tests.functional.auth.test_code_sign_in import ask, enter
from tests.functional.auth.test_email_changes import file_report


class App:
    """An authenticator app that the account of `people` has."""

    def __init__(self, people: People, tokens: dict[str, Any] | None = None) -> None:
        self.people = people
        self.tokens = tokens or people.sign_up()
        client = people.signed_in(self.tokens)
        begun = client.post("/v1/auth/mfa/totp").json_body
        self.generator = pyotp.TOTP(begun["secret"])
        assert pyotp.parse_uri(begun["otpauthUrl"]).secret == begun["secret"]
        confirmed = client.post("/v1/auth/mfa/totp/confirm", json={"code": self.code()})
        assert confirmed.status_code == 200, confirmed.body
        self.recovery_codes: list[str] = confirmed.json_body["recoveryCodes"]

    def code(self, steps: int = 0) -> str:
        """Return the code of now, or of some steps from now."""
        at = our_clock.now() + timedelta(seconds=30 * steps)
        return str(self.generator.at(at))

    def request(self, method: str, path: str, code: str) -> HTTPResponse:
        """Send a request of the account's owner that proves the second factor."""
        client = self.people.signed_in(self.tokens)
        return client.request(method, f"/v1/auth/mfa/{path}", json={"code": code})


@pytest.fixture
def app(people: People, clock: TimeMachineFixture) -> App:
    """An account with an authenticator app, whose first code is used."""
    app = App(people)
    clock.shift(timedelta(seconds=30))
    return app


def challenge(people: People) -> str:
    """Sign in by the password; return the id of the challenge."""
    answer = people.login().json_body
    assert answer == {"mfaRequired": True, "challengeId": answer["challengeId"]}
    return str(answer["challengeId"])


def prove(people: People, challenge_id: str, code: str) -> HTTPResponse:
    """Complete a sign-in."""
    body = {"challengeId": challenge_id, "code": code}
    return people.client.post("/v1/auth/mfa/verify", json=body)


class TestSigningIn:
    def test_asks_for_a_code_of_the_app(self, people: People, app: App) -> None:
        tokens = prove(people, challenge(people), app.code()).json_body
        assert tokens["user"] == app.tokens["user"]
        listed = people.signed_in(tokens).get("/v1/auth/sessions").json_body["items"]
        assert ["pwd", "otp", "mfa"] in [each["amr"] for each in listed]

    def test_by_a_mailed_code_asks_too(self, people: People, app: App) -> None:
        answer = enter(people, ask(people)).json_body
        assert prove(people, answer["challengeId"], app.code()).status_code == 200

    def test_a_sign_in_while_the_app_is_confirmed_gets_no_session(
        self, people: People, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        tokens = people.sign_up()
        apps: list[App] = []
        add_session = store.add_session

        def confirm_meanwhile(*args: Any) -> None:
            if not apps:
                apps.append(App(people, tokens))
            add_session(*args)

        monkeypatch.setattr(store, "add_session", confirm_meanwhile)
        answer = people.login()
        assert set(answer.json_body) == {"mfaRequired", "challengeId"}
        assert len(stored_items("SESSION#")) == 1

    def test_a_code_works_once(self, people: People, app: App) -> None:
        first, second = challenge(people), challenge(people)
        assert prove(people, first, app.code()).status_code == 200
        assert prove(people, second, app.code()).json_body["code"] == "invalid_code"
        assert prove(people, first, app.code(1)).status_code == 401

    @pytest.mark.parametrize(("steps", "status"), [(-2, 401), (1, 200), (2, 401)])
    def test_a_clock_may_be_one_step_off(
        self, people: People, app: App, steps: int, status: int
    ) -> None:
        assert prove(people, challenge(people), app.code(steps)).status_code == status

    def test_a_recovery_code_works_once_and_is_mailed_about(self, people: People, app: App) -> None:
        code = app.recovery_codes[0].upper().replace("-", " ")
        assert prove(people, challenge(people), code).status_code == 200
        assert prove(people, challenge(people), code).status_code == 401
        assert len(outbox("user.recovery_code_used")) == 1
        left = people.signed_in(app.tokens).get("/v1/auth/mfa").json_body
        assert left["recoveryCodesLeft"] == 9

    def test_wrong_codes_count_for_the_account(self, people: People, app: App) -> None:
        wrong = f"{(int(app.code()) + 1) % 10**6:06}"
        stranger = people.from_elsewhere()
        challenges = [challenge(stranger) for _ in range(6)]
        answers = [prove(stranger, each, wrong).status_code for each in challenges]
        assert answers == [401] * 5 + [429]
        assert prove(people, challenge(people), app.code()).status_code == 200

    def test_the_right_password_pardons_no_wrong_codes(self, people: People, app: App) -> None:
        wrong = f"{(int(app.code()) + 1) % 10**6:06}"
        stranger = people.from_elsewhere()
        for _ in range(5):
            assert prove(stranger, challenge(stranger), wrong).status_code == 401
        assert stranger.login().json_body["code"] == "too_many_guesses"
        assert prove(people, challenge(people), app.code()).status_code == 200

    def test_a_challenge_has_five_tries_and_ten_minutes(
        self, people: People, app: App, clock: TimeMachineFixture
    ) -> None:
        late = challenge(people)
        clock.shift(timedelta(minutes=10))
        assert prove(people, late, app.code()).status_code == 401

    def test_a_challenge_ends_with_all_sessions(self, people: People, app: App) -> None:
        begun = challenge(people)
        client = people.signed_in(app.tokens)
        client.post("/v1/auth/logout?everywhere=true")
        assert prove(people, begun, app.code()).status_code == 401


class TestTheApp:
    def test_is_mailed_about_when_it_comes_and_goes(self, people: People, app: App) -> None:
        assert len(outbox("user.mfa_enabled")) == 1
        assert app.request("DELETE", "totp", app.code()).status_code == 204
        assert len(outbox("user.mfa_disabled")) == 1
        assert "accessToken" in people.login().json_body
        assert app.request("DELETE", "totp", app.code(1)).json_body["code"] == "totp_missing"

    def test_is_not_replaced_without_being_removed(self, people: People, app: App) -> None:
        client = people.signed_in(app.tokens)
        assert client.post("/v1/auth/mfa/totp").json_body["code"] == "totp_enabled"

    def test_a_wrong_first_code_confirms_nothing(self, people: People) -> None:
        client = people.signed_in(people.sign_up())
        secret = client.post("/v1/auth/mfa/totp").json_body["secret"]
        wrong = f"{(int(pyotp.TOTP(secret).at(our_clock.now())) + 1) % 10**6:06}"
        confirmed = client.post("/v1/auth/mfa/totp/confirm", json={"code": wrong})
        assert confirmed.json_body["code"] == "invalid_code"
        assert "accessToken" in people.login().json_body
        assert client.get("/v1/auth/mfa").json_body["totpConfirmedAt"] is None

    def test_recovery_codes_are_replaced_by_a_code_of_the_app(
        self, people: People, app: App
    ) -> None:
        by_recovery_code = app.request("POST", "recovery-codes", app.recovery_codes[0])
        assert by_recovery_code.json_body["code"] == "invalid_code"
        replaced = app.request("POST", "recovery-codes", app.code()).json_body["recoveryCodes"]
        assert len(set(replaced)) == 10
        assert len(outbox("user.recovery_codes_replaced")) == 1
        assert prove(people, challenge(people), app.recovery_codes[1]).status_code == 401
        assert prove(people, challenge(people), replaced[0]).status_code == 200

    def test_a_report_removes_it(self, people: People, app: App) -> None:
        token = outbox("user.mfa_enabled")[0].data["reportToken"]
        assert file_report(people, token).status_code == 204
        code = outbox("user.password_reset_requested")[-1].data["code"]
        body: dict[str, Any] = {"email": EMAIL, "code": code, "password": PASSWORD}
        assert people.client.post("/v1/auth/password/reset", json=body).status_code == 204
        assert "accessToken" in people.login().json_body

    def test_a_report_of_what_came_before_removes_it(self, people: People) -> None:
        people.sign_up()
        people.from_elsewhere().login()
        App(people, people.login().json_body)
        token = outbox("user.signed_in_from_new_device")[0].data["reportToken"]
        assert file_report(people, token).status_code == 204
        assert stored_items("TOTP") == []

    def test_a_report_of_what_came_later_keeps_it(self, people: People, app: App) -> None:
        tokens = prove(people.from_elsewhere(), challenge(people.from_elsewhere()), app.code())
        assert tokens.status_code == 200
        token = outbox("user.signed_in_from_new_device")[-1].data["reportToken"]
        assert file_report(people, token).status_code == 204
        assert len(stored_items("TOTP")) == 1

    def test_the_code_that_removes_it_cannot_be_used_meanwhile(self, app: App) -> None:
        user_id = app.tokens["user"]["id"]
        item = second_factors.find_totp(user_id)
        assert item is not None
        with transaction(TotpItem) as writes:
            second_factors.use_step(item, int(item.last_step) + 1)(writes)
        with pytest.raises(WriteConflict), transaction(TotpItem) as writes:
            second_factors.delete_unchanged_totp(item)(writes)

    def test_neither_secret_nor_recovery_codes_are_stored(self, app: App) -> None:
        stored = repr(stored_items(""))
        for secret in (app.generator.secret, *app.recovery_codes):
            assert secret not in stored
