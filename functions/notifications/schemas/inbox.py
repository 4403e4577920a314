"""Inbox of a user."""

from domain.types import Instant, NextCursor
from notifications.models import (
    MessageCategory,
    NotificationAction,
)
from notifications.schemas.fields import Cursor, InboxEntryId, PageSize
from shared.http.decoding import Input, Output


class InboxQuery(Input, frozen=True):
    """A page of the inbox.

    Attributes:
        unread: Whether to list unread entries only.
    """

    limit: PageSize = 50
    cursor: Cursor | None = None
    unread: bool = False


class InboxItem(Output, frozen=True):
    """An entry of the inbox.

    Attributes:
        title: Title of the notification.
            Example: New booking
        body: Text of the notification, shortened.
            Example: Small tattoo for Robin, Thu 31 Jan 2030, 14:30
        url: Page that it is about: a path of the frontend or an `https` address.
            Example: /appointments/apt_01JD2Z5Q0V8XKM3F7T9B4N6RWC
        category: Purpose of the notification.
            Example: booking
        template: Name of the template that it was rendered from.
            Example: new-booking
        at: Instant of the notification; of a conversation, of its newest message.
        is_read: Whether it is read.
            Example: false
        count: Number of unread messages of a conversation, where 100 means 100 or more; else 1.
            Example: 1
        actions: Actions that can be done with one tap, at most two.
    """

    id: InboxEntryId
    title: str
    body: str
    url: str | None
    category: MessageCategory
    template: str | None
    at: Instant
    is_read: bool
    count: int
    actions: list[NotificationAction]


class InboxList(Output, frozen=True):
    """A page of the inbox.

    Attributes:
        items: Entries, newest first.
    """

    items: list[InboxItem]
    next_cursor: NextCursor


class InboxUnreadCount(Output, frozen=True):
    """The number of unread entries.

    Attributes:
        total: Number of unread entries, counted to 100.
            Example: 3
        more: Whether there are more than were counted.
            Example: false
    """

    total: int
    more: bool


class SnoozeInboxEntryRequest(Input, frozen=True):
    """Until when to hide an entry.

    Attributes:
        until: Instant at which it comes back, unread; at most 90 days ahead.
    """

    until: Instant


class MarkInboxReadRequest(Input, frozen=True):
    """The entries to mark read.

    Attributes:
        until: `at` of the newest entry that was shown, so that no later one is marked.
    """

    until: Instant
