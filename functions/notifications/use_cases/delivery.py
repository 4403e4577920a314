"""Delivery: claim a message, send it, save the result.

A delivery is sent at least once, and almost always exactly once: only when a worker dies, or cannot
reach the database, after the provider accepted the message and before that is saved, the next
worker sends it again once the lease is over. Mail programs and push services recognise that copy by
the Message-ID or Topic, which is derived from the delivery's id.
"""

from datetime import datetime, timedelta

import msgspec

from notifications.channels import (
    NotConfigured,
    Provider,
    Rejected,
    SubscriptionGone,
    TemporaryFailure,
    metrics,
)
from notifications.models import (
    Channel,
    Delivery,
    DeliveryStatus,
    MessageCategory,
    Step,
    SuppressionReason,
)
from notifications.store import conversations, subscriptions
from notifications.store import deliveries as store
from notifications.use_cases import reminders, suppressions
from shared.events.queues import RetryLater
from shared.platform import correlation
from shared.platform.logs import logger

LEASE = timedelta(seconds=120)  # longer than the timeout of the workers


class AttemptResult(msgspec.Struct, frozen=True):
    """The result of an attempt to send a delivery."""

    status: DeliveryStatus
    reason: str | None = None
    detail: str = ""
    reference: str | None = None


def deliver(delivery_id: str, channel: Channel, provider: Provider, now: datetime) -> None:
    """Send a delivery, unless it was sent.

    Raises:
        RetryLater: The failure is temporary, or another worker may be sending it.
    """
    delivery = store.claim(delivery_id, channel, now, now + LEASE)
    if delivery is None:
        _require_no_claim(delivery_id)
        return
    with correlation.bound(delivery.correlation_id):
        try:
            result = _send(delivery, provider, now)
        except TemporaryFailure as error:
            failure = AttemptResult(DeliveryStatus.QUEUED, error.reason, error.detail)
            _save_result(delivery, failure, now)
            raise RetryLater(error.after_seconds) from error
        except Exception:
            _save_result(delivery, AttemptResult(DeliveryStatus.QUEUED, "internal_error"), now)
            raise
        # Outside of the try: whatever fails from here on, the provider has answered.
        _save_result(delivery, result, now)


def give_up(delivery_id: str, now: datetime) -> None:
    """Mark a delivery whose message moves to the dead-letter queue; a redrive may still send it."""
    step = Step(status=DeliveryStatus.FAILED, at=now, detail="gave up")
    if store.mark_failed(delivery_id, step):
        logger.warning(
            "delivery", delivery_id=delivery_id, status=DeliveryStatus.FAILED, reason="gave up"
        )


def _require_no_claim(delivery_id: str) -> None:
    delivery = store.find_delivery(delivery_id)
    if delivery is not None and delivery.status is DeliveryStatus.SENDING:
        raise RetryLater  # its worker may have died: look again when the lease is over


def _send(delivery: Delivery, provider: Provider, now: datetime) -> AttemptResult:
    if reason := _find_obstacle(delivery, now):
        return AttemptResult(DeliveryStatus.SUPPRESSED, reason)
    try:
        return AttemptResult(DeliveryStatus.SENT, reference=provider.send(delivery))
    except NotConfigured as error:
        return AttemptResult(DeliveryStatus.SUPPRESSED, error.reason)
    except Rejected as error:
        if isinstance(error, SubscriptionGone):
            subscriptions.delete([delivery.address], delivery.recipient_id)
            suppressions.suppress(
                Channel.PUSH, delivery.address, SuppressionReason.GONE, now, error.detail
            )
        suppressions.add_rejection(delivery, error.detail, now)
        return AttemptResult(DeliveryStatus.FAILED, error.reason, error.detail)


def _find_obstacle(delivery: Delivery, now: datetime) -> str | None:
    """Return why a delivery must not be sent any more, whatever it was when it was accepted."""
    if delivery.content is None:
        return "erased"
    if delivery.good_until is not None and delivery.good_until <= now:
        return "expired"
    if suppressed := suppressions.find_reasons([delivery]).get(delivery.id):
        return suppressed.value
    if _is_blocked(delivery):
        return "blocked"
    return "outdated" if reminders.is_outdated(delivery) else None


def _is_blocked(delivery: Delivery) -> bool:
    """Return whether the person who asked for the message and its recipient block each other.

    They may have since: a message can be scheduled a year ahead.
    """
    requester_id, recipient_id = delivery.requester_id, delivery.recipient_id
    if requester_id is None or recipient_id is None or requester_id == recipient_id:
        return False
    return conversations.is_blocked(requester_id, recipient_id)


def _save_result(delivery: Delivery, result: AttemptResult, now: datetime) -> None:
    status = result.status
    is_over = status is not DeliveryStatus.QUEUED
    store.save_result(
        delivery,
        Step(status=status, at=now, detail=result.detail or result.reason or ""),
        reason=result.reason,
        provider_reference=result.reference,
        # A code must not be stored longer than it is of use.
        erase_content=is_over and delivery.category is MessageCategory.SECURITY,
    )
    logger.info(
        "delivery",
        delivery_id=delivery.id,
        channel=delivery.channel,
        status=status,
        reason=result.reason,
        attempts=delivery.attempts,
    )
    if is_over:
        metrics.count_delivery(delivery.channel, status)
