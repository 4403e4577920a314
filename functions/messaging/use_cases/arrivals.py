"""Arrivals: what a message changes in its conversation once it is delivered."""

from datetime import datetime

from messaging.live import fanout
from messaging.models import Conversation, Message, Side
from messaging.store import conversations
from messaging.store import inbox as store
from messaging.use_cases import presenter


def summarize(message: Message, now: datetime) -> Conversation | None:
    """Show a message in the lists of both members. One write, and one more where a view changes.

    A new message brings the conversation back from a member's archive, unless they have muted it;
    so does what they write themselves.

    Args:
        message: The message, new or changed.
        now: The current time.

    Returns:
        The conversation as it is then; None where it was deleted.
    """
    summary = presenter.summarize_message(message)
    summarized = conversations.update_summary(message, summary)
    if summarized is None:
        return None
    changed = store.settle(summarized)
    for side in _list_brought_back(changed, message, now):
        changed = store.change(changed.id, side, archived=False) or changed
        frame = presenter.present_state(changed, side)
        fanout.post_to_users([changed.get_user_id(side)], frame, now)
    return changed


def _list_brought_back(conversation: Conversation, message: Message, now: datetime) -> list[Side]:
    """Return the sides from whose archive a message brings the conversation back."""
    if message.published_at is not None:
        return []
    return [
        side
        for side in Side
        if (member := conversation.get_membership(side)).archived
        and (message.sender_id == conversation.get_user_id(side) or not member.is_muted(now))
    ]
