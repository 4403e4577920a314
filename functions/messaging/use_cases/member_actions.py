"""Actions of a member besides sending: reading, typing, muting, blocking, pinning."""

from datetime import datetime

from domain.errors import FieldError, GuestConversation, InvalidFields
from messaging.live import fanout, frames, presence
from messaging.models import MessageType, Pin
from messaging.schemas import ConversationView, MuteConversationRequest
from messaging.store import conversations as conversation_store
from messaging.store import inbox as inbox_store
from messaging.store import messages
from messaging.use_cases import (
    conversations,
    delivery,
    inbox,
    membership,
    unread_counters,
)
from messaging.use_cases.membership import Member
from shared.data.conflicts import retry_on_conflict
from shared.http.caller import Caller


@retry_on_conflict
def mark_read(caller: Caller, conversation_id: str, sequence: int, now: datetime) -> None:
    """Move the caller's read cursor forward to a message. It never moves back.

    Under a block, the other member neither receives that nor sees it later.

    Raises:
        NotFound: The caller is not a member of the conversation.
        InvalidFields: There is no message at this position.
    """
    member = membership.require_member(caller.user_id, conversation_id)
    if sequence <= member.membership.read_sequence:
        inbox.open_conversation(member, now)
        return
    conversation = member.conversation
    message = messages.find_at(conversation.id, sequence)
    if message is None:
        raise InvalidFields(FieldError("body.sequence", "is beyond the last message"))
    due_at = now + delivery.GRACE
    read = conversation_store.advance_read_cursor(conversation, member.side, message, due_at)
    if read is not None:
        inbox_store.settle(read)
        delivery.enqueue(conversation.id)
        unread_counters.update(read, [member.side], now)
        frame = frames.ConversationReadFrame(conversation.id, caller.user_id, sequence)
        # Under a block, only the member's own devices learn how far they have read.
        recipients = conversation.member_ids if conversation.can_write else (caller.user_id,)
        fanout.deliver(frame, recipients, conversation.id, now)


def show_typing(caller: Caller, conversation_id: str, now: datetime) -> None:
    """Show the other member that the caller is typing.

    Raises:
        NotFound: The caller is not a member of the conversation.
        Blocked: One of the two members blocks the other.
        PersonGone: The account of the other member was deleted.
    """
    member = membership.require_member(caller.user_id, conversation_id)
    # Nobody who is banned is connected, so it is not asked with each key that is pressed.
    membership.require_writable(member.conversation)
    frame = frames.MemberTypingFrame(member.conversation.id, caller.user_id)
    fanout.deliver(frame, [member.other_id], member.conversation.id, now)


def mute(
    caller: Caller, conversation_id: str, request: MuteConversationRequest, now: datetime
) -> ConversationView:
    """Stop notifications of a conversation to the caller, until a time or for good.

    Raises:
        NotFound: The caller is not a member of the conversation.
        InvalidFields: The time has passed.
    """
    if request.until is not None and request.until <= now:
        raise InvalidFields(FieldError("body.until", "must be in the future"))
    member = membership.require_member(caller.user_id, conversation_id)
    conversation_store.update_membership(
        member.conversation.id, member.side, muted=True, muted_until=request.until
    )
    return conversations.get(caller, conversation_id, now)


def unmute(caller: Caller, conversation_id: str) -> None:
    """Resume notifications of a conversation to the caller.

    Raises:
        NotFound: The caller is not a member of the conversation.
    """
    member = membership.require_member(caller.user_id, conversation_id)
    conversation_store.update_membership(
        member.conversation.id, member.side, muted=False, muted_until=None
    )


def block(caller: Caller, conversation_id: str, now: datetime) -> ConversationView:
    """Block the other member: neither can write until the block is removed.

    Raises:
        NotFound: The caller is not a member of the conversation.
    """
    member = membership.require_member(caller.user_id, conversation_id)
    _set_block(member, True, now)
    presence.stop_watching(member.conversation.id)
    return conversations.get(caller, conversation_id, now)


def unblock(caller: Caller, conversation_id: str, now: datetime) -> None:
    """Remove the caller's own block.

    Raises:
        NotFound: The caller is not a member of the conversation.
    """
    _set_block(membership.require_member(caller.user_id, conversation_id), False, now)


def pin(caller: Caller, conversation_id: str, message_id: str, now: datetime) -> ConversationView:
    """Pin the card of a consultation, instead of any other.

    Raises:
        NotFound: The caller is not a member of the conversation.
        InvalidFields: The message is not the card of a consultation in this conversation.
        GuestConversation: The other member is a guest.
    """
    member = membership.require_member(caller.user_id, conversation_id)
    if member.conversation.guest_id is not None:
        raise GuestConversation("A guest has no consultations. Ask them to join with an account.")
    message = membership.require_named_message(member, message_id, "body.messageId")
    if message.type is not MessageType.CONSULTATION or message.refer is None:
        raise InvalidFields(FieldError("body.messageId", "is not the card of a consultation"))
    conversation_store.set_pin(
        member.conversation.id, Pin(message_id=message.id, refer=message.refer)
    )
    return conversations.get(caller, conversation_id, now)


def unpin(caller: Caller, conversation_id: str) -> None:
    """Remove the pin of a conversation.

    Raises:
        NotFound: The caller is not a member of the conversation.
    """
    member = membership.require_member(caller.user_id, conversation_id)
    conversation_store.set_pin(member.conversation.id, None)


def _set_block(member: Member, blocked: bool, now: datetime) -> None:
    conversation_id = member.conversation.id
    if conversation_store.set_block(conversation_id, member.side, blocked, now + delivery.GRACE):
        delivery.enqueue(conversation_id)
