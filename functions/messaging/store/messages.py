"""Messages: each with its own position and its own revision.

To add or change a message, read the last sequence and the last revision and write the next ones.
The unique indexes let only one writer do so; the other gets a `WriteConflict`.
"""

import re
from collections.abc import Iterable, Sequence
from datetime import datetime

import msgspec
from pymongo import ASCENDING, DESCENDING, UpdateOne
from pymongo.collection import Collection
from pymongo.errors import BulkWriteError, DuplicateKeyError

from messaging.models import Conversation, Message, MessageVersion, OverdueRecord, Side
from messaging.rules import search as search_rules
from messaging.rules.search import Place
from messaging.store import ANY_TEXT, ANY_TIME, database
from shared.data.conflicts import WriteConflict
from shared.data.mongodb import Document, to_document, to_record

DUPLICATE_KEY = 11000
PREPARED = "qa:"  # what the client message ids of quick actions begin with
END = 2**53  # beyond every sequence and revision
# One of the writers of a conversation succeeds each time, and an attempt is cheap.
ATTEMPTS = 40

# Fields of a message that change when it moves to another conversation.
_PLACED = frozenset(
    {
        "conversationId",
        "artistId",
        "clientId",
        "sequence",
        "revision",
        "counts",
        "senderId",
        "authorId",
        "clientMessageId",
    }
)

# Fields that only indexes need. They are not read.
WORDS, TIMELINE = "words", "timeline"
SHOWN = {WORDS: False, TIMELINE: False}

# Fields of a redacted message. Without the hash, a repeated request is not compared any more.
_REDACTED: Document = {
    "content": None,
    "folded": "",
    WORDS: [],
    "attachments": [],
    "bodyHash": None,
    "replyTo": None,
    "reactions": [],
    "versions": [],
    "pinnedAt": None,
    "pinnedBy": None,
    "preview": None,
    "previewUrl": None,
}
# Lists leave out what a message said before, which may be many times as long.
LISTED: Document = SHOWN | {"versions": False}


def to_stored(message: Message) -> Document:
    """Return a message as it is stored: with the words by which search finds it."""
    words = search_rules.list_beginnings(message.folded)
    return to_document(message) | {WORDS: words, TIMELINE: get_timeline(message)}


def get_timeline(message: Message) -> str:
    """Return the position of a message among all of its members: its time, then its id."""
    return _format(Place(to_milliseconds(message.created_at), message.id))


def to_milliseconds(time: datetime) -> int:
    """Return a time as MongoDB stores it: in milliseconds since 1970."""
    return round(time.timestamp() * 1000)


def _format(place: Place) -> str:
    """Return a place in time as a text that sorts as places do."""
    return f"{place.position:014d} {place.id}"


def find(conversation_id: str, message_id: str) -> Message | None:
    """Return a message of this conversation, None where it is absent."""
    wanted = {"_id": message_id, "conversationId": conversation_id}
    document = _messages().find_one(wanted, SHOWN)
    return to_record(document, Message)


def find_at(conversation_id: str, sequence: int) -> Message | None:
    """Return the message at a position, None where there is none."""
    position = {"conversationId": conversation_id, "sequence": sequence}
    return to_record(_messages().find_one(position, SHOWN), Message)


def find_last(conversation: Conversation) -> Message | None:
    """Return the newest message, None without any.

    Only messages that are not summarized yet are read.
    """
    summarized = conversation.last.sequence if conversation.last else 0
    newest = {"conversationId": conversation.id, "sequence": {"$gte": summarized, "$lt": END}}
    newest_first = [("sequence", DESCENDING)]
    return to_record(_messages().find_one(newest, SHOWN, sort=newest_first), Message)


def get_last_revision(conversation: Conversation) -> int:
    """Return the highest revision, 0 without any message. Reads as little as `find_last`."""
    changed = {
        "conversationId": conversation.id,
        "revision": {"$gte": conversation.revision, "$lt": END},
    }
    newest_first = [("revision", DESCENDING)]
    document = _messages().find_one(changed, {"revision": True}, sort=newest_first)
    return conversation.revision if document is None else int(document["revision"])


def find_by_client_message_id(
    conversation_id: str, sender_id: str, client_message_id: str
) -> Message | None:
    """Return the message that a sender sent under their own id, None for an unused id."""
    document = _messages().find_one(
        {
            "senderId": sender_id,
            "conversationId": conversation_id,
            "clientMessageId": client_message_id,
        },
        SHOWN,
    )
    return to_record(document, Message)


def find_by_source(conversation_id: str, source: str) -> Message | None:
    """Return the message that was posted for a source, None where there is none."""
    document = _messages().find_one({"source": source, "conversationId": conversation_id}, SHOWN)
    return to_record(document, Message)


