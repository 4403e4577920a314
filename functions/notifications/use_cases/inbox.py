"""The caller's inbox: its entries, which are unread, and its archive."""

from datetime import datetime, timedelta

import msgspec

from domain.errors import FieldError, InvalidFields, NotFound
from notifications.inbox import entries
from notifications.models import InboxContent, InboxEntry
from notifications.schemas import InboxItem, InboxList, InboxQuery, InboxUnreadCount
from notifications.store import inbox as store
from notifications.store import inbox_counters
from shared.data.conflicts import retry_on_conflict
from shared.http import cursors
from shared.http.caller import Caller

MAX_SNOOZE = timedelta(days=90)
MAX_COUNTED = 100  # unread entries; a badge shows no more


def list_entries(caller: Caller, query: InboxQuery, now: datetime) -> InboxList:
    """List the caller's entries up to now, newest first.

    A new message moves its conversation to the front, so the entry may be missing from a later
    page, but no entry is listed twice.

    Raises:
        InvalidFields: The cursor is not of this list.
    """
    scope = f"inbox {caller.user_id} {query.unread}"
    after = None
    if query.cursor is not None:
        after = msgspec.convert(cursors.decode(query.cursor, scope), tuple[datetime, str])
    entries = store.list_entries(caller.user_id, now, query.limit + 1, after, unread=query.unread)
    page = entries[: query.limit]
    has_more = len(entries) > len(page)
    return InboxList(
        items=[_present(entry, now) for entry in page],
        next_cursor=cursors.encode([page[-1].at, page[-1].id], scope) if has_more else None,
    )


def count_unread(caller: Caller, now: datetime) -> InboxUnreadCount:
    """Count the unread entries up to a limit."""
    total = _count_unread(caller.user_id, now)
    return InboxUnreadCount(min(total, MAX_COUNTED), total > MAX_COUNTED)


def mark_read(caller: Caller, entry_id: str, now: datetime) -> None:
    """Mark an entry read; it may be read already.

    Raises:
        NotFound: The entry is unknown, archived or another user's.
    """
    if not store.mark_read(caller.user_id, entry_id, now):
        raise _not_found()


def mark_all_read(caller: Caller, until: datetime, now: datetime) -> None:
    """Mark every entry up to an instant read."""
    store.mark_all_read(caller.user_id, min(until, now))


@retry_on_conflict
def snooze(caller: Caller, entry_id: str, until: datetime, now: datetime) -> None:
    """Hide an entry until an instant, at which it is unread; a snoozed one gets another instant.

    Raises:
        NotFound: The entry is unknown, archived, not due yet or another user's.
        InvalidFields: The instant is not in the future, or too far in it.
    """
    if not now < until <= now + MAX_SNOOZE:
        days = MAX_SNOOZE.days
        raise InvalidFields(
            FieldError("body.until", f"must be in the future, at most {days} days ahead")
        )
    entry = store.find(entry_id)
    if entry is None or entry.user_id != caller.user_id or entry.at is None:
        raise _not_found()
    if entry.at > now and entry.snoozed_until is None:
        raise _not_found()
    entries.snooze(entry, until)


def archive(caller: Caller, entry_id: str, now: datetime) -> None:
    """Remove an entry from the inbox; a later message of its conversation brings it back.

    Raises:
        NotFound: The entry is unknown, archived or another user's.
    """
    if not store.archive(caller.user_id, entry_id, now):
        raise _not_found()


def _count_unread(user_id: str, now: datetime) -> int:
    counter = inbox_counters.find(user_id)
    if counter is not None and counter.is_valid(now):
        return counter.unread
    if counter is None:
        inbox_counters.create(user_id, now)
    total = store.count_unread(user_id, now, MAX_COUNTED + 1)
    if counter is not None and counter.changing_until <= now:
        inbox_counters.save(counter, total, store.find_next_change(user_id, now), now)
    return total


def _present(entry: InboxEntry, now: datetime) -> InboxItem:
    content = entry.content or InboxContent("", "")
    assert entry.at is not None  # the list is sorted by it
    is_read = entry.unread_at is None
    count = len(entry.conversation.unread) if entry.conversation and not is_read else 1
    return InboxItem(
        id=entry.id,
        title=content.title,
        body=content.body,
        url=content.url,
        category=entry.category,
        template=entry.template,
        at=entry.at,
        is_read=is_read,
        count=count,
        actions=[action for action in content.actions if now < action.expires_at],
    )


def _not_found() -> NotFound:
    return NotFound("There is no such entry in your inbox.")
