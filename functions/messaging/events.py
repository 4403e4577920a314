"""Domain events that messaging publishes and consumes.

An event reaches its consumers at least once; a repetition has the same event id.
"""

from datetime import date, datetime
from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType

from domain.moderation import Decision, ReportReason, SubjectKind
from domain.types import (
    ArtistId,
    ClientId,
    ConversationId,
    FileId,
    GuestId,
    Instant,
    MessageId,
    UserId,
    Version,
)
from messaging.models import MessageType
from messaging.rules.guest_messages import GuestDeliveryStatus, Platform
from shared.events.domain_events import ConsumedEvent, EventData
from shared.http.caller import Role

# ---- published ---------------------------------------------------------------------------------


class ConversationOpened(EventData, frozen=True):
    """An artist has a new conversation with a client or a guest.

    Attributes:
        client_id: Id of the client; null for a guest.
        guest_id: Id of the guest; missing for a client.
        opened_by: Id of the member who opened it; null where an event of another feature did. It
            is missing where that is unknown.
    """

    type = "conversation.opened"

    conversation_id: ConversationId
    artist_id: ArtistId
    client_id: ClientId | None
    opened_by: UserId | UnsetType | None = UNSET
    guest_id: GuestId | UnsetType = UNSET


class ConversationAnswered(EventData, frozen=True):
    """The client wrote for the first time in a conversation that they did not open."""

    type = "conversation.answered"

    conversation_id: ConversationId
    artist_id: ArtistId
    client_id: ClientId


class MessageRecipient(msgspec.Struct, frozen=True, rename="camel"):
    """A member who receives a message.

    Attributes:
        user_id: Id of the member.
        is_reading: Whether one of their devices showed the conversation when the message arrived.
        muted: Whether they want no notifications of the conversation.
    """

    user_id: UserId
    is_reading: bool
    muted: bool


class MessageCreated(EventData, frozen=True):
    """A message was posted. The event does not carry its content.

    Attributes:
        sequence: Position of the message in its conversation. Example: 12
        message_type: Type of the message.
        client_id: Id of the client; null for a guest.
        sender_id: Id of the member who wrote it, who may be a guest; null for a card.
        sender_name: Name of that member; empty for a card. Example: Cleo Client
        recipients: The users who did not write it, without those whose account was deleted.
        attachments: Ids of the attached files.
        created_at: When it was posted.
        guest_id: The guest who wrote it or to whom it is sent; missing where there is none.
    """

    type = "message.created"

    conversation_id: ConversationId
    message_id: MessageId
    sequence: int
    message_type: MessageType = msgspec.field(name="type")
    artist_id: ArtistId
    client_id: ClientId | None
    sender_id: UserId | None
    sender_name: str
    recipients: list[MessageRecipient]
    attachments: list[FileId]
    created_at: Instant
    guest_id: GuestId | UnsetType = UNSET


class MessageDeleted(EventData, frozen=True):
    """The sender deleted a message for both members. Its attachments are no longer shared by it.

    Attributes:
        client_id: Id of the client; null for a guest.
        sender_id: Id of the member who wrote it.
    """

    type = "message.deleted"

    conversation_id: ConversationId
    message_id: MessageId
    artist_id: ArtistId
    client_id: ClientId | None
    sender_id: UserId | None


class ConversationRead(EventData, frozen=True):
    """A member has read the conversation up to a message.

    Attributes:
        user_id: Id of the member.
        sequence: Position of the last message they have read. Example: 12
    """

    type = "conversation.read"

    conversation_id: ConversationId
    user_id: UserId
    sequence: int


class ConversationBlockChanged(EventData, frozen=True):
    """A member blocked the other one, or removed their block.

    Attributes:
        client_id: Id of the client; null for a guest.
        user_id: Id of the member who did it.
        blocked: Whether their block holds now.
        record_version: Version of the conversation.
        guest_id: Id of the guest; missing for a client.
    """

    type = "conversation.block_changed"

    conversation_id: ConversationId
    artist_id: ArtistId
    client_id: ClientId | None
    user_id: UserId
    blocked: bool
    record_version: Version
    guest_id: GuestId | UnsetType = UNSET


