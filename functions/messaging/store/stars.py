"""Stars: messages that members marked, each for themselves."""

from collections.abc import Sequence
from datetime import datetime

import msgspec
from pymongo import DESCENDING
from pymongo.collection import Collection
from pymongo.errors import DuplicateKeyError

from messaging.models import Star
from messaging.store import database
from shared.data.mongodb import Document, to_document


def add(star: Star) -> bool:
    """Store a star. Return False where the message has it already."""
    try:
        _stars().insert_one(to_document(star))
    except DuplicateKeyError:
        return False
    return True


def remove(star_id: str) -> bool:
    """Remove a star. Return whether there was one."""
    return _stars().delete_one({"_id": star_id}).deleted_count == 1


def list_page(
    user_id: str,
    conversation_id: str | None,
    after: tuple[datetime, str] | None,
    limit: int,
) -> list[Star]:
    """Return stars of a user, the newest first.

    Args:
        user_id: The user.
        conversation_id: Conversation of the messages; None for all.
        after: `starred_at` and id of the last star of the page before, if any.
        limit: Most stars to return.
    """
    wanted: Document = {"userId": user_id}
    if conversation_id is not None:
        wanted["conversationId"] = conversation_id
    if after is not None:
        starred_at, last_id = after
        wanted["starredAt"] = {"$lte": starred_at}
        wanted["$or"] = [{"starredAt": {"$lt": starred_at}}, {"_id": {"$lt": last_id}}]
    newest_first = [("starredAt", DESCENDING), ("_id", DESCENDING)]
    documents = _stars().find(wanted, sort=newest_first, limit=limit)
    return [msgspec.convert(document, Star) for document in documents]


def move(message_ids: Sequence[str], conversation_id: str) -> None:
    """Store that messages belong to another conversation now."""
    moved = {"messageId": {"$in": list(message_ids)}}
    _stars().update_many(moved, {"$set": {"conversationId": conversation_id}})


def erase(user_id: str) -> None:
    """Remove all stars of a user."""
    _stars().delete_many({"userId": user_id})


def _stars() -> Collection[Document]:
    return database().stars
