"""Calls of the providers of calendars for an account, with a token that is refreshed once."""

from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from social.models import SocialAccount
from social.providers.calendar_registry import get_calendar
from social.providers.calendars import ListedCalendar
from social.providers.failures import (
    ProviderError,
    TokenRefused,
)
from social.rules.errors import NeedsReconnect, ProviderUnavailable
from social.use_cases import vault

Result = TypeVar("Result")


def list_calendars(account: SocialAccount, now: datetime) -> list[ListedCalendar]:
    """List the calendars of an account, the main one first.

    Raises:
        NeedsReconnect: The account has to be connected again.
        ProviderUnavailable: The provider does not respond as it should.
    """
    calendar = get_calendar(account.provider)
    try:
        return call(account, calendar.list_calendars, now)
    except ProviderError:
        raise ProviderUnavailable("The provider does not respond as it should.") from None


def call(account: SocialAccount, use: Callable[[str], Result], now: datetime) -> Result:
    """Call a provider with the token of an account; once more if it has to be refreshed first.

    Args:
        account: The account.
        use: Makes the call with a token. It may be called twice.
        now: The current instant.

    Raises:
        NeedsReconnect: The provider refused the fresh token, too.
        ProviderError: The call failed otherwise.
    """
    try:
        return use(vault.token(account, now))
    except TokenRefused:
        raise NeedsReconnect("The account has to be connected again.") from None