class GuestMessageCreated(EventData, frozen=True):
    """A message to a guest is to be sent at the platform from which they write.

    Attributes:
        account_id: Id of the artist's social account to which they wrote.
            Example: sac_01JD2Z5Q0V8XKM3F7T9B4N6RWC
        text: Text of the message; null where it has none. Example: Friday at ten suits me well.
        attachments: Ids of the files to send.
        human_agent: Whether it is a human agent's answer, after the reply window.
        created_at: When it was posted.
    """

    type = "guest_message.created"

    conversation_id: ConversationId
    message_id: MessageId
    artist_id: ArtistId
    guest_id: GuestId
    account_id: str
    text: str | None
    attachments: list[FileId]
    human_agent: bool
    created_at: Instant


class GuestMessageJoined(EventData, frozen=True):
    """A message with attachments belongs to a client from now on, who joined as its guest.

    Attributes:
        attachments: Ids of the attached files, all of which are the artist's.
    """

    type = "guest_message.joined"

    message_id: MessageId
    artist_id: ArtistId
    client_id: ClientId
    attachments: list[FileId]


class GuestErased(EventData, frozen=True):
    """A guest was erased: the account was deleted with which they had joined.

    Attributes:
        account_id: Id of the artist's social account to which they wrote last.
            Example: sac_01JD2Z5Q0V8XKM3F7T9B4N6RWC
    """

    type = "guest.erased"

    artist_id: ArtistId
    guest_id: GuestId
    account_id: str


class QuickActionPosted(EventData, frozen=True):
    """All messages of a quick action were posted to the conversation.

    Attributes:
        execution_id: Id of the execution, as quick_actions published it. Example: tap-0001
    """

    type = "quick_action.posted"

    execution_id: str
    artist_id: ArtistId


class QuickActionRefused(EventData, frozen=True):
    """No message of a quick action was posted.

    Attributes:
        execution_id: Id of the execution, as quick_actions published it. Example: tap-0001
        reason: Code of the error. Example: blocked
    """

    type = "quick_action.refused"

    execution_id: str
    artist_id: ArtistId
    conversation_id: ConversationId
    reason: str


class AwayMessageEnabled(EventData, frozen=True):
    """An artist turned their away message on, so messaging needs their opening hours."""

    type = "away_message.enabled"

    artist_id: ArtistId


class ResponseTimeChanged(EventData, frozen=True):
    """How soon an artist answers has changed class.

    Attributes:
        typical_minutes: Half of the answers of the last 90 days came within this time; null where
            too few are known. Example: 60
        answered_share: Share of the clients and guests who were answered, in tenths; null with the
            time. Example: 0.9
        record_version: Number of the last change, from 1.
    """

    type = "artist.response_time_changed"

    artist_id: ArtistId
    typical_minutes: int | None
    answered_share: float | None
    record_version: Version


class MessageLinkPosted(EventData, frozen=True):
    """A message holds a link, of which messaging fetches a preview."""

    type = "message.link_posted"

    conversation_id: ConversationId
    message_id: MessageId


class _MessageModerated(EventData, frozen=True):
    """What an admin decided about a message.

    Attributes:
        client_id: Id of the client; null for a guest.
        sender_id: Id of the member who wrote it.
        decided_at: When that was decided; of several such events, the newest counts.
    """

    conversation_id: ConversationId
    message_id: MessageId
    artist_id: ArtistId
    client_id: ClientId | None
    sender_id: UserId | None
    decided_at: Instant


class MessageHidden(_MessageModerated, frozen=True):
    """An admin hid a message: nobody but its author may read its attachments because of it."""

    type = "message.hidden"


class MessageShown(_MessageModerated, frozen=True):
    """A message that an admin hid is shown again, with its attachments."""

    type = "message.shown"


ReportId = Annotated[
    str, Meta(description="Id of the report.", examples=["rpt_01JD2Z5Q0V8XKM3F7T9B4N6RWC"])
]


class ReportDecided(EventData, frozen=True):
    """An admin decided about a report.

    Attributes:
        kind: Kind of what was reported.
        subject_id: Id of what was reported. Example: msg_01JD2Z5Q0V8XKM3F7T9B4N6RWC
        reporter_id: Id of the user who reported; null once that account is deleted.
        reported_id: Id of the user whose content it is, or of a guest.
        admin_id: Id of the admin.
        reason: Why, in the admin's words; empty where the report was only closed.
            Example: Insults a client
        text: What the reported user is notified of; empty without a warning or a suspension.
            Example: Do not insult people here.
        hides: Whether the content is hidden.
        until: When a suspension ends; null without one, or without an end.
        decided_at: When it was decided.
    """

    type = "report.decided"

    report_id: ReportId
    kind: SubjectKind
    subject_id: str
    reporter_id: UserId | None
    reported_id: UserId
    decision: Decision
    admin_id: UserId
    reason: str
    text: str
    hides: bool
    until: Instant | None
    decided_at: Instant


