"""Bulk writes of imported conversations and messages."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import msgspec
from pymongo import InsertOne
from pymongo.collection import Collection
from pymongo.errors import BulkWriteError

from messaging.models import Conversation, Message, Side
from messaging.store import database
from messaging.store.messages import DUPLICATE_KEY, SHOWN, to_stored
from shared.data.mongodb import Document, to_document

BATCH_SIZE = 100  # messages of one write: each has an entry in the index for every word


def add_conversations(added: Sequence[Conversation]) -> set[str]:
    """Store conversations in one bulk write; return the ids of those that were not stored.

    These belong to a pair that has a conversation, or were stored meanwhile.
    """
    return _add(database().conversations, added, to_document, ordered=False)


def add_messages(added: Sequence[Message]) -> set[str]:
    """Store messages in bulk writes, in order up to the first whose position is taken.

    Returns:
        The ids of those that were not stored.
    """
    for start in range(0, len(added), BATCH_SIZE):
        batch = added[start : start + BATCH_SIZE]
        if failed := _add(database().messages, batch, to_stored, ordered=True):
            return failed | {message.id for message in added[start + BATCH_SIZE :]}
    return set()


def find_messages(message_ids: Iterable[str]) -> dict[str, Message]:
    """Return those of some messages that exist, by id."""
    documents = database().messages.find({"_id": {"$in": sorted(set(message_ids))}}, SHOWN)
    return {document["_id"]: msgspec.convert(document, Message) for document in documents}


def mark_read(message: Message) -> None:
    """Move the read cursors of both sides up to a message, and never back. Nothing is published."""
    for side in Side:
        behind = {"_id": message.conversation_id, f"{side}.readSequence": {"$lt": message.sequence}}
        read = {
            f"{side}.readSequence": message.sequence,
            f"{side}.readCount": message.counts.get(side),
            f"{side}.withdrawn": [],
        }
        change = {"$set": read, "$inc": {"unreadVersion": 1}}
        database().conversations.update_one(behind, change)


def _add(
    collection: Collection[Document],
    added: Sequence[Any],
    store: Callable[[Any], Document],
    *,
    ordered: bool,
) -> set[str]:
    writes = [InsertOne(store(each)) for each in added]
    try:
        collection.bulk_write(writes, ordered=ordered)
    except BulkWriteError as error:
        failures = error.details["writeErrors"]
        if any(failure["code"] != DUPLICATE_KEY for failure in failures):
            raise
        failed = [failure["index"] for failure in failures]
        if ordered:
            return {each.id for each in added[failed[0] :]}
        return {added[index].id for index in failed}
    return set()
