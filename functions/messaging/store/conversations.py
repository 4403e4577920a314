"""Conversations, their summaries and what each member decided in them."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import msgspec
from pymongo import ASCENDING, DESCENDING
from pymongo.collection import Collection
from pymongo.errors import DuplicateKeyError

from messaging.models import Conversation, Message, Pin, Side, Summary, Type
from messaging.store import A_TIME, database
from shared.data.mongodb import Document, to_document, to_record

BLOCK = "block"  # behind a side in `unpublished`
_NOBODY = {"artist.erased": True, "client.erased": True}


def find(conversation_id: str) -> Conversation | None:
    """The conversation."""
    return to_record(_conversations().find_one(conversation_id), Conversation)


def find_all(conversation_ids: Iterable[str]) -> dict[str, Conversation]:
    """Those of these conversations that there are, by their ids: one read."""
    kept = _conversations().find({"_id": {"$in": sorted(set(conversation_ids))}})
    return {each["_id"]: msgspec.convert(each, Conversation) for each in kept}


def find_of_pair(artist_id: str, client_id: str) -> Conversation | None:
    """The conversation of these two."""
    pair = {"artistId": artist_id, "clientId": client_id}
    return to_record(_conversations().find_one(pair), Conversation)


def add(conversation: Conversation) -> bool:
    """Keep the conversation unless its pair has one; whether it was kept."""
    try:
        _conversations().insert_one(to_document(conversation))
    except DuplicateKeyError:
        return False
    return True


def page(
    side: Side, user_id: str, after: tuple[datetime, str] | None, limit: int
) -> list[Conversation]:
    """The user's conversations on this side, the last active first: those after a position.

    after: when the last of the page before was active, and its id.
    """
    wanted: Document = {f"{side}Id": user_id}
    if after is not None:
        at, last_id = after
        wanted["activeAt"] = {"$lte": at}
        wanted["$or"] = [{"activeAt": {"$lt": at}}, {"_id": {"$lt": last_id}}]
    newest_first = [("activeAt", DESCENDING), ("_id", DESCENDING)]
    kept = _conversations().find(wanted, sort=newest_first, limit=limit)
    return [msgspec.convert(each, Conversation) for each in kept]


def unread(side: Side, user_id: str) -> int:
    """How many messages the user has not read on this side, over all conversations: one read."""
    difference = {"$subtract": [f"$counts.{side}", f"${side}.readCount"]}
    summed = _conversations().aggregate(
        [
            {"$match": {f"{side}Id": user_id}},
            {"$group": {"_id": None, "total": {"$sum": {"$max": [0, difference]}}}},
        ]
    )
    return sum(each["total"] for each in summed)


def summarize(message: Message, summary: Summary) -> None:
    """Let the summary tell of this message, unless it tells of a later one, or a later change.

    Nor does it begin to show words of somebody who is being erased.
    """
    older: Document = {
        "_id": message.conversation_id,
        "$or": [
            {"last": None},
            {"last.sequence": {"$lt": message.sequence}},
            {"last.sequence": message.sequence, "last.revision": {"$lt": message.revision}},
        ],
    }
    highest = {"revision": message.revision}
    change = {
        "$set": {
            "last": to_document(summary),
            "counts": to_document(message.counts),
            "activeAt": message.created_at,
        },
        "$max": highest,
    }
    if summary.preview is not None:
        older["$nor"] = [{f"{side}Id": message.author_id, f"{side}.erased": True} for side in Side]
    if not _conversations().update_one(older, change).matched_count:
        _conversations().update_one({"_id": message.conversation_id}, {"$max": highest})


def decide(conversation_id: str, side: Side, **decided: Any) -> None:
    """Write down what the member of this side decided; names are those of Membership's fields."""
    changes = {f"{side}.{_kept_as(name)}": value for name, value in decided.items()}
    _conversations().update_one({"_id": conversation_id}, {"$set": changes})


