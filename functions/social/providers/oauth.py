"""What the providers have in common: the authorization code flow with PKCE (RFC 6749, RFC 7636)."""

import secrets
from base64 import urlsafe_b64encode
from hashlib import sha256
from typing import Any, TypeVar
from urllib.parse import urlencode

import msgspec

from shared.platform.outside_calls import Answer
from social.providers.failures import ProviderFailed
from social.providers.protocol import Authorization

Decoded = TypeVar("Decoded")
_RANDOM_BYTES = 32  # 256 bits: 43 characters


def new_secret() -> str:
    """Return a random state, nonce or verifier."""
    return secrets.token_urlsafe(_RANDOM_BYTES)


def build_authorize_url(
    url: str, client_id: str, scope: str, authorization: Authorization, **more: str
) -> str:
    """Return the URL of a provider's consent page.

    Args:
        url: Where the page is.
        client_id: Our id there.
        scope: The scopes, joined as the provider joins them.
        authorization: The request.
        **more: Parameters that only this provider has.
    """
    challenge = urlsafe_b64encode(sha256(authorization.verifier.encode()).digest())
    query = {
        "response_type": "code",
        "client_id": client_id,
        "redirect_uri": authorization.redirect_url,
        "scope": scope,
        "state": authorization.state,
        "code_challenge": challenge.rstrip(b"=").decode(),
        "code_challenge_method": "S256",
        **more,
    }
    return f"{url}?{urlencode(query)}"


def decode(answer: Answer, model: type[Decoded]) -> Decoded:
    """Return the body of a success.

    Raises:
        ProviderFailed: It is not as the provider documents it.
    """
    try:
        return msgspec.json.decode(answer.body, type=model)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        raise ProviderFailed("an answer is not as documented") from None


def decode_error(answer: Answer) -> dict[str, Any]:
    """Return the body of an error; empty where it is no JSON object."""
    try:
        return msgspec.json.decode(answer.body, type=dict[str, Any])
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return {}
