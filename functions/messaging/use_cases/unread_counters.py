"""Counters of unread messages: set by whatever changes a conversation, and counted again.

The number of each conversation comes from the conversation itself, so that a job which is repeated
also repairs what a process left behind that died.
"""

from collections.abc import Iterable
from datetime import datetime

from messaging.models import Conversation, Side, UnreadCount, UnreadCounter
from messaging.store import conversations, unread
from shared.data.conflicts import retry_on_conflict

BATCH_SIZE = 500
ATTEMPTS = 5


def update(conversation: Conversation, sides: Iterable[Side], now: datetime) -> None:
    """Set the unread messages of a conversation in the counter of each of these sides."""
    for side in sides:
        if _has_counter(conversation, side):
            unread.set_count(conversation.get_user_id(side), _count(conversation, side, now))


def remove(conversation: Conversation, now: datetime) -> None:
    """Let a conversation that is deleted count for nobody any more."""
    nothing = UnreadCount(
        conversation_id=conversation.id, count=0, version=conversation.unread_version + 1, at=now
    )
    for side in Side:
        if _has_counter(conversation, side):
            unread.set_count(conversation.get_user_id(side), nothing)


@retry_on_conflict(attempts=ATTEMPTS)
def rebuild(user_id: str, side: Side, now: datetime) -> int:
    """Count the unread messages of a person in all conversations again, and return their number."""
    earlier = unread.find(user_id)
    counts: list[UnreadCount] = []
    after = ""
    while batch := conversations.list_after(side, user_id, after, BATCH_SIZE):
        counts += [
            count
            for each in batch
            if _has_counter(each, side)
            and ((count := _count(each, side, now)).count or _may_change(each, now))
        ]
        after = batch[-1].id
    counter = UnreadCounter(
        id=user_id,
        total=sum(count.count for count in counts),
        counts=tuple(counts),
        complete=True,
        revision=earlier.revision + 1 if earlier else 1,
    )
    unread.replace(counter, earlier)
    return counter.total


def _count(conversation: Conversation, side: Side, now: datetime) -> UnreadCount:
    return UnreadCount(
        conversation_id=conversation.id,
        count=conversation.count_unread(side),
        version=conversation.unread_version,
        at=now,
    )


def _has_counter(conversation: Conversation, side: Side) -> bool:
    """Return whether the member on this side has an account, and it was not deleted."""
    is_guest = side is Side.CLIENT and conversation.guest_id is not None
    return not is_guest and not conversation.get_membership(side).erased


def _may_change(conversation: Conversation, now: datetime) -> bool:
    """Return whether an earlier number of a conversation may still be on its way."""
    return conversation.due_at is not None or conversation.active_at > now - unread.KEPT_FOR
