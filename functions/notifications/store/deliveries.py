"""Deliveries in the database."""

from collections.abc import Sequence
from datetime import datetime

import msgspec
from pymongo import ASCENDING, ReturnDocument
from pymongo.collection import Collection
from pymongo.errors import BulkWriteError, PyMongoError

from notifications.models import Channel, Delivery, Status, Step
from notifications.store import database
from shared.data import mongodb
from shared.data.mongodb import Document

DUPLICATE_KEY = 11000
NOTE_ATTEMPTS = 3


def add_deliveries(deliveries: Sequence[Delivery]) -> list[Delivery]:
    """Add them in one write and return those that are new: the others' event was told already."""
    try:
        documents = [mongodb.to_document(delivery) for delivery in deliveries]
        _deliveries().insert_many(documents, ordered=False)
    except BulkWriteError as error:
        failures = error.details["writeErrors"]
        if any(failure["code"] != DUPLICATE_KEY for failure in failures):
            raise
        told = {failure["index"] for failure in failures}
        return [delivery for at, delivery in enumerate(deliveries) if at not in told]
    return list(deliveries)


def find_deliveries(notification_id: str) -> list[Delivery]:
    """The deliveries of a notification, oldest first."""
    found = _deliveries().find({"notificationId": notification_id}, sort=[("_id", ASCENDING)])
    return [msgspec.convert(document, Delivery) for document in found]


def find_delivery(delivery_id: str) -> Delivery | None:
    """The delivery."""
    return mongodb.to_record(_deliveries().find_one(delivery_id), Delivery)


def due_deliveries(now: datetime, limit: int) -> list[Delivery]:
    """Queued deliveries that should be on their queue by now and are not known to be."""
    due = {"status": Status.QUEUED.value, "dueAt": {"$lte": now}}
    found = _deliveries().find(due, sort=[("dueAt", ASCENDING)], limit=limit)
    return [msgspec.convert(document, Delivery) for document in found]


def mark_enqueued(delivery_ids: Sequence[str]) -> None:
    """Note that they are on their queue, so that the sweeper leaves them to it."""
    _deliveries().update_many({"_id": {"$in": list(delivery_ids)}}, {"$set": {"dueAt": None}})


def claim(
    delivery_id: str, channel: Channel, now: datetime, lease_until: datetime
) -> Delivery | None:
    """Take a delivery for sending, atomically; None when it is not there to be taken.

    Free are queued ones, failed ones that may be tried again, and ones whose worker died.
    """
    free = {
        "_id": delivery_id,
        "channel": channel.value,
        "$or": [
            {"status": Status.QUEUED.value},
            {"status": Status.FAILED.value, "retryable": True},
            {"status": Status.SENDING.value, "leaseUntil": {"$lte": now}},
        ],
    }
    change = {
        "$set": {"status": Status.SENDING.value, "leaseUntil": lease_until, "dueAt": None},
        "$inc": {"attempts": 1},
        "$push": {"timeline": mongodb.to_document(Step(status=Status.SENDING, at=now))},
    }
    claimed = _deliveries().find_one_and_update(free, change, return_document=ReturnDocument.AFTER)
    return mongodb.to_record(claimed, Delivery)


def record(
    delivery: Delivery,
    step: Step,
    *,
    reason: str | None = None,
    provider_reference: str | None = None,
    erase_content: bool = False,
) -> None:
    """Write down what became of a claimed delivery, and give up the claim."""
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
    claimed = {"_id": delivery.id, "status": Status.SENDING.value}
    for tries_left in reversed(range(NOTE_ATTEMPTS)):
        try:
            _deliveries().update_one(claimed, change)
            return
        except PyMongoError:  # the note of a yes that is lost makes a second copy: try again
            if not tries_left:
                raise


def fail_for_now(delivery_id: str, step: Step) -> bool:
    """Mark a delivery that is still open as failed, to be tried again by an operator.

    Its reason stays that of the last attempt. False when it is over already.
    """
    open_ = {"_id": delivery_id, "status": {"$in": [Status.QUEUED.value, Status.SENDING.value]}}
    change = {
        "$set": {"status": Status.FAILED.value, "retryable": True, "leaseUntil": None},
        "$push": {"timeline": mongodb.to_document(step)},
    }
    return _deliveries().update_one(open_, change).modified_count == 1


def _deliveries() -> Collection[Document]:
    return database().deliveries
