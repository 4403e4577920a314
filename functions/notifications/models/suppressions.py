"""Suppressions: addresses that get no messages, and why."""

from datetime import datetime
from enum import StrEnum

import msgspec

from notifications.models.deliveries import Channel
from shared.data.mongodb import Record


class SuppressionReason(StrEnum):
    """Why an address gets no messages.

    `hard_bounce`: it does not exist or was given up. `complaint`: its owner marked a mail as spam.
    `stop`: its owner replied STOP. `gone`: the browser's subscription ended.
    """

    HARD_BOUNCE = "hard_bounce"
    COMPLAINT = "complaint"
    STOP = "stop"
    GONE = "gone"


class SuppressionCause(Record, frozen=True):
    """Since when an address is suppressed for one reason, and what its provider said."""

    since: datetime
    detail: str = ""


class SoftBounce(Record, frozen=True):
    """A message that came back for now."""

    delivery_id: str
    at: datetime


class Lift(Record, frozen=True):
    """The end of a suppression.

    Attributes:
        reasons: The reasons that ended.
        by: Id of the admin; None for the owner of the address.
        note: The admin's reason, or how the owner proved that it works.
    """

    reasons: tuple[SuppressionReason, ...]
    at: datetime
    by: str | None
    note: str


class Suppression(Record, frozen=True):
    """What is known of an address that does not work, or whose owner wants nothing.

    Attributes:
        id: Hash of channel and address: a list of addresses that bounced is worth stealing.
        reasons: The reasons that hold. None of them ends with another.
        soft_bounces: Bounces since the last message that arrived, newest last.
        lifts: The suppressions that ended, newest last.
        expires_at: Instant at which the document is deleted; None while a reason holds,
            except that of a browser that is gone.
    """

    id: str = msgspec.field(name="_id")
    channel: Channel
    reasons: dict[SuppressionReason, SuppressionCause] = msgspec.field(default_factory=dict)
    soft_bounces: tuple[SoftBounce, ...] = ()
    lifts: tuple[Lift, ...] = ()
    expires_at: datetime | None = None
