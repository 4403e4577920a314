"""Deliveries that wait for a digest, in the database."""

from collections.abc import Sequence
from datetime import datetime

import msgspec
from pymongo import ASCENDING, DESCENDING
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


def find_held(digest_id: str) -> Delivery | None:
    """Find one of the deliveries that a digest has still to gather."""
    return to_record(_deliveries().find_one(_HELD | {"digestId": digest_id}), Delivery)


def claim_held(digest_id: str, limit: int) -> list[Delivery]:
    """Claim the deliveries that a digest has still to gather, and list the newest, oldest first.

    From then on they cannot be cancelled any more. Whoever dies leaves them to the next run.
    """
    held = _HELD | {"digestId": digest_id}
    _deliveries().update_many(held, {"$set": {"claimId": digest_id}})
    return _list(held | {"claimId": digest_id}, limit)


def list_held(digest_id: str, limit: int) -> list[Delivery]:
    """List the newest of the deliveries that a digest has still to gather, oldest first."""
    return _list(_HELD | {"digestId": digest_id}, limit)


def count_older(digest_id: str, delivery_id: str) -> int:
    """Count the claimed deliveries that are older than one of them."""
    return _deliveries().count_documents(_older(digest_id, delivery_id))


def find_mail(user_id: str, digest_id: str) -> Delivery | None:
    """Find the mail of a digest."""
    key = {"recipientKey": user_id, "channel": Channel.EMAIL.value, "eventId": digest_id}
    return to_record(_deliveries().find_one(key), Delivery)


def end_gathered(digest_id: str, mail: Delivery, reason: str, now: datetime) -> None:
    """End what a mail gathered, and the older ones, which it only counts."""
    end(mail.gathered, reason, mail.id, now)
    if mail.gathered:
        _end(_older(digest_id, mail.gathered[0]), reason, mail.id, now)


def end(delivery_ids: Sequence[str], reason: str, detail: str, now: datetime) -> None:
    """End deliveries that are not sent as messages of their own."""
    _end(_HELD | {"_id": {"$in": list(delivery_ids)}}, reason, detail, now)


def end_all(digest_id: str, reason: str, now: datetime) -> None:
    """End all deliveries that a digest would have gathered."""
    _end(_HELD | {"digestId": digest_id}, reason, "", now)


def _end(ended: Document, reason: str, detail: str, now: datetime) -> None:
    step = Step(status=DeliveryStatus.SUPPRESSED, at=now, detail=detail)
    change = {
        "$set": {"status": step.status.value, "reason": reason, "dueAt": None},
        "$push": {"timeline": to_document(step)},
    }
    _deliveries().update_many(ended, change)


def release(delivery_id: str, content: Content | None, now: datetime) -> None:
    """Let a delivery go as a message of its own, unless it was erased meanwhile."""
    released: Document = {"digestId": None, "claimId": None, "dueAt": now}
    if content is not None:
        released["content"] = to_document(content)
    held = _HELD | {"_id": delivery_id, "content": {"$ne": None}}
    if _deliveries().update_one(held, {"$set": released}).matched_count == 0:
        end([delivery_id], "erased", "erased", now)


def _older(digest_id: str, delivery_id: str) -> Document:
    return _HELD | {"digestId": digest_id, "claimId": digest_id, "_id": {"$lt": delivery_id}}


def _list(held: Document, limit: int) -> list[Delivery]:
    found = _deliveries().find(held, sort=[("_id", DESCENDING)], limit=limit)
    return [msgspec.convert(document, Delivery) for document in found][::-1]


def _deliveries() -> Collection[Document]:
    return database().deliveries
