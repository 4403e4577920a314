"""Presenter: stored records as the API shows them."""

from collections.abc import Mapping
from datetime import datetime

from messaging.models import Conversation, Message, MessageSummary, Person, Report, Side
from messaging.rules import text
from messaging.schemas import (
    ConversationView,
    LastMessageView,
    MemberView,
    MessageView,
    PinView,
    ReportView,
)


def present_message(message: Message) -> MessageView:
    """Present a message: the same for both members, over HTTP and over the WebSocket."""
    return MessageView(
        id=message.id,
        conversation_id=message.conversation_id,
        sequence=message.sequence,
        revision=message.revision,
        type=message.type,
        sender_id=message.sender_id,
        acting_id=message.acting_id,
        client_message_id=message.client_message_id,
        content=message.content,
        attachments=message.attachments,
        refer=message.refer,
        created_at=message.created_at,
        edited_at=message.edited_at,
        deleted_at=message.deleted_at,
    )


def present_member(user_id: str, people: Mapping[str, Person]) -> MemberView:
    """Present a member; without a name where the id is unknown."""
    person = people.get(user_id) or Person(id=user_id)
    return MemberView(
        user_id=user_id,
        name=person.name or None,
        avatar=person.avatar,
        handle=person.handle,
        role=person.role,
        is_deleted=person.erased_at is not None,
    )


def present_conversation(
    conversation: Conversation, side: Side, people: Mapping[str, Person], now: datetime
) -> ConversationView:
    """Present a conversation to the member on this side."""
    own = conversation.get_membership(side)
    other = conversation.get_membership(side.other)
    last, pin = conversation.last, conversation.pinned
    return ConversationView(
        id=conversation.id,
        artist_id=conversation.artist_id,
        client_id=conversation.client_id,
        other=present_member(conversation.get_user_id(side.other), people),
        last_message=_present_last_message(last) if last else None,
        last_sequence=last.sequence if last else 0,
        revision=conversation.revision,
        unread=conversation.count_unread(side),
        read_sequence=own.read_sequence,
        other_read_sequence=other.read_sequence,
        muted=own.is_muted(now),
        muted_until=own.muted_until if own.is_muted(now) else None,
        has_blocked=own.has_blocked,
        can_write=conversation.can_write,
        pinned=PinView(pin.message_id, pin.refer) if pin else None,
        created_at=conversation.created_at,
        active_at=conversation.active_at,
    )


def summarize_message(message: Message) -> MessageSummary:
    """Summarize a message for lists of conversations."""
    return MessageSummary(
        message_id=message.id,
        sequence=message.sequence,
        revision=message.revision,
        type=message.type,
        sender_id=message.sender_id,
        preview=None if message.content is None else text.shorten(message.content),
        created_at=message.created_at,
    )


def present_report(report: Report) -> ReportView:
    """Present a report to an admin."""
    return ReportView(
        id=report.id,
        conversation_id=report.conversation_id,
        message_id=report.message_id or None,
        reporter_id=report.reporter_id,
        reported_id=report.reported_id,
        reason=report.reason,
        details=report.details,
        content=report.content,
        created_at=report.created_at,
        closed_at=report.closed_at,
        closed_by=report.closed_by,
    )


def _present_last_message(last: MessageSummary) -> LastMessageView:
    return LastMessageView(
        id=last.message_id,
        sequence=last.sequence,
        type=last.type,
        sender_id=last.sender_id,
        preview=last.preview,
        created_at=last.created_at,
    )
