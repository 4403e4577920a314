"""Access tokens: their claims and their verification.

JWT profile for access tokens (RFC 9068), signed with ES256 by KMS. Public keys are fetched once per
container; after that, verification makes no calls.
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

from shared.platform import signed_calls
from shared.platform.config import from_environment

ALGORITHM = "ES256"
TOKEN_TYPE = "at+jwt"  # noqa: S105
AUDIENCE = "artist-booking"
LEEWAY_SECONDS = 5


class TokenSettings(msgspec.Struct, frozen=True):
    """Settings of access tokens.

    Attributes:
        token_issuer: The `iss` claim.
        signing_keys: KMS keys, separated by commas. The first signs, all of them verify.
    """

    token_issuer: str
    signing_keys: str

    @property
    def key_ids(self) -> list[str]:
        """Ids or ARNs of the KMS keys."""
        return self.signing_keys.split(",")


class Claims(msgspec.Struct, frozen=True):
    """The claims of an access token. Instants are epoch seconds."""

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
    """The token is forged, malformed or expired. The message is for logs, never for callers."""


class PublicKey(msgspec.Struct, frozen=True):
    """The public key of a signing key.

    Attributes:
        kms_key_id: Id or ARN of the signing key in KMS.
        jwk: The key as a JWK (RFC 7517). Its `kid` is its thumbprint (RFC 7638).
    """

    kms_key_id: str
    jwk: dict[str, str]

    @property
    def kid(self) -> str:
        """Id of the key, as token headers name it."""
        return self.jwk["kid"]


@lru_cache
def public_keys() -> tuple[PublicKey, ...]:
    """Return the public keys of all signing keys. One KMS call each, once per container."""
    settings = from_environment(TokenSettings)
    return tuple(_fetch(key_id) for key_id in settings.key_ids)


def ping() -> None:
    """Raise an exception unless KMS answers with the public key of the key that signs."""
    _fetch(from_environment(TokenSettings).key_ids[0])


def verify(token: str, keys: Callable[[], tuple[PublicKey, ...]] = public_keys) -> Claims:
    """Return the claims of a valid access token.

    Follows RFC 8725: the header does not choose the algorithm; `kid` chooses among the configured
    keys only; `jku`, `jwk` and `x5c` are ignored; `typ`, `iss`, `aud` and `exp` are checked.

    Raises:
        InvalidToken: The token is not valid.
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
    response = signed_calls.call("kms", "TrentService", "GetPublicKey", {"KeyId": key_id})
    public_key = load_der_public_key(base64.b64decode(response["PublicKey"]))
    if not isinstance(public_key, EllipticCurvePublicKey):
        raise TypeError(f"{key_id} is not an elliptic curve key.")
    jwk = ECAlgorithm.to_jwk(public_key, as_dict=True)
    return PublicKey(kms_key_id=key_id, jwk=jwk | {"kid": thumbprint(jwk), "use": "sig"})


def thumbprint(jwk: dict[str, str]) -> str:
    """Return the thumbprint of an EC key (RFC 7638): SHA-256 of its required members, in order."""
    members = {name: jwk[name] for name in ("crv", "kty", "x", "y")}
    digest = hashlib.sha256(msgspec.json.encode(members)).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
