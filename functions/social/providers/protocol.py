"""What every provider of social accounts can do, in one protocol."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Protocol

import msgspec

from social.models import Capability, ProviderId, Tokens


class Authorization(msgspec.Struct, frozen=True):
    """The request with which an artist is sent to a provider.

    Attributes:
        state: Comes back with the code.
        nonce: Comes back in the ID token, where there is one.
        verifier: Is sent with the code; the request has its hash (RFC 7636).
        redirect_url: Where the provider returns to.
        asks_again: Whether the artist connected such an account before, so that the provider
            must ask for what they did not allow then.
    """

    state: str
    nonce: str
    verifier: str
    redirect_url: str
    asks_again: bool = False

    def __repr__(self) -> str:
        """Return a text without the secrets."""
        return "Authorization()"


class Profile(msgspec.Struct, frozen=True):
    """Who an account is at its provider. See `SocialAccount` for the fields."""

    subject: str
    display_name: str
    login_subject: str | None = None
    handle: str | None = None
    picture_url: str | None = None


class Grant(msgspec.Struct, frozen=True):
    """What an artist allowed.

    Attributes:
        tokens: The tokens.
        profile: Whose they are.
        scopes: What they allow, as the provider calls it.
    """

    tokens: Tokens
    profile: Profile
    scopes: tuple[str, ...]


class Provider(Protocol):
    """A provider of social accounts.

    Attributes:
        id: The provider.
        name: Its name for people.
        scopes: The scopes that each capability needs.
        refresh_ahead_seconds: How long before its expiry an access token is refreshed.
    """

    id: ProviderId
    name: str
    scopes: Mapping[Capability, tuple[str, ...]]
    refresh_ahead_seconds: int

    def is_available(self) -> bool:
        """Return whether the operator configured it."""
        ...

    def build_authorize_url(self, authorization: Authorization) -> str:
        """Return the URL at which an artist allows us to use their account."""
        ...

    def exchange(self, code: str, authorization: Authorization, now: datetime) -> Grant:
        """Exchange a code for tokens.

        Raises:
            ProviderRefused: The code is wrong, or the account is none that can be used.
            ProviderFailed: The provider does not respond as it should.
        """
        ...

    def refresh(self, tokens: Tokens, now: datetime) -> Tokens:
        """Return the next tokens.

        Raises:
            TokenRefused: The artist has to connect the account again.
            RateLimited: There were too many calls.
            ProviderFailed: The provider does not respond as it should.
        """
        ...

    def revoke(self, tokens: Tokens) -> None:
        """Have the provider forget what the artist allowed.

        Raises what `refresh` raises.
        """
        ...

    def subscribe(self, grant: Grant, capabilities: Collection[Capability]) -> None:
        """Have the provider notify us of what happens to the account, where it has to be asked.

        Raises what `refresh` raises, and:
            ProviderRefused: It does not.
        """
        ...

    def fetch_profile(self, tokens: Tokens) -> Profile:
        """Return who the account is now.

        Raises what `refresh` raises.
        """
        ...
