"""Refresh tokens: `<userId>.<sessionId>.<generation>.<keyId>.<mac>`, sealed by the key of then.

The table stores no part of a token, only the number of the current generation. So a copy of the
table signs nobody in, and a forged token can be distinguished from an old one.
"""

import hmac
import re
from datetime import datetime

import msgspec

from auth.use_cases import token_keys
from auth.use_cases.token_keys import MAC_ALGORITHM, KeySettings
from shared.http.access_tokens import InvalidToken, decode_segment
from shared.platform import aws, base64url
from shared.platform.config import from_environment

MAC_BYTES = 32
_NUMBER = re.compile(r"[0-9]{1,12}")


class RefreshToken(msgspec.Struct, frozen=True):
    """The content of a refresh token."""

    user_id: str
    session_id: str
    generation: int

    @property
    def successor(self) -> "RefreshToken":
        """The token that replaces this one."""
        return RefreshToken(self.user_id, self.session_id, self.generation + 1)

    @property
    def payload(self) -> str:
        """The part that says whose it is. The MAC covers it and the id of its key."""
        return f"{self.user_id}.{self.session_id}.{self.generation}"


def seal(token: RefreshToken, now: datetime) -> str:
    """Return the token as clients keep it."""
    key_id, secret = token_keys.sealing_key(now)
    payload = f"{token.payload}.{key_id}"
    return f"{payload}.{base64url.encode(_compute_mac(payload, secret))}"


def unseal(sealed_token: str, now: datetime) -> RefreshToken | None:
    """Return the content of a token, None for a forged one."""
    payload, _, mac = sealed_token.rpartition(".")
    parts = payload.split(".")
    if len(parts) not in (3, 4) or not _NUMBER.fullmatch(parts[2]):
        return None
    try:
        sent_mac = decode_segment(mac)
    except InvalidToken:
        return None
    if len(sent_mac) != MAC_BYTES:  # KMS answers an empty one with a validation error
        return None
    is_genuine = _verify if len(parts) == 4 else _verify_former
    if not is_genuine(payload, sent_mac, now):
        return None
    return RefreshToken(parts[0], parts[1], int(parts[2]))


def _verify(payload: str, mac: bytes, now: datetime) -> bool:
    secret = token_keys.find_sealing_secret(payload.rpartition(".")[2], now)
    return secret is not None and hmac.compare_digest(mac, _compute_mac(payload, secret))


def _verify_former(payload: str, mac: bytes, _: datetime) -> bool:
    """Verify a token of version 0.3, which has no key id: KMS computed its MAC. One KMS call."""
    kms = aws.client("kms")
    try:
        kms.verify_mac(
            KeyId=from_environment(KeySettings).refresh_key,
            Message=payload.encode(),
            Mac=mac,
            MacAlgorithm=MAC_ALGORITHM,
        )
    except kms.exceptions.KMSInvalidMacException:
        return False
    return True


def _compute_mac(payload: str, secret: bytes) -> bytes:
    return hmac.digest(secret, payload.encode(), "sha256")
