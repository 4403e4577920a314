"""Providers as the operator configured them, in the secret `social-providers`.

Its names are `SOCIAL_<PROVIDER>_<SETTING>`, such as `SOCIAL_GOOGLE_CLIENT_ID`. Addresses have the
defaults that the provider's module gives; a stand-in needs others.
"""

from collections.abc import Mapping

import msgspec

from shared.platform.config import from_environment, secret
from social.models import ProviderId

SECRET = "social-providers"  # noqa: S105
_API = "api"


class SocialSettings(msgspec.Struct, frozen=True):
    """Settings of the environment.

    Attributes:
        web_app_url: Base URL of the web app, to which artists return.
        loopback_providers: Whether providers on 127.0.0.1 are allowed, for a local stack.
        social_key: The KMS key of the tokens.
    """

    web_app_url: str = ""
    loopback_providers: bool = False
    social_key: str = ""


class ProviderSettings(msgspec.Struct, frozen=True):
    """Settings of a provider.

    Attributes:
        client_id: Our id there.
        client_secret: Our secret there, which also signs what Meta sends.
        verify_token: What Meta repeats when it asks whether a webhook is ours.
        authorize_url: Where artists allow us to use their account.
        token_url: Where codes are exchanged.
        revoke_url: Where a grant is given back.
        profile_url: Where the profile of an account is.
        api_url: Base URL of everything else: the Graph API with its version, Calendar v3.
        issuer: Issuer of ID tokens.
        media_hosts: Hosts that media is fetched from, with their subdomains; between spaces.
    """

    client_id: str = ""
    client_secret: str = ""
    verify_token: str = ""
    authorize_url: str = ""
    token_url: str = ""
    revoke_url: str = ""
    profile_url: str = ""
    api_url: str = ""
    issuer: str = ""
    media_hosts: str = ""

    def __repr__(self) -> str:
        """Return a text without the secrets."""
        return f"ProviderSettings(client_id={self.client_id!r})"


def read(provider: ProviderId, defaults: Mapping[str, str]) -> ProviderSettings:
    """Return the settings of a provider.

    Args:
        provider: The provider.
        defaults: What is the same for every operator, by the names of `ProviderSettings`.
    """
    prefix = f"SOCIAL_{provider.upper()}_"
    configured = {
        key.removeprefix(prefix).lower(): value
        for key, value in secret(SECRET).items()
        if key.startswith(prefix) and value
    }
    return msgspec.convert({**defaults, **configured}, ProviderSettings)


def redirect_url(provider: ProviderId) -> str:
    """Return where a provider returns to: each has an address of its own (RFC 9700, 4.4.2)."""
    return f"{api_url()}/v1/social/accounts/{provider}/callback"


def api_url() -> str:
    """Return the base URL of our API, as providers call it."""
    return secret(_API).get("API_URL", "").rstrip("/")


def settings() -> SocialSettings:
    """Return the settings of the environment."""
    found: SocialSettings = from_environment(SocialSettings)
    return found
