"""Deliveries that wait for a digest, in the database."""

from collections.abc import Sequence
from datetime import datetime

import msgspec
from pymongo import ASCENDING
from pymongo.collection import Collection

from notifications.models import Channel, Content, Delivery, DeliveryStatus, Step
from notifications.store import database
from shared.data.mongodb import Document, to_document, to_record

_HELD = {"status": DeliveryStatus.QUEUED.value, "digestId": {"$gt": ""}}


def list_due(now: datetime, limit: int) -> list[str]:
    """List the ids of the digests whose windows have ended, the longest due first."""
    due = _deliveries().find(
        _HELD | {"dueAt": {"$lte": now}}, ("digestId",), sort=[("dueAt", ASCENDING)], limit=limit
    )
    return list(dict.fromkeys(document["digestId"] for document in due))


def claim_held(digest_id: str) -> list[Delivery]:
    """Claim the deliveries that a digest has still to gather, and list them, oldest first.

    From then on they cannot be cancelled any more. Whoever dies leaves them to the next run.
    """
    held = _HELD | {"digestId": digest_id}
    _deliveries().update_many(held, {"$set": {"claimId": digest_id}})
    claimed = _deliveries().find(held | {"claimId": digest_id}, sort=[("_id", ASCENDING)])
    return [msgspec.convert(document, Delivery) for document in claimed]


def find_mail(user_id: str, digest_id: str) -> Delivery | None:
    """Find the mail of a digest."""
    key = {"recipientKey": user_id, "channel": Channel.EMAIL.value, "eventId": digest_id}
    return to_record(_deliveries().find_one(key), Delivery)


def end(delivery_ids: Sequence[str], reason: str, detail: str, now: datetime) -> None:
    """End deliveries that are not sent as messages of their own."""
    step = Step(status=DeliveryStatus.SUPPRESSED, at=now, detail=detail)
    change = {
        "$set": {"status": step.status.value, "reason": reason, "dueAt": None},
        "$push": {"timeline": to_document(step)},
    }
    _deliveries().update_many(_HELD | {"_id": {"$in": list(delivery_ids)}}, change)


def release(delivery_id: str, content: Content | None, now: datetime) -> None:
    """Let a delivery go as a message of its own, unless it was erased meanwhile."""
    released: Document = {"digestId": None, "claimId": None, "dueAt": now}
    if content is not None:
        released["content"] = to_document(content)
    held = _HELD | {"_id": delivery_id, "content": {"$ne": None}}
    if _deliveries().update_one(held, {"$set": released}).matched_count == 0:
        end([delivery_id], "erased", "erased", now)


def _deliveries() -> Collection[Document]:
    return database().deliveries
