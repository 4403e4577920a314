"""Inbox: the notifications that users read in the app."""

from datetime import datetime

import msgspec

from notifications.models.contents import NotificationAction
from notifications.models.deliveries import MessageCategory
from shared.data.mongodb import Record


class InboxContent(msgspec.Struct, frozen=True):
    """The content of an inbox entry."""

    title: str
    body: str
    url: str | None = None
    actions: tuple[NotificationAction, ...] = ()


class ConversationState(Record, frozen=True):
    """What is known of the conversation whose messages share one inbox entry.

    Attributes:
        newest: Sequence of the message that the entry shows; 0 before the first.
        read_through: Every message up to this sequence is read.
        unread: Sequences of the unread messages, in order; the last hundred of them.
    """

    newest: int = 0
    read_through: int = 0
    unread: tuple[int, ...] = ()


class InboxEntry(Record, frozen=True, kw_only=True):
    """An entry of a user's inbox: one notification, or the newest message of a conversation.

    Attributes:
        id: Derived from the user and the event, or from the user and the conversation, so that
            nothing is there twice.
        at: Instant from which on the entry is listed; None while it is not: it is archived, or of
            its conversation only the reading was seen.
        unread_at: The same instant while the entry is unread, else None. A conversation whose entry
            has none is read to its newest message, whatever its `unread` says.
        revision: Number of changes, for optimistic concurrency.
        about: Ids of other users whose name or words may be in the content.
    """

    id: str = msgspec.field(name="_id")
    user_id: str
    content: InboxContent | None = None
    category: MessageCategory = MessageCategory.BOOKING
    template: str | None = None
    at: datetime | None = None
    unread_at: datetime | None = None
    expires_at: datetime
    conversation: ConversationState | None = msgspec.field(name="thread", default=None)
    revision: int = 0
    about: tuple[str, ...] = ()
