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

    The newest message is shown. A message that was read before it arrived counts as read. One that
    is newer and unread brings a snoozed conversation back.
    """
    state = get_state(entry)
    unread = set(state.unread)
    if sequence > state.read_through:
        unread.add(sequence)
    is_newer = sequence > state.newest
    shown = fresh if is_newer else entry
    is_back = not (entry.snoozed_until and fresh.at and fresh.at < entry.snoozed_until)
    if is_newer and (sequence > state.read_through or is_back):
        entry = msgspec.structs.replace(entry, snoozed_until=None)
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


def mark_read(
    entry: InboxEntry, sequence: int, read_at: datetime, expires_at: datetime
) -> InboxEntry:
    """Mark every message up to a sequence read.

    A conversation that was snoozed at that time still comes back unread.
    """
    state = get_state(entry)
    read_through = max(state.read_through, sequence)
    unread = tuple(number for number in state.unread if number > read_through)
    if entry.snoozed_until is not None and read_at < entry.snoozed_until and not unread:
        unread = (state.newest,)
    after = ConversationState(newest=state.newest, read_through=read_through, unread=unread)
    return _replace(entry, entry, after, max(entry.expires_at, expires_at))


def snooze(entry: InboxEntry, until: datetime, expires_at: datetime) -> InboxEntry:
    """Hide an entry, of a conversation or not, until an instant at which it is unread."""
    state = entry.conversation
    if state is not None:
        state = get_state(entry)
        unread = state.unread or (state.newest,)
        state = msgspec.structs.replace(state, unread=unread)
    return msgspec.structs.replace(
        entry,
        at=until,
        unread_at=until,
        snoozed_until=until,
        expires_at=max(entry.expires_at, expires_at),
        conversation=state,
    )


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
    at = entry.snoozed_until or shown.at
    return msgspec.structs.replace(
        entry,
        content=shown.content,
        about=shown.about,
        category=shown.category,
        template=shown.template,
        at=at,
        unread_at=at if state.unread else None,
        expires_at=expires_at,
        conversation=state,
    )
