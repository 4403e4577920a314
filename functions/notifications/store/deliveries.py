"""Deliveries in the database."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec
from pymongo import ASCENDING, UpdateOne
from pymongo.collection import Collection
from pymongo.errors import BulkWriteError, PyMongoError

from domain.ids import new_id
from notifications.models import (
    Channel,
    Delivery,
    DeliveryStatus,
    DueDelivery,
    MessageCategory,
    Step,
)
from notifications.rules import delivery_states
from notifications.store import database
from shared.data import mongodb
from shared.data.mongodb import Document
from shared.platform import metrics
from shared.platform.logs import logger

DUPLICATE_KEY = 11000
RESULT_ATTEMPTS = 3
UNREADABLE_AGAIN_AFTER = timedelta(minutes=15)
OPEN = sorted(status.value for status in delivery_states.OPEN)


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


def list_references(delivery: Delivery, references: Sequence[str]) -> set[str]:
    """List those of a provider's references that belong to deliveries to the same recipient."""
    found = _deliveries().find(
        {
            "recipientKey": delivery.recipient_key,
            "channel": delivery.channel.value,
            "providerReference": {"$in": list(references)},
        },
        ("providerReference",),
    )
    return {str(document["providerReference"]) for document in found}


def list_due(now: datetime, limit: int) -> list[DueDelivery]:
    """List the open deliveries that nobody continues with, codes first, then the longest due.

    Those that cannot be read are postponed, so that they do not hold up the others.
    """
    due: Document = {
        "status": {"$in": OPEN},
        "digestId": None,  # what waits for a digest is not sent on its own
        "$or": [{"dueAt": {"$lte": now}}, {"dueAt": None}],
    }
    found = _list_due(due, now, limit)
    if len(found) == limit:  # there may be codes among the rest
        codes = _list_due(due | {"category": MessageCategory.SECURITY.value}, now, limit)
        listed = {delivery.id for delivery in codes}
        found = [*codes, *(delivery for delivery in found if delivery.id not in listed)]
    return sorted(found, key=lambda delivery: not delivery.is_code)[:limit]


def mark_enqueued(delivery_ids: Sequence[str], now: datetime, due_at: datetime) -> None:
    """Note that deliveries are on their queues, and when they are due if they get lost there."""
    still_due = {"$not": {"$gt": now}}  # a worker may have claimed some meanwhile
    _deliveries().update_many(
        {"_id": {"$in": list(delivery_ids)}, "status": {"$in": OPEN}, "dueAt": still_due},
        {"$set": {"dueAt": due_at}},
    )


def claim_batch(
    delivery_ids: Sequence[str], channel: Channel, now: datetime, lease_until: datetime
) -> list[Delivery]:
    """Claim deliveries for sending, each atomically, and return those that were claimed.

    Queued deliveries can be claimed once it is time to send them, those whose fate is unknown,
    failed ones that are retryable, and those whose worker died. Others wait for a digest, belong to
    another worker, or are over.
    """
    claim_id = new_id("clm")
    step = Step(status=DeliveryStatus.SENDING, at=now)
    change = {
        "$set": {
            "status": step.status.value,
            "claimId": claim_id,
            "leaseUntil": lease_until,
            "dueAt": lease_until,
            "stoppedBy": [],
        },
        "$inc": {"attempts": 1},
        "$push": {"timeline": mongodb.to_document(step)},
    }
    chosen: Document = {"_id": {"$in": list(delivery_ids)}}
    queued = {"status": DeliveryStatus.QUEUED.value, "sendAt": {"$not": {"$gt": now}}}
    others = {
        "$or": [
            {"status": DeliveryStatus.UNKNOWN.value},
            {"status": DeliveryStatus.FAILED.value, "retryable": True},
            {"status": DeliveryStatus.SENDING.value, "leaseUntil": {"$not": {"$gt": now}}},
        ]
    }
    # The usual state first: for `$or`, the server of the local stack reads the whole collection.
    count = 0
    for claimable in (queued, others):
        if count < len(delivery_ids):
            claims = chosen | {"channel": channel.value, "digestId": None} | claimable
            count += _deliveries().update_many(claims, change).modified_count
    if not count:
        return []
    claimed = []
    for document in _deliveries().find(chosen | {"claimId": claim_id}):
        try:
            claimed.append(msgspec.convert(document, Delivery))
        except msgspec.ValidationError:
            _postpone_unreadable(document, now)
    return claimed


