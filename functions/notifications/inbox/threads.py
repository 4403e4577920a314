"""Threads in the inbox: one entry each, whatever the order in which its news come.

What has happened to a thread is a set of sequences that were told and the furthest that was read.
Both only grow, so the same facts end in the same entry, however often and in whatever order they
are heard.
"""

from datetime import datetime

import msgspec

from notifications.models import InboxEntry, Thread

MOST = 100  # unread ones of a thread that are counted


def told(known: InboxEntry, fresh: InboxEntry, sequence: int) -> InboxEntry:
    """The entry after this one of the thread was told, `fresh` being what it says.

    The newest is shown. What was read before it was told is there and counts as read.
    """
    thread = _thread(known)
    unread = set(thread.unread)
    if sequence > thread.read_through:
        unread.add(sequence)
    shown = fresh if sequence > thread.newest else known
    return _entry(
        known,
        shown,
        Thread(
            newest=max(thread.newest, sequence),
            read_through=thread.read_through,
            unread=tuple(sorted(unread)[-MOST:]),
        ),
        max(known.expires_at, fresh.expires_at),
    )


def read(known: InboxEntry, sequence: int, expires_at: datetime) -> InboxEntry:
    """The entry after its user read the thread up to this sequence."""
    thread = _thread(known)
    read_through = max(thread.read_through, sequence)
    unread = tuple(one for one in thread.unread if one > read_through)
    after = Thread(newest=thread.newest, read_through=read_through, unread=unread)
    return _entry(known, known, after, max(known.expires_at, expires_at))


def is_news(entry: InboxEntry, sequence: int) -> bool:
    """Whether this one is what the entry shows, and unread."""
    thread = _thread(entry)
    return thread.newest == sequence and sequence in thread.unread


def _thread(entry: InboxEntry) -> Thread:
    thread = entry.thread or Thread()
    if entry.unread_at is not None:
        return thread
    return Thread(newest=thread.newest, read_through=max(thread.read_through, thread.newest))


def _entry(
    known: InboxEntry, shown: InboxEntry, thread: Thread, expires_at: datetime
) -> InboxEntry:
    return msgspec.structs.replace(
        known,
        content=shown.content,
        category=shown.category,
        template=shown.template,
        at=shown.at,
        unread_at=shown.at if thread.unread else None,
        expires_at=expires_at,
        thread=thread,
    )
