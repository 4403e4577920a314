"""Calls of providers about media, with a valid token and a record of how they went."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TypeVar

from social.models import SocialAccount
from social.providers import meta_media
from social.providers.failures import ProviderFailed, RateLimited, TokenRefused
from social.providers.media import MediaProvider
from social.use_cases import account_health, vault

Result = TypeVar("Result")
UNKNOWN_PAUSE = timedelta(minutes=15)  # where the provider does not say how long


def find_provider(account: SocialAccount) -> MediaProvider | None:
    """Return the provider of an account's media; None if it has none."""
    return meta_media.PROVIDERS.get(account.provider)


def call(
    account: SocialAccount, function: Callable[[MediaProvider, str], Result], now: datetime
) -> Result:
    """Call the provider of an account's media, and store what it shows of the account's health.

    Args:
        account: The account, whose provider has media.
        function: Makes the calls, with the provider and a token.
        now: The current instant.

    Raises:
        NeedsReconnect: There is no valid token.
        Unavailable: There is no fresh token at the moment.
        RateLimited: There were too many calls, before or now; it says until when.
        TokenRefused: The provider does not accept the token.
        ProviderFailed: The provider does not respond as it should.
        ProviderRefused: The provider refuses this call.
    """
    if account.limited_until is not None and now < account.limited_until:
        raise RateLimited("limited", account.limited_until)
    provider = meta_media.PROVIDERS[account.provider]
    token = vault.token(account, now)
    try:
        result = function(provider, token)
    except RateLimited as error:
        until = error.until or now + UNKNOWN_PAUSE
        account_health.record_limited(account, until, now)
        raise RateLimited("limited", until) from error
    except TokenRefused:
        account_health.record_refused_token(account, now)
        raise
    except ProviderFailed:
        account_health.record_failure(account, now)
        raise
    account_health.record_success(account, now)
    return result
