"""Import of conversations and messages from an earlier system.

Messages get the next positions of their conversation, in the order in which they come, and count as
read by both. They are stored as published and delivered, so no event is about them and nobody is
notified; that a conversation exists is published, as of any other.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from domain import search_words
from messaging.models import Conversation, Counts, Message, MessageType, Side
from messaging.rules import text
from messaging.schemas import ImportedConversation, ImportedMessage
from messaging.store import conversations, inbox, messages
from messaging.store import imports as store
from messaging.use_cases import presenter, unread_counters
from shared.data import tombstones
from shared.data.imported_rows import Kind, Reasons
from shared.platform import clock, correlation

ATTEMPTS = 5
DELETED = "An account of its members was deleted here."
SAME_PAIR = "The artist and the client have another conversation."
NO_CONVERSATION = "Its conversation does not exist here."
NO_MEMBER = "Its sender is no member of the conversation."
BLANK = "Its text shows nothing."
BUSY = "Others write in the conversation at the same moment; import it again."


# ---- conversations -----------------------------------------------------------------------------


def find_conversations(rows: Sequence[ImportedConversation]) -> Mapping[str, ImportedConversation]:
    """Return those of the conversations that exist, as of their newest message of the row."""
    given = {row.id: row for row in rows}
    return {
        found.id: ImportedConversation(
            id=found.id,
            artist_id=found.artist_id,
            client_id=found.client_id,
            created_at=found.created_at,
            # Newer messages move it.
            active_at=min(found.active_at, given[found.id].active_at),
        )
        for found in conversations.find_all(given).values()
    }


def check_conversations(rows: Sequence[ImportedConversation], _now: datetime) -> Reasons:
    """Return why conversations cannot be opened."""
    deleted = _find_deleted(rows)
    pairs: set[tuple[str, str]] = set()
    reasons: Reasons = {}
    for row in rows:
        pair = (row.artist_id, row.client_id)
        if deleted & set(pair):
            reasons[row.id] = DELETED
        elif pair in pairs or conversations.find_by_pair(*pair) is not None:
            reasons[row.id] = SAME_PAIR
        pairs.add(pair)
    return reasons


def write_conversations(rows: Sequence[ImportedConversation], now: datetime) -> Reasons:
    """Open conversations, and let the sweeper publish it."""
    failed = store.add_conversations(
        [
            Conversation(
                id=row.id,
                artist_id=row.artist_id,
                client_id=row.client_id,
                created_at=row.created_at,
                active_at=row.active_at,
                opened_by=row.client_id,
                unpublished=(conversations.OPENED,),
                due_at=now,
            )
            for row in rows
        ]
    )
    return dict.fromkeys(failed, SAME_PAIR)


def _find_deleted(rows: Sequence[ImportedConversation]) -> set[str]:
    return tombstones.find_deleted(*{id_ for row in rows for id_ in (row.artist_id, row.client_id)})


# ---- messages ----------------------------------------------------------------------------------


def find_messages(rows: Sequence[ImportedMessage]) -> Mapping[str, ImportedMessage]:
    """Return those of the messages that exist."""
    found = store.find_messages(row.id for row in rows)
    return {message.id: _present(message) for message in found.values()}


def check_messages(rows: Sequence[ImportedMessage], _now: datetime) -> Reasons:
    """Return why messages cannot be posted."""
    known = conversations.find_all(row.conversation_id for row in rows)
    reasons: Reasons = {}
    for row in rows:
        if text.is_blank(row.content):
            reasons[row.id] = BLANK
        conversation = known.get(row.conversation_id)  # a dry run opens none
        if conversation is None:
            continue
        if row.sender_id is not None and row.sender_id not in conversation.member_ids:
            reasons[row.id] = NO_MEMBER
    return reasons


def write_messages(rows: Sequence[ImportedMessage], now: datetime) -> Reasons:
    """Post messages behind those that are there, all of a conversation in one bulk write."""
    reasons: Reasons = {}
    by_conversation: dict[str, list[ImportedMessage]] = {}
    for row in rows:
        by_conversation.setdefault(row.conversation_id, []).append(row)
    for conversation_id, posted in by_conversation.items():
        remaining = posted
        for _ in range(ATTEMPTS):
            conversation = conversations.find(conversation_id)
            if conversation is None:
                reasons |= {row.id: NO_CONVERSATION for row in remaining}
                remaining = []
                break
            failed = store.add_messages(_place(conversation, remaining, now))
            remaining = [row for row in remaining if row.id in failed]
            if not remaining:
                break
        reasons |= {row.id: BUSY for row in remaining}
    return reasons


def finish_messages(rows: Sequence[ImportedMessage]) -> None:
    """Show the newest of the messages in their conversations, and count all of them as read."""
    newest: dict[str, Message] = {}
    for message in store.find_messages(row.id for row in rows).values():
        other = newest.get(message.conversation_id)
        if other is None or other.sequence < message.sequence:
            newest[message.conversation_id] = message
    for conversation in conversations.find_all(newest).values():
        message = newest[conversation.id]
        if conversation.last is None or conversation.last.sequence < message.sequence:
            store.mark_read(message)  # first, for the summary says that this is done
            summarized = conversations.update_summary(message, presenter.summarize_message(message))
            if summarized is not None:
                inbox.settle(summarized)
                unread_counters.update(summarized, Side, clock.now())


def _place(
    conversation: Conversation, rows: Sequence[ImportedMessage], now: datetime
) -> list[Message]:
    """Return messages at the next positions of their conversation."""
    last = messages.find_last(conversation)
    revision = messages.get_last_revision(conversation)
    sequence, counts = (last.sequence, last.counts) if last else (0, Counts())
    placed: list[Message] = []
    for number, row in enumerate(rows, 1):
        counts = counts.add_message(conversation.find_side(row.sender_id))
        placed.append(
            Message(
                id=row.id,
                conversation_id=conversation.id,
                sequence=sequence + number,
                revision=revision + number,
                type=MessageType(row.type),
                sender_id=row.sender_id,
                author_id=row.sender_id or conversation.artist_id,
                client_message_id=None,
                source=None,
                body_hash=None,
                content=row.content,
                folded=search_words.fold(row.content),
                attachments=(),
                refer=None,
                counts=counts,
                created_at=row.created_at,
                correlation_id=correlation.current(),
                published_at=now,
                artist_id=conversation.artist_id,
                client_id=conversation.client_id,
            )
        )
    return placed


def _present(message: Message) -> ImportedMessage:
    return ImportedMessage(
        id=message.id,
        conversation_id=message.conversation_id,
        type="system" if message.type is MessageType.SYSTEM else "text",
        sender_id=message.sender_id,
        content=message.content or "",
        created_at=message.created_at,
    )


KINDS: dict[str, Kind[Any]] = {
    "conversations": Kind(
        ImportedConversation, find_conversations, write_conversations, check_conversations
    ),
    "messages": Kind(
        ImportedMessage, find_messages, write_messages, check_messages, finish_messages
    ),
}
