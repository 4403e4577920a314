"""Delivering: claim, hand over, write down what became of it.

A delivery is handed over at least once, and almost always exactly once: only a worker that dies
between the provider's yes and our note of it makes its successor send again. Mail programs and
push services recognise that copy by the Message-ID and Topic made from the delivery's id.
"""

from datetime import datetime, timedelta

from notifications import metrics, store
from notifications.channels import (
    NotConfigured,
    Passing,
    Provider,
    Rejected,
    SubscriptionGone,
)
from notifications.records import Category, Channel, Delivery, Status, Step
from shared import correlation
from shared.logs import logger
from shared.queues import RetryLater

LEASE = timedelta(seconds=60)  # longer than the timeout of the workers


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
            _hand_over(delivery, provider, now)
        except Passing as error:
            _record(delivery, Status.QUEUED, now, error.reason, error.detail)
            raise RetryLater(error.after_seconds) from error
        except Exception:
            _record(delivery, Status.QUEUED, now, "internal_error")
            raise


def give_up(delivery_id: str, now: datetime) -> None:
    """Mark a delivery whose message goes to the dead-letter queue; a redrive may still send it."""
    step = Step(status=Status.FAILED, at=now, detail="gave up")
    if store.fail_for_now(delivery_id, step):
        logger.warning("delivery", delivery_id=delivery_id, status=Status.FAILED, reason="gave up")


def _leave(delivery_id: str) -> None:
    delivery = store.find_delivery(delivery_id)
    if delivery is not None and delivery.status is Status.SENDING:
        raise RetryLater  # its worker may have died: look again when the lease is over


def _hand_over(delivery: Delivery, provider: Provider, now: datetime) -> None:
    if delivery.content is None:
        _record(delivery, Status.SUPPRESSED, now, "erased")
    elif delivery.good_until is not None and delivery.good_until <= now:
        _record(delivery, Status.SUPPRESSED, now, "expired")
    else:
        try:
            reference = provider.send(delivery)
        except NotConfigured as error:
            _record(delivery, Status.SUPPRESSED, now, error.reason)
        except Rejected as error:
            if isinstance(error, SubscriptionGone):
                store.delete_subscriptions([delivery.address], delivery.recipient_id)
            _record(delivery, Status.FAILED, now, error.reason, error.detail)
        else:
            _record(delivery, Status.SENT, now, reference=reference)


def _record(
    delivery: Delivery,
    status: Status,
    now: datetime,
    reason: str | None = None,
    detail: str = "",
    *,
    reference: str | None = None,
) -> None:
    is_over = status is not Status.QUEUED
    store.record(
        delivery,
        Step(status=status, at=now, detail=detail or reason or ""),
        reason=reason,
        provider_reference=reference,
        # A code must not lie about when it has done its work or never will.
        erase_content=is_over and delivery.category is Category.SECURITY,
    )
    logger.info(
        "delivery",
        delivery_id=delivery.id,
        channel=delivery.channel,
        status=status,
        reason=reason,
        attempts=delivery.attempts,
    )
    if is_over:
        metrics.count_delivery(delivery.channel, status)
