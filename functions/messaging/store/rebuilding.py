"""What earlier versions did not store with conversations and messages."""

import msgspec
from pymongo import UpdateOne
from pymongo.collection import Collection

from domain import search_words
from messaging.models import Conversation, Message, Side
from messaging.store import database
from messaging.store.messages import TIMELINE, WORDS, to_stored
from shared.data.mongodb import Document

# Messages of one read and of one write, which has an entry in the index for every word.
BATCH_SIZE = 100
_SEARCHED = ("folded", "artistId", "clientId", WORDS, TIMELINE)


def list_conversations(after: str, limit: int) -> list[Conversation]:
    """Return conversations in the order of their ids, after one of them."""
    documents = database().conversations.find({"_id": {"$gt": after}}, sort=[("_id", 1)])
    return [msgspec.convert(document, Conversation) for document in documents.limit(limit)]


def list_deleted(conversation: Conversation, side: Side) -> list[int]:
    """Return the positions of messages that this side has not read and the other one deleted."""
    last = conversation.last.sequence if conversation.last else 0
    unread = {"$gt": conversation.get_membership(side).read_sequence, "$lte": last}
    documents = _messages().find(
        {"conversationId": conversation.id, "sequence": unread},
        ("sequence", "deletedAt", "authorId"),
    )
    own_id = conversation.get_user_id(side)
    return [
        document["sequence"]
        for document in documents
        if document.get("deletedAt") is not None and document["authorId"] != own_id
    ]


def index_messages(conversation: Conversation, last: int) -> int:
    """Let search find all messages of a conversation up to a sequence. Return how many it lacked.

    A message that is changed at the same moment is indexed by that change.
    """
    indexed = 0
    for first in range(1, last + 1, BATCH_SIZE):
        positions = {"$gte": first, "$lt": first + BATCH_SIZE}
        documents = _messages().find(
            {"conversationId": conversation.id, "sequence": positions}, {WORDS: False}
        )
        writes = [
            UpdateOne(
                {"_id": document["_id"], "revision": document["revision"]},
                {"$set": _index(document, conversation)},
            )
            for document in documents
            if not _is_indexed(document, conversation)
        ]
        if writes:
            _messages().bulk_write(writes, ordered=False)
            indexed += len(writes)
    return indexed


def _is_indexed(document: Document, conversation: Conversation) -> bool:
    owners = (document.get("artistId"), document.get("clientId"))
    return TIMELINE in document and owners == conversation.member_ids


def _index(document: Document, conversation: Conversation) -> Document:
    message = msgspec.convert(document, Message)
    content = message.content if message.hidden is None else None  # which nobody finds
    message = msgspec.structs.replace(
        message,
        folded=search_words.fold(content or ""),
        artist_id=conversation.artist_id,
        client_id=conversation.client_id,
    )
    stored = to_stored(message)
    return {name: stored[name] for name in _SEARCHED}


def _messages() -> Collection[Document]:
    return database().messages
