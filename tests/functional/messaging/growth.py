"""Filling: conversations and messages by the thousand, stored without the API."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

import msgspec
from pymongo.database import Database

from domain import search_words
from domain.moderation import ReportReason
from messaging.models import (
    Conversation,
    Counts,
    Membership,
    Message,
    MessageSummary,
    MessageType,
    Person,
    Report,
    Star,
)
from messaging.rules import search
from messaging.store.messages import to_stored
from shared.data.mongodb import to_document
from shared.http.caller import Role
from tests.functional.messaging.world import ARTIST, CLIENT, NOON

BATCH_SIZE = 500
_DEFAULTS = {
    field.encode_name: msgspec.to_builtins(field.default)
    for field in msgspec.structs.fields(Message)
    if field.default is not msgspec.NODEFAULT
}


def list_rare(count: int) -> set[int]:
    """Return the positions of the messages of a thread that hold a rare word."""
    return {1, count // 3, count // 2}


def build_messages(conversation_id: str, count: int, sequences: Iterable[int]) -> Iterator[Message]:
    """Build messages of the client, one in a minute up to noon; most hold one word."""
    rare = list_rare(count)
    for sequence in sequences:
        content = "a b" if sequence in rare else "a"
        yield Message(
            id=f"msg_01JD{sequence:022}",
            conversation_id=conversation_id,
            sequence=sequence,
            revision=sequence,
            type=MessageType.TEXT,
            sender_id=CLIENT,
            author_id=CLIENT,
            client_message_id=None,
            source=None,
            body_hash=None,
            content=content,
            folded=search_words.fold(content),
            attachments=(),
            refer=None,
            counts=Counts(artist=sequence),
            created_at=NOON - timedelta(minutes=count - sequence),
            correlation_id="filled",
            published_at=NOON,
            artist_id=ARTIST,
            client_id=CLIENT,
        )


def build_conversation(
    conversation_id: str, client_id: str, messages: int, active_at: datetime
) -> Conversation:
    """Build a conversation of the artist, in which messages of the client are unread."""
    last = MessageSummary(
        message_id=f"msg_01JD{messages:022}",
        sequence=messages,
        revision=messages,
        type=MessageType.TEXT,
        sender_id=client_id,
        preview="hay",
        created_at=active_at,
    )
    return Conversation(
        id=conversation_id,
        artist_id=ARTIST,
        client_id=client_id,
        created_at=active_at,
        active_at=active_at,
        last=last,
        counts=Counts(artist=messages),
        revision=messages,
        artist=Membership(read_sequence=messages - 1, read_count=messages - 1),
        client=Membership(read_sequence=messages),
    ).with_views()


def fill_thread(
    database: Database[Any], conversation_id: str, count: int, *, whole: int | None = None
) -> None:
    """Make these messages the whole thread of the artist and the client.

    Args:
        database: The database.
        conversation_id: Id of the conversation.
        count: Number of messages.
        whole: How many of the newest are complete, besides the rare ones; None for all. Of others,
            which no test reads, there is only what the index needs.
    """
    first = 1 if whole is None else max(1, count - whole + 1)
    bare = sorted(set(range(1, first)) - list_rare(count))
    complete = sorted({*range(first, count + 1), *list_rare(count)})
    insert(
        database,
        "messages",
        (
            {
                "_id": f"msg_01JD{sequence:022}",
                "conversationId": conversation_id,
                "sequence": sequence,
                "words": ["a"],
            }
            for sequence in bare
        ),
    )
    messages = map(to_stored, build_messages(conversation_id, count, complete))
    insert(database, "messages", map(_drop_defaults, messages))
    conversation = build_conversation(conversation_id, CLIENT, count, NOON)
    insert(database, "conversations", [to_document(conversation) | _names("Ari", "Cleo")])


def fill_threads(database: Database[Any], count: int) -> None:
    """Give the artist so many other conversations, each with another client."""
    people, conversations = [], []
    for number in range(count):
        client_id = f"usr_01JE{number:022}"
        name = f"Kim{number}"
        people.append(to_document(Person(id=client_id, name=name, role=Role.CLIENT)))
        active_at = NOON - timedelta(hours=number + 1)
        built = build_conversation(f"cnv_01JE{number:022}", client_id, 1, active_at)
        conversations.append(to_document(built) | _names("Ari", name))
    insert(database, "people", people)
    insert(database, "conversations", conversations)


def insert(database: Database[Any], collection: str, documents: Iterable[dict[str, Any]]) -> None:
    """Insert documents, a batch at a time."""
    everything = list(documents)
    for start in range(0, len(everything), BATCH_SIZE):
        database[collection].insert_many(everything[start : start + BATCH_SIZE], ordered=False)


def _drop_defaults(document: dict[str, Any]) -> dict[str, Any]:
    """Leave out what has its default value, as many messages are decoded for each index."""
    return {
        name: value
        for name, value in document.items()
        if name not in _DEFAULTS or value != _DEFAULTS[name]
    }


def _names(artist: str, client: str) -> dict[str, list[str]]:
    return {
        "artistNames": search.list_beginnings(artist),
        "clientNames": search.list_beginnings(client),
    }


def fill_stars(database: Database[Any], conversation_id: str, count: int) -> None:
    """Let the artist have starred the first messages of the thread."""
    stars = (
        Star(
            id=f"{ARTIST} msg_01JD{sequence:022}",
            user_id=ARTIST,
            conversation_id=conversation_id,
            message_id=f"msg_01JD{sequence:022}",
            starred_at=NOON,
        )
        for sequence in range(1, count + 1)
    )
    insert(database, "stars", map(to_document, stars))


def fill_reports(database: Database[Any], count: int) -> None:
    """Store so many open reports."""
    reports = [
        Report(
            id=f"rpt_01JD{number:022}",
            conversation_id=f"cnv_01JE{number:022}",
            message_id="",
            reporter_id=f"usr_01JE{number:022}",
            reported_id=ARTIST,
            reason=ReportReason.SPAM,
            details="",
            content=None,
            created_at=NOON,
        )
        for number in range(count)
    ]
    insert(database, "reports", map(to_document, reports))
