"""Forged tokens: any header, claims and signature."""

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


def token(header: dict[str, Any], payload: Any, sign: Signer) -> str:
    """Return a token of these parts."""
    signing_input = f"{segment(header)}.{segment(payload)}"
    return f"{signing_input}.{encoded(sign(signing_input.encode()))}"


def by_es256(key: Key) -> Signer:
    """Return a signer for ES256."""

    def sign(message: bytes) -> bytes:
        r, s = decode_dss_signature(key.sign(message, ec.ECDSA(hashes.SHA256())))
        return r.to_bytes(32) + s.to_bytes(32)

    return sign


def by_hs256(secret: bytes) -> Signer:
    """Return a signer for HS256 whose secret is public knowledge."""
    return lambda message: hmac.new(secret, message, hashlib.sha256).digest()


def segment(value: Any) -> str:
    """Return a value as a part of a token."""
    return encoded(json.dumps(value).encode())


def encoded(raw: bytes) -> str:
    """Return base64url without padding."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
