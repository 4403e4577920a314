"""Calls of the providers of calendars for an account, with a token that is refreshed once.

What the calls show of the health of the account is stored.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TypeVar

from domain.errors import Unavailable
from social.models import SocialAccount
from social.providers.calendar_registry import get_calendar
from social.providers.calendars import ListedCalendar
from social.providers.failures import ProviderError, ProviderFailed, RateLimited, TokenRefused
from social.rules.errors import NeedsReconnect, ProviderUnavailable
from social.use_cases import account_health, vault

LIMITED_FOR = timedelta(minutes=1)  # unless the provider says for how long

Result = TypeVar("Result")


def list_calendars(account: SocialAccount, now: datetime) -> list[ListedCalendar]:
    """List the calendars of an account, the main one first.

    Raises:
        NeedsReconnect: The account has to be connected again.
        ProviderUnavailable: The provider does not respond as it should.
    """
    try:
        return call(account, get_calendar(account.provider).list_calendars, now)
    except (ProviderError, Unavailable):
        raise ProviderUnavailable("The provider does not respond as it should.") from None


def call(account: SocialAccount, use: Callable[[str], Result], now: datetime) -> Result:
    """Call a provider with the token of an account; once more if it has to be refreshed first.

    Args:
        account: The account.
        use: Makes the call with a token. It may be called twice.
        now: The current instant.

    Raises:
        NeedsReconnect: The account has to be connected again.
        ProviderError: The call failed otherwise.
        Unavailable: There is no fresh token at the moment.
    """
    try:
        result = _call(account, use, now)
    except RateLimited as error:
        account_health.record_limited(account, error.until or now + LIMITED_FOR, now)
        raise
    except ProviderFailed:
        account_health.record_failure(account, now)
        raise
    account_health.record_success(account, now)
    return result


def _call(account: SocialAccount, use: Callable[[str], Result], now: datetime) -> Result:
    try:
        return use(vault.token(account, now))
    except TokenRefused:
        fresh = vault.refresh(account, now)
    try:
        return use(fresh.access_token)
    except TokenRefused:
        account_health.record_refused_token(account, now)
        raise NeedsReconnect("The account has to be connected again.") from None
