"""The secret of the outbox, which seals the data of its events."""

from functools import lru_cache

import msgspec

from shared.platform import aws
from shared.platform.config import from_environment

_LABEL = b"auth outbox"


class OutboxSettings(msgspec.Struct, frozen=True):
    """The KMS key that the secret is derived from."""

    refresh_key: str


@lru_cache
def outbox_secret() -> bytes:
    """Return the secret of the outbox. One call of KMS in the life of a container.

    It is the MAC of a label by an HMAC key that never leaves KMS, so nothing that seals is stored,
    and a copy of the table reveals no code, address or name (`shared.events.outbox`).
    """
    secret: bytes = aws.client("kms").generate_mac(
        KeyId=from_environment(OutboxSettings).refresh_key,
        Message=_LABEL,
        MacAlgorithm="HMAC_SHA_256",
    )["Mac"]
    return secret
