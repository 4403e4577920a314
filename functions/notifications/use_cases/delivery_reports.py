"""Delivery reports: what became of a message after its provider accepted it.

Reports arrive late, twice and in any order, and even before the worker has saved that the provider
accepted the message. They find it by our own id, and a state only moves forward
(`rules/delivery_states.py`), so every order of the same reports leads to the same state.
"""

from datetime import datetime
from typing import Any

import msgspec

from notifications.channels import metrics
from notifications.models import Channel, Delivery, DeliveryStatus, MessageCategory, Step
from notifications.rules import delivery_states
from notifications.rules.bounces import Bounce
from notifications.store import deliveries
from notifications.store import suppressions as suppressed
from notifications.use_cases import suppressions
from shared.platform import correlation
from shared.platform.logs import logger


class Report(msgspec.Struct, frozen=True):
    """What a provider reports of a delivery.

    Attributes:
        detail: The provider's code for it, for the timeline.
        reason: Why it did not arrive, in one word.
        bounce: What that says of the address.
        reference: The provider's id of the message, if the report has one.
    """

    status: DeliveryStatus
    detail: str = ""
    reason: str | None = None
    bounce: Bounce | None = None
    reference: str | None = None


def may_change(delivery: Delivery, report: Report) -> bool:
    """Return whether a report says something new of a delivery: none does that is repeated."""
    return delivery.status.value in _list_before(delivery.channel, report.status)


def record(delivery_id: str, report: Report, now: datetime) -> bool:
    """Record a report of a delivery. Return whether it changed the delivery.

    The address is suppressed before the state changes: if this is interrupted in between, the
    provider's next attempt to report does the rest.
    """
    delivery = deliveries.find_delivery(delivery_id)
    if delivery is None:
        return False  # it has expired, or never was
    before = _list_before(delivery.channel, report.status)
    if delivery.status.value not in before:
        return False
    with correlation.bound(delivery.correlation_id):
        if report.bounce is not None:
            suppressions.add_bounce(delivery, report.bounce, now, report.detail)
        elif report.status is DeliveryStatus.DELIVERED and delivery.address:
            suppressed.clear_soft_bounces(delivery.channel, delivery.address)
        changed = deliveries.save_report(
            delivery_id,
            before,
            Step(status=report.status, at=now, detail=report.detail),
            reason=report.reason,
            provider_reference=report.reference,
            # The worker that would erase it finds the delivery over.
            erase_content=delivery.category is MessageCategory.SECURITY,
        )
        if changed:
            # The worker counts what was sent.
            counted = [] if report.status is DeliveryStatus.SENT else [report.status]
            members: dict[str, Any] = {"channel": delivery.channel.value}
            members |= metrics.describe(delivery.channel, counted)
            logger.info(
                "delivery",
                delivery_id=delivery_id,
                status=report.status,
                reason=report.reason,
                **members,
            )
    return changed


def _list_before(channel: Channel, status: DeliveryStatus) -> list[str]:
    """List the states that a report of this one may change.

    A server may return a mail that it had taken. A phone that confirmed an SMS has it: only a copy
    that was sent twice can be reported as undelivered after that.
    """
    before = delivery_states.list_before(status)
    if channel is Channel.SMS:
        before = [each for each in before if each != DeliveryStatus.DELIVERED.value]
    return before
