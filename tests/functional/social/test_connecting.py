"""Connecting accounts against the stand-ins, from the button to the list."""

from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import pytest
from chalice.test import HTTPResponse
from time_machine import TimeMachineFixture

from infra.local.standins.social.faults import ProviderFault
from infra.local.standins.social.network import SocialNetworks
from shared.http.caller import Role
from shared.platform import clock, config
from social.app import app
from social.models import ProviderId
from social.store import accounts as accounts_store
from social.use_cases import vault
from tests.functional.social.conftest import MARA, NOOR
from tests.functional.social.world import deliver
from tests.support import fake_aws, social, streams
from tests.support.gateway import ApiClient, client_for
from tests.support.outbox import published

HOME = "/v1/social/accounts"
BROWSER = {"user-agent": "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"}
FORMS: dict[str, dict[str, str]] = {
    "instagram": {"username": "mara.voss", "name": "Mara Voss"},
    "facebook": {"email": "mara@example.com", "page": "Mara Voss Tattoo"},
    "google": {"email": "mara@example.com", "name": "Mara Voss"},
}
PROVIDERS = sorted(FORMS)


def begin(artist: ApiClient, provider: str) -> str:
    """Press the button, and return the address of the provider's page."""
    response = artist.with_headers(BROWSER).post(f"{HOME}/{provider}/connect")
    assert response.status_code == 200, response.body
    url: str = response.json_body["authorizeUrl"]
    return url


def come_back(provider: str, answer: dict[str, str]) -> HTTPResponse:
    """Return from the provider's page, as a browser without an access token."""
    browser = client_for(app).with_headers(BROWSER)
    return browser.get(f"{HOME}/{provider}/callback?{urlencode(answer)}")


def connect(artist: ApiClient, provider: str, **options: Any) -> HTTPResponse:
    """Connect an account."""
    url = begin(artist, provider)
    fields = {**FORMS[provider], **options.pop("fields", {})}
    return come_back(provider, social.allow(url, **options, **fields))


def listed(artist: ApiClient) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = artist.get(HOME).json_body["items"]
    return items


@pytest.mark.parametrize("provider", PROVIDERS)
def test_an_account_is_connected_and_disconnected(
    networks: SocialNetworks, mara: ApiClient, provider: str
) -> None:
    page = connect(mara, provider)
    assert page.status_code == 200
    assert "is connected" in page.body.decode()
    assert "http://localhost:5173" not in page.body.decode()  # no web app is configured here
    (account,) = listed(mara)
    assert account["provider"] == provider
    assert account["missingCapabilities"] == []
    assert account["health"]["state"] == "ok"
    assert account["health"]["action"] == "nothing"
    (event,) = published("social")
    assert event.type == "social_account.connected"
    assert event.data["accountId"] == account["id"]

    stored = accounts_store.find_account(MARA, account["id"])
    assert stored is not None
    assert mara.delete(f"{HOME}/{account['id']}").status_code == 204
    assert listed(mara) == []
    assert mara.delete(f"{HOME}/{account['id']}").status_code == 404
    assert {event.type for event in published("social")} == {
        "social_account.connected",
        "social_account.disconnected",
    }
    assert "TOKENS#" not in str(streams.items("social"))
    assert "REVOCATION#" not in str(streams.items("social"))
    assert_revoked(networks, provider)


def assert_revoked(networks: SocialNetworks, provider: str) -> None:
    if provider == "google":
        with networks.google.reading() as google:
            assert all(token.is_revoked for token in google.refresh_tokens.values())
        return
    with networks.meta.reading() as meta:
        kinds = {token.kind for token in meta.tokens.values() if token.ended is None}
    assert not kinds & {"page", "long"}


