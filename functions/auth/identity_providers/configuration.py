"""Identity providers as the operator configured them, in the secret `identity-providers`.

Its names are `IDP_<PROVIDER>_<SETTING>`, such as `IDP_GOOGLE_CLIENT_ID`. What is the same for every
client of a well-known provider stands here; of any other one the operator names the issuer::

    IDP_GOOGLE_CLIENT_ID=…              IDP_CORP_ISSUER=https://login.corp.example
    IDP_GOOGLE_CLIENT_SECRET=…          IDP_CORP_NAME=Corp
                                        IDP_CORP_CLIENT_ID=…
"""

from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from shared.platform.config import from_environment, secret
from shared.platform.logs import logger

_PREFIX = "IDP_"

# What is public about well-known providers.
_WELL_KNOWN: Mapping[str, Mapping[str, str]] = {
    # https://developers.google.com/identity/openid-connect/openid-connect
    "google": {"name": "Google", "issuer": "https://accounts.google.com"},
    # https://developer.apple.com/documentation/signinwithapplerestapi: a name is only asked for
    # with a form that is posted, and only answered the first time.
    "apple": {
        "name": "Apple",
        "issuer": "https://appleid.apple.com",
        "scope": "openid name email",
        "response_mode": "form_post",
    },
    # https://developers.facebook.com/docs/facebook-login/guides/advanced/manual-flow: there is no
    # ID token for a code. An address is answered only once its owner has confirmed it.
    "facebook": {
        "name": "Facebook",
        "mode": "userinfo",
        "issuer": "https://www.facebook.com",
        "scope": "public_profile email",
        "authorize_url": "https://www.facebook.com/v23.0/dialog/oauth",
        "token_url": "https://graph.facebook.com/v23.0/oauth/access_token",
        "userinfo_url": "https://graph.facebook.com/v23.0/me?fields=id,name,email",
        "subject_claim": "id",
        "trust_email": "true",
    },
}


class WebSettings(msgspec.Struct, frozen=True):
    """Settings of the environment.

    Attributes:
        web_app_url: Base URL of the web app, whose page a provider returns to.
        loopback_providers: Whether providers on 127.0.0.1 are allowed, for a local stack.
    """

    web_app_url: str = ""
    loopback_providers: bool = False


class Provider(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An identity provider.

    Attributes:
        id: Its name in paths.
        name: Its name for people.
        issuer: Its issuer identifier. Where its description is (OpenID Connect Discovery, 4).
        client_id: Our id there.
        client_secret: Our secret there; empty for a public client, and for Apple.
        mode: `openid` for one that issues ID tokens, `userinfo` for one that only answers who the
            owner of an access token is.
        scope: What is asked for.
        response_mode: `form_post` if it posts the code to a route of ours instead of opening the
            page with it.
        token_auth: How the client proves itself: `client_secret_post`, `client_secret_basic`.
        algorithms: Algorithms of its ID tokens, separated by spaces.
        redirect_url: Where it returns to, by default the page of the web app.
        authorize_url: Its addresses, where it has no description.
        token_url: See `authorize_url`.
        userinfo_url: See `authorize_url`.
        subject_claim: Where the user info has the id of the user.
        trust_email: Whether its addresses are verified without it saying so.
        team_id: Of Apple, whose client secret is signed.
        key_id: See `team_id`.
        private_key: See `team_id`: PEM, with a backslash and `n` for line breaks.
    """

    id: str
    name: str
    issuer: str
    client_id: str
    client_secret: str = ""
    mode: Literal["openid", "userinfo"] = "openid"
    scope: str = "openid email profile"
    response_mode: Literal["", "form_post"] = ""
    token_auth: Literal["client_secret_post", "client_secret_basic"] = "client_secret_post"  # noqa: S105
    algorithms: str = "RS256 ES256"
    redirect_url: str
    authorize_url: str = ""
    token_url: str = ""
    userinfo_url: str = ""
    subject_claim: str = "sub"
    trust_email: bool = False
    team_id: str = ""
    key_id: str = ""
    private_key: str = ""


def list_providers() -> list[Provider]:
    """List the configured providers by their names. What is incomplete is logged and left out."""
    settings = from_environment(WebSettings)
    grouped: dict[str, dict[str, Any]] = {}
    for key, value in secret("identity-providers").items():
        provider, _, setting = key.removeprefix(_PREFIX).partition("_")
        if key.startswith(_PREFIX) and setting and value:
            grouped.setdefault(provider.lower(), {})[setting.lower()] = value
    providers = []
    for id, configured in grouped.items():
        values = {"id": id, **_WELL_KNOWN.get(id, {}), **configured}
        if settings.web_app_url:
            values.setdefault("redirect_url", build_page_url(id))
        try:
            providers.append(msgspec.convert(values, Provider, strict=False))
        except msgspec.ValidationError as error:
            logger.error("identity provider not configured", provider=id, reason=str(error))
    return sorted(providers, key=lambda provider: provider.name)


def find_provider(id: str) -> Provider | None:
    """Return a configured provider."""
    return next((provider for provider in list_providers() if provider.id == id), None)


def build_page_url(id: str) -> str:
    """Return the URL of the web app's page that a provider returns to.

    Each provider has one of its own, so that no code is taken for another's (RFC 9700, 4.4.2).
    """
    return f"{from_environment(WebSettings).web_app_url.rstrip('/')}/sign-in/with/{id}"


def allows_loopback() -> bool:
    """Return whether providers on 127.0.0.1 are allowed."""
    settings: WebSettings = from_environment(WebSettings)
    return settings.loopback_providers
