"""Connecting CalDAV servers, by an app password instead of a page of the provider."""

from datetime import datetime

from domain.errors import FieldError, InvalidFields
from shared.http.caller import Caller
from shared.platform.outside_calls import CallFailed, check_url
from social.models import Capability, ProviderId
from social.providers import caldav, calls, registry
from social.providers.failures import (
    ProviderFailed,
    ProviderRefused,
    RateLimited,
    TokenRefused,
)
from social.rules.errors import ProviderUnavailable
from social.schemas import SocialAccountView
from social.schemas.caldav import CalDavConnectRequest
from social.use_cases import accounts, connecting

_NO_SERVICE = "is not the address of a CalDAV server"
_NOT_REACHED = "cannot be reached: it must be a public address that begins with https://"
_REFUSED = "is not accepted by the server with this user name"


def connect(caller: Caller, request: CalDavConnectRequest, now: datetime) -> SocialAccountView:
    """Connect the calendars of a user on a CalDAV server.

    Raises:
        InvalidFields: There is no such server, or it does not accept the password.
        ProviderUnavailable: The server does not respond as it should.
        AccountTaken: Another artist has connected the account.
        TooManyAccounts: The caller has as many accounts as are allowed.
    """
    _check_url(request.url)
    try:
        grant = caldav.connect(request.url, request.username, request.password)
    except TokenRefused:
        raise InvalidFields(FieldError("body.password", _REFUSED)) from None
    except ProviderRefused:
        raise InvalidFields(FieldError("body.url", _NO_SERVICE)) from None
    except RateLimited:
        raise ProviderUnavailable("The server limits how often it can be called.") from None
    except ProviderFailed as error:
        if not error.was_sent:
            raise InvalidFields(FieldError("body.url", _NOT_REACHED)) from None
        raise ProviderUnavailable("The server does not respond as it should.") from None
    provider = registry.get_provider(ProviderId.CALDAV)
    account = connecting.save(caller.user_id, provider, grant, (Capability.CALENDAR,), now)
    return accounts.present(account, now)


def _check_url(url: str) -> None:
    try:
        check_url(url, calls.guard())
    except CallFailed:
        raise InvalidFields(FieldError("body.url", _NOT_REACHED)) from None