def add(message: Message) -> None:
    """Store a new message.

    Raises:
        WriteConflict: Its sequence, its revision, its client message id or its source is taken.
    """
    try:
        _messages().insert_one(to_stored(message))
    except DuplicateKeyError as error:
        raise WriteConflict from error


def update(message: Message, from_revision: int) -> None:
    """Replace a message as it was at this revision. When it was published stays as it is.

    Raises:
        WriteConflict: It was changed meanwhile, or its new revision is taken.
    """
    # A message that was moved meanwhile stays where it is.
    unchanged = {
        "_id": message.id,
        "conversationId": message.conversation_id,
        "revision": from_revision,
    }
    # It may have been published since it was read.
    kept = ("_id", "publishedAt")
    changes = {name: value for name, value in to_stored(message).items() if name not in kept}
    try:
        matched = _messages().update_one(unchanged, {"$set": changes}).matched_count
    except DuplicateKeyError as error:
        raise WriteConflict from error
    if not matched:
        raise WriteConflict


def forget_link(message_id: str, url: str) -> None:
    """Store that a message gets no preview of a link. Nothing of it changes for anybody."""
    _messages().update_one({"_id": message_id, "previewUrl": url}, {"$set": {"previewUrl": None}})


# ---- guests ------------------------------------------------------------------------------------


def find_of_any(message_id: str) -> Message | None:
    """Return a message, whichever conversation it is in."""
    return to_record(_messages().find_one(message_id, SHOWN), Message)


def list_first(conversation_id: str, limit: int) -> list[Message]:
    """Return the first messages of a conversation, in order."""
    positions = {"conversationId": conversation_id, "sequence": {"$gte": 1, "$lt": END}}
    documents = _messages().find(positions, SHOWN, sort=[("sequence", ASCENDING)], limit=limit)
    return [msgspec.convert(document, Message) for document in documents]


def list_with_attachments(conversation_id: str, limit: int) -> list[Message]:
    """Return the messages of guests who joined that have attachments."""
    wanted = {
        "conversationId": conversation_id,
        "sequence": {"$gte": 1, "$lt": END},
        "guestId": ANY_TEXT,
        "attachments": {"$ne": []},
    }
    documents = _messages().find(wanted, SHOWN, sort=[("sequence", ASCENDING)], limit=limit)
    return [msgspec.convert(document, Message) for document in documents]


def find_posted(conversation_id: str, sources: Iterable[str]) -> set[str]:
    """Return those of some sources for which a message was posted."""
    wanted = {"source": {"$in": sorted(sources)}, "conversationId": conversation_id}
    return {document["source"] for document in _messages().find(wanted, {"source": True})}


def find_sent(conversation_id: str, sender_id: str, client_message_ids: Iterable[str]) -> set[str]:
    """Return those of some ids under which a sender has sent a message."""
    wanted = {
        "senderId": sender_id,
        "conversationId": conversation_id,
        "clientMessageId": {"$in": sorted(client_message_ids)},
    }
    return {
        document["clientMessageId"]
        for document in _messages().find(wanted, {"clientMessageId": True})
    }


def move(moved: Sequence[Message], from_id: str) -> None:
    """Store messages of one conversation in another, at their new positions, in order.

    Raises:
        WriteConflict: A position or revision was taken. Those before it were moved.
    """
    writes = [
        UpdateOne(
            {"_id": message.id, "conversationId": from_id},
            {
                "$set": {
                    name: value for name, value in to_document(message).items() if name in _PLACED
                }
            },
        )
        for message in moved
    ]
    _write_in_order(writes)


def adopt(guest_id: str, client_id: str) -> None:
    """Make the messages of a guest those of the client with whose account they joined.

    Their new revisions follow.
    """
    adopted = {"senderId": client_id, "authorId": client_id, "unrevised": True}
    _messages().update_many({"authorId": guest_id}, {"$set": adopted})


def set_client(conversation_id: str, client_id: str) -> None:
    """Let search over all conversations of a client find the messages of one of them."""
    of_guest = {"conversationId": conversation_id}
    _messages().update_many(of_guest, {"$set": {"clientId": client_id}})


def delete(message_ids: Sequence[str]) -> None:
    """Delete messages that stand elsewhere already."""
    _messages().delete_many({"_id": {"$in": list(message_ids)}})


# ---- pages -------------------------------------------------------------------------------------


def list_range(conversation_id: str, first: int, last: int) -> list[Message]:
    """Return the messages from one sequence to another, both included, in order."""
    positions = {"conversationId": conversation_id, "sequence": {"$gte": first, "$lte": last}}
    documents = _messages().find(positions, LISTED, sort=[("sequence", ASCENDING)])
    return [msgspec.convert(document, Message) for document in documents]


