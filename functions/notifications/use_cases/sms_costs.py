"""Costs of SMS: what an account's SMS may cost on one day.

An SMS counts against the cap of the user who asked for it, or of the artist whose event it is
about. It counts once it is handed over; what was not accepted after all does not. An SMS that does
not fit is refused, and not sent the next day: it would be too late, and the mail and the push
message of the same notification go at once. Security messages always go and do not count, except
codes for a number that is not verified yet: those go wherever the account wants them to.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta

from notifications.models import (
    Channel,
    Delivery,
    DeliveryStatus,
    MessageCategory,
    SmsContent,
)
from notifications.rules import sms_segments
from notifications.rules.errors import SmsCapReached
from notifications.store import sms_spending
from notifications.use_cases.dispatch import OutgoingMessage
from notifications.use_cases.recipients import Recipient
from shared.platform.config import from_environment

CAP_REACHED = "sms_cap_reached"


class SmsCosts(msgspec.Struct, frozen=True):
    """Settings of the costs, in millionths of a US dollar.

    Attributes:
        sms_segment_price: Price of one segment.
        sms_daily_cap: What the SMS of one account may cost on one day (UTC).
    """

    sms_segment_price: Annotated[int, Meta(ge=0)] = 50_000
    sms_daily_cap: Annotated[int, Meta(ge=0)] = 10_000_000


def list_refused(deliveries: Sequence[Delivery], now: datetime) -> list[str]:
    """Count SMS that are about to be handed over. Return the ids of those that do not fit."""
    cap = from_environment(SmsCosts).sms_daily_cap
    return [
        delivery.id
        for delivery, account_id in _list_billed(deliveries).values()
        if not sms_spending.reserve(account_id, delivery.id, _compute_cost(delivery), cap, now)
    ]


def release(deliveries: Sequence[Delivery], now: datetime) -> None:
    """Stop counting SMS that were not accepted."""
    for delivery, account_id in _list_billed(deliveries).values():
        sms_spending.release(account_id, delivery.id, _compute_cost(delivery), now)


def check_request(
    account_id: str, message: OutgoingMessage, recipient: Recipient, now: datetime
) -> None:
    """Check a request that only an SMS would fulfil, and now.

    Raises:
        SmsCapReached: There is no room for it today.
    """
    leading = [channel for channel in message.contents if recipient.addresses.get(channel)]
    content = message.contents.get(Channel.SMS)
    if leading != [Channel.SMS] or not isinstance(content, SmsContent):
        return
    costs = from_environment(SmsCosts)
    cost = sms_segments.measure(content.text).segments * costs.sms_segment_price
    if sms_spending.get_spent(account_id, now) + cost > costs.sms_daily_cap:
        raise SmsCapReached("Your SMS have cost as much today as they may. Try again tomorrow.")


def _list_billed(deliveries: Sequence[Delivery]) -> Mapping[str, tuple[Delivery, str]]:
    return {
        delivery.id: (delivery, delivery.billed_to)
        for delivery in deliveries
        if delivery.channel is Channel.SMS
        and delivery.billed_to is not None
        and (delivery.category is not MessageCategory.SECURITY or delivery.verifies_address)
        and not _may_be_sent(delivery)
    }


def _may_be_sent(delivery: Delivery) -> bool:
    """Return whether an earlier attempt may have sent it, so that it is counted already.

    The last step of a delivery that is being sent is its claim.
    """
    before = delivery.timeline[-2:-1]
    return any(step.status in (DeliveryStatus.UNKNOWN, DeliveryStatus.SENDING) for step in before)


def _compute_cost(delivery: Delivery) -> int:
    segments = 1 if delivery.sms is None else delivery.sms.segments
    price: int = from_environment(SmsCosts).sms_segment_price
    return segments * price
