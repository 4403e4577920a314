"""Posting: giving a message the next place in its conversation."""

from datetime import datetime

import msgspec

from domain.ids import new_id
from messaging.models import Conversation, Counts, Message, Reference, Type
from messaging.rules import text
from messaging.schemas import DeliveryOrder
from messaging.store import messages
from messaging.use_cases import delivery
from shared.data import conflicts
from shared.data.conflicts import WriteConflict
from shared.platform import correlation


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """A message that has no place yet. Either it is a member's, or it has a source."""

    type: Type
    content: str = ""
    attachments: tuple[str, ...] = ()
    refer: Reference | None = None
    sender_id: str | None = None
    author_id: str | None = None
    client_message_id: str | None = None
    body_hash: str | None = None
    source: str | None = None


def post(conversation: Conversation, draft: Draft, now: datetime) -> tuple[Message, bool]:
    """Write the draft as the next message, unless it was posted before, and order its delivery.

    Returns the message and whether it is new. One write, unless somebody else is writing at the
    same moment. Raises a 409 Problem when many are.
    """

    def attempt() -> tuple[Message, bool]:
        message = _placed(conversation, draft, now)
        try:
            messages.add(message)
        except WriteConflict:
            earlier = _earlier(conversation, draft)
            if earlier is None:
                raise
            return earlier, False
        return message, True

    message, is_new = conflicts.retry_on_conflict(attempts=messages.ATTEMPTS)(attempt)()
    if is_new:
        delivery.order(DeliveryOrder(conversation.id, message.id))
    return message, is_new


def _placed(conversation: Conversation, draft: Draft, now: datetime) -> Message:
    revision = messages.last_revision(conversation)
    last = messages.last(conversation)
    counts = last.counts if last else Counts()
    return Message(
        id=new_id("msg"),
        conversation_id=conversation.id,
        sequence=last.sequence + 1 if last else 1,
        revision=revision + 1,
        type=draft.type,
        sender_id=draft.sender_id,
        author_id=draft.author_id or draft.sender_id,
        client_message_id=draft.client_message_id,
        source=draft.source,
        body_hash=draft.body_hash,
        content=draft.content,
        folded=text.folded(draft.content),
        attachments=draft.attachments,
        refer=draft.refer,
        counts=counts.after(conversation.side_of(draft.sender_id)),
        created_at=now,
        correlation_id=correlation.current(),
        due_at=now + delivery.GRACE,
    )


def _earlier(conversation: Conversation, draft: Draft) -> Message | None:
    if draft.sender_id and draft.client_message_id:
        return messages.find_sent(conversation.id, draft.sender_id, draft.client_message_id)
    return messages.find_told(conversation.id, draft.source) if draft.source else None
