"""Presenter: stored records as the API shows them."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from messaging.live.frames import ConversationStateFrame
from messaging.models import (
    Conversation,
    LinkPreview,
    Message,
    MessageSummary,
    MessageVersion,
    Person,
    Report,
    ReportDecision,
    Side,
)
from messaging.rules import reactions, text
from messaging.rules.reply_windows import ReplyState
from messaging.schemas import (
    ConversationView,
    GuestView,
    JoinRequestView,
    LastMessageView,
    LinkPreviewView,
    MemberView,
    MessageHidingView,
    MessageVersionView,
    MessageView,
    PinView,
    ReactionView,
    RepliedMessageView,
    ReportDecisionView,
    ReportView,
    ReversalView,
    SuspensionView,
)
from messaging.use_cases.guest_cards import GuestCard


def present_message(
    message: Message, viewer_id: str | None = None, original: Message | None = None
) -> MessageView:
    """Present a message: the same for both members, unless an admin hides it.

    Args:
        message: The message. `replies` finds what it replies to.
        viewer_id: Who sees it; a hidden message has its content for its author only.
        original: The message to which it replies, if it replies to one that still exists.
    """
    hidden = message.hidden
    is_author = viewer_id is not None and viewer_id == message.sender_id
    is_shown = is_shown_to(message, viewer_id)
    return MessageView(
        id=message.id,
        conversation_id=message.conversation_id,
        sequence=message.sequence,
        revision=message.revision,
        type=message.type,
        sender_id=message.sender_id,
        acting_id=message.acting_id,
        client_message_id=message.client_message_id,
        content=message.content if is_shown else None,
        attachments=message.attachments if is_shown else (),
        refer=message.refer,
        created_at=message.created_at,
        edited_at=message.edited_at,
        deleted_at=message.deleted_at,
        platform=message.platform,
        sent_at=message.sent_at,
        delivery=message.delivery,
        preview=_present_preview(message.preview) if message.preview and is_shown else None,
        hidden=MessageHidingView(hidden.at, hidden.reason if is_author else None)
        if hidden
        else None,
        replied_to=_present_replied(message.reply_to, original, viewer_id)
        if message.reply_to
        else None,
        reactions=[
            ReactionView(emoji, user_ids)
            for emoji, user_ids in reactions.group(message.reactions).items()
        ],
        pinned_at=message.pinned_at,
        pinned_by=message.pinned_by,
    )


def is_shown_to(message: Message, viewer_id: str | None) -> bool:
    """Return whether somebody sees the content of a message: of a hidden one, its author only."""
    return message.hidden is None or (viewer_id is not None and viewer_id == message.sender_id)


def _present_replied(
    message_id: str, original: Message | None, viewer_id: str | None
) -> RepliedMessageView:
    if original is None:
        return RepliedMessageView(message_id, None, None, None, None, True)
    is_shown = original.content is not None and is_shown_to(original, viewer_id)
    return RepliedMessageView(
        message_id=message_id,
        sequence=original.sequence,
        sender_id=original.sender_id,
        type=original.type,
        excerpt=text.shorten(original.content or "") if is_shown else None,
        is_deleted=original.deleted_at is not None,
    )


def present_versions(versions: Sequence[MessageVersion]) -> list[MessageVersionView]:
    """Present what a message said before."""
    return [MessageVersionView(version.content, version.written_at) for version in versions]


def _present_preview(preview: LinkPreview) -> LinkPreviewView:
    return LinkPreviewView(
        url=preview.url,
        title=preview.title,
        description=preview.description,
        site_name=preview.site_name,
    )


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
        marked_unread=own.marked_unread,
        archived=own.archived,
        labels=own.labels,
        state_version=own.state_version,
    )


def present_state(conversation: Conversation, side: Side) -> ConversationStateFrame:
    """Present how the member on this side has sorted a conversation, to their own devices."""
    own = conversation.get_membership(side)
    return ConversationStateFrame(
        conversation_id=conversation.id,
        state_version=own.state_version,
        unread=conversation.count_unread(side),
        marked_unread=own.marked_unread,
        archived=own.archived,
        labels=own.labels,
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
    is_unreadable = message.content is None or message.hidden is not None
    return MessageSummary(
        message_id=message.id,
        sequence=message.sequence,
        revision=message.revision,
        type=message.type,
        sender_id=message.sender_id,
        preview=None if is_unreadable else text.shorten(message.content or ""),
        created_at=message.created_at,
    )


def present_report(report: Report, warnings: int) -> ReportView:
    """Present a report to an admin.

    Args:
        report: The report.
        warnings: How often the reported user was warned.
    """
    kind, subject_id = report.subject
    reversal = report.reversal
    return ReportView(
        id=report.id,
        conversation_id=report.conversation_id or None,
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
        kind=kind,
        subject_id=subject_id,
        attachments=report.attachments,
        warnings=warnings,
        hidden=report.is_hidden,
        decision=_present_decision(report.decision) if report.decision else None,
        reversal=ReversalView(reversal.admin_id, reversal.at, reversal.reason)
        if reversal
        else None,
    )


def _present_decision(decision: ReportDecision) -> ReportDecisionView:
    suspension = decision.suspension
    return ReportDecisionView(
        decision=decision.decision,
        admin_id=decision.admin_id,
        at=decision.at,
        reason=decision.reason,
        text=decision.text or None,
        suspension=SuspensionView(suspension.until, suspension.state) if suspension else None,
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
