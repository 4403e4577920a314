"""Signing in with identity providers: a stand-in that is reached over HTTP, page and all."""

from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from chalice.test import HTTPResponse
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from time_machine import TimeMachineFixture

from auth.identity_providers import documents
from auth.store import UserItem
from auth.use_cases import sign_in_ways
from infra.local.standins import openid
from infra.local.standins.server import Standins, running_standins
from shared.platform import config
from tests.functional.auth.people import EMAIL, PASSWORD, People, outbox, stored_items
from tests.functional.auth.providers import PROVIDERS, Browser, Returned
from tests.functional.auth.test_code_sign_in import ask, enter
from tests.functional.auth.test_email_changes import file_report
from tests.functional.auth.test_passkeys import add as add_passkey
from tests.functional.auth.test_second_factors import App, prove
from tests.support import fake_aws
from tests.support.authenticator import Authenticator

WEB = "https://app.artistbooking.example"
OTHER_EMAIL = "noah@example.com"


@pytest.fixture(scope="module")
def standins(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Standins]:
    """Run the stand-in of a provider."""
    with running_standins(tmp_path_factory.mktemp("standins")) as running:
        yield running


def configure(standins: Standins, provider: str, **settings: str) -> dict[str, str]:
    """Return the settings of a provider that is the stand-in."""
    values = {
        "ISSUER": f"{standins.inbox_url}/openid",
        "CLIENT_ID": openid.CLIENT_ID,
        "CLIENT_SECRET": openid.CLIENT_SECRET,
        **settings,
    }
    return {f"IDP_{provider}_{name}": value for name, value in values.items()}


@pytest.fixture
def browser(people: People, standins: Standins, monkeypatch: pytest.MonkeyPatch) -> Browser:
    """A browser, and the providers that it can go to."""
    monkeypatch.setenv("WEB_APP_URL", WEB)
    monkeypatch.setenv("LOOPBACK_PROVIDERS", "true")
    issuer = f"{standins.inbox_url}/openid"
    fake_aws.put_secret(
        "identity-providers",
        {
            **configure(standins, "STANDIN", NAME="the stand-in"),
            **configure(
                standins,
                "FACEBOOK",
                AUTHORIZE_URL=f"{issuer}/authorize",
                TOKEN_URL=f"{issuer}/token",
                USERINFO_URL=f"{issuer}/userinfo?fields=id,name,email",
                SUBJECT_CLAIM="sub",
            ),
            **configure(standins, "APPLE", REDIRECT_URL=f"https://api.example{APPLE_CALLBACK}"),
            "IDP_BROKEN_NAME": "Broken",
        },
    )
    config.forget()
    documents.forget()
    return Browser(people.client)


APPLE_CALLBACK = f"{PROVIDERS}/apple/callback"


def code_of(answer: HTTPResponse) -> tuple[int, str]:
    return answer.status_code, answer.json_body["code"]


