"""Delivering: claim, hand over, write down what became of it.

A delivery is handed over at least once, and almost always exactly once: only a worker that dies, or
cannot reach the database, between the provider's yes and our note of it makes its successor send
again, once its lease is over. Mail programs and push services recognise that copy by the Message-ID
and Topic made from the delivery's id.
"""

from datetime import datetime, timedelta

import msgspec

from notifications.channels import (
    NotConfigured,
    Passing,
    Provider,
    Rejected,
    SubscriptionGone,
    metrics,
)
from notifications.models import Category, Channel, Delivery, Status, Step
from notifications.store import deliveries as store
from notifications.store import subscriptions
from shared.events.queues import RetryLater
from shared.platform import correlation
from shared.platform.logs import logger

LEASE = timedelta(seconds=120)  # longer than the timeout of the workers


class Outcome(msgspec.Struct, frozen=True):
    """What became of a try."""

    status: Status
    reason: str | None = None
    detail: str = ""
    reference: str | None = None


def deliver(delivery_id: str, channel: Channel, provider: Provider, now: datetime) -> None:
    """Send a delivery unless that is done.

    Raises RetryLater while the failure is one that passes, or another worker may be at it.
    """
    delivery = store.claim(delivery_id, channel, now, now + LEASE)
    if delivery is None:
        _leave(delivery_id)
        return
    with correlation.bound(delivery.correlation_id):
        try:
            outcome = _hand_over(delivery, provider, now)
        except Passing as error:
            _record(delivery, Outcome(Status.QUEUED, error.reason, error.detail), now)
            raise RetryLater(error.after_seconds) from error
        except Exception:
            _record(delivery, Outcome(Status.QUEUED, "internal_error"), now)
            raise
        # Outside of the try: whatever fails from here on, the provider has said yes or no.
        _record(delivery, outcome, now)


def give_up(delivery_id: str, now: datetime) -> None:
    """Mark a delivery whose message goes to the dead-letter queue; a redrive may still send it."""
    step = Step(status=Status.FAILED, at=now, detail="gave up")
    if store.fail_for_now(delivery_id, step):
        logger.warning("delivery", delivery_id=delivery_id, status=Status.FAILED, reason="gave up")


def _leave(delivery_id: str) -> None:
    delivery = store.find_delivery(delivery_id)
    if delivery is not None and delivery.status is Status.SENDING:
        raise RetryLater  # its worker may have died: look again when the lease is over


def _hand_over(delivery: Delivery, provider: Provider, now: datetime) -> Outcome:
    if delivery.content is None:
        return Outcome(Status.SUPPRESSED, "erased")
    if delivery.good_until is not None and delivery.good_until <= now:
        return Outcome(Status.SUPPRESSED, "expired")
    try:
        return Outcome(Status.SENT, reference=provider.send(delivery))
    except NotConfigured as error:
        return Outcome(Status.SUPPRESSED, error.reason)
    except Rejected as error:
        if isinstance(error, SubscriptionGone):
            subscriptions.delete_subscriptions([delivery.address], delivery.recipient_id)
        return Outcome(Status.FAILED, error.reason, error.detail)


def _record(delivery: Delivery, outcome: Outcome, now: datetime) -> None:
    status = outcome.status
    is_over = status is not Status.QUEUED
    store.record(
        delivery,
        Step(status=status, at=now, detail=outcome.detail or outcome.reason or ""),
        reason=outcome.reason,
        provider_reference=outcome.reference,
        # A code must not lie about when it has done its work or never will.
        erase_content=is_over and delivery.category is Category.SECURITY,
    )
    logger.info(
        "delivery",
        delivery_id=delivery.id,
        channel=delivery.channel,
        status=status,
        reason=outcome.reason,
        attempts=delivery.attempts,
    )
    if is_over:
        metrics.count_delivery(delivery.channel, status)