def list_changed_after(conversation_id: str, revision: int, last: int, limit: int) -> list[Message]:
    """Return messages that were last changed after one revision and up to another, by revision."""
    changed = {"conversationId": conversation_id, "revision": {"$gt": revision, "$lte": last}}
    documents = _messages().find(changed, LISTED, sort=[("revision", ASCENDING)], limit=limit)
    return [msgspec.convert(document, Message) for document in documents]


def search(conversation_id: str, first: int, last: int, term: str, limit: int) -> list[Message]:
    """Return messages between two sequences that hold a term of the index, the newest first."""
    wanted = {
        "conversationId": conversation_id,
        WORDS: term,
        "sequence": {"$gte": first, "$lte": last},
    }
    documents = _messages().find(wanted, LISTED, sort=[("sequence", DESCENDING)], limit=limit)
    return [msgspec.convert(document, Message) for document in documents]


def search_of_member(
    side: Side, user_id: str, first: int, before: Place, *, term: str, limit: int
) -> list[Message]:
    """Return messages of all conversations of a user on this side that hold a term of the index.

    Args:
        side: Side of the user.
        user_id: Id of the user.
        first: The earliest time, in milliseconds.
        before: The place before which they are; the newest come first.
        term: The term.
        limit: Most messages to return.
    """
    wanted = {
        f"{side}Id": user_id,
        WORDS: term,
        TIMELINE: {"$gte": _format(Place(first)), "$lt": _format(before)},
    }
    documents = _messages().find(wanted, SHOWN, sort=[(TIMELINE, DESCENDING)], limit=limit)
    return [msgspec.convert(document, Message) for document in documents]


def find_all(message_ids: Iterable[str]) -> dict[str, Message]:
    """Return those of some messages that exist, by their ids. One read."""
    documents = _messages().find({"_id": {"$in": sorted(set(message_ids))}}, LISTED)
    return {document["_id"]: msgspec.convert(document, Message) for document in documents}


# ---- pins --------------------------------------------------------------------------------------


def list_pinned(conversation_id: str, limit: int) -> list[Message]:
    """Return the pinned messages of a conversation, the one that was pinned last first."""
    newest_first = [("pinnedAt", DESCENDING)]
    documents = _messages().find(
        _pinned_in(conversation_id), LISTED, sort=newest_first, limit=limit
    )
    return [msgspec.convert(document, Message) for document in documents]


def count_pinned(conversation_id: str) -> int:
    """Return the number of the pinned messages of a conversation."""
    return _messages().count_documents(_pinned_in(conversation_id))


def list_pinned_by(conversation_ids: Sequence[str], user_id: str) -> list[Message]:
    """Return the messages that a user pinned in some conversations."""
    pinned = {
        "conversationId": {"$in": list(conversation_ids)},
        "pinnedAt": ANY_TIME,
        "pinnedBy": user_id,
    }
    documents = _messages().find(pinned, LISTED)
    return [msgspec.convert(document, Message) for document in documents]


def _pinned_in(conversation_id: str) -> Document:
    return {"conversationId": conversation_id, "pinnedAt": ANY_TIME}


# ---- outbox ------------------------------------------------------------------------------------


def find_due(now: datetime, limit: int) -> list[OverdueRecord]:
    """Return messages whose last change is overdue for delivery, the longest overdue first.

    Little is read of them, so that a message that cannot be read does not hold up the others.
    """
    overdue = {"dueAt": {"$lte": now, **ANY_TIME}}
    shown = ("conversationId", "createdAt", "publishedAt", "dueAt")
    documents = _messages().find(overdue, shown, sort=[("dueAt", ASCENDING)], limit=limit)
    return [
        OverdueRecord(document["conversationId"], document["_id"], _waits_since(document))
        for document in documents
    ]


def _waits_since(document: Document) -> datetime:
    written_at, due_at = document.get("createdAt"), document["dueAt"]
    is_new = document.get("publishedAt") is None
    since: datetime = written_at if is_new and isinstance(written_at, datetime) else due_at
    return since


def list_unpublished(limit: int) -> list[Document]:
    """List messages with unpublished events as they are stored, the oldest first."""
    waiting = {
        "dueAt": ANY_TIME,
        "$or": [{"publishedAt": None}, {"deletedAt": {"$ne": None}}],
    }
    shown = ("conversationId", "createdAt", "deletedAt", "publishedAt")
    return list(_messages().find(waiting, shown, sort=[("_id", ASCENDING)], limit=limit))


def postpone(message_ids: list[str], due_at: datetime) -> None:
    """Let those of some messages that are still due be due again at this time."""
    waiting = {"_id": {"$in": message_ids}, "dueAt": ANY_TIME}
    _messages().update_many(waiting, {"$set": {"dueAt": due_at}})