def decide_block(conversation_id: str, side: Side, blocked: bool, due_at: datetime) -> bool:
    """Write down whether the member of this side blocks the other; whether that is new.

    The others still have to hear of it; the sweeper sees to it at `due_at`.
    """
    otherwise = {"_id": conversation_id, f"{side}.hasBlocked": not blocked}
    change = {
        "$set": {f"{side}.hasBlocked": blocked, "dueAt": due_at},
        "$addToSet": {"unpublished": f"{side} {BLOCK}"},
        "$inc": {"version": 1},
    }
    return _conversations().update_one(otherwise, change).modified_count == 1


def read(conversation_id: str, side: Side, message: Message, due_at: datetime) -> bool:
    """Move the cursor of this side on to the message; whether it was before it.

    The others still have to hear of it; the sweeper sees to it at `due_at`.
    """
    behind = {"_id": conversation_id, f"{side}.readSequence": {"$lt": message.sequence}}
    change = {
        "$set": {
            f"{side}.readSequence": message.sequence,
            f"{side}.readCount": message.counts.of(side),
            "dueAt": due_at,
        },
        "$addToSet": {"unpublished": side.value},
        "$inc": {"version": 1},
    }
    return _conversations().update_one(behind, change).modified_count == 1


def pin(conversation_id: str, pinned: Pin | None) -> None:
    """Keep this at the top, or nothing."""
    kept = None if pinned is None else to_document(pinned)
    _conversations().update_one({"_id": conversation_id}, {"$set": {"pinned": kept}})


# ---- the outbox --------------------------------------------------------------------------------


def due(now: datetime, limit: int) -> list[Conversation]:
    """Conversations of which others should have heard by now, the longest overdue first."""
    overdue = {"dueAt": {"$lte": now, **A_TIME}}
    kept = _conversations().find(overdue, sort=[("dueAt", ASCENDING)], limit=limit)
    return [msgspec.convert(each, Conversation) for each in kept]


def put_off(conversation_ids: list[str], due_at: datetime) -> None:
    """Let the sweeper look after them again then, those that are still due."""
    waiting = {"_id": {"$in": conversation_ids}, "dueAt": A_TIME}
    _conversations().update_many(waiting, {"$set": {"dueAt": due_at}})


def published(conversation: Conversation) -> None:
    """Note that others heard of all that was unpublished, unless more came since."""
    same = {"_id": conversation.id, "version": conversation.version}
    _conversations().update_one(same, {"$set": {"unpublished": [], "dueAt": None}})


# ---- erasure -----------------------------------------------------------------------------------


def erase(side: Side, user_id: str) -> None:
    """Forget what the user decided on this side, and note in each conversation that they left."""
    gone = {f"{side}.{name}": value for name, value in _LEFT.items()}
    _conversations().update_many({f"{side}Id": user_id}, {"$set": gone})
    # What a system message holds are the artist's words.
    theirs = [{"last.senderId": user_id}, {"last.type": Type.SYSTEM.value}]
    told = {f"{side}Id": user_id, "$or": theirs}
    _conversations().update_many(told, {"$set": {"last.preview": None}})


def abandoned(side: Side, user_id: str, limit: int) -> list[str]:
    """The ids of conversations of the user that both members have left."""
    kept = _conversations().find({f"{side}Id": user_id} | _NOBODY, {"_id": True}, limit=limit)
    return [each["_id"] for each in kept]


def remove(conversation_ids: list[str]) -> None:
    """Remove conversations that nobody can read."""
    _conversations().delete_many({"_id": {"$in": conversation_ids}} | _NOBODY)


_LEFT = {"erased": True, "muted": False, "mutedUntil": None, "hasBlocked": False}


def _kept_as(field: str) -> str:
    """A field's name as it is kept."""
    first, *others = field.split("_")
    return first + "".join(other.capitalize() for other in others)


def _conversations() -> Collection[Document]:
    return database().conversations
