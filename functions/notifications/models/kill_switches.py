"""Kill switches: what operators have stopped."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

import msgspec

from notifications.models.deliveries import Channel
from shared.data.mongodb import Record

# As the chains of the channels name them.
PROVIDERS: Mapping[Channel, tuple[str, ...]] = {
    Channel.EMAIL: ("smtp", "smtp2", "ses"),
    Channel.SMS: ("twilio", "vonage"),
    Channel.PUSH: ("webpush",),
}


class SwitchKind(StrEnum):
    """What a kill switch stops."""

    TEMPLATE = "template"
    CHANNEL = "channel"
    PROVIDER = "provider"


class KillSwitch(Record, frozen=True):
    """A template, channel or provider whose messages operators have stopped.

    Attributes:
        id: Its kind and name, as `channel:sms`.
        since: When it was stopped.
        reason: Why, for other operators.
    """

    id: str = msgspec.field(name="_id")
    since: datetime
    reason: str = ""


def build_id(kind: SwitchKind, name: str) -> str:
    """Return the id of a kill switch."""
    return f"{kind}:{name}"
