"""The one client of all identity providers: the code flow with PKCE, state and nonce.

authlib prepares what is sent and checks what is received; `shared.platform.outside_calls` sends it.
Follows OAuth 2.1, and OpenID Connect Core 3.1 where the provider issues ID tokens.
"""

import secrets
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

import msgspec

from auth.identity_providers import client_secrets, documents, id_tokens
from auth.identity_providers.configuration import Provider
from auth.identity_providers.documents import Description, ProviderFailed
from auth.identity_providers.id_tokens import InvalidIdToken
from shared.platform import outside_calls
from shared.platform.outside_calls import Answer, CallFailed

_RANDOM_BYTES = 32  # of a state, a nonce and a verifier: 43 characters (RFC 7636, 4.1)
MAX_SUBJECT_CHARACTERS = 255  # OpenID Connect Core, 2


class ProviderRefused(Exception):
    """What the provider answered does not prove who the user is. The text is for the log."""


class Secrets(msgspec.Struct, frozen=True):
    """What binds the answer of a provider to the request.

    Attributes:
        state: Comes back with the code, to the device that asked for it.
        nonce: Comes back in the ID token.
        verifier: Is sent with the code; the request had its hash (RFC 7636).
    """

    state: str
    nonce: str
    verifier: str


class Identity(msgspec.Struct, frozen=True):
    """Who a provider says somebody is.

    Attributes:
        issuer: The provider.
        subject: Their id there, which never becomes another's.
        email: Their address, if the provider says that it is verified.
        name: Their name, as the provider knows it.
    """

    issuer: str
    subject: str
    email: str | None
    name: str | None


class _TokenAnswer(msgspec.Struct, frozen=True):
    access_token: str
    id_token: str = ""


def new_secrets() -> Secrets:
    """Return random secrets of a request."""
    return Secrets(*(secrets.token_urlsafe(_RANDOM_BYTES) for _ in range(3)))


def build_authorize_url(provider: Provider, chosen: Secrets) -> str:
    """Return the URL at which a user allows the provider to tell us who they are.

    Raises:
        ProviderFailed: The provider does not describe itself.
    """
    from authlib.oauth2.rfc6749.parameters import prepare_grant_uri  # noqa: PLC0415
    from authlib.oauth2.rfc7636 import create_s256_code_challenge  # noqa: PLC0415

    description = documents.describe(provider)
    url: str = prepare_grant_uri(
        description.authorization_endpoint,
        provider.client_id,
        "code",
        redirect_uri=provider.redirect_url,
        scope=provider.scope,
        state=chosen.state,
        nonce=chosen.nonce if provider.mode == "openid" else None,
        code_challenge=create_s256_code_challenge(chosen.verifier),
        code_challenge_method="S256",
        response_mode=provider.response_mode or None,
    )
    return url


def fetch_identity(
    provider: Provider, code: str, chosen: Secrets, issuer: str | None, now: datetime
) -> Identity:
    """Exchange a code for the identity of the user who allowed it.

    Args:
        provider: The provider.
        code: The code that it returned with.
        chosen: The secrets of the request.
        issuer: The `iss` that it returned with (RFC 9207).
        now: The current instant.

    Raises:
        ProviderRefused: The code or the ID token is wrong, or the answer is another provider's.
        ProviderFailed: The provider does not respond as it should.
    """
    description = documents.describe(provider)
    if issuer is None and description.authorization_response_iss_parameter_supported:
        raise ProviderRefused("iss is missing")
    if issuer is not None and issuer != description.issuer:
        raise ProviderRefused("iss is that of another provider")
    token = _exchange(provider, description, code, chosen.verifier, now)
    if provider.mode == "userinfo":
        return _read_identity(provider, _fetch_userinfo(description, token.access_token))
    try:
        claims = id_tokens.validate(
            token.id_token,
            provider,
            now,
            access_token=token.access_token,
            jwks_url=description.jwks_uri,
            nonce=chosen.nonce,
        )
    except InvalidIdToken as error:
        raise ProviderRefused(f"ID token: {error}") from None
    if "email" not in claims and description.userinfo_endpoint:
        more = _fetch_userinfo(description, token.access_token)
        if more.get("sub") != claims["sub"]:  # OpenID Connect Core, 5.3.2
            raise ProviderRefused("the user info is of another user")
        claims = {**more, **claims}
    return _read_identity(provider, claims)


def _exchange(
    provider: Provider, description: Description, code: str, verifier: str, now: datetime
) -> _TokenAnswer:
    from authlib.oauth2.auth import ClientAuth  # noqa: PLC0415
    from authlib.oauth2.rfc6749.parameters import prepare_token_request  # noqa: PLC0415

    body = prepare_token_request(
        "authorization_code",
        redirect_uri=provider.redirect_url,
        code=code,
        code_verifier=verifier,
    )
    secret = client_secrets.build(provider, now)
    auth = ClientAuth(provider.client_id, secret, provider.token_auth if secret else "none")
    headers = {"Accept": "application/json", "Content-Type": "application/x-www-form-urlencoded"}
    url, headers, body = auth.prepare("POST", description.token_endpoint, headers, body)
    answer = _call(url, "POST", headers, body.encode())
    if 400 <= answer.status < 500:
        raise ProviderRefused(f"the code: status {answer.status}")
    token: _TokenAnswer = _decode(answer, _TokenAnswer)
    return token


def _fetch_userinfo(description: Description, access_token: str) -> dict[str, Any]:
    headers = {"Accept": "application/json", "Authorization": f"Bearer {access_token}"}
    answer = _call(description.userinfo_endpoint, "GET", headers)
    if 400 <= answer.status < 500:
        raise ProviderRefused(f"the access token: status {answer.status}")
    claims: dict[str, Any] = _decode(answer, dict[str, Any])
    return claims


def _read_identity(provider: Provider, claims: dict[str, Any]) -> Identity:
    subject, email, name = claims.get(provider.subject_claim), claims.get("email"), None
    if not isinstance(subject, str) or not 0 < len(subject) <= MAX_SUBJECT_CHARACTERS:
        raise ProviderRefused("there is no subject")
    # Apple's is a text.
    verified = provider.trust_email or claims.get("email_verified") in (True, "true")
    if isinstance(claims.get("name"), str):
        name = claims["name"]
    return Identity(
        issuer=provider.issuer,
        subject=subject,
        email=email if isinstance(email, str) and verified else None,
        name=name,
    )


def _call(url: str, method: str, headers: dict[str, str], body: bytes = b"") -> Answer:
    try:
        return outside_calls.call(url, documents.guard(), method=method, headers=headers, body=body)
    except CallFailed as error:
        raise ProviderFailed(error.failure.value) from None
    except UnicodeEncodeError:
        raise ProviderFailed("a header is not ASCII") from None


def _decode(answer: Answer, model: Any) -> Any:
    if answer.status != 200:
        raise ProviderFailed(f"status {answer.status}")
    try:
        return msgspec.json.decode(answer.body, type=model)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        raise ProviderFailed("an answer is not as specified") from None


def build_page_answer(page: str, values: dict[str, str]) -> str:
    """Return the URL of a page with the answer of a provider, in the fragment.

    Browsers send a fragment nowhere, so the code is in no log on its way.
    """
    return f"{page}#{urlencode(values)}"
