"""What the application makes of every error answer of the providers' stand-ins."""

from datetime import UTC, datetime, timedelta

import pytest

from infra.local.standins.social.errors import ERRORS, answered
from infra.local.standins.social.faults import ProviderFault
from infra.local.standins.social.network import SocialNetworks
from social.models import ProviderId, Tokens
from social.models.messages import FailureReason
from social.providers import configuration
from social.providers.calendars import EventChanged, EventGone, SyncTokenRefused
from social.providers.failures import (
    ProviderError,
    ProviderFailed,
    ProviderRefused,
    RateLimited,
    TokenRefused,
)
from social.providers.google import Google
from social.providers.google_calendar import GoogleCalendar
from social.providers.meta import Facebook, Instagram
from social.providers.meta_messaging import Messaging, Outgoing, SendFailed
from social.providers.protocol import Authorization

NOW = datetime.now(UTC)
TOKENS = Tokens("access", "refresh", login_token="login")
AUTHORIZATION = Authorization("state", "nonce", "v" * 43, "https://api.example/callback")

# The person at the browser reads these, and no browser comes back.
PAGES = {name for name, error in ERRORS.items() if error.form == "page"}
NEW_TOKENS = {
    "meta.token_invalid": TokenRefused,
    "meta.token_expired": TokenRefused,
    "meta.token_password_changed": TokenRefused,
    "meta.app_removed": TokenRefused,
    "meta.app_rate_limit": RateLimited,
    "meta.account_rate_limit": RateLimited,
    "meta.business_rate_limit": RateLimited,
    "meta.too_many_requests": RateLimited,
    "meta.unknown": ProviderFailed,
    "meta.temporary": ProviderFailed,
}
MESSAGES = {
    "meta.window_closed": FailureReason.WINDOW_CLOSED,
    "meta.instagram_window_closed": FailureReason.WINDOW_CLOSED,
    "meta.recipient_unknown": FailureReason.BLOCKED_BY_PLATFORM,
    "meta.recipient_unavailable": FailureReason.BLOCKED_BY_PLATFORM,
    "meta.policy_block": FailureReason.BLOCKED_BY_PLATFORM,
    "meta.token_invalid": FailureReason.NEEDS_RECONNECT,
    "meta.token_expired": FailureReason.NEEDS_RECONNECT,
    "meta.token_password_changed": FailureReason.NEEDS_RECONNECT,
    "meta.app_removed": FailureReason.NEEDS_RECONNECT,
    "meta.permission_missing": FailureReason.NEEDS_RECONNECT,
    "meta.app_rate_limit": FailureReason.RATE_LIMITED,
    "meta.account_rate_limit": FailureReason.RATE_LIMITED,
    "meta.business_rate_limit": FailureReason.RATE_LIMITED,
    "meta.too_many_requests": FailureReason.RATE_LIMITED,
    "meta.text_too_long": FailureReason.REJECTED,
    "meta.attachment_failed": FailureReason.REJECTED,
    "meta.invalid_parameter": FailureReason.REJECTED,
    "meta.object_missing": FailureReason.REJECTED,
    "meta.signature": FailureReason.REJECTED,
}
CALENDARS = {
    "google.token_expired": TokenRefused,
    "google.login_required": TokenRefused,
    "google.user_rate_limit": RateLimited,
    "google.rate_limit": RateLimited,
    "google.quota": RateLimited,
    "google.too_many_requests": RateLimited,
    "google.not_found": EventGone,
    "google.channel_not_found": EventGone,
    "google.deleted": SyncTokenRefused,  # 410 of a list: whatever it says, it is read again
    "google.sync_token_expired": SyncTokenRefused,
    "google.updated_min_too_long_ago": SyncTokenRefused,
    "google.duplicate": EventChanged,
    "google.precondition": EventChanged,
    "google.backend_error": ProviderFailed,
    "google.unavailable": ProviderFailed,
}


def of(provider: str, form: str) -> list[str]:
    """Return the errors of a stand-in with bodies of one form."""
    return [
        name
        for name, error in ERRORS.items()
        if name.startswith(f"{provider}.") and error.form == form
    ]


def inject(networks: SocialNetworks, name: str) -> None:
    """Let every call be answered with an error."""
    answered.forget()
    fault = ProviderFault(error=name)
    if name.startswith("meta."):
        networks.meta_faults.put("all", fault)
    elif name.startswith("google."):
        networks.google_faults.put("all", fault)
    else:
        networks.revocation_faults.put("all", fault)


def test_every_error_answer_is_met_here() -> None:
    met = [
        *of("meta", "graph"),
        *of("meta", "instagram"),
        *of("google", "oauth"),
        *of("google", "calendar"),
        *of("google-revocation", "oauth"),
    ]
    assert sorted(met) == sorted(set(ERRORS) - PAGES)


