"""Pins: messages at the top of a conversation, for both members.

The card of a consultation that the artist pins (`member_actions.pin`) stands beside them.
"""

from datetime import datetime

import msgspec

from messaging.models import Message
from messaging.rules.errors import TooManyPins
from messaging.schemas import MessageView, PinnedMessageList
from messaging.store import messages as message_store
from messaging.use_cases import edits, marks, membership, replies
from messaging.use_cases.membership import Member
from shared.data.conflicts import retry_on_conflict
from shared.http.caller import Caller

MAX_PINS = 20  # of a conversation


def add(caller: Caller, conversation_id: str, message_id: str, now: datetime) -> MessageView:
    """Pin a message for both members. One that is pinned stays as it is.

    Raises:
        NotFound: The caller is not a member of the conversation, or it has no such message.
        Blocked: One of the two members blocks the other.
        PersonGone: The account of the other member was deleted.
        GuestConversation: The other member is a guest.
        MessageDeleted: The message was deleted.
        MessageHidden: An admin hides the message.
        TooManyPins: The conversation has 20 pinned messages.
    """
    marks.count(caller, now)
    member = membership.require_writer(caller.user_id, conversation_id)
    marks.require_account(member, "A guest sees no pins. Ask them to join with an account.")
    return replies.present(_add(member, message_id, now), caller.user_id)


def remove(caller: Caller, conversation_id: str, message_id: str, now: datetime) -> None:
    """Unpin a message, whoever of the two pinned it, under a block too.

    Raises:
        NotFound: The caller is not a member of the conversation, or it has no such message.
    """
    marks.count(caller, now)
    _remove(membership.require_member(caller.user_id, conversation_id), message_id, now)


def list_all(caller: Caller, conversation_id: str) -> PinnedMessageList:
    """Return the pinned messages of a conversation, the one that was pinned last first.

    Raises:
        NotFound: The caller is not a member of the conversation.
    """
    conversation = membership.require_member(caller.user_id, conversation_id).conversation
    pinned = message_store.list_pinned(conversation.id, MAX_PINS)
    return PinnedMessageList(replies.present_all(pinned, caller.user_id))


@retry_on_conflict(attempts=message_store.ATTEMPTS)
def _add(member: Member, message_id: str, now: datetime) -> Message:
    message = marks.require_shown(member, message_id)
    if message.pinned_at is not None:
        return message
    # Counted after the revision was read, which only one writer takes: nobody pins in between.
    revision = edits.get_next_revision(member.conversation)
    if message_store.count_pinned(member.conversation.id) >= MAX_PINS:
        raise TooManyPins(f"A conversation can have {MAX_PINS} pinned messages. Unpin one first.")
    pinned = msgspec.structs.replace(message, pinned_at=now, pinned_by=member.user_id)
    return edits.save(member.conversation, pinned, now, revision)


@retry_on_conflict(attempts=message_store.ATTEMPTS)
def _remove(member: Member, message_id: str, now: datetime) -> None:
    message = membership.require_message(member, message_id)
    if message.pinned_at is not None:
        unpinned = msgspec.structs.replace(message, pinned_at=None, pinned_by=None)
        edits.save(member.conversation, unpinned, now)