class ReportReversed(EventData, frozen=True):
    """An admin decided to show again what was hidden because of a report.

    Attributes:
        kind: Kind of what was reported.
        subject_id: Id of what was reported. Example: msg_01JD2Z5Q0V8XKM3F7T9B4N6RWC
        reported_id: Id of the user whose content it is, or of a guest.
        admin_id: Id of the admin.
        reason: Why, in the admin's words. Example: It was a quotation
        decided_at: When it was decided.
    """

    type = "report.reversed"

    report_id: ReportId
    kind: SubjectKind
    subject_id: str
    reported_id: UserId
    admin_id: UserId
    reason: str
    decided_at: Instant


class ReportSuspensionEnded(EventData, frozen=True):
    """The time of a suspension is over.

    Attributes:
        user_id: The user who was suspended.
        until: When it ended.
    """

    type = "report.suspension_ended"

    report_id: ReportId
    user_id: UserId
    until: Instant


PUBLISHED = (
    ConversationOpened,
    ConversationAnswered,
    ConversationRead,
    ConversationBlockChanged,
    MessageCreated,
    MessageDeleted,
    GuestMessageCreated,
    GuestMessageJoined,
    GuestErased,
    QuickActionPosted,
    QuickActionRefused,
    AwayMessageEnabled,
    ResponseTimeChanged,
    MessageLinkPosted,
    MessageHidden,
    MessageShown,
    ReportDecided,
    ReportReversed,
    ReportSuspensionEnded,
)


# ---- consumed ----------------------------------------------------------------------------------


class UserVerified(ConsumedEvent, frozen=True):
    """`user.verified`: a new account."""

    user_id: str
    name: str
    role: Role


class ProfileUpdated(ConsumedEvent, frozen=True):
    """`user.profile.updated`: everything that others show of a person.

    Attributes:
        record_version: Version of the profile; it grows with every change, from 1.
    """

    user_id: str
    role: Role
    name: str
    avatar: str | None
    handle: str | None
    record_version: int


class SessionEnded(ConsumedEvent, frozen=True):
    """Data of `session.ended`."""

    user_id: str
    session_id: str


class UserDeleted(ConsumedEvent, frozen=True):
    """`user.deleted`: the account and everything personal must go."""

    user_id: str


class ProposalSent(ConsumedEvent, frozen=True):
    """`proposal.sent`: the artist proposes appointments to the client."""

    proposal_id: str
    artist_id: str
    client_id: str


class DepositRequested(ConsumedEvent, frozen=True):
    """`deposit.requested`: a deposit of an appointment is due.

    Attributes:
        client_id: None for a walk-in without an account.
    """

    appointment_id: str
    artist_id: str
    client_id: str | None


class PolicyAccepted(ConsumedEvent, frozen=True):
    """`policy.accepted`: the client accepted a policy of the artist."""

    acceptance_id: str
    artist_id: str
    user_id: str


class AppointmentConfirmed(ConsumedEvent, frozen=True):
    """`appointment.confirmed`: an appointment is certain.

    Attributes:
        client_id: None for a walk-in without an account.
    """

    appointment_id: str
    artist_id: str
    client_id: str | None


class ConsultationRequested(ConsumedEvent, frozen=True):
    """`consultation.requested`: the client asks the artist for a consultation.

    Attributes:
        imported: Whether it comes from an earlier system.
    """

    consultation_id: str
    artist_id: str
    client_id: str
    imported: bool = False


class FileCleaned(ConsumedEvent, frozen=True):
    """`file.cleaned`: the inspection found the file clean, so its owner may attach it."""

    file_id: str
    owner_id: str
    content_type: str
    record_version: int


class FileRemoved(ConsumedEvent, frozen=True):
    """`file.removed`: the file can no longer be attached."""

    file_id: str
    owner_id: str
    record_version: int


