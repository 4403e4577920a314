"""Arrivals: what a message changes in its conversation once it is delivered."""

from datetime import datetime

from msgspec import UNSET

from messaging.live import fanout
from messaging.models import Conversation, Message, MessageType, Side
from messaging.store import conversations
from messaging.store import inbox as store
from messaging.use_cases import presenter, response_times


def summarize(message: Message, now: datetime) -> Conversation | None:
    """Show a message in the lists of both members.

    One write, one more where a view changes, and two more for a first answer. A new message brings
    the conversation back from a member's archive, unless they have muted it; so does what they
    write themselves.

    Args:
        message: The message, new or changed.
        now: The current time.

    Returns:
        The conversation as it is then; None where it was deleted.
    """
    summary, writer = presenter.summarize_message(message), _get_writer(message)
    summarized = conversations.update_summary(message, summary, writer)
    if summarized is None:
        return None
    changed = store.settle(summarized)
    for side in _list_brought_back(changed, message, now):
        changed = store.change(changed.id, side, archived=False) or changed
        frame = presenter.present_state(changed, side)
        fanout.post_to_users([changed.get_user_id(side)], frame, now)
    if writer is Side.ARTIST:
        _record_answer(changed, message, now)
    return changed


def _get_writer(message: Message) -> Side | None:
    """Return the member who wrote a new message by hand; None for a card and for a change."""
    if message.published_at is not None or message.type is MessageType.SYSTEM:
        return None
    if message.sender_id is None or not message.artist_id:
        return None
    return Side.ARTIST if message.sender_id == message.artist_id else Side.CLIENT


def _record_answer(conversation: Conversation, message: Message, now: datetime) -> None:
    """Count an answer of the artist, if somebody has waited for it."""
    since = conversation.awaiting_since
    if since is UNSET or since > message.created_at:
        return
    if conversations.end_wait(conversation):
        response_times.record(conversation.artist_id, since, message.created_at, now)


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
