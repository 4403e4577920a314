"""Drafts of messages. A deleted one leaves a mark, so that an older edit does not bring it back."""

from contextlib import suppress
from datetime import datetime

import msgspec
from pymongo.collection import Collection
from pymongo.errors import DuplicateKeyError

from messaging.models import MessageDraft, Side
from messaging.store import database
from shared.data.mongodb import Document, to_document, to_record


def make_id(conversation_id: str, user_id: str) -> str:
    """Return the id of a user's draft in a conversation."""
    return f"{conversation_id} {user_id}"


def find(conversation_id: str, user_id: str) -> MessageDraft | None:
    """Return the draft of a user in a conversation, or its mark; None without either."""
    return to_record(_drafts().find_one(make_id(conversation_id, user_id)), MessageDraft)


def save(draft: MessageDraft) -> bool:
    """Store a draft or its mark. Return False where a later edit is stored.

    Of edits of the same instant, the mark wins, and otherwise the greater text.
    """
    if draft.content is None:
        older: Document = {"editedAt": {"$lte": draft.edited_at}}
    else:
        same_time = {"editedAt": draft.edited_at, "content": {"$lt": draft.content}}
        older = {"$or": [{"editedAt": {"$lt": draft.edited_at}}, same_time]}
    with suppress(DuplicateKeyError):
        _drafts().replace_one({"_id": draft.id, **older}, to_document(draft), upsert=True)
        return True
    return False


def set_drafted(conversation_id: str, side: Side, edited_at: datetime, *, is_empty: bool) -> None:
    """Store with the conversation whether the member on this side has a draft."""
    name = f"{side}.draftedAt"
    if is_empty:
        known = {"_id": conversation_id, name: {"$lte": edited_at}}
        _conversations().update_one(known, {"$set": {name: None}})
    else:
        _conversations().update_one({"_id": conversation_id}, {"$max": {name: edited_at}})


def list_of_user(user_id: str, limit: int) -> list[MessageDraft]:
    """Return the drafts of a user."""
    documents = _drafts().find({"userId": user_id, "content": {"$ne": None}}, limit=limit)
    return [msgspec.convert(document, MessageDraft) for document in documents]


def erase(user_id: str) -> None:
    """Delete the drafts of a user."""
    _drafts().delete_many({"userId": user_id})


def delete_all(conversation_ids: list[str]) -> None:
    """Delete all drafts in some conversations."""
    _drafts().delete_many({"conversationId": {"$in": conversation_ids}})


def _conversations() -> Collection[Document]:
    return database().conversations


def _drafts() -> Collection[Document]:
    return database().drafts
