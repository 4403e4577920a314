"""Receipts: how far the devices of a member have received the messages of a conversation.

The delivered cursor stands beside the read cursor, and never moves back. A device moves it when it
acknowledges a message, and when it has caught up.
"""

from contextlib import suppress
from datetime import datetime

from domain.errors import FieldError, InvalidFields
from messaging.live import fanout, frames
from messaging.store import conversations, messages
from messaging.use_cases import membership
from messaging.use_cases.membership import Member
from shared.data.conflicts import WriteConflict, retry_on_conflict
from shared.http.caller import Caller


@retry_on_conflict
def mark_delivered(caller: Caller, conversation_id: str, sequence: int, now: datetime) -> None:
    """Move the caller's delivered cursor forward to a message. It never moves back.

    Under a block, the other member neither receives that nor sees it later.

    Raises:
        NotFound: The caller is not a member of the conversation.
        InvalidFields: There is no message at this position.
    """
    member = membership.require_member(caller.user_id, conversation_id)
    conversation = member.conversation
    summarized = conversation.last.sequence if conversation.last else 0
    if sequence > summarized and messages.find_at(conversation.id, sequence) is None:
        raise InvalidFields(FieldError("body.sequence", "is beyond the last message"))
    _advance(member, sequence, now)


def record_catch_up(member: Member, sequence: int, now: datetime) -> None:
    """Move the delivered cursor of a member whose device has everything up to a message."""
    # Where a block was set or removed just now, the next catching up moves it.
    with suppress(WriteConflict):
        _advance(member, sequence, now)


def _advance(member: Member, sequence: int, now: datetime) -> None:
    if sequence <= member.membership.received:
        return
    conversation = member.conversation
    if conversations.advance_delivered_cursor(conversation, member.side, sequence):
        frame = frames.ConversationDeliveredFrame(conversation.id, member.user_id, sequence)
        # As of reading: under a block, only the member's own devices receive it.
        recipients = conversation.member_ids if conversation.can_write else (member.user_id,)
        fanout.deliver(frame, recipients, conversation.id, now)
