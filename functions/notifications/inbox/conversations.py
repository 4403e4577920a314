"""Inbox entries of conversations: one entry for all messages of a conversation.

The state of a conversation is the set of message sequences that arrived and the furthest that was
read. Both only grow, so the same events lead to the same entry however often and in whatever order
they are consumed.
"""

from datetime import datetime

import msgspec

from notifications.models import ConversationState, InboxEntry

MAX_COUNTED = 100  # unread messages of a conversation


def add_message(entry: InboxEntry, fresh: InboxEntry, sequence: int) -> InboxEntry:
    """Add a message to the entry of its conversation; `fresh` is the entry of the message alone.

    The newest message is shown. A message that was read before it arrived counts as read.
    """
    state = get_state(entry)
    unread = set(state.unread)
    if sequence > state.read_through:
        unread.add(sequence)
    shown = fresh if sequence > state.newest else entry
    return _replace(
        entry,
        shown,
        ConversationState(
            newest=max(state.newest, sequence),
            read_through=state.read_through,
            unread=tuple(sorted(unread)[-MAX_COUNTED:]),
        ),
        max(entry.expires_at, fresh.expires_at),
    )


def mark_read(entry: InboxEntry, sequence: int, expires_at: datetime) -> InboxEntry:
    """Mark every message up to a sequence read."""
    state = get_state(entry)
    read_through = max(state.read_through, sequence)
    unread = tuple(number for number in state.unread if number > read_through)
    after = ConversationState(newest=state.newest, read_through=read_through, unread=unread)
    return _replace(entry, entry, after, max(entry.expires_at, expires_at))


def is_newest_unread(entry: InboxEntry, sequence: int) -> bool:
    """Check whether the entry shows this message and it is unread."""
    state = get_state(entry)
    return state.newest == sequence and sequence in state.unread


def get_state(entry: InboxEntry) -> ConversationState:
    """Return the state of the conversation; in an entry that is marked read everything is read."""
    state = entry.conversation or ConversationState()
    if entry.unread_at is not None:
        return state
    read_through = max(state.read_through, state.newest)
    return ConversationState(newest=state.newest, read_through=read_through)


def _replace(
    entry: InboxEntry, shown: InboxEntry, state: ConversationState, expires_at: datetime
) -> InboxEntry:
    return msgspec.structs.replace(
        entry,
        content=shown.content,
        about=shown.about,
        category=shown.category,
        template=shown.template,
        at=shown.at,
        unread_at=shown.at if state.unread else None,
        expires_at=expires_at,
        conversation=state,
    )