class HoursOfDate(ConsumedEvent, frozen=True):
    """The windows of one date, which replace those of its weekday."""

    date: date
    windows: tuple[str, ...]


class TimeOffSpan(ConsumedEvent, frozen=True):
    """Time in which an artist takes no bookings."""

    starts_at: Instant
    ends_at: Instant


class AvailabilitySaved(ConsumedEvent, frozen=True):
    """`availability.saved`: the opening hours of an artist.

    Attributes:
        weekly: For each weekday, from Monday on, its windows such as `09:00-17:00`.
    """

    artist_id: str
    time_zone: str
    weekly: tuple[tuple[str, ...], ...]
    overrides: tuple[HoursOfDate, ...]
    time_off: tuple[TimeOffSpan, ...]
    record_version: int


class QuickActionText(ConsumedEvent, frozen=True):
    """One text of a quick action."""

    content: str


class QuickActionExecuted(ConsumedEvent, frozen=True):
    """`quick_action.executed`: an artist used a quick action; its texts are posted as theirs."""

    execution_id: str
    artist_id: str
    conversation_id: str
    messages: list[QuickActionText]


class SocialMessage(ConsumedEvent, frozen=True, kw_only=True):
    """A message that was written at a platform.

    Attributes:
        guest_picture: Id of the image file.
        message_key: Key of the message, unique for each account.
        attachments: Ids of files of the artist that inspection found clean.
        attachment_kinds: For each of them, `image` or `video`.
        unsupported: Kinds of what the message holds besides, such as `sticker`.
        sent_at: When it was written.
    """

    account_id: str
    artist_id: str
    platform: Platform
    guest_id: str
    guest_name: str
    guest_handle: str | None = None
    guest_picture: str | None = None
    message_key: str
    text: str | None = None
    attachments: tuple[str, ...] = ()
    attachment_kinds: tuple[str, ...] = ()
    unsupported: tuple[str, ...] = ()
    sent_at: datetime


class SocialMessageReceived(SocialMessage, frozen=True, kw_only=True):
    """`social_message.received`: a guest wrote to the artist.

    Attributes:
        reply_until: Until when the platform takes replies.
        agent_reply_until: Until when it takes replies of a human agent.
    """

    reply_until: datetime
    agent_reply_until: datetime


class SocialMessageEchoed(SocialMessage, frozen=True, kw_only=True):
    """`social_message.echoed`: the artist wrote to a guest at the platform itself."""


class SocialGuestPictured(ConsumedEvent, frozen=True):
    """`social_guest.pictured`: the picture of a guest was found clean.

    Attributes:
        sent_at: When the newest message of the conversation was sent.
    """

    account_id: str
    artist_id: str
    platform: Platform
    guest_id: str
    guest_name: str
    guest_handle: str | None
    guest_picture: str
    sent_at: datetime


class SocialMessageStatusChanged(ConsumedEvent, frozen=True):
    """`social_message.status_changed`: how far a reply to a guest has come.

    Attributes:
        message_id: Id of the message, as `guest_message.created` named it.
        reason: Code of the reason why it failed.
        at: Since when.
    """

    account_id: str
    artist_id: str
    guest_id: str
    message_id: str
    status: GuestDeliveryStatus
    reason: str | None
    at: datetime


class SocialAccountChanged(ConsumedEvent, frozen=True):
    """`social_account.connected`, `.reconnected` and `.disconnected`."""

    account_id: str
    artist_id: str


class LinkPosted(ConsumedEvent, frozen=True):
    """`message.link_posted` of our own: the preview of a link is to be fetched."""

    message_id: str


class ReportSubmitted(ConsumedEvent, frozen=True):
    """`report.submitted`: a user reported content of another feature.

    Attributes:
        content: The content when it was reported.
        attachments: Ids of the files that it had.
    """

    report_id: str
    kind: SubjectKind
    subject_id: str
    reporter_id: str
    reported_id: str
    reason: ReportReason
    details: str
    content: str
    attachments: tuple[str, ...]
    created_at: datetime


class UserSuspended(ConsumedEvent, frozen=True):
    """`user.suspended`: auth banned a user because of a report."""

    report_id: str


class UserSuspensionRefused(ConsumedEvent, frozen=True):
    """`user.suspension_refused`: auth did not ban a user who was to be suspended."""

    report_id: str
