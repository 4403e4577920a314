"""Scheduled messages, which the sweeper sends at their time.

Whoever sends one claims it first, so that no two send it at the same moment. A claim of a process
that died ends after a while, and the message is sent again under the same client message id.
"""

from datetime import datetime, timedelta
from typing import Any

import msgspec
from pymongo import ASCENDING, ReturnDocument
from pymongo.collection import Collection
from pymongo.errors import DuplicateKeyError

from messaging.models import ScheduledMessage, ScheduledStatus
from messaging.store import ANY_TIME, database
from messaging.store.conversations import stored_name
from shared.data.mongodb import Document, to_document, to_record

CLAIM = timedelta(minutes=5)
SENT_KEPT_FOR = timedelta(days=7)

_OPEN = [ScheduledStatus.SCHEDULED.value, ScheduledStatus.REFUSED.value]


def add(scheduled: ScheduledMessage) -> ScheduledMessage:
    """Store a message and return it, or the earlier one of the same client message id."""
    try:
        _scheduled().insert_one(to_document(scheduled))
    except DuplicateKeyError:
        return find_same(scheduled) or scheduled
    return scheduled


def find_same(scheduled: ScheduledMessage) -> ScheduledMessage | None:
    """Return the message that was scheduled under the same client message id, None without any."""
    same = {
        "userId": scheduled.user_id,
        "conversationId": scheduled.conversation_id,
        "clientMessageId": scheduled.client_message_id,
    }
    return to_record(_scheduled().find_one(same), ScheduledMessage)


def find(user_id: str, scheduled_id: str) -> ScheduledMessage | None:
    """Return a scheduled message of a user, None where it is absent."""
    wanted = {"_id": scheduled_id, "userId": user_id}
    return to_record(_scheduled().find_one(wanted), ScheduledMessage)


def list_open(user_id: str, limit: int) -> list[ScheduledMessage]:
    """Return the messages of a user that were not sent, in the order of their times."""
    wanted = {"userId": user_id, "status": {"$in": _OPEN}}
    documents = _scheduled().find(wanted, sort=[("sendAt", ASCENDING), ("_id", ASCENDING)])
    return [msgspec.convert(document, ScheduledMessage) for document in documents.limit(limit)]


def list_all(user_id: str, limit: int) -> list[ScheduledMessage]:
    """Return the messages of a user, those that were sent included."""
    documents = _scheduled().find({"userId": user_id}, limit=limit)
    return [msgspec.convert(document, ScheduledMessage) for document in documents]


def find_due(now: datetime, limit: int) -> list[str]:
    """Return ids of messages whose time has come, the longest due first.

    Only ids are read, so that a message that cannot be read does not hold up the others.
    """
    due = {"dueAt": {"$lte": now, **ANY_TIME}}
    documents = _scheduled().find(due, {"_id": True}, sort=[("dueAt", ASCENDING)], limit=limit)
    return [document["_id"] for document in documents]


def claim(scheduled_id: str, now: datetime, *, early: bool = False) -> ScheduledMessage | None:
    """Claim a message for sending it.

    Args:
        scheduled_id: Id of the message.
        now: The current time.
        early: Whether its author sends it before its time, or although it was refused.

    Returns:
        The message; None where it is gone, sent, not due, or claimed by somebody else.
    """
    free = _free(scheduled_id, now)
    if not early:
        free["dueAt"] = {"$lte": now, **ANY_TIME}
    claimed_until = now + CLAIM
    document = _scheduled().find_one_and_update(
        free,
        {"$set": {"claimedUntil": claimed_until, "dueAt": claimed_until}},
        return_document=ReturnDocument.AFTER,
    )
    return to_record(document, ScheduledMessage)


def settle(scheduled: ScheduledMessage, **fields: Any) -> ScheduledMessage | None:
    """Set fields of a message that the caller claimed, and end the claim."""
    claimed = {"_id": scheduled.id, "claimedUntil": scheduled.claimed_until}
    return _update(claimed, fields)


def change(scheduled: ScheduledMessage, now: datetime, **fields: Any) -> ScheduledMessage | None:
    """Set fields of a message as it was read; None where it was changed, or is being sent."""
    unchanged = _free(scheduled.id, now) | {"version": scheduled.version}
    return _update(unchanged, fields)


def cancel(scheduled: ScheduledMessage, now: datetime) -> bool:
    """Delete a message that was not sent. Return False where it is being sent, or was."""
    return _scheduled().delete_one(_free(scheduled.id, now)).deleted_count == 1


def delete(scheduled_id: str) -> None:
    """Delete a message that cannot be sent any more."""
    _scheduled().delete_one({"_id": scheduled_id})


def erase(user_id: str) -> None:
    """Delete the scheduled messages of a user."""
    _scheduled().delete_many({"userId": user_id})


def _free(scheduled_id: str, now: datetime) -> Document:
    return {
        "_id": scheduled_id,
        "status": {"$in": _OPEN},
        "$or": [{"claimedUntil": None}, {"claimedUntil": {"$lte": now}}],
    }


def _update(condition: Document, fields: dict[str, Any]) -> ScheduledMessage | None:
    changes = {stored_name(name): value for name, value in fields.items()}
    document = _scheduled().find_one_and_update(
        condition,
        {"$set": changes | {"claimedUntil": None}, "$inc": {"version": 1}},
        return_document=ReturnDocument.AFTER,
    )
    return to_record(document, ScheduledMessage)


def _scheduled() -> Collection[Document]:
    return database().scheduledMessages
