"""Taking everything out of what somebody wrote, and letting those who catch up see it."""

from collections import defaultdict
from datetime import datetime

from messaging.models import Message
from messaging.store import conversations, messages
from shared.data import conflicts

BATCH = 500
MOST_BATCHES = 2_000  # of one author, so that a fault cannot keep it running for ever


def empty(author_id: str, now: datetime) -> None:
    """Empty all messages of the author: the words at once, in one write, then their revisions."""
    messages.empty(author_id, now)
    for _ in range(MOST_BATCHES):
        emptied = messages.unrevised(author_id, BATCH)
        if not emptied:
            return
        by_conversation: dict[str, list[Message]] = defaultdict(list)
        for message in emptied:
            by_conversation[message.conversation_id].append(message)
        for conversation_id, of_one in by_conversation.items():
            _revise(conversation_id, of_one)
    raise RuntimeError("there are more messages than anybody writes")


def _revise(conversation_id: str, emptied: list[Message]) -> None:
    conversation = conversations.find(conversation_id)
    if conversation is None:
        messages.remove([conversation_id])
        return

    def attempt() -> None:
        messages.revise(emptied, messages.last_revision(conversation) + 1)

    conflicts.retry_on_conflict(attempts=messages.ATTEMPTS)(attempt)()