def mark_delivered(message: Message, now: datetime) -> None:
    """Store that a message was published, and that its revision was delivered.

    A change that was made meanwhile is still due.
    """
    published_at = message.published_at or now
    unchanged = {"_id": message.id, "revision": message.revision}
    published = {"publishedAt": published_at, "guestText": None}
    change = {"$set": published | {"dueAt": None}}
    if not _messages().update_one(unchanged, change).matched_count:
        _messages().update_one({"_id": message.id}, {"$set": published})


def set_delivery(message: Message) -> None:
    """Store the state of a message to a guest of which nothing was published yet."""
    assert message.delivery is not None, "it is sent to a guest"
    change = {"$set": {"delivery": to_document(message.delivery)}}
    _messages().update_one({"_id": message.id}, change)


# ---- erasure -----------------------------------------------------------------------------------


def redact(author_id: str, now: datetime) -> None:
    """Redact all messages of an author in one write. Their new revisions follow."""
    with_content = {"authorId": author_id, "content": {"$ne": None}}
    redacted = _REDACTED | {"deletedAt": now, "unrevised": True}
    _messages().update_many(with_content, {"$set": redacted})


def list_reacted(user_id: str, limit: int) -> list[Message]:
    """Return messages to which a user has reacted."""
    documents = _messages().find({"reactions.userId": user_id}, LISTED, limit=limit)
    return [msgspec.convert(document, Message) for document in documents]


def remove_reactions(reacted: Sequence[Message], user_id: str, first_revision: int) -> None:
    """Remove the reactions of a user to messages of one conversation. One write.

    Raises:
        WriteConflict: One of the revisions is taken. Those before it are done.
    """
    writes = [
        UpdateOne(
            {"_id": message.id, "reactions.userId": user_id},
            {
                "$pull": {"reactions": {"userId": user_id}},
                "$set": {"revision": first_revision + offset},
            },
        )
        for offset, message in enumerate(reacted)
    ]
    _write_in_order(writes)


def list_prepared(conversation_ids: Sequence[str], words: Sequence[str]) -> list[Message]:
    """Return the messages posted by quick actions in conversations that hold one of these words.

    Our own variables put names into them; what members type is theirs.
    """
    pattern = "|".join(re.escape(word) for word in words)
    prepared = {
        "conversationId": {"$in": list(conversation_ids)},
        "clientMessageId": {"$regex": f"^{PREPARED}"},
        "$or": [{"content": {"$regex": pattern}}, {"versions.content": {"$regex": pattern}}],
    }
    return [msgspec.convert(document, Message) for document in _messages().find(prepared, SHOWN)]


def replace_content(
    message: Message, content: str, folded: str, versions: Sequence[MessageVersion]
) -> None:
    """Replace the content of a message and what it said before. Its new revision follows."""
    changed = {
        "content": content,
        "folded": folded,
        WORDS: search_rules.list_beginnings(folded),
        "versions": [to_document(version) for version in versions],
        "bodyHash": None,
        "unrevised": True,
    }
    _messages().update_one({"_id": message.id}, {"$set": changed})


def list_written(author_id: str, limit: int) -> list[Message]:
    """List the messages that a user wrote and did not delete."""
    written = {"authorId": author_id, "content": {"$ne": None}}
    documents = _messages().find(written, SHOWN, limit=limit)
    return [msgspec.convert(document, Message) for document in documents]


def find_unrevised(author_id: str, limit: int) -> list[Message]:
    """Return redacted messages of an author that have no new revision yet."""
    documents = _messages().find({"authorId": author_id, "unrevised": True}, SHOWN, limit=limit)
    return [msgspec.convert(document, Message) for document in documents]


def assign_revisions(messages: Sequence[Message], first_revision: int) -> None:
    """Give redacted messages of one conversation consecutive revisions. One write.

    Raises:
        WriteConflict: One of the revisions is taken.
    """
    writes = [
        UpdateOne(
            {"_id": message.id, "unrevised": True},
            {"$set": {"revision": first_revision + offset, "unrevised": False}},
        )
        for offset, message in enumerate(messages)
    ]
    _write_in_order(writes)


def delete_all(conversation_ids: list[str]) -> None:
    """Delete all messages of some conversations."""
    _messages().delete_many({"conversationId": {"$in": conversation_ids}})


def _write_in_order(writes: Sequence[UpdateOne]) -> None:
    """Write one after the other, in one call.

    Raises:
        WriteConflict: What one of them takes is taken. Those before it are done.
    """
    try:
        _messages().bulk_write(writes)
    except BulkWriteError as error:
        if any(failure["code"] != DUPLICATE_KEY for failure in error.details["writeErrors"]):
            raise
        raise WriteConflict from error


def _messages() -> Collection[Document]:
    return database().messages
