"""Message sequence: every new message takes the next position of its conversation."""

from datetime import datetime

import msgspec

from domain import search_words
from domain.ids import new_id
from messaging.models import (
    Conversation,
    Counts,
    Message,
    MessageType,
    RecordReference,
)
from messaging.rules.guest_messages import GuestDelivery, Platform
from messaging.store import messages
from messaging.use_cases import delivery, message_links
from shared.data.conflicts import WriteConflict, retry_on_conflict
from shared.platform import correlation


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """A message without a position. It has either a sender or a source; see `Message`."""

    type: MessageType
    content: str = ""
    attachments: tuple[str, ...] = ()
    refer: RecordReference | None = None
    sender_id: str | None = None
    acting_id: str | None = None
    author_id: str | None = None
    client_message_id: str | None = None
    body_hash: str | None = None
    source: str | None = None
    guest_id: str | None = None
    platform: Platform | None = None
    sent_at: datetime | None = None
    delivery: GuestDelivery | None = None
    human_agent: bool = False
    guest_text: str | None = None
    reply_to: str | None = None


@retry_on_conflict(attempts=messages.ATTEMPTS)
def append(conversation: Conversation, draft: Draft, now: datetime) -> tuple[Message, bool]:
    """Store a draft as the next message and have it delivered, unless it was stored before.

    One write, unless another message is written at the same moment.

    Returns:
        The message, and whether it is new.
    """
    message = _place(conversation, draft, now)
    try:
        messages.add(message)
    except WriteConflict:
        earlier = _find_earlier(conversation, draft)
        if earlier is None:
            raise
        return earlier, False
    delivery.enqueue(conversation.id, message.id)
    return message, True


def _place(conversation: Conversation, draft: Draft, now: datetime) -> Message:
    revision = messages.get_last_revision(conversation)
    last = messages.find_last(conversation)
    counts = last.counts if last else Counts()
    return Message(
        id=new_id("msg"),
        conversation_id=conversation.id,
        sequence=last.sequence + 1 if last else 1,
        revision=revision + 1,
        type=draft.type,
        sender_id=draft.sender_id,
        acting_id=draft.acting_id,
        author_id=draft.author_id or draft.sender_id,
        client_message_id=draft.client_message_id,
        source=draft.source,
        body_hash=draft.body_hash,
        content=draft.content,
        folded=search_words.fold(draft.content),
        attachments=draft.attachments,
        refer=draft.refer,
        counts=counts.add_message(conversation.find_side(draft.sender_id or draft.author_id)),
        created_at=now,
        correlation_id=correlation.current(),
        due_at=now + delivery.GRACE,
        guest_id=draft.guest_id,
        platform=draft.platform,
        sent_at=draft.sent_at,
        delivery=draft.delivery,
        human_agent=draft.human_agent,
        guest_text=draft.guest_text,
        artist_id=conversation.artist_id,
        client_id=conversation.client_id,
        preview_url=_find_link(draft),
        reply_to=draft.reply_to,
    )


def _find_link(draft: Draft) -> str | None:
    """Return the link that gets a preview: of what members send to each other, not of guests."""
    is_of_member = draft.sender_id is not None and draft.guest_id is None
    return message_links.find(draft.content) if is_of_member else None


def _find_earlier(conversation: Conversation, draft: Draft) -> Message | None:
    if draft.sender_id and draft.client_message_id:
        return messages.find_by_client_message_id(
            conversation.id, draft.sender_id, draft.client_message_id
        )
    return messages.find_by_source(conversation.id, draft.source) if draft.source else None
