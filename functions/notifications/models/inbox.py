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
        snoozed_until: Instant at which the entry comes back, or came back, unread.
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
    snoozed_until: datetime | None = None


class InboxCounter(Record, frozen=True, kw_only=True):
    """How many entries of a user's inbox are unread.

    Attributes:
        version: Changes before each change of the inbox.
        changing_until: Until then, a change of this version may not be complete.
        counted_version: The version that was counted; None before the first time.
        unread: The number of unread entries, up to the limit of counting.
        next_change_at: When the number may change although nothing is written.
    """

    id: str = msgspec.field(name="_id")
    version: str
    changing_until: datetime
    counted_version: str | None = None
    unread: int = 0
    next_change_at: datetime | None = None
    expires_at: datetime

    def is_valid(self, now: datetime) -> bool:
        """Return whether the number is that of the inbox at an instant."""
        is_due = self.next_change_at is not None and self.next_change_at <= now
        return self.counted_version == self.version and not is_due
