"""CalDAV servers as a provider of social accounts.

There is no page on which an artist allows anything: they give us an app password, which the vault
keeps like the tokens of others. It is neither refreshed nor revoked by us.
"""

from collections.abc import Collection, Mapping
from datetime import datetime

from domain.errors import NotFound
from social.models import Capability, ProviderId, Tokens
from social.providers import caldav_client
from social.providers.caldav_client import Found, Login
from social.providers.failures import ProviderRefused, TokenRefused
from social.providers.protocol import Authorization, Grant, Profile


class CalDav:
    """CalDAV servers. See `Provider` for what its methods do."""

    id = ProviderId.CALDAV
    name = "CalDAV"
    scopes: Mapping[Capability, tuple[str, ...]] = {Capability.CALENDAR: ()}
    refresh_ahead_seconds = 0

    def is_available(self) -> bool:
        """Return that it is: nothing has to be registered."""
        return True

    def build_authorize_url(self, authorization: Authorization) -> str:  # noqa: ARG002
        """Refuse: there is no such page.

        Raises:
            NotFound: Always.
        """
        raise NotFound("CalDAV servers are connected with a password.")

    def exchange(self, code: str, authorization: Authorization, now: datetime) -> Grant:  # noqa: ARG002
        """Refuse: there are no codes."""
        raise ProviderRefused("there are no codes")

    def refresh(self, tokens: Tokens, now: datetime) -> Tokens:  # noqa: ARG002
        """Refuse: only the artist can give us another password."""
        raise TokenRefused("a password cannot be refreshed")

    def revoke(self, tokens: Tokens) -> None:
        """Do nothing: only the artist can end a password, at their server."""

    def subscribe(self, grant: Grant, capabilities: Collection[Capability]) -> None:
        """Do nothing: servers do not notify us."""

    def fetch_profile(self, tokens: Tokens) -> Profile:
        """Return who the account is now."""
        login = Login.decode(tokens.access_token)
        return _build_profile(caldav_client.discover(login.home, login.username, login.password))


def connect(url: str, username: str, password: str) -> Grant:
    """Return the grant of an artist who gave us a password.

    Raises what `caldav_client.discover` raises.
    """
    found = caldav_client.discover(url, username, password)
    return Grant(Tokens(found.login.encode()), _build_profile(found), ())


def _build_profile(found: Found) -> Profile:
    server = caldav_client.get_server_name(found.login.home)
    name = found.name or found.login.username
    return Profile(
        subject=found.principal, display_name=f"{name} ({server})", handle=found.login.username
    )
