"""Counters of unread messages: one document per person, so that their total is one small read.

Each conversation sets its own number in it, as of a version of the conversation, and the total is
their sum in the same write. A number that arrives again changes nothing, and an older one that
arrives late is ignored: numbers of zero are kept for as long as that can happen.
"""

from datetime import datetime, timedelta
from typing import Any

import msgspec
from pymongo.collection import Collection
from pymongo.errors import DuplicateKeyError

from messaging.models import UnreadCount, UnreadCounter
from messaging.store import database
from shared.data.conflicts import WriteConflict
from shared.data.mongodb import Document, to_document, to_record

# Longer than any process holds a number that it has read.
KEPT_FOR = timedelta(hours=1)


def find(user_id: str) -> UnreadCounter | None:
    """Return the counter of a person, None without one."""
    return to_record(_counters().find_one(user_id), UnreadCounter)


def find_total(user_id: str) -> int | None:
    """Return the unread messages of a person. None where not all conversations are counted yet."""
    counted = {"_id": user_id, "complete": True}
    document = _counters().find_one(counted, {"total": True})
    return None if document is None else int(document["total"])


def set_count(user_id: str, count: UnreadCount) -> None:
    """Set the number of a conversation in the counter of a person, unless a newer one is there."""
    _counters().update_one({"_id": user_id}, _build_update(count), upsert=True)


def replace(counter: UnreadCounter, earlier: UnreadCounter | None) -> None:
    """Store a counter that was counted again.

    Raises:
        WriteConflict: It is not as it was before counting.
    """
    unchanged = {"_id": counter.id, "revision": earlier.revision if earlier else None}
    try:
        replaced = _counters().replace_one(unchanged, to_document(counter), upsert=earlier is None)
    except DuplicateKeyError as error:
        raise WriteConflict from error
    if earlier is not None and not replaced.matched_count:
        raise WriteConflict


def delete(user_id: str) -> None:
    """Delete the counter of a person."""
    _counters().delete_one({"_id": user_id})


def _build_update(count: UnreadCount) -> list[Document]:
    """Return the stages that put a number into a counter."""
    counts = {"$ifNull": ["$counts", []]}
    is_of_conversation = {"$eq": ["$$each.conversationId", count.conversation_id]}
    newer = _filter(
        counts, {"$and": [is_of_conversation, {"$gt": ["$$each.version", count.version]}]}
    )
    kept = _filter(
        counts,
        {
            "$and": [
                {"$ne": ["$$each.conversationId", count.conversation_id]},
                {
                    "$or": [
                        {"$gt": ["$$each.count", 0]},
                        {"$gt": ["$$each.at", count.at - KEPT_FOR]},
                    ]
                },
            ]
        },
    )
    changed = {"$concatArrays": [kept, [msgspec.to_builtins(count, builtin_types=(datetime,))]]}
    numbers = {"$map": {"input": "$counts", "as": "each", "in": "$$each.count"}}
    return [
        {"$set": {"counts": {"$cond": [{"$eq": [{"$size": newer}, 0]}, changed, counts]}}},
        {
            "$set": {
                "total": {"$sum": numbers},
                "revision": {"$add": [{"$ifNull": ["$revision", 0]}, 1]},
            }
        },
    ]


def _filter(counts: Any, condition: Document) -> Document:
    return {"$filter": {"input": counts, "as": "each", "cond": condition}}


def _counters() -> Collection[Document]:
    return database().unread
