"""Requests of Meta's webhooks."""

from typing import Annotated

import msgspec
from msgspec import Meta


class SubscriptionQuery(msgspec.Struct, frozen=True):
    """Query string with which Meta verifies the address of a webhook.

    Attributes:
        mode: Always `subscribe`. Example: subscribe
        verify_token: The verify token that is configured there. Example: a-long-random-text
        challenge: What the response has to be. Example: "1158201444"
    """

    mode: Annotated[str, Meta(max_length=20)] = msgspec.field(name="hub.mode")
    verify_token: Annotated[str, Meta(max_length=200)] = msgspec.field(name="hub.verify_token")
    challenge: Annotated[str, Meta(max_length=200, pattern=r"^[\w.-]+$")] = msgspec.field(
        name="hub.challenge"
    )
