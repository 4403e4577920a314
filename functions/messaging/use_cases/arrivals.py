"""Arrivals: what a message changes in its conversation once it is delivered."""

from collections.abc import Sequence
from datetime import datetime

import msgspec
from msgspec import UNSET

from messaging.live import fanout
from messaging.models import Conversation, Message, MessageType, Side
from messaging.store import conversations
from messaging.store import inbox as store
from messaging.use_cases import presenter, response_times


def summarize(conversation: Conversation, message: Message, now: datetime) -> None:
    """Show a message in the lists of both members. One write, and two more for a first answer.

    A new message brings the conversation back from a member's archive, unless they have muted it;
    so does what they write themselves.

    Args:
        conversation: The conversation as it was read a moment ago.
        message: The message, new or changed.
        now: The current time.
    """
    back = _list_brought_back(conversation, message, now)
    likely = _apply(conversation, message, back)
    summary = presenter.summarize_message(message)
    views = {side: likely.get_membership(side).views for side in Side}
    writer = _get_writer(conversation, message)
    before = conversations.update_summary(message, summary, views, back, writer)
    if before is None:
        # It was summarized already, perhaps by a worker that got no further.
        store.refresh(conversation.id)
        return
    written = _apply(before, message, back)
    for side, shown in views.items():
        member = msgspec.structs.replace(written.get_membership(side), views=shown)
        written = written.with_membership(side, member)
    changed = store.settle(written)
    since = before.awaiting_since
    if writer is Side.ARTIST and since is not UNSET and since <= message.created_at:
        response_times.record(before.artist_id, since, message.created_at, now)
    # They may have archived it since it was read.
    for side in set(_list_brought_back(before, message, now)) - set(back):
        changed = store.change(before.id, side, archived=False) or changed
        back.append(side)
    for side in back:
        frame = presenter.present_state(changed, side)
        fanout.post_to_users([changed.get_user_id(side)], frame, now)


def _apply(conversation: Conversation, message: Message, back: Sequence[Side]) -> Conversation:
    """Return a conversation as it is once a message is summarized."""
    changed = msgspec.structs.replace(conversation, counts=message.counts)
    for side in back:
        member = changed.get_membership(side)
        member = msgspec.structs.replace(
            member, archived=False, state_version=member.state_version + 1
        )
        changed = changed.with_membership(side, member)
    return changed.with_views()


def _get_writer(conversation: Conversation, message: Message) -> Side | None:
    """Return the member who wrote a new message by hand, None for a card and for a change."""
    is_changed = message.edited_at is not None or message.deleted_at is not None
    if message.type is MessageType.SYSTEM or (is_changed and message.published_at is not None):
        return None
    return conversation.find_side(message.sender_id)


def _list_brought_back(conversation: Conversation, message: Message, now: datetime) -> list[Side]:
    """Return the sides from whose archive a message brings the conversation back."""
    if conversation.last is not None and message.sequence <= conversation.last.sequence:
        return []
    return [
        side
        for side in Side
        if (member := conversation.get_membership(side)).archived
        and (message.sender_id == conversation.get_user_id(side) or not member.is_muted(now))
    ]
