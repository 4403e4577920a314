"""Messages: one place each, one revision each.

Who adds or changes a message reads the last sequence and the last revision and writes the next; the
unique indexes let only one do so. `Taken` says that somebody else was first.
"""

import re
from collections.abc import Sequence
from datetime import datetime

import msgspec
from pymongo import ASCENDING, DESCENDING, UpdateOne
from pymongo.collection import Collection
from pymongo.errors import BulkWriteError, DuplicateKeyError

from messaging.models import Conversation, Message
from messaging.store import A_TIME, database
from shared.data.conflicts import WriteConflict
from shared.data.mongodb import Document, to_document, to_record

DUPLICATE_KEY = 11000
END = 2**53  # beyond every sequence
# Of those who write in one conversation at once one is first each time, and a try is cheap.
ATTEMPTS = 40


def find(conversation_id: str, message_id: str) -> Message | None:
    """The message, if it is of this conversation."""
    kept = _messages().find_one({"_id": message_id, "conversationId": conversation_id})
    return to_record(kept, Message)


def find_at(conversation_id: str, sequence: int) -> Message | None:
    """The message in this place."""
    place = {"conversationId": conversation_id, "sequence": sequence}
    return to_record(_messages().find_one(place), Message)


def last(conversation: Conversation) -> Message | None:
    """The newest message. What is read is no more than has come since the summary was written."""
    since = conversation.last.sequence if conversation.last else 0
    place = {"conversationId": conversation.id, "sequence": {"$gte": since, "$lt": END}}
    return to_record(_messages().find_one(place, sort=[("sequence", DESCENDING)]), Message)


def last_revision(conversation: Conversation) -> int:
    """The highest revision of a message; 0 without any. What is read is bounded as in `last`."""
    changed = {
        "conversationId": conversation.id,
        "revision": {"$gte": conversation.revision, "$lt": END},
    }
    newest_first = [("revision", DESCENDING)]
    kept = _messages().find_one(changed, {"revision": True}, sort=newest_first)
    return conversation.revision if kept is None else int(kept["revision"])


def find_sent(conversation_id: str, sender_id: str, client_message_id: str) -> Message | None:
    """What the sender sent under their own id."""
    kept = _messages().find_one(
        {
            "senderId": sender_id,
            "conversationId": conversation_id,
            "clientMessageId": client_message_id,
        }
    )
    return to_record(kept, Message)


def find_told(conversation_id: str, source: str) -> Message | None:
    """What was posted because of this source."""
    told = {"source": source, "conversationId": conversation_id}
    return to_record(_messages().find_one(told), Message)


def add(message: Message) -> None:
    """Add the message. Raises Conflict where its place, its revision or its origin is taken."""
    try:
        _messages().insert_one(to_document(message))
    except DuplicateKeyError as error:
        raise WriteConflict from error


def change(message: Message, from_revision: int) -> None:
    """Put the message in the place of what it was at that revision.

    Raises Conflict where it was changed since, or its new revision is taken.
    """
    same = {"_id": message.id, "revision": from_revision}
    changes = {name: value for name, value in to_document(message).items() if name != "_id"}
    try:
        changed = _messages().update_one(same, {"$set": changes}).matched_count
    except DuplicateKeyError as error:
        raise WriteConflict from error
    if not changed:
        raise WriteConflict


# ---- reading -----------------------------------------------------------------------------------


def between(conversation_id: str, first: int, last: int) -> list[Message]:
    """The messages in the places from first to last, both included, in their order."""
    places = {"conversationId": conversation_id, "sequence": {"$gte": first, "$lte": last}}
    kept = _messages().find(places, sort=[("sequence", ASCENDING)])
    return [msgspec.convert(each, Message) for each in kept]


def changed_after(conversation_id: str, revision: int, limit: int) -> list[Message]:
    """Messages whose last change came after this revision, in the order of their revisions."""
    changed = {"conversationId": conversation_id, "revision": {"$gt": revision, "$lt": END}}
    kept = _messages().find(changed, sort=[("revision", ASCENDING)], limit=limit)
    return [msgspec.convert(each, Message) for each in kept]


def matching(
    conversation_id: str, first: int, last: int, terms: Sequence[str], limit: int
) -> list[Message]:
    """Messages in these places whose content holds every term (folded), the newest first."""
    wanted = {
        "conversationId": conversation_id,
        "sequence": {"$gte": first, "$lte": last},
        "$and": [{"folded": {"$regex": re.escape(term)}} for term in terms],
    }
    kept = _messages().find(wanted, sort=[("sequence", DESCENDING)], limit=limit)
    return [msgspec.convert(each, Message) for each in kept]


# ---- the outbox --------------------------------------------------------------------------------


def due(now: datetime, limit: int) -> list[Message]:
    """Messages whose last change should have been delivered by now, the longest overdue first."""
    overdue = {"dueAt": {"$lte": now, **A_TIME}}
    kept = _messages().find(overdue, sort=[("dueAt", ASCENDING)], limit=limit)
    return [msgspec.convert(each, Message) for each in kept]


def put_off(message_ids: list[str], due_at: datetime) -> None:
    """Let the sweeper look after them again then, those that are still due."""
    waiting = {"_id": {"$in": message_ids}, "dueAt": A_TIME}
    _messages().update_many(waiting, {"$set": {"dueAt": due_at}})


def delivered(message: Message, now: datetime) -> None:
    """Note that the message was delivered as it was at its revision, and that others heard of it.

    Where it was changed meanwhile, that change is still due.
    """
    heard_at = message.published_at or now
    same = {"_id": message.id, "revision": message.revision}
    change = {"$set": {"publishedAt": heard_at, "dueAt": None}}
    if not _messages().update_one(same, change).matched_count:
        _messages().update_one({"_id": message.id}, {"$set": {"publishedAt": heard_at}})


# ---- erasure -----------------------------------------------------------------------------------


def empty(author_id: str, now: datetime) -> None:
    """Take everything out of the author's messages, at once; their revisions follow."""
    theirs = {"authorId": author_id, "content": {"$ne": None}}
    _messages().update_many(theirs, {"$set": _EMPTY | {"deletedAt": now, "unrevised": True}})


def unrevised(author_id: str, limit: int) -> list[Message]:
    """The author's emptied messages whose new revision is due."""
    kept = _messages().find({"authorId": author_id, "unrevised": True}, limit=limit)
    return [msgspec.convert(each, Message) for each in kept]


def revise(messages: Sequence[Message], first_revision: int) -> None:
    """Give emptied messages of one conversation the revisions from the first on: one write.

    Raises Conflict where one of them is taken.
    """
    writes = [
        UpdateOne(
            {"_id": message.id, "unrevised": True},
            {"$set": {"revision": first_revision + offset, "unrevised": False}},
        )
        for offset, message in enumerate(messages)
    ]
    try:
        _messages().bulk_write(writes)
    except BulkWriteError as error:
        if any(failure["code"] != DUPLICATE_KEY for failure in error.details["writeErrors"]):
            raise
        raise WriteConflict from error


def remove(conversation_ids: list[str]) -> None:
    """Remove all messages of conversations that nobody can read."""
    _messages().delete_many({"conversationId": {"$in": conversation_ids}})


# What is left of a message when its content is taken away. A repetition is not compared any more.
_EMPTY: Document = {"content": None, "folded": "", "attachments": [], "bodyHash": None}


def _messages() -> Collection[Document]:
    return database().messages
