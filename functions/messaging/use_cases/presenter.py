"""Presenter: stored records as the API shows them."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from messaging.models import (
    Conversation,
    Message,
    MessageSummary,
    MessageVersion,
    Person,
    Report,
    Side,
)
from messaging.rules import reactions, text
from messaging.rules.reply_windows import ReplyState
from messaging.schemas import (
    ConversationView,
    GuestView,
    JoinRequestView,
    LastMessageView,
    MemberView,
    MessageVersionView,
    MessageView,
    PinView,
    ReactionView,
    RepliedMessageView,
    ReportView,
)
from messaging.use_cases.guest_cards import GuestCard


def present_message(message: Message, original: Message | None = None) -> MessageView:
    """Present a message: the same for both members, over HTTP and over the WebSocket.

    Args:
        message: The message. `replies` finds what it replies to.
        original: The message to which it replies, if it replies to one that still exists.
    """
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
        platform=message.platform,
        sent_at=message.sent_at,
        delivery=message.delivery,
        replied_to=_present_replied(message.reply_to, original) if message.reply_to else None,
        reactions=[
            ReactionView(emoji, user_ids)
            for emoji, user_ids in reactions.group(message.reactions).items()
        ],
        pinned_at=message.pinned_at,
        pinned_by=message.pinned_by,
    )


def _present_replied(message_id: str, original: Message | None) -> RepliedMessageView:
    if original is None:
        return RepliedMessageView(message_id, None, None, None, None, True)
    return RepliedMessageView(
        message_id=message_id,
        sequence=original.sequence,
        sender_id=original.sender_id,
        type=original.type,
        excerpt=None if original.content is None else text.shorten(original.content),
        is_deleted=original.deleted_at is not None,
    )


def present_versions(versions: Sequence[MessageVersion]) -> list[MessageVersionView]:
    """Present what a message said before."""
    return [MessageVersionView(version.content, version.written_at) for version in versions]


def present_member(
    user_id: str, people: Mapping[str, Person], card: GuestCard | None = None
) -> MemberView:
    """Present a member; without a name where the id is unknown.

    Args:
        user_id: Id of the member.
        people: Copies of users.
        card: Card of the guest of the conversation, if there is one.
    """
    if card is not None and user_id == card.guest.id:
        guest = card.guest
        return MemberView(user_id, guest.name or None, guest.picture, guest.handle, None, False)
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
    conversation: Conversation,
    side: Side,
    people: Mapping[str, Person],
    now: datetime,
    card: GuestCard | None = None,
) -> ConversationView:
    """Present a conversation to the member on this side.

    Args:
        conversation: The conversation.
        side: Side of the member.
        people: Copies of users, the other member among them.
        now: The current time.
        card: Card of the guest, which only the artist sees.
    """
    own = conversation.get_membership(side)
    other = conversation.get_membership(side.other)
    last, pin = conversation.last, conversation.pinned
    return ConversationView(
        id=conversation.id,
        artist_id=conversation.artist_id,
        client_id=conversation.account_id,
        other=present_member(conversation.get_user_id(side.other), people, card),
        last_message=_present_last_message(last) if last else None,
        last_sequence=last.sequence if last else 0,
        revision=conversation.revision,
        unread=conversation.count_unread(side),
        read_sequence=own.read_sequence,
        other_read_sequence=other.shown_read,
        muted=own.is_muted(now),
        muted_until=own.muted_until if own.is_muted(now) else None,
        has_blocked=own.has_blocked,
        can_write=conversation.can_write and (conversation.guest_id is None or _can_reply(card)),
        pinned=PinView(pin.message_id, pin.refer) if pin else None,
        created_at=conversation.created_at,
        active_at=conversation.active_at,
        guest=present_guest(card, now) if card else None,
        delivered_sequence=own.received,
        other_delivered_sequence=other.shown_received,
    )


def present_guest(card: GuestCard, now: datetime) -> GuestView:
    """Present a guest to the artist."""
    guest, asked = card.guest, card.guest.join
    is_open = asked is not None and guest.client_id is None and now < asked.expires_at
    return GuestView(
        id=guest.id,
        platform=guest.platform,
        name=guest.name or None,
        handle=guest.handle,
        picture=guest.picture,
        account_id=guest.account_id,
        reply_state=card.state,
        reply_until=guest.reply_until,
        agent_reply_until=guest.agent_reply_until,
        join_request=JoinRequestView(asked.requested_at, asked.expires_at)
        if asked and is_open
        else None,
        joined_at=guest.joined_at,
    )


def _can_reply(card: GuestCard | None) -> bool:
    return card is not None and card.state in (ReplyState.OPEN, ReplyState.HUMAN_AGENT)


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
        versions=present_versions(report.versions),
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
