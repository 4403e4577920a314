"""Suppressed addresses."""

from typing import Annotated

from msgspec import Meta

from domain.types import FilledLine, Instant
from notifications.models import Channel, SuppressionReason
from shared.http.decoding import Input, Output


class SuppressedAddress(Output, frozen=True):
    """An address of the caller that gets no messages.

    Attributes:
        channel: Channel of the address.
            Example: email
        address: The address.
            Example: ada@example.com
        reason: Why it gets none: `hard_bounce` until a code that is sent to it is entered at
            `contact/email/verify` or `contact/phone/verify`; `complaint`, except security and
            account messages, until then too; `stop` until START is sent from the phone.
            Example: hard_bounce
        since: Instant since which it gets none.
    """

    channel: Channel
    address: str
    reason: SuppressionReason
    since: Instant


class LiftSuppressionRequest(Input, frozen=True):
    """An address that shall get messages again.

    Attributes:
        channel: Channel of the address.
            Example: email
        address: The address, or the id of a push subscription.
            Example: ada@example.com
        reason: Why the admin lifts the suppression; it is kept.
            Example: The mailbox was restored; ticket 4711.
    """

    channel: Channel
    address: Annotated[FilledLine, Meta(max_length=254)]
    reason: Annotated[FilledLine, Meta(max_length=500)]


class LiftedSuppression(Output, frozen=True):
    """A suppression that ended.

    Attributes:
        channel: Channel of the address.
            Example: email
        reasons: The reasons for which it was suppressed.
            Example: ["hard_bounce"]
    """

    channel: Channel
    reasons: list[SuppressionReason]
