"""Redaction: removal of everything that a user wrote, which devices receive as changes."""

from collections import defaultdict
from datetime import datetime

from messaging.models import Message
from messaging.store import conversations, messages
from shared.data.conflicts import retry_on_conflict

BATCH_SIZE = 500
MAX_BATCHES = 2_000  # per author, so that a bug cannot keep it running for ever


def redact_author(author_id: str, now: datetime) -> None:
    """Redact all messages of an author: their content in one write, then their revisions."""
    messages.redact(author_id, now)
    for _ in range(MAX_BATCHES):
        redacted = messages.find_unrevised(author_id, BATCH_SIZE)
        if not redacted:
            return
        by_conversation: dict[str, list[Message]] = defaultdict(list)
        for message in redacted:
            by_conversation[message.conversation_id].append(message)
        for conversation_id, messages_ in by_conversation.items():
            _revise(conversation_id, messages_)
    raise RuntimeError("redaction found more messages than one author can have written")


@retry_on_conflict(attempts=messages.ATTEMPTS)
def _revise(conversation_id: str, redacted: list[Message]) -> None:
    conversation = conversations.find(conversation_id)
    if conversation is None:
        messages.delete_all([conversation_id])
        return
    messages.assign_revisions(redacted, messages.get_last_revision(conversation) + 1)
