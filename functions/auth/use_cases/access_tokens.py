"""Signing access tokens with KMS: the private key never leaves it."""

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


def access_token(user_id: str, email: str, role: str, session_id: str, now: datetime) -> str:
    """A signed access token (RFC 9068) that is good for 15 minutes. One KMS call."""
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
    signing_input = f"{_segment(header)}.{_segment(claims)}"
    answer = aws.client("kms").sign(
        KeyId=key.kms_key_id,
        Message=signing_input.encode(),
        MessageType="RAW",  # at most 4,096 bytes; ours has about 500
        SigningAlgorithm="ECDSA_SHA_256",
    )
    return f"{signing_input}.{_base64url(_jws_signature(answer['Signature']))}"


def _jws_signature(der: bytes) -> bytes:
    # KMS answers in DER; JWS wants the two numbers side by side (RFC 7518, 3.4).
    r, s = decode_dss_signature(der)
    return r.to_bytes(_COORDINATE_BYTES) + s.to_bytes(_COORDINATE_BYTES)


def _segment(value: object) -> str:
    return _base64url(msgspec.json.encode(value))


def _base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
