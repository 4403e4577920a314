"""Access tokens, signed by KMS, which never reveals the private key."""

import base64
from datetime import datetime, timedelta

import msgspec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from domain.ids import new_id
from shared.http.access_tokens import (
    ALGORITHM,
    AUDIENCE,
    TOKEN_TYPE,
    Claims,
    TokenSettings,
    public_keys,
)
from shared.platform import aws
from shared.platform.config import from_environment

LIFETIME = timedelta(minutes=15)
_COORDINATE_BYTES = 32


def issue(user_id: str, email: str, role: str, session_id: str, now: datetime) -> str:
    """Issue a signed access token (RFC 9068), valid for 15 minutes. One KMS call."""
    claims = Claims(
        iss=from_environment(TokenSettings).token_issuer,
        aud=AUDIENCE,
        sub=user_id,
        role=role,
        sid=session_id,
        email=email,
        iat=int(now.timestamp()),
        exp=int((now + LIFETIME).timestamp()),
        jti=new_id("tok"),
    )
    key = public_keys()[0]
    header = {"alg": ALGORITHM, "typ": TOKEN_TYPE, "kid": key.kid}
    signing_input = f"{_encode_segment(header)}.{_encode_segment(claims)}"
    answer = aws.client("kms").sign(
        KeyId=key.kms_key_id,
        Message=signing_input.encode(),
        MessageType="RAW",  # at most 4,096 bytes; this one has about 500
        SigningAlgorithm="ECDSA_SHA_256",
    )
    return f"{signing_input}.{_encode_base64url(_to_jws_signature(answer['Signature']))}"


def _to_jws_signature(der: bytes) -> bytes:
    # KMS returns DER; JWS has the two numbers side by side (RFC 7518, 3.4).
    r, s = decode_dss_signature(der)
    return r.to_bytes(_COORDINATE_BYTES) + s.to_bytes(_COORDINATE_BYTES)


def _encode_segment(value: object) -> str:
    return _encode_base64url(msgspec.json.encode(value))


def _encode_base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
