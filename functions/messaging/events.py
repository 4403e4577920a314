"""Domain events that messaging publishes and consumes.

An event reaches its consumers at least once; a repetition has the same event id.
"""

import msgspec
from msgspec import UNSET, UnsetType

from domain.types import (
    ArtistId,
    ClientId,
    ConversationId,
    FileId,
    Instant,
    MessageId,
    UserId,
    Version,
)
from messaging.models import MessageType
from shared.events.domain_events import ConsumedEvent, EventData
from shared.http.caller import Role

# ---- published ---------------------------------------------------------------------------------


class ConversationOpened(EventData, frozen=True):
    """An artist and a client have a new conversation.

    Attributes:
        opened_by: Id of the member who opened it; null where an event of another feature did. It
            is missing where that is unknown.
    """

    type = "conversation.opened"

    conversation_id: ConversationId
    artist_id: ArtistId
    client_id: ClientId
    opened_by: UserId | UnsetType | None = UNSET


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
        sender_id: Id of the member who wrote it; null for a card.
        sender_name: Name of that member; empty for a card. Example: Cleo Client
        recipients: The members who did not write it, without those whose account was deleted.
        attachments: Ids of the attached files.
        created_at: When it was posted.
    """

    type = "message.created"

    conversation_id: ConversationId
    message_id: MessageId
    sequence: int
    message_type: MessageType = msgspec.field(name="type")
    artist_id: ArtistId
    client_id: ClientId
    sender_id: UserId | None
    sender_name: str
    recipients: list[MessageRecipient]
    attachments: list[FileId]
    created_at: Instant


class MessageDeleted(EventData, frozen=True):
    """The sender deleted a message for both members. Its attachments are no longer shared by it.

    Attributes:
        sender_id: Id of the member who wrote it.
    """

    type = "message.deleted"

    conversation_id: ConversationId
    message_id: MessageId
    artist_id: ArtistId
    client_id: ClientId
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
        user_id: Id of the member who did it.
        blocked: Whether their block holds now.
        record_version: Version of the conversation.
    """

    type = "conversation.block_changed"

    conversation_id: ConversationId
    artist_id: ArtistId
    client_id: ClientId
    user_id: UserId
    blocked: bool
    record_version: Version


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


PUBLISHED = (
    ConversationOpened,
    ConversationAnswered,
    ConversationRead,
    ConversationBlockChanged,
    MessageCreated,
    MessageDeleted,
    QuickActionPosted,
    QuickActionRefused,
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
    """`consultation.requested`: the client asks the artist for a consultation."""

    consultation_id: str
    artist_id: str
    client_id: str


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


class QuickActionText(ConsumedEvent, frozen=True):
    """One text of a quick action."""

    content: str


class QuickActionExecuted(ConsumedEvent, frozen=True):
    """`quick_action.executed`: an artist used a quick action; its texts are posted as theirs."""

    execution_id: str
    artist_id: str
    conversation_id: str
    messages: list[QuickActionText]
