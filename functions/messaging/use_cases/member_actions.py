"""What a member does in a conversation beside writing: read, type, mute, block, pin."""

from datetime import datetime

from domain.errors import FieldError, InvalidFields
from messaging.live import fanout, frames, presence
from messaging.models import Pin, Type
from messaging.schemas import ConversationView, DeliveryOrder, MuteRequest
from messaging.store import conversations as conversation_store
from messaging.store import messages
from messaging.use_cases import conversations, delivery, membership, queries
from messaging.use_cases.membership import Participation
from shared.http.caller import Caller


def read(caller: Caller, conversation_id: str, sequence: int, now: datetime) -> None:
    """Note that the caller has read so far; a cursor never moves back.

    Raises a 404 Problem for who is no member, a 422 one for a place where there is no message.
    """
    member = membership.of(caller.user_id, conversation_id)
    if sequence <= member.own.read_sequence:
        return
    conversation = member.conversation
    message = messages.find_at(conversation.id, sequence)
    if message is None:
        raise InvalidFields(FieldError("body.sequence", "is beyond the last message"))
    if conversation_store.read(conversation.id, member.side, message, now + delivery.GRACE):
        delivery.order(DeliveryOrder(conversation.id))
        frame = frames.ConversationRead(conversation.id, caller.user_id, sequence)
        # Who is blocked does not see that the other reads; their own devices do.
        told = conversation.member_ids if conversation.can_write else (caller.user_id,)
        fanout.deliver(frame, told, conversation.id, now)


def type_(caller: Caller, conversation_id: str, now: datetime) -> None:
    """Let the other see that the caller is writing. Raises what `membership.writing` raises."""
    member = membership.writing(caller.user_id, conversation_id)
    frame = frames.Typing(conversation_id, caller.user_id)
    fanout.deliver(frame, [member.other_id], conversation_id, now)


def mute(
    caller: Caller, conversation_id: str, request: MuteRequest, now: datetime
) -> ConversationView:
    """Send the caller no notifications of this conversation until then, or at all.

    Raises a 404 Problem for who is no member, a 422 one for a time that has passed.
    """
    if request.until is not None and request.until <= now:
        raise InvalidFields(FieldError("body.until", "must be in the future"))
    member = membership.of(caller.user_id, conversation_id)
    conversation_store.decide(conversation_id, member.side, muted=True, muted_until=request.until)
    return conversations.get(caller, conversation_id, now)


def unmute(caller: Caller, conversation_id: str) -> None:
    """Send notifications again. Raises a 404 Problem for who is no member."""
    member = membership.of(caller.user_id, conversation_id)
    conversation_store.decide(conversation_id, member.side, muted=False, muted_until=None)


def block(caller: Caller, conversation_id: str, now: datetime) -> ConversationView:
    """Let neither write to the other any more. Raises a 404 Problem for who is no member."""
    member = membership.of(caller.user_id, conversation_id)
    _decide_block(member, True, now)
    presence.part(conversation_id)
    return conversations.get(caller, conversation_id, now)


def unblock(caller: Caller, conversation_id: str, now: datetime) -> None:
    """Take back the caller's own block. Raises a 404 Problem for who is no member."""
    _decide_block(membership.of(caller.user_id, conversation_id), False, now)


def pin(caller: Caller, conversation_id: str, message_id: str, now: datetime) -> ConversationView:
    """Keep a consultation at the top of the conversation, in the place of another.

    Raises a 404 Problem for who is no member, a 422 one for what is no consultation of this
    conversation.
    """
    member = membership.of(caller.user_id, conversation_id)
    message = queries.message_of(member, message_id, "body.messageId")
    if message.type is not Type.CONSULTATION or message.refer is None:
        raise InvalidFields(FieldError("body.messageId", "is no consultation"))
    conversation_store.pin(conversation_id, Pin(message_id=message.id, refer=message.refer))
    return conversations.get(caller, conversation_id, now)


def unpin(caller: Caller, conversation_id: str) -> None:
    """Keep nothing at the top. Raises a 404 Problem for who is no member."""
    membership.of(caller.user_id, conversation_id)
    conversation_store.pin(conversation_id, None)


def _decide_block(member: Participation, blocked: bool, now: datetime) -> None:
    conversation_id = member.conversation.id
    if conversation_store.decide_block(conversation_id, member.side, blocked, now + delivery.GRACE):
        delivery.order(DeliveryOrder(conversation_id))