class TestProviders:
    def test_are_listed_as_they_are_configured(self, people: People, browser: Browser) -> None:
        listed = people.client.get(PROVIDERS).json_body["items"]
        assert listed == [
            {"id": "apple", "name": "Apple"},
            {"id": "facebook", "name": "Facebook"},
            {"id": "standin", "name": "the stand-in"},
        ]

    def test_are_none_where_nothing_is_configured(self, people: People) -> None:
        assert people.client.get(PROVIDERS).json_body == {"items": []}
        assert people.client.post(f"{PROVIDERS}/google/start", json={}).status_code == 404

    def test_are_asked_with_pkce_state_and_nonce(self, browser: Browser) -> None:
        first, second = browser.start(), browser.start()
        url = urlsplit(first["authorizeUrl"])
        query = {name: values[0] for name, values in parse_qs(url.query).items()}
        assert query["redirect_uri"] == f"{WEB}/sign-in/with/standin"
        assert (query["response_type"], query["code_challenge_method"]) == ("code", "S256")
        assert query["scope"] == "openid email profile"
        secrets = [query[name] for name in ("state", "nonce", "code_challenge")]
        assert all(len(secret) == 43 for secret in secrets)
        assert not any(secret in second["authorizeUrl"] for secret in secrets)
        assert first["attemptId"] not in first["authorizeUrl"]

    def test_on_this_machine_are_for_local_stacks(
        self, people: People, browser: Browser, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.delenv("LOOPBACK_PROVIDERS")
        config.forget()
        answer = people.client.post(f"{PROVIDERS}/standin/start", json={})
        assert code_of(answer) == (503, "provider_unavailable")


class TestSigningIn:
    def test_opens_an_account_at_first_and_finds_it_again(
        self, people: People, browser: Browser
    ) -> None:
        answer = browser.sign_in()
        assert answer.status_code == 200, answer.body
        user = answer.json_body["user"]
        assert (user["email"], user["name"], user["role"]) == (EMAIL, "Mara Voss", "client")
        assert [event.data["userId"] for event in outbox("user.verified")] == [user["id"]]
        again = browser.sign_in(name="Another").json_body
        assert again["user"] == user
        client = people.signed_in(again)
        sessions = client.get("/v1/auth/sessions").json_body["items"]
        assert [each["amr"] for each in sessions] == [["fed"], ["fed"]]
        (linked,) = client.get("/v1/auth/identities").json_body["items"]
        assert (linked["provider"], linked["name"]) == ("standin", "the stand-in")

    def test_opens_an_account_of_an_artist_if_asked(self, browser: Browser) -> None:
        returned = browser.visit(browser.start(role="artist"))
        assert browser.finish(returned).json_body["user"]["role"] == "artist"

    def test_finds_the_account_whatever_its_address_is_now(
        self, people: People, browser: Browser
    ) -> None:
        user = browser.sign_in().json_body["user"]
        item = next(each for each in stored_items("PROFILE") if each["user_id"]["S"] == user["id"])
        item["email"] = {"S": "other@example.com"}
        fake_aws.client("dynamodb").put_item(TableName=f"{fake_aws.PREFIX}-auth", Item=item)
        assert browser.sign_in().json_body["user"]["id"] == user["id"]

    def test_links_no_account_by_its_address(self, people: People, browser: Browser) -> None:
        people.sign_up()
        answer = browser.sign_in("MARA@example.com")
        assert code_of(answer) == (409, "identity_not_linked")
        assert f"{PROVIDERS}/standin/link" in answer.json_body["detail"]
        owners = [item["pk"]["S"] for item in stored_items("OWNER")]
        assert [owner.partition("#")[0] for owner in owners] == ["EMAIL"]

    def test_needs_a_verified_address_for_an_account(self, browser: Browser) -> None:
        answer = browser.sign_in(verified="")
        assert code_of(answer) == (409, "email_not_verified")

    def test_asks_for_the_second_factor(self, people: People, browser: Browser) -> None:
        tokens = browser.sign_in().json_body
        app = App(people, tokens)
        challenge = browser.sign_in().json_body
        assert challenge["mfaRequired"] is True
        assert prove(people, challenge["challengeId"], app.code(1)).status_code == 200

    def test_is_refused_to_whoever_denies(self, browser: Browser) -> None:
        returned = browser.visit(browser.start(), decision="deny")
        assert returned.values["error"] == "access_denied"
        assert "code" not in returned.values


class TestAnAnswer:
    @pytest.fixture
    def returned(self, browser: Browser) -> Returned:
        """What the provider returned with."""
        return browser.visit(browser.start())

    def test_works_once(self, browser: Browser, returned: Returned) -> None:
        assert browser.finish(returned).status_code == 200
        assert code_of(browser.finish(returned)) == (401, "invalid_code")

    def test_needs_the_attempt_of_the_device(self, browser: Browser, returned: Returned) -> None:
        of_another = browser.start()["attemptId"]
        for attempt_id in (of_another, "x" * 32):
            answer = browser.finish(returned, attemptId=attempt_id)
            assert code_of(answer) == (401, "invalid_code")
        assert browser.finish(returned).status_code == 200

    def test_needs_the_state(self, browser: Browser, returned: Returned) -> None:
        for state in ("", "x" * 43, returned.values["code"]):
            assert code_of(browser.finish(returned, state=state)) == (401, "invalid_code")

    def test_needs_the_code(self, browser: Browser, returned: Returned) -> None:
        answer = browser.finish(returned, code="guessed")
        assert code_of(answer) == (401, "identity_refused")

    def test_with_the_code_of_another_request_is_refused(
        self, browser: Browser, returned: Returned
    ) -> None:
        injected = browser.visit(browser.start(), OTHER_EMAIL).values["code"]
        answer = browser.finish(returned, code=injected)  # by PKCE
        assert code_of(answer) == (401, "identity_refused")

    @pytest.mark.parametrize("iss", [None, "https://evil.example"])
    def test_names_its_provider(
        self, browser: Browser, returned: Returned, iss: str | None
    ) -> None:
        assert code_of(browser.finish(returned, iss=iss)) == (401, "identity_refused")

    def test_belongs_to_its_provider(self, people: People, returned: Returned) -> None:
        answer = Browser(people.client, "facebook").finish(returned)
        assert code_of(answer) == (401, "invalid_code")

    def test_is_accepted_for_ten_minutes(
        self, browser: Browser, returned: Returned, clock: TimeMachineFixture
    ) -> None:
        clock.shift(timedelta(minutes=10))
        assert code_of(browser.finish(returned)) == (401, "invalid_code")

    def test_is_not_in_the_table(self, browser: Browser, returned: Returned) -> None:
        stored = str(stored_items("ATTEMPT"))
        assert returned.values["state"] not in stored
        assert returned.attempt_id not in stored


class TestLinking:
    def test_needs_both_proofs(self, people: People, browser: Browser) -> None:
        tokens = people.sign_up()
        returned = browser.visit(browser.start(), OTHER_EMAIL)
        assert browser.link(people.client, returned).status_code == 401
        client = people.signed_in(tokens)
        assert code_of(browser.link(client, returned, code="guessed")) == (401, "identity_refused")
        returned = browser.visit(browser.start(), OTHER_EMAIL)
        answer = browser.link(client, returned)
        assert answer.status_code == 200, answer.body
        assert answer.json_body["provider"] == "standin"
        assert browser.sign_in(OTHER_EMAIL).json_body["user"] == tokens["user"]
        (linked,) = outbox("user.identity_linked")
        assert linked.data["provider"] == "the stand-in"
        actions = [each["action"] for each in client.get("/v1/auth/audit").json_body["items"]]
        assert "identity_linked" in actions

    def test_takes_no_identity_of_another_account(self, people: People, browser: Browser) -> None:
        browser.sign_in(OTHER_EMAIL)
        client = people.signed_in(people.sign_up())
        returned = browser.visit(browser.start(), OTHER_EMAIL)
        assert code_of(browser.link(client, returned)) == (409, "identity_taken")

    def test_is_once_per_provider(self, people: People, browser: Browser) -> None:
        client = people.signed_in(people.sign_up())
        assert browser.link(client, browser.visit(browser.start())).status_code == 200
        second = browser.link(client, browser.visit(browser.start(), OTHER_EMAIL))
        assert code_of(second) == (409, "identity_taken")

    def test_needs_a_recent_sign_in(
        self, people: People, browser: Browser, clock: TimeMachineFixture
    ) -> None:
        tokens = people.sign_up()
        clock.shift(timedelta(minutes=10))
        tokens = people.refresh(tokens["refreshToken"]).json_body
        client = people.signed_in(tokens)
        assert browser.link(client, browser.visit(browser.start())).status_code == 200
        clock.shift(timedelta(seconds=1))
        answer = client.delete(f"{PROVIDERS}/standin/link")
        assert code_of(answer) == (403, "step_up_required")
        answer = browser.link(client, browser.visit(browser.start()))
        assert code_of(answer) == (403, "step_up_required")

    def test_can_be_undone_while_there_is_a_password(
        self, people: People, browser: Browser
    ) -> None:
        client = people.signed_in(people.sign_up())
        browser.link(client, browser.visit(browser.start(), OTHER_EMAIL))
        assert client.delete(f"{PROVIDERS}/standin/link").status_code == 204
        assert len(outbox("user.identity_unlinked")) == 1
        assert client.get("/v1/auth/identities").json_body == {"items": []}
        assert client.delete(f"{PROVIDERS}/standin/link").status_code == 404
        assert browser.sign_in(OTHER_EMAIL).json_body["user"]["email"] == OTHER_EMAIL

    def test_cannot_be_undone_if_it_is_the_only_way_in(
        self, people: People, browser: Browser
    ) -> None:
        client = people.signed_in(browser.sign_in().json_body)
        answer = client.delete(f"{PROVIDERS}/standin/link")
        assert code_of(answer) == (409, "last_sign_in_way")
        facebook = Browser(people.client, "facebook")
        assert facebook.link(client, facebook.visit(facebook.start())).status_code == 409
        other = facebook.visit(facebook.start(), OTHER_EMAIL)
        assert facebook.link(client, other).status_code == 200
        assert client.delete(f"{PROVIDERS}/standin/link").status_code == 204
        answer = client.delete(f"{PROVIDERS}/facebook/link")
        assert code_of(answer) == (409, "last_sign_in_way")
        assert enter(people, ask(people)).status_code == 200  # now mailed codes are a way
        assert client.delete(f"{PROVIDERS}/facebook/link").status_code == 204

    def test_a_passkey_is_a_way_too(self, people: People, browser: Browser) -> None:
        client = people.signed_in(browser.sign_in().json_body)
        passkey_id = add_passkey(client, Authenticator(WEB)).json_body["id"]
        assert client.delete(f"{PROVIDERS}/standin/link").status_code == 204
        removed = client.delete(f"/v1/auth/passkeys/{passkey_id}")
        assert code_of(removed) == (409, "last_sign_in_way")
        second = add_passkey(client, Authenticator(WEB), "Key").json_body["id"]
        assert client.delete(f"/v1/auth/passkeys/{passkey_id}").status_code == 204
        removed = client.delete(f"/v1/auth/passkeys/{second}")
        assert code_of(removed) == (409, "last_sign_in_way")

    def test_two_ways_do_not_go_at_the_same_moment(
        self, people: People, browser: Browser, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        client = people.signed_in(browser.sign_in().json_body)
        passkey_id = add_passkey(client, Authenticator(WEB)).json_body["id"]
        require_other = sign_in_ways.require_other
        unlinked: list[int] = []

        def unlink_meanwhile(user: UserItem, *, passkey_id: str = "", provider: str = "") -> None:
            require_other(user, passkey_id=passkey_id, provider=provider)
            if passkey_id and not unlinked:
                unlinked.append(client.delete(f"{PROVIDERS}/standin/link").status_code)

        monkeypatch.setattr(sign_in_ways, "require_other", unlink_meanwhile)
        removed = client.delete(f"/v1/auth/passkeys/{passkey_id}")
        assert unlinked == [204]
        assert code_of(removed) == (409, "last_sign_in_way")

    def test_is_undone_by_its_report(self, people: People, browser: Browser) -> None:
        client = people.signed_in(people.sign_up())
        browser.link(client, browser.visit(browser.start(), OTHER_EMAIL))
        token = outbox("user.identity_linked")[0].data["reportToken"]
        assert file_report(people, token).status_code == 204
        assert browser.sign_in(OTHER_EMAIL).json_body["user"]["email"] == OTHER_EMAIL
        assert people.login(password=PASSWORD).status_code == 401

    def test_ends_with_the_account(self, people: People, browser: Browser) -> None:
        tokens = people.sign_up()
        client = people.signed_in(tokens)
        browser.link(client, browser.visit(browser.start(), OTHER_EMAIL))
        answer = client.request("DELETE", "/v1/auth/me", json={"password": PASSWORD})
        assert answer.status_code == 204
        user = browser.sign_in(OTHER_EMAIL).json_body["user"]
        assert user["id"] != tokens["user"]["id"]


class TestWithoutIdTokens:
    def test_the_user_info_says_who_it_is(self, people: People, browser: Browser) -> None:
        facebook = Browser(people.client, "facebook")
        begun = facebook.start()
        assert "nonce" not in begun["authorizeUrl"]
        returned = facebook.visit(begun, verified="")  # it trusts what it answers
        answer = facebook.finish(returned)
        assert answer.status_code == 200, answer.body
        assert answer.json_body["user"]["email"] == EMAIL


class TestPostedAnswers:
    def test_lead_to_the_page_with_the_name(self, people: People, browser: Browser) -> None:
        apple = Browser(people.client, "apple")
        begun = apple.start()
        assert "response_mode=form_post" in begun["authorizeUrl"]
        returned = apple.visit(begun, name="Mara  \u202eVoss")
        assert returned.page == f"{WEB}/sign-in/with/apple"
        assert returned.values["name"] == "Mara Voss"
        answer = apple.finish(returned)
        assert answer.status_code == 200, answer.body
        assert answer.json_body["user"]["name"] == "Mara Voss"

    def test_are_for_providers_that_post(self, people: People, browser: Browser) -> None:
        headers = {"content-type": "application/x-www-form-urlencoded"}
        for provider, status in {"apple": 303, "standin": 404, "unknown": 404}.items():
            path = f"{PROVIDERS}/{provider}/callback"
            answer = people.client.request("POST", path, headers=headers, body=b"code=1&x=2&user=[")
            assert answer.status_code == status
            if status == 303:
                assert answer.headers["location"] == f"{WEB}/sign-in/with/apple#code=1"

    @pytest.mark.parametrize("form", [b"", b"\xff=\x00&&=", b"code=1&" + b"a=b&" * 20])
    def test_that_are_none_lead_to_the_page_all_the_same(
        self, people: People, browser: Browser, form: bytes
    ) -> None:
        headers = {"content-type": "application/x-www-form-urlencoded"}
        answer = people.client.request("POST", APPLE_CALLBACK, headers=headers, body=form)
        assert answer.status_code == 303
        assert answer.headers["location"] == f"{WEB}/sign-in/with/apple#"


def test_the_secret_of_apple_is_signed_for_each_exchange(
    people: People, browser: Browser, standins: Standins, monkeypatch: pytest.MonkeyPatch
) -> None:
    import jwt  # noqa: PLC0415

    key = ec.generate_private_key(ec.SECP256R1())
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    settings = configure(
        standins,
        "APPLE",
        TEAM_ID="TEAM",
        KEY_ID="KEY",
        PRIVATE_KEY=pem.replace("\n", "\\n"),
        REDIRECT_URL=f"https://api.example{APPLE_CALLBACK}",
    )
    fake_aws.put_secret("identity-providers", settings)
    config.forget()
    seen: list[str] = []

    class AnySecret:
        def __eq__(self, other: object) -> bool:
            seen.append(str(other))
            return True

        def __hash__(self) -> int:
            return 0

    monkeypatch.setattr(openid, "CLIENT_SECRET", AnySecret())
    assert Browser(people.client, "apple").sign_in().status_code == 200
    assert jwt.get_unverified_header(seen[0])["kid"] == "KEY"
    issuer = f"{standins.inbox_url}/openid"
    claims = jwt.decode(seen[0], key.public_key(), ["ES256"], audience=issuer)
    assert (claims["iss"], claims["sub"]) == ("TEAM", openid.CLIENT_ID)
    assert claims["exp"] - claims["iat"] == 300


@pytest.mark.parametrize(
    "wrong", ["client_id=x", "response_type=token", "code_challenge_method=plain", "state="]
)
def test_the_stand_in_is_strict(browser: Browser, wrong: str) -> None:
    url = browser.start()["authorizeUrl"]
    name = wrong.partition("=")[0]
    changed = "&".join(
        wrong if part.startswith(f"{name}=") else part for part in url.split("?")[1].split("&")
    )
    answer = requests.get(f"{url.split('?')[0]}?{changed}", timeout=10)
    assert answer.status_code == 400
    assert name in answer.text
