"""What the inbox is asked and answers."""

from datetime import datetime
from typing import Annotated

from msgspec import Meta

from notifications.models import Category, OfferedAction
from notifications.schemas import Instant
from shared.http.decoding import Input, Output


class InboxQuery(Input, frozen=True):
    """A page of the inbox; with `unread=true` only of what is unread."""

    limit: Annotated[int, Meta(ge=1, le=100)] = 50
    cursor: Annotated[str, Meta(max_length=500)] | None = None
    unread: bool = False


class InboxItem(Output, frozen=True):
    """Something the user was told.

    at: when; of a thread, its newest. count: how many unread ones it stands for, 100 being 100 or
    more. url: where it leads, a path of the frontend or an https address. template: the name of
    that it was written from. actions: what can be done about it with one tap, at most two.
    """

    id: str
    title: str
    body: str
    url: str | None
    category: Category
    template: str | None
    at: datetime
    is_read: bool
    count: int
    actions: list[OfferedAction]


class InboxPage(Output, frozen=True):
    """A page of the inbox, newest first."""

    items: list[InboxItem]
    next_cursor: str | None


class UnreadTotal(Output, frozen=True):
    """How many entries are unread; `more` where there are more than were counted."""

    total: int
    more: bool


class ReadAllRequest(Input, frozen=True):
    """Until when: `at` of the newest that was shown, so that nothing unseen is marked."""

    until: Instant
