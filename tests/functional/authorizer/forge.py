"""Forged tokens and certificates: any header, claims and signature."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

Signer = Callable[[bytes], bytes]
Key = ec.EllipticCurvePrivateKey


def claims(now: datetime, **changes: Any) -> dict[str, Any]:
    """Return the claims of a valid token with changes; None removes a claim."""
    seconds = int(now.timestamp())
    valid = {
        "iss": "artist-booking-local",
        "aud": "artist-booking",
        "sub": "usr_mara",
        "role": "artist",
        "sid": "ses_1",
        "email": "mara@example.com",
        "iat": seconds,
        "exp": seconds + 900,
        "jti": "tok_1",
    }
    return {name: value for name, value in (valid | changes).items() if value is not None}


def token(header: Any, payload: Any, sign: Signer) -> str:
    """Return a token of these parts."""
    signing_input = f"{segment(header)}.{segment(payload)}"
    return f"{signing_input}.{encoded(sign(signing_input.encode()))}"


def certificate(
    now: datetime, root: Key, root_kid: str, jwk: dict[str, str] | None, **changes: Any
) -> str:
    """Return the certificate of a signing key with changes; None removes a member."""
    seconds = int(now.timestamp())
    valid = {
        "iss": "artist-booking-local",
        "jwk": jwk,
        "nbf": seconds - 3600,
        "exp": seconds + 3600,
        "alg": "ES256",
        "typ": "signing-key+jwt",
        "kid": root_kid,
    } | changes
    members = {name: value for name, value in valid.items() if value is not None}
    header = {name: members.pop(name) for name in ("alg", "typ", "kid") if name in members}
    return token(header, members, by_es256(root))


def by_es256(key: Key) -> Signer:
    """Return a signer for ES256."""

    def sign(message: bytes) -> bytes:
        r, s = decode_dss_signature(key.sign(message, ec.ECDSA(hashes.SHA256())))
        return r.to_bytes(32) + s.to_bytes(32)

    return sign


def by_hs256(secret: bytes) -> Signer:
    """Return a signer for HS256 whose secret is public knowledge."""
    return lambda message: hmac.new(secret, message, hashlib.sha256).digest()


def jwk_of(key: Key) -> dict[str, str]:
    """Return the public half of a key as a JWK."""
    numbers = key.public_key().public_numbers()
    x, y = (encoded(number.to_bytes(32)) for number in (numbers.x, numbers.y))
    return {"kty": "EC", "crv": "P-256", "x": x, "y": y}


def segment(value: Any) -> str:
    """Return a value as a part of a token; text as it is."""
    return encoded((value if isinstance(value, str) else json.dumps(value)).encode())


def encoded(raw: bytes) -> str:
    """Return base64url without padding."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
