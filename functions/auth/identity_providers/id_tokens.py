"""Validation of ID tokens (OpenID Connect Core, 3.1.3.7)."""

import base64
from datetime import datetime
from typing import Any

import msgspec

from auth.identity_providers import documents
from auth.identity_providers.configuration import Provider

LEEWAY_SECONDS = 60
MAX_CHARACTERS = 16 * 1024


class InvalidIdToken(Exception):
    """The ID token proves nothing. The text is for the log."""


class _Header(msgspec.Struct, frozen=True):
    alg: str
    kid: str | None = None


def validate(
    id_token: str,
    provider: Provider,
    now: datetime,
    *,
    access_token: str,
    jwks_url: str,
    nonce: str,
) -> dict[str, Any]:
    """Return the claims of an ID token.

    Checks the signature by a key of the provider and an algorithm of the allow-list, `iss`, `aud`,
    `azp`, `exp`, `nbf`, `iat`, `nonce`, and `at_hash` if there is one.

    Raises:
        InvalidIdToken: One of them is wrong.
        ProviderFailed: The keys of the provider cannot be read.
    """
    # Imported here because it takes a third of a second, and few requests need it.
    from authlib.oidc.core import CodeIDToken  # noqa: PLC0415
    from joserfc import jwt  # noqa: PLC0415
    from joserfc.errors import JoseError  # noqa: PLC0415
    from joserfc.jwk import KeySet  # noqa: PLC0415

    header = _read_header(id_token)
    algorithms = provider.algorithms.split()
    if header.alg not in algorithms:
        raise InvalidIdToken(f"the algorithm {header.alg[:16]} is not allowed")
    keys = documents.find_keys(jwks_url, header.kid)
    if len(keys) != 1:  # without the id of a key, the only one is meant
        raise InvalidIdToken("it is signed by an unknown key")
    try:
        key_set = KeySet.import_key_set({"keys": keys})
        token = jwt.decode(id_token, key_set, algorithms=algorithms)
        claims = CodeIDToken(
            token.claims,
            token.header,
            options={
                "iss": {"essential": True, "value": provider.issuer},
                "aud": {"essential": True, "value": provider.client_id},
                "sub": {"essential": True},
            },
            params={
                "nonce": nonce,
                "client_id": provider.client_id,
                "access_token": access_token,
            },
        )
        claims.validate(int(now.timestamp()), LEEWAY_SECONDS)
    except (JoseError, ValueError, TypeError) as error:
        raise InvalidIdToken(type(error).__name__) from None
    return dict(claims)


def _read_header(id_token: str) -> _Header:
    encoded = id_token.partition(".")[0]
    try:
        if len(id_token) > MAX_CHARACTERS:
            raise ValueError
        decoded = base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4))
        return msgspec.json.decode(decoded, type=_Header)
    except (ValueError, msgspec.MsgspecError):
        raise InvalidIdToken("it is no JWT") from None
