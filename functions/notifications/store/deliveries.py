"""Deliveries in the database."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec
from pymongo import ASCENDING, ReturnDocument
from pymongo.collection import Collection
from pymongo.errors import BulkWriteError, PyMongoError

from notifications.models import Channel, Delivery, DeliveryStatus, DueDelivery, Step
from notifications.store import database
from shared.data import mongodb
from shared.data.mongodb import Document
from shared.platform import metrics
from shared.platform.logs import logger

DUPLICATE_KEY = 11000
RESULT_ATTEMPTS = 3
UNREADABLE_AGAIN_AFTER = timedelta(minutes=15)


def add_deliveries(deliveries: Sequence[Delivery]) -> list[Delivery]:
    """Add deliveries in one write and return the new ones.

    A delivery is not new when its recipient was notified of its event before.
    """
    try:
        documents = [mongodb.to_document(delivery) for delivery in deliveries]
        _deliveries().insert_many(documents, ordered=False)
    except BulkWriteError as error:
        failures = error.details["writeErrors"]
        if any(failure["code"] != DUPLICATE_KEY for failure in failures):
            raise
        known = {failure["index"] for failure in failures}
        return [delivery for index, delivery in enumerate(deliveries) if index not in known]
    return list(deliveries)


def list_deliveries(notification_id: str) -> list[Delivery]:
    """List the deliveries of a notification, oldest first."""
    documents = _deliveries().find({"notificationId": notification_id}, sort=[("_id", ASCENDING)])
    return [msgspec.convert(document, Delivery) for document in documents]


def find_delivery(delivery_id: str) -> Delivery | None:
    """Find a delivery."""
    return mongodb.to_record(_deliveries().find_one(delivery_id), Delivery)


def list_due(now: datetime, limit: int) -> list[DueDelivery]:
    """List the queued deliveries that should be on their queue by now and may not be.

    Those that cannot be read are postponed, so that they do not hold up the others.
    """
    due = {"status": DeliveryStatus.QUEUED.value, "dueAt": {"$lte": now}}
    documents = _deliveries().find(
        due, ("channel", "correlationId", "dueAt"), sort=[("dueAt", ASCENDING)], limit=limit
    )
    readable = []
    for document in documents:
        try:
            readable.append(msgspec.convert(document, DueDelivery))
        except msgspec.ValidationError:
            failure = metrics.of_failures(metrics.feature(), 1)
            logger.exception("due delivery unreadable", delivery_id=document["_id"], **failure)
            again = {"$set": {"dueAt": now + UNREADABLE_AGAIN_AFTER}}
            _deliveries().update_one({"_id": document["_id"]}, again)
    return readable


def mark_enqueued(delivery_ids: Sequence[str]) -> None:
    """Note that deliveries are on their queues, so that the sweeper skips them."""
    _deliveries().update_many({"_id": {"$in": list(delivery_ids)}}, {"$set": {"dueAt": None}})


def has_failing(channel: Channel) -> bool:
    """Return whether a delivery of a channel waits because its provider was not available."""
    failing = {
        "status": DeliveryStatus.QUEUED.value,
        "channel": channel.value,
        "reason": "provider_unavailable",
    }
    return _deliveries().find_one(failing, ("_id",)) is not None


def claim(
    delivery_id: str, channel: Channel, now: datetime, lease_until: datetime
) -> Delivery | None:
    """Claim a delivery for sending, atomically. Return None when it cannot be claimed.

    Queued deliveries can be claimed, failed ones that are retryable, and those whose worker died.
    """
    claimable = {
        "_id": delivery_id,
        "channel": channel.value,
        "$or": [
            {"status": DeliveryStatus.QUEUED.value},
            {"status": DeliveryStatus.FAILED.value, "retryable": True},
            {"status": DeliveryStatus.SENDING.value, "leaseUntil": {"$lte": now}},
        ],
    }
    step = Step(status=DeliveryStatus.SENDING, at=now)
    change = {
        "$set": {"status": step.status.value, "leaseUntil": lease_until, "dueAt": None},
        "$inc": {"attempts": 1},
        "$push": {"timeline": mongodb.to_document(step)},
    }
    claimed = _deliveries().find_one_and_update(
        claimable, change, return_document=ReturnDocument.AFTER
    )
    return mongodb.to_record(claimed, Delivery)


def save_result(
    delivery: Delivery,
    step: Step,
    *,
    reason: str | None = None,
    provider_reference: str | None = None,
    erase_content: bool = False,
) -> None:
    """Save the result of an attempt and release the claim."""
    changes: Document = {
        "status": step.status.value,
        "reason": reason,
        "retryable": False,
        "leaseUntil": None,
        "providerReference": provider_reference,
    }
    if erase_content:
        changes["content"] = None
    change = {"$set": changes, "$push": {"timeline": mongodb.to_document(step)}}
    claimed = {"_id": delivery.id, "status": DeliveryStatus.SENDING.value}
    for attempts_left in reversed(range(RESULT_ATTEMPTS)):
        try:
            _deliveries().update_one(claimed, change)
            return
        except PyMongoError:  # losing the note of a success sends a second copy: try again
            if not attempts_left:
                raise


def save_report(
    delivery_id: str,
    before: Sequence[str],
    step: Step,
    *,
    reason: str | None,
    provider_reference: str | None,
    erase_content: bool,
) -> bool:
    """Save what a provider reported of a delivery, if it is in one of the states before.

    Returns:
        Whether it was.
    """
    changes: Document = {
        "status": step.status.value,
        "reason": reason,
        "retryable": False,
        "leaseUntil": None,
        "dueAt": None,
    }
    if provider_reference is not None:
        changes["providerReference"] = provider_reference
    if erase_content:
        changes["content"] = None
    change = {"$set": changes, "$push": {"timeline": mongodb.to_document(step)}}
    reported = {"_id": delivery_id, "status": {"$in": list(before)}}
    return _deliveries().update_one(reported, change).modified_count == 1


def cancel(notification_id: str, now: datetime) -> None:
    """Cancel the deliveries of a notification that a worker could still claim, each atomically."""
    claimable = {
        "notificationId": notification_id,
        "$or": [
            {"status": DeliveryStatus.QUEUED.value},
            {"status": DeliveryStatus.FAILED.value, "retryable": True},
        ],
    }
    step = Step(status=DeliveryStatus.CANCELLED, at=now)
    change = {
        "$set": {"status": step.status.value, "retryable": False, "dueAt": None},
        "$push": {"timeline": mongodb.to_document(step)},
    }
    _deliveries().update_many(claimable, change)


def mark_failed(delivery_id: str, step: Step) -> bool:
    """Mark an open delivery as failed and retryable. Return False when it is over already.

    Its reason stays that of the last attempt.
    """
    open_statuses = [DeliveryStatus.QUEUED.value, DeliveryStatus.SENDING.value]
    open_delivery = {"_id": delivery_id, "status": {"$in": open_statuses}}
    change = {
        "$set": {"status": DeliveryStatus.FAILED.value, "retryable": True, "leaseUntil": None},
        "$push": {"timeline": mongodb.to_document(step)},
    }
    return _deliveries().update_one(open_delivery, change).modified_count == 1


def _deliveries() -> Collection[Document]:
    return database().deliveries
