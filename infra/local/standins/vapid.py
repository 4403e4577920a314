"""Voluntary Application Server Identification (RFC 8292)."""

from __future__ import annotations

import time
from typing import Any

import jwt
import msgspec
from cryptography.hazmat.primitives.asymmetric import ec

from infra.local.standins import base64url

# RFC 8292 section 2: "exp" must not be more than 24 hours from the time of the request.
_MAX_LIFETIME_SECONDS = 24 * 60 * 60


class Refused(Exception):
    """Error of a refused identification; `status` is the response (RFC 8292 section 4.2)."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(detail)
        self.status = status


class Claims(msgspec.Struct, frozen=True):
    """Claims of the application server; `sub` is a mailto: or https: URI, if any."""

    exp: float
    sub: str | None = None


def verify(authorization: str | None, origin: str) -> Claims:
    """Check the Authorization header of a push request to an endpoint of `origin`.

    Raises Refused: 401 without VAPID authentication, 403 when it is not valid.
    """
    scheme, _, rest = (authorization or "").partition(" ")
    if scheme.lower() != "vapid":
        raise Refused(401, "The Authorization header has no vapid authentication.")
    parameters = dict(part.strip().partition("=")[::2] for part in rest.split(","))
    if not parameters.get("t") or not parameters.get("k"):
        raise Refused(403, "vapid authentication needs the parameters t and k.")
    claims = _verified_claims(parameters["t"], _public_key(parameters["k"]), origin)
    if claims.exp > time.time() + _MAX_LIFETIME_SECONDS:
        raise Refused(403, "The token's exp is more than 24 hours away.")
    return claims


def _public_key(encoded: str) -> ec.EllipticCurvePublicKey:
    try:
        point = base64url.decode(encoded)
        return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
    except ValueError:
        raise Refused(403, "The parameter k is not a P-256 public key in base64url.") from None


def _verified_claims(token: str, key: ec.EllipticCurvePublicKey, origin: str) -> Claims:
    try:
        claims: dict[str, Any] = jwt.decode(
            token, key, algorithms=["ES256"], audience=origin, options={"require": ["aud", "exp"]}
        )
        return msgspec.convert(claims, Claims)
    except (jwt.InvalidTokenError, msgspec.ValidationError) as error:
        raise Refused(403, f"The token does not hold for {origin}: {error}.") from None
