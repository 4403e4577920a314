"""Inbox entries: notifications as users find them in the app.

Security messages are not among them: they hold codes, or concern a mailbox rather than a user.
"""

import hashlib
from collections.abc import Callable, Mapping
from datetime import datetime

import msgspec

from notifications.inbox import conversations
from notifications.models import (
    Channel,
    Content,
    EmailContent,
    InboxContent,
    InboxEntry,
    MessageCategory,
    PushContent,
    SmsContent,
    TemplateVersion,
)
from notifications.store import inbox as store
from notifications.store.inbox import LIFETIME
from shared.data.conflicts import retry_on_conflict

MAX_BODY = 2_000  # characters; a mail may be longer
UNTITLED = "A message for you"


class ConversationMessage(msgspec.Struct, frozen=True):
    """A message of a conversation, all of whose messages share one entry."""

    conversation_id: str
    sequence: int
    at: datetime


def add(
    user_id: str,
    event_id: str,
    *,
    contents: Mapping[Channel, Content],
    category: MessageCategory,
    template: TemplateVersion | None,
    at: datetime,
    message: ConversationMessage | None = None,
    about: tuple[str, ...] = (),
) -> bool:
    """Add an entry that is listed from `at` on, or a message to the entry of its conversation.

    The same event again changes nothing.

    Returns:
        Whether the user should be notified: not of a message that is read already, or older than
        one that arrived before.
    """
    content = build_content(contents)
    if content is None or category is MessageCategory.SECURITY:
        return True
    at = _truncate(at if message is None else message.at)
    entry = InboxEntry(
        id=build_id(user_id, event_id if message is None else message.conversation_id),
        user_id=user_id,
        content=content,
        category=category,
        template=None if template is None else template.name,
        at=at,
        unread_at=at,
        expires_at=at + LIFETIME,
        about=about,
    )
    if message is None:
        store.add(entry)
        return True
    sequence = message.sequence
    stored = _change(
        entry.id, user_id, at, lambda known: conversations.add_message(known, entry, sequence)
    )
    return conversations.is_newest_unread(stored, sequence)


def remove(user_id: str, event_id: str) -> None:
    """Remove the entry of a notification that was cancelled."""
    store.delete(user_id, build_id(user_id, event_id))


def mark_conversation_read(user_id: str, conversation_id: str, sequence: int, at: datetime) -> None:
    """Mark the messages of a conversation up to a sequence read, even before they arrive."""
    at = _truncate(at)
    _change(
        build_id(user_id, conversation_id),
        user_id,
        at,
        lambda known: conversations.mark_read(known, sequence, at, at + LIFETIME),
    )


def snooze(entry: InboxEntry, until: datetime) -> None:
    """Hide an entry until an instant, at which it is unread.

    Raises:
        WriteConflict: The entry was changed since it was read.
    """
    store.replace(conversations.snooze(entry, _truncate(until), until + LIFETIME))


def build_content(contents: Mapping[Channel, Content]) -> InboxContent | None:
    """Build the entry's content from the push message, or else the mail, or else the SMS."""
    for channel in (Channel.PUSH, Channel.EMAIL, Channel.SMS):
        match contents.get(channel):
            case PushContent() as push:
                return InboxContent(push.title, push.body, push.url, push.actions)
            case EmailContent() as mail:
                return InboxContent(mail.subject, _shorten(mail.text), mail.url)
            case SmsContent(text):
                return InboxContent(UNTITLED, text)
    return None


@retry_on_conflict
def _change(
    entry_id: str, user_id: str, at: datetime, change: Callable[[InboxEntry], InboxEntry]
) -> InboxEntry:
    known = store.find(entry_id)
    before = known or InboxEntry(id=entry_id, user_id=user_id, expires_at=at + LIFETIME)
    after = change(before)
    if known is None:
        store.insert(after)
    elif after != known:
        store.replace(after)
    return after


def build_id(user_id: str, origin_id: str) -> str:
    """Build the id of the entry of an event, a request or a conversation."""
    return "ibx_" + hashlib.sha256(f"{user_id} {origin_id}".encode()).hexdigest()[:32]


def _truncate(instant: datetime) -> datetime:
    # To milliseconds, as MongoDB stores it, so that the same event again changes nothing.
    return instant.replace(microsecond=instant.microsecond // 1_000 * 1_000)


def _shorten(text: str) -> str:
    text = text.strip()
    return text if len(text) <= MAX_BODY else text[: MAX_BODY - 1] + "…"
