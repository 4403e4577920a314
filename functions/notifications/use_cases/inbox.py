"""The caller's inbox: seeing it, marking it read, taking out of it."""

from datetime import datetime

import msgspec

from domain.errors import NotFound
from notifications.inbox.schemas import InboxItem, InboxPage, InboxQuery, UnreadTotal
from notifications.models import InboxContent, InboxEntry
from notifications.store import inbox as store
from shared.http import cursors
from shared.http.caller import Caller

MOST_COUNTED = 100  # unread entries; a badge shows no more


def page(caller: Caller, query: InboxQuery, now: datetime) -> InboxPage:
    """What the caller was told by now, newest first.

    A thread moves to the front with its newest, so it may be missing from a later page, but nothing
    is shown twice. Raises a 422 Problem for a cursor that is not of this list.
    """
    scope = f"inbox {caller.user_id} {query.unread}"
    after = None
    if query.cursor is not None:
        after = msgspec.convert(cursors.decode(query.cursor, scope), tuple[datetime, str])
    found = store.page(caller.user_id, now, query.limit + 1, after, unread=query.unread)
    shown = found[: query.limit]
    return InboxPage(
        items=[_item(entry, now) for entry in shown],
        next_cursor=(
            cursors.encode([shown[-1].at, shown[-1].id], scope) if len(found) > len(shown) else None
        ),
    )


def unread(caller: Caller, now: datetime) -> UnreadTotal:
    """How many entries are unread: one bounded count."""
    total = store.count_unread(caller.user_id, now, MOST_COUNTED + 1)
    return UnreadTotal(min(total, MOST_COUNTED), total > MOST_COUNTED)


def mark_read(caller: Caller, entry_id: str, now: datetime) -> None:
    """Mark an entry read; that it is already is fine.

    Raises a 404 Problem where it is unknown, archived or somebody else's.
    """
    if not store.mark_read(caller.user_id, entry_id, now):
        raise _unknown()


def mark_all_read(caller: Caller, until: datetime, now: datetime) -> None:
    """Mark everything read that was there by then."""
    store.mark_all_read(caller.user_id, min(until, now))


def archive(caller: Caller, entry_id: str, now: datetime) -> None:
    """Take an entry out of the inbox; something newer of its thread brings it back.

    Raises a 404 Problem where it is unknown, archived or somebody else's.
    """
    if not store.archive(caller.user_id, entry_id, now):
        raise _unknown()


def _item(entry: InboxEntry, now: datetime) -> InboxItem:
    content = entry.content or InboxContent("", "")
    assert entry.at is not None  # it is listed by it
    is_read = entry.unread_at is None
    unread_ones = len(entry.thread.unread) if entry.thread and not is_read else 1
    return InboxItem(
        id=entry.id,
        title=content.title,
        body=content.body,
        url=content.url,
        category=entry.category,
        template=entry.template,
        at=entry.at,
        is_read=is_read,
        count=unread_ones,
        actions=[action for action in content.actions if now < action.expires_at],
    )


def _unknown() -> NotFound:
    return NotFound("There is nothing like that in your inbox.")