def test_the_page_leads_to_the_web_app_only(
    networks: SocialNetworks, mara: ApiClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WEB_APP_URL", "http://localhost:5173")
    config.forget()
    url = begin(mara, "google")
    answer = social.allow(url, **FORMS["google"])
    page = come_back("google", answer | {"redirect": "https://evil.example"})
    text = page.body.decode()
    assert 'content="0; url=http://localhost:5173/account/social?result=connected"' in text
    assert "evil" not in text
    assert answer["code"] not in text
    assert page.headers["referrer-policy"] == "no-referrer"
    assert "default-src 'none'" in page.headers["content-security-policy"]


def test_the_request_has_a_state_a_nonce_and_a_challenge(
    networks: SocialNetworks, mara: ApiClient
) -> None:
    query = parse_qs(urlsplit(begin(mara, "google")).query)
    assert len(query["state"][0]) == 43
    assert len(query["nonce"][0]) == 43
    assert query["code_challenge_method"] == ["S256"]
    assert query["access_type"] == ["offline"]
    assert query["redirect_uri"] == [
        "https://api.artistbooking.example/v1/social/accounts/google/callback"
    ]
    stored = str(streams.items("social"))
    assert query["state"][0] not in stored
    assert query["nonce"][0] not in stored


def test_a_state_is_used_once(networks: SocialNetworks, mara: ApiClient) -> None:
    answer = social.allow(begin(mara, "google"), **FORMS["google"])
    assert come_back("google", answer).status_code == 200
    again = come_back("google", answer)
    assert again.status_code == 404
    assert "not valid" in again.body.decode()


def test_a_state_is_bound_to_the_device(networks: SocialNetworks, mara: ApiClient) -> None:
    answer = social.allow(begin(mara, "google"), **FORMS["google"])
    path = f"{HOME}/google/callback?{urlencode(answer)}"
    other_browser = client_for(app).with_headers({"user-agent": "curl"})
    assert other_browser.get(path).status_code == 404
    other_network = client_for(app).with_headers(BROWSER).from_address("203.0.113.9")
    assert other_network.get(path).status_code == 404
    assert listed(mara) == []
    assert come_back("google", answer).status_code == 200


def test_a_state_is_bound_to_the_session(networks: SocialNetworks, mara: ApiClient) -> None:
    answer = social.allow(begin(mara, "google"), **FORMS["google"])
    deliver("session.ended", userId=MARA, sessionId="ses_1", reason="signed_out")
    assert come_back("google", answer).status_code == 404
    assert listed(mara) == []


def test_a_state_is_bound_to_the_provider(networks: SocialNetworks, mara: ApiClient) -> None:
    answer = social.allow(begin(mara, "google"), **FORMS["google"])
    assert come_back("facebook", answer).status_code == 404
    assert listed(mara) == []


def test_a_state_lives_for_ten_minutes(
    networks: SocialNetworks, mara: ApiClient, time_machine: TimeMachineFixture
) -> None:
    answer = social.allow(begin(mara, "google"), **FORMS["google"])
    time_machine.move_to(clock.now() + timedelta(minutes=10), tick=False)
    assert come_back("google", answer).status_code == 404
    assert listed(mara) == []


def test_nothing_is_connected_without_a_state(networks: SocialNetworks) -> None:
    assert come_back("google", {"code": "4/abc"}).status_code == 404
    assert come_back("google", {"code": "4/abc", "state": "guessed"}).status_code == 404
    assert come_back("myspace", {"code": "4/abc", "state": "guessed"}).status_code == 404


def test_who_denies_connects_nothing(networks: SocialNetworks, mara: ApiClient) -> None:
    url = begin(mara, "instagram")
    redirect = social.decide(url, decision="deny", **FORMS["instagram"])
    answer = dict(parse_qsl(urlsplit(redirect.headers["Location"]).query))
    page = come_back("instagram", answer)
    assert page.status_code == 422
    assert "You did not allow it" in page.body.decode()
    assert listed(mara) == []


def test_an_account_of_another_artist_is_not_taken_over(
    networks: SocialNetworks, mara: ApiClient, noor: ApiClient
) -> None:
    connect(mara, "instagram")
    (before,) = listed(mara)
    page = connect(noor, "instagram")
    assert page.status_code == 422
    assert "cannot be taken over" in page.body.decode()
    assert listed(noor) == []
    assert listed(mara) == [before]
    mara.delete(f"{HOME}/{before['id']}")
    assert connect(noor, "instagram").status_code == 200
    assert len(listed(noor)) == 1


def test_an_account_that_is_connected_again_keeps_its_id(
    networks: SocialNetworks, mara: ApiClient
) -> None:
    connect(mara, "google")
    (first,) = listed(mara)
    assert connect(mara, "google").status_code == 200
    mara.delete(f"{HOME}/{first['id']}")
    assert connect(mara, "google").status_code == 200
    (second,) = listed(mara)
    assert second["id"] == first["id"]
    assert [event.type for event in published("social")].count("social_account.reconnected") == 2
    stored = accounts_store.find_account(MARA, first["id"])
    assert stored is not None


@pytest.mark.parametrize("provider", ["facebook", "instagram"])
def test_what_was_not_allowed_can_be_allowed_later(
    networks: SocialNetworks, mara: ApiClient, provider: str
) -> None:
    scope = {"facebook": "pages_messaging", "instagram": "instagram_business_manage_messages"}
    assert connect(mara, provider, without=[scope[provider]]).status_code == 200
    (account,) = listed(mara)
    assert account["capabilities"] == ["media"]
    assert account["missingCapabilities"] == ["messages"]
    query = parse_qs(urlsplit(begin(mara, provider)).query)
    asked = {"facebook": ("auth_type", "rerequest"), "instagram": ("force_reauth", "true")}
    name, value = asked[provider]
    assert query[name] == [value]
    assert connect(mara, provider).status_code == 200
    (account,) = listed(mara)
    assert account["missingCapabilities"] == []


def test_whoever_allows_nothing_of_use_connects_nothing(
    networks: SocialNetworks, mara: ApiClient
) -> None:
    calendar = "https://www.googleapis.com/auth/calendar"
    page = connect(mara, "google", without=[f"{calendar}.events"])
    assert page.status_code == 422
    assert "You did not allow what is needed" in page.body.decode()
    assert listed(mara) == []


def test_a_deleted_artist_connects_nothing(networks: SocialNetworks, mara: ApiClient) -> None:
    answer = social.allow(begin(mara, "google"), **FORMS["google"])
    fake_aws.client("dynamodb").put_item(
        TableName=f"{fake_aws.PREFIX}-tombstones", Item={"id": {"S": MARA}}
    )
    assert come_back("google", answer).status_code == 422
    assert "TOKENS#" not in str(streams.items("social"))


def test_only_artists_connect(aws: None) -> None:
    client = client_for(app).as_user(MARA, role=Role.CLIENT)
    assert client.post(f"{HOME}/google/connect").status_code == 403


def test_a_provider_that_is_not_set_up_is_listed_and_refused(mara: ApiClient) -> None:
    providers = mara.get(HOME).json_body["providers"]
    assert {each["id"]: each["available"] for each in providers} == {
        **dict.fromkeys(PROVIDERS, False),
        "caldav": True,
    }
    refused = mara.post(f"{HOME}/google/connect")
    assert (refused.status_code, refused.json_body["code"]) == (409, "provider_not_configured")
    assert mara.post(f"{HOME}/myspace/connect").status_code == 404


def test_ten_accounts_are_enough(networks: SocialNetworks, mara: ApiClient) -> None:
    for number in range(10):
        fields = {"email": f"mara{number}@example.com"}
        assert connect(mara, "google", fields=fields).status_code == 200
    page = connect(mara, "google", fields={"email": "mara10@example.com"})
    assert page.status_code == 422
    assert "10 accounts at most" in page.body.decode()
    assert len(listed(mara)) == 10


# Provider, whose stand-in, operation, error, and the status of the page.
FAILURES = [
    ("google", "google", "token", "google.token_unavailable", 503),
    ("google", "google", "token", "google.code_used", 422),
    ("google", "google", "token", "google.invalid_client", 422),
    ("google", "google", "userinfo", "google.token_expired", 503),
    ("instagram", "meta", "token", "meta.instagram_code_expired", 422),
    ("instagram", "meta", "token.long", "meta.temporary", 503),
    ("instagram", "meta", "subscribe", "meta.permission_missing", 422),
    ("facebook", "meta", "token", "meta.code_expired", 422),
    ("facebook", "meta", "pages", "meta.app_rate_limit", 503),
    ("facebook", "meta", "permissions", "meta.unknown", 503),
]


@pytest.mark.parametrize("failure", FAILURES, ids=lambda failure: failure[3])
def test_what_a_provider_refuses_is_said_on_the_page(
    networks: SocialNetworks, mara: ApiClient, failure: tuple[str, str, str, str, int]
) -> None:
    provider, network, operation, error, status = failure
    answer = social.allow(begin(mara, provider), **FORMS[provider])
    faults = networks.google_faults if network == "google" else networks.meta_faults
    faults.put(operation, ProviderFault(error=error))
    page = come_back(provider, answer)
    assert page.status_code == status
    assert listed(mara) == []
    assert "TOKENS#" not in str(streams.items("social"))


def test_what_the_vault_gives_works_at_the_provider(
    networks: SocialNetworks, mara: ApiClient
) -> None:
    connect(mara, "google")
    (account,) = accounts_store.list_accounts(MARA)
    token = vault.token(account, account.connected_at)
    with networks.google.reading() as google:
        assert google.access_tokens[token].email == "mara@example.com"
    assert accounts_store.find_link(ProviderId.GOOGLE, account.subject) == (MARA, account.id)
    assert NOOR not in str(streams.items("social"))