class Result(msgspec.Struct, frozen=True):
    """The result of an attempt, as it is saved.

    Attributes:
        due_at: When to continue, if work remains to be done.
        failing_since: The first of the failures in a row, if it failed for a temporary reason.
        failures: The number of these failures.
        copies: How often the delivery was sent again because its fate was unknown.
        is_postponed: Whether nothing was attempted, so that the claim never was.
        stopped_by: Ids of the kill switches that it is postponed for.
        expected_at: When it should be sent instead, if its recipient defers it.
    """

    delivery: Delivery
    step: Step
    reason: str | None = None
    provider_reference: str | None = None
    due_at: datetime | None = None
    retryable: bool = False
    failing_since: datetime | None = None
    failures: int = 0
    copies: int = 0
    erase_content: bool = False
    is_postponed: bool = False
    stopped_by: tuple[str, ...] = ()
    expected_at: datetime | None = None


def save_results(results: Sequence[Result]) -> None:
    """Save the results of a batch in one write, and release the claims.

    A delivery that a callback or another worker has moved on meanwhile keeps its state.
    """
    if not results:
        return
    writes = [_build_write(result) for result in results]
    for attempts_left in reversed(range(RESULT_ATTEMPTS)):
        try:
            _deliveries().bulk_write(writes, ordered=False)
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
            # A digest that is made at this moment claims what it gathers.
            {"status": DeliveryStatus.QUEUED.value, "claimId": {"$not": {"$regex": "^dig_"}}},
            {"status": DeliveryStatus.FAILED.value, "retryable": True},
        ],
    }
    step = Step(status=DeliveryStatus.CANCELLED, at=now)
    change = {
        "$set": {"status": step.status.value, "retryable": False, "dueAt": None},
        "$push": {"timeline": mongodb.to_document(step)},
    }
    _deliveries().update_many(claimable, change)


def has_failing(channel: Channel) -> bool:
    """Return whether a delivery of a channel waits because its provider was not available."""
    failing = {
        "status": DeliveryStatus.QUEUED.value,
        "channel": channel.value,
        "reason": "provider_unavailable",
    }
    return _deliveries().find_one(failing, ("_id",)) is not None


def _build_write(result: Result) -> UpdateOne:
    claimed = {
        "_id": result.delivery.id,
        "claimId": result.delivery.claim_id,
        "status": DeliveryStatus.SENDING.value,
    }
    if result.is_postponed:
        before: Document = {
            "status": result.step.status.value,
            "leaseUntil": None,
            "dueAt": result.due_at,
            "stoppedBy": list(result.stopped_by),
        }
        if result.reason is not None:
            before["reason"] = result.reason
        if result.expected_at is not None:
            before["expectedAt"] = result.expected_at
        undone = {"$set": before, "$inc": {"attempts": -1}, "$pop": {"timeline": 1}}
        return UpdateOne(claimed, undone)
    changes: Document = {
        "status": result.step.status.value,
        "reason": result.reason,
        "retryable": result.retryable,
        "leaseUntil": None,
        "dueAt": result.due_at,
        "failingSince": result.failing_since,
        "failures": result.failures,
        "copies": result.copies,
    }
    if result.provider_reference is not None:
        changes["providerReference"] = result.provider_reference
    if result.erase_content:
        changes["content"] = None
    return UpdateOne(
        claimed, {"$set": changes, "$push": {"timeline": mongodb.to_document(result.step)}}
    )


def _list_due(due: Document, now: datetime, limit: int) -> list[DueDelivery]:
    fields = ("channel", "correlationId", "dueAt", "category")
    documents = _deliveries().find(due, fields, sort=[("dueAt", ASCENDING)], limit=limit)
    readable = []
    for document in documents:
        try:
            readable.append(msgspec.convert(document, DueDelivery))
        except msgspec.ValidationError:
            _postpone_unreadable(document, now)
    return readable


def _postpone_unreadable(document: Document, now: datetime) -> None:
    failure = metrics.of_failures(metrics.feature(), 1)
    logger.exception("delivery unreadable", delivery_id=document["_id"], **failure)
    again = {"$set": {"dueAt": now + UNREADABLE_AGAIN_AFTER}}
    _deliveries().update_one({"_id": document["_id"]}, again)


def _deliveries() -> Collection[Document]:
    return database().deliveries
