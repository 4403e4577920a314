"""Access tokens: what they claim and how they are verified.

JWT profile for access tokens (RFC 9068), signed with ES256 by KMS. A public key is fetched once
per container; verifying calls nobody.
"""

import base64
import hashlib
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import jwt
import msgspec
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.serialization import load_der_public_key
from jwt.algorithms import ECAlgorithm

from shared.platform import aws
from shared.platform.config import from_environment

ALGORITHM = "ES256"
TOKEN_TYPE = "at+jwt"  # noqa: S105
AUDIENCE = "artist-booking"
LEEWAY_SECONDS = 5


class TokenSettings(msgspec.Struct, frozen=True):
    """Who issues tokens and with which KMS keys: the first signs, the others still verify."""

    token_issuer: str
    signing_keys: str

    @property
    def key_ids(self) -> list[str]:
        """The KMS key ids or ARNs."""
        return self.signing_keys.split(",")


class Claims(msgspec.Struct, frozen=True):
    """The claims of an access token. Times are epoch seconds."""

    iss: str
    aud: str
    sub: str
    role: str
    sid: str
    email: str
    iat: int
    exp: int
    jti: str


class InvalidToken(Exception):
    """The token is not one of ours, or no longer good. The message never goes to the caller."""


class PublicKey(msgspec.Struct, frozen=True):
    """One signing key's public half: as a JWK with `kid` (RFC 7638 thumbprint) and as KMS id."""

    kms_key_id: str
    jwk: dict[str, str]

    @property
    def kid(self) -> str:
        """The key id that token headers and the JWKS carry."""
        return self.jwk["kid"]


@lru_cache
def public_keys() -> tuple[PublicKey, ...]:
    """The public keys of all configured signing keys. One KMS call each, once per container."""
    settings = from_environment(TokenSettings)
    return tuple(_fetch(key_id) for key_id in settings.key_ids)


def ping() -> None:
    """Raise unless KMS answers, now, with the key that signs."""
    _fetch(from_environment(TokenSettings).key_ids[0])


def verify(token: str, keys: Callable[[], tuple[PublicKey, ...]] = public_keys) -> Claims:
    """Return the claims of a valid access token, else raise InvalidToken.

    The algorithm is ours and not the header's, the key is chosen by `kid` among ours only (`jku`,
    `jwk` and `x5c` are never looked at), `typ`, `iss`, `aud` and `exp` must fit (RFC 8725).
    """
    try:
        header = jwt.get_unverified_header(token)
        if header.get("typ") != TOKEN_TYPE:
            raise InvalidToken("typ")
        key = next((key for key in keys() if key.kid == header.get("kid")), None)
        if key is None:
            raise InvalidToken("kid")
        payload: dict[str, Any] = jwt.decode(
            token,
            key=jwt.PyJWK(key.jwk, algorithm=ALGORITHM),
            algorithms=[ALGORITHM],
            audience=AUDIENCE,
            issuer=from_environment(TokenSettings).token_issuer,
            leeway=LEEWAY_SECONDS,
            options={"require": ["exp", "iat", "iss", "aud", "sub", "jti"]},
        )
        return msgspec.convert(payload, Claims)
    except (jwt.PyJWTError, msgspec.ValidationError) as error:
        raise InvalidToken(type(error).__name__) from error


def _fetch(key_id: str) -> PublicKey:
    answer = aws.client("kms").get_public_key(KeyId=key_id)
    public_key = load_der_public_key(answer["PublicKey"])
    if not isinstance(public_key, EllipticCurvePublicKey):
        raise TypeError(f"{key_id} is not an elliptic curve key")
    jwk = ECAlgorithm.to_jwk(public_key, as_dict=True)
    return PublicKey(kms_key_id=key_id, jwk=jwk | {"kid": thumbprint(jwk), "use": "sig"})


def thumbprint(jwk: dict[str, str]) -> str:
    """The RFC 7638 thumbprint of an EC key: SHA-256 of its required members, in order."""
    members = {name: jwk[name] for name in ("crv", "kty", "x", "y")}
    digest = hashlib.sha256(msgspec.json.encode(members)).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