@pytest.mark.parametrize("name", of("meta", "graph"))
@pytest.mark.parametrize("provider", [Instagram(), Facebook()], ids=["instagram", "facebook"])
def test_an_error_of_the_graph_api_has_its_meaning(
    networks: SocialNetworks, provider: Instagram | Facebook, name: str
) -> None:
    inject(networks, name)
    with pytest.raises(ProviderError) as raised:
        provider.fetch_profile(TOKENS)
    assert raised.type is NEW_TOKENS.get(name, ProviderRefused)
    assert answered.names() == {name}
    assert ERRORS[name].message.partition("{")[0] not in str(raised.value)


@pytest.mark.parametrize("name", MESSAGES)
@pytest.mark.parametrize("provider", [ProviderId.INSTAGRAM, ProviderId.FACEBOOK])
def test_an_error_of_a_message_has_its_reason(
    networks: SocialNetworks, provider: ProviderId, name: str
) -> None:
    inject(networks, name)
    with pytest.raises(SendFailed) as raised:
        messaging(provider).send(Outgoing(recipient="1", text="Hello"), NOW)
    assert raised.value.reason is MESSAGES[name]
    assert not raised.value.was_sent
    assert answered.names() == {name}


@pytest.mark.parametrize("name", ["meta.unknown", "meta.temporary"])
def test_a_message_at_a_provider_that_fails_may_have_been_sent(
    networks: SocialNetworks, name: str
) -> None:
    inject(networks, name)
    with pytest.raises(ProviderFailed) as raised:
        messaging(ProviderId.INSTAGRAM).send(Outgoing(recipient="1", text="Hello"), NOW)
    assert raised.value.was_sent


def messaging(provider: ProviderId) -> Messaging:
    """Return the messages of an account that the stand-in does not know."""
    return Messaging(configuration.read(provider, {}).api_url, provider, "1", "access")


@pytest.mark.parametrize("name", of("meta", "instagram"))
def test_a_refused_code_of_instagram_connects_nothing(networks: SocialNetworks, name: str) -> None:
    inject(networks, name)
    with pytest.raises(ProviderRefused):
        Instagram().exchange("code", AUTHORIZATION, NOW)
    assert answered.names() == {name}


@pytest.mark.parametrize("name", of("google", "oauth"))
def test_a_refused_code_of_google_connects_nothing(networks: SocialNetworks, name: str) -> None:
    inject(networks, name)
    expected = ProviderFailed if ERRORS[name].status >= 500 else ProviderRefused
    with pytest.raises(expected):
        Google().exchange("code", AUTHORIZATION, NOW)
    assert answered.names() == {name}


@pytest.mark.parametrize("name", of("google", "oauth"))
def test_a_refresh_that_google_refuses_needs_the_artist_only_if_the_grant_ended(
    networks: SocialNetworks, name: str
) -> None:
    inject(networks, name)
    ended = ERRORS[name].reason == "invalid_grant"
    failed = ProviderFailed if ERRORS[name].status >= 500 else ProviderRefused
    with pytest.raises(TokenRefused if ended else failed):
        Google().refresh(TOKENS, NOW)
    assert answered.names() == {name}


def test_a_token_that_was_revoked_before_is_revoked(networks: SocialNetworks) -> None:
    inject(networks, "google-revocation.invalid_token")
    Google().revoke(TOKENS)
    assert answered.names() == {"google-revocation.invalid_token"}
    inject(networks, "google-revocation.unavailable")
    with pytest.raises(ProviderFailed):
        Google().revoke(TOKENS)
    assert answered.names() == {"google-revocation.unavailable"}


@pytest.mark.parametrize("name", of("google", "calendar"))
def test_an_error_of_the_calendar_api_has_its_meaning(networks: SocialNetworks, name: str) -> None:
    inject(networks, name)
    with pytest.raises(ProviderError) as raised:
        list(GoogleCalendar().read("access", "primary", "sync", NOW))
    assert raised.type is CALENDARS.get(name, ProviderRefused)
    assert answered.names() == {name}


def test_a_pause_that_the_provider_asks_for_is_kept(networks: SocialNetworks) -> None:
    inject(networks, "google.too_many_requests")
    with pytest.raises(RateLimited) as google:
        list(GoogleCalendar().read("access", "primary", None, NOW))
    inject(networks, "meta.business_rate_limit")
    with pytest.raises(RateLimited) as meta:
        Instagram().fetch_profile(TOKENS)
    assert google.value.until is not None
    assert google.value.until > NOW + timedelta(seconds=29)
    assert meta.value.until is not None
    assert meta.value.until > NOW + timedelta(minutes=4)
