"""Redaction: removal of everything that a user wrote, which devices receive as changes."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import datetime

import msgspec

from domain import search_words
from messaging.models import Conversation, Message, Side
from messaging.store import conversations, inbox, messages
from messaging.use_cases import presenter, unread_counters
from shared.data.conflicts import retry_on_conflict

BATCH_SIZE = 500
REMOVED = "…"  # stands for a name
MAX_BATCHES = 2_000  # per author, so that a bug cannot keep it running for ever

# Revises messages of a conversation, beginning with a revision.
Revise = Callable[[Conversation, list[Message], int], None]


def remove_name(user_id: str, name: str, now: datetime) -> None:
    """Remove a user's name from the messages that quick actions of others put it into."""
    words = sorted({name, *name.split()}, key=len, reverse=True)
    for side in Side if words else ():
        after = ""
        while ids := conversations.list_ids(side, user_id, after, BATCH_SIZE):
            for message in messages.list_prepared(ids, words):
                _remove_words(message, words)
                if message.author_id is not None:
                    revise_author(message.author_id, now)
            after = ids[-1]


def remove_reactions(user_id: str) -> None:
    """Remove all reactions of a user; each message gets its new revision with it."""

    def remove(_conversation: Conversation, reacted: list[Message], next_revision: int) -> None:
        messages.remove_reactions(reacted, user_id, next_revision)

    _revise_all(lambda: messages.list_reacted(user_id, BATCH_SIZE), remove)


def _remove_words(message: Message, words: Sequence[str]) -> None:
    def redact(content: str) -> str:
        for word in words:
            content = content.replace(word, REMOVED)
        return content

    content = redact(message.content or "")
    versions = [
        msgspec.structs.replace(version, content=redact(version.content))
        for version in message.versions
    ]
    changed = msgspec.structs.replace(message, content=content)
    preview = presenter.summarize_message(changed).preview
    # Search does not find what an admin hides.
    folded = "" if message.hidden else search_words.fold(content)
    messages.replace_content(message, content, folded, versions)
    if preview is not None:
        conversations.replace_preview(message.conversation_id, message.id, preview)


def redact_author(author_id: str, now: datetime) -> None:
    """Redact all messages of an author: their content in one write, then their revisions."""
    messages.redact(author_id, now)
    revise_author(author_id, now)


def revise_author(author_id: str, now: datetime) -> None:
    """Give messages of an author that were changed all at once their new revisions."""

    def revise(conversation: Conversation, redacted: list[Message], next_revision: int) -> None:
        _withdraw(conversation, redacted, now)
        messages.assign_revisions(redacted, next_revision)

    _revise_all(lambda: messages.find_unrevised(author_id, BATCH_SIZE), revise)


def _revise_all(find: Callable[[], list[Message]], revise: Revise) -> None:
    """Revise messages batch by batch, each conversation's together, until none are found."""
    for _ in range(MAX_BATCHES):
        found = find()
        if not found:
            return
        by_conversation: dict[str, list[Message]] = defaultdict(list)
        for message in found:
            by_conversation[message.conversation_id].append(message)
        for conversation_id, messages_ in by_conversation.items():
            _revise(conversation_id, messages_, revise)
    raise RuntimeError("redaction found more messages than one user can have written or marked")


@retry_on_conflict(attempts=messages.ATTEMPTS)
def _revise(conversation_id: str, found: list[Message], revise: Revise) -> None:
    conversation = conversations.find(conversation_id)
    if conversation is None:
        messages.delete_all([conversation_id])
        return
    revise(conversation, found, messages.get_last_revision(conversation) + 1)


def _withdraw(conversation: Conversation, redacted: list[Message], now: datetime) -> None:
    """Let messages that were deleted count as unread no more."""
    for side in Side:
        deleted = [
            message.sequence
            for message in redacted
            if message.deleted_at is not None
            and conversation.find_side(message.author_id) is side.other
            and message.sequence > conversation.get_membership(side).read_sequence
        ]
        if deleted and (changed := conversations.withdraw(conversation.id, side, deleted)):
            inbox.settle(changed)
            unread_counters.update(changed, [side], now)
