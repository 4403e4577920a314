"""Arrivals: what a message changes in its conversation once it is delivered."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from messaging.live import fanout
from messaging.models import Conversation, Message, Side
from messaging.store import conversations
from messaging.store import inbox as store
from messaging.use_cases import presenter


def summarize(conversation: Conversation, message: Message, now: datetime) -> None:
    """Show a message in the lists of both members. One write.

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
    before = conversations.update_summary(message, summary, views, back)
    if before is None:
        # It was summarized already, perhaps by a worker that got no further.
        store.refresh(conversation.id)
        return
    written = _apply(before, message, back)
    for side, shown in views.items():
        member = msgspec.structs.replace(written.get_membership(side), views=shown)
        written = written.with_membership(side, member)
    changed = store.settle(written)
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
