"""Arrivals: what a message changes in its conversation once it is delivered."""

from datetime import datetime

from msgspec import UNSET

from messaging.live import fanout
from messaging.models import Conversation, Message, MessageType, Side
from messaging.store import conversations
from messaging.store import inbox as store
from messaging.use_cases import presenter, response_times


def get_writer(message: Message) -> Side | None:
    """Return the member who wrote a new message by hand; None for a card and for a change."""
    if message.published_at is not None or message.type is MessageType.SYSTEM:
        return None
    if message.sender_id is None or not message.artist_id:
        return None
    return Side.ARTIST if message.sender_id == message.artist_id else Side.CLIENT


def settle(conversation: Conversation, message: Message, now: datetime) -> Conversation:
    """Let the lists of both members show a message that was just summarized and counted.

    It costs a write where the conversation begins to have something unread, and two more for a
    first answer. A new message brings the conversation back from a member's archive, unless they
    have muted it; so does what they write themselves.

    Returns:
        The conversation as it is then.
    """
    settled = store.settle(conversation)
    if message.published_at is not None:
        return settled
    for side in Side:
        if _brings_back(settled, side, message, now):
            changed = store.change(settled.id, side, archived=False)
            if changed is not None:
                settled = changed
                frame = presenter.present_state(settled, side)
                fanout.post_to_users([settled.get_user_id(side)], frame, now)
    since = settled.awaiting_since
    if get_writer(message) is not Side.ARTIST or since is UNSET or since > message.created_at:
        return settled
    if conversations.end_wait(settled):
        response_times.record(settled.artist_id, since, message.created_at, now)
    return settled


def _brings_back(conversation: Conversation, side: Side, message: Message, now: datetime) -> bool:
    member = conversation.get_membership(side)
    is_own = message.sender_id == conversation.get_user_id(side)
    return member.archived and (is_own or not member.is_muted(now))
