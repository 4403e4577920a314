"""Refresh tokens: `<userId>.<sessionId>.<generation>.<mac>`, sealed by an HMAC key in KMS.

The table stores no part of a token, only the number of the current generation. So a copy of the
table signs nobody in, a forged token can be distinguished from an old one, and the same token
always has the same successor.
"""

import base64

import msgspec

from shared.platform import aws
from shared.platform.config import from_environment

MAC_ALGORITHM = "HMAC_SHA_256"
MAC_BYTES = 32


class RefreshSettings(msgspec.Struct, frozen=True):
    """The KMS key that seals refresh tokens."""

    refresh_key: str


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
        """The part that the MAC covers."""
        return f"{self.user_id}.{self.session_id}.{self.generation}"


def seal(token: RefreshToken) -> str:
    """Return the token as clients keep it. One KMS call."""
    answer = aws.client("kms").generate_mac(
        KeyId=from_environment(RefreshSettings).refresh_key,
        Message=token.payload.encode(),
        MacAlgorithm=MAC_ALGORITHM,
    )
    mac = base64.urlsafe_b64encode(answer["Mac"]).rstrip(b"=").decode()
    return f"{token.payload}.{mac}"


def unseal(sealed_token: str) -> RefreshToken | None:
    """Return the content of a token, None for a forged one. One KMS call if it looks like one."""
    payload, _, mac = sealed_token.rpartition(".")
    parts = payload.split(".")
    if len(parts) != 3 or not (parts[2].isascii() and parts[2].isdigit()):
        return None
    kms = aws.client("kms")
    try:
        sent_mac = base64.urlsafe_b64decode(mac + "=" * (-len(mac) % 4))
        if len(sent_mac) != MAC_BYTES:  # KMS answers an empty one with a validation error
            return None
        kms.verify_mac(
            KeyId=from_environment(RefreshSettings).refresh_key,
            Message=payload.encode(),
            Mac=sent_mac,
            MacAlgorithm=MAC_ALGORITHM,
        )
    except (ValueError, kms.exceptions.KMSInvalidMacException):
        return None
    user_id, session_id, generation = parts
    return RefreshToken(user_id, session_id, int(generation))
