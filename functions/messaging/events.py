"""The events that messaging tells and hears."""

from datetime import datetime

import msgspec

from messaging.models import Type
from shared.events.domain_events import EventData
from shared.http.caller import Role

# ---- what is told ------------------------------------------------------------------------------


class ConversationOpened(EventData, frozen=True):
    """An artist and a client have a conversation from now on."""

    type = "conversation.opened"

    conversation_id: str
    artist_id: str
    client_id: str


class ToldOf(msgspec.Struct, frozen=True, rename="camel"):
    """A member whom a message is for. `isReading`: they had the conversation open when it came."""

    user_id: str
    is_reading: bool
    muted: bool


class MessageCreated(EventData, frozen=True):
    """A message was posted; what it says is not told.

    `senderId`: null for cards, whose `senderName` is empty. `recipients`: the members who did not
    write it and whose accounts were not deleted.
    """

    type = "message.created"

    conversation_id: str
    message_id: str
    sequence: int
    message_type: Type = msgspec.field(name="type")
    artist_id: str
    client_id: str
    sender_id: str | None
    sender_name: str
    recipients: list[ToldOf]
    attachments: list[str]
    created_at: datetime


class MessageDeleted(EventData, frozen=True):
    """The sender deleted a message for both: what was attached to it is shared by it no longer."""

    type = "message.deleted"

    conversation_id: str
    message_id: str
    artist_id: str
    client_id: str
    sender_id: str | None


class ConversationRead(EventData, frozen=True):
    """A member has read so far."""

    type = "conversation.read"

    conversation_id: str
    user_id: str
    sequence: int


class ConversationBlockChanged(EventData, frozen=True):
    """A member blocks the other from now on, or no longer. `recordVersion`: the conversation's."""

    type = "conversation.block_changed"

    conversation_id: str
    artist_id: str
    client_id: str
    user_id: str
    blocked: bool
    record_version: int


class QuickActionPosted(EventData, frozen=True):
    """All messages of an artist's quick action are in the thread."""

    type = "quick_action.posted"

    execution_id: str
    artist_id: str


class QuickActionRefused(EventData, frozen=True):
    """No message of an artist's quick action is in the thread. reason: the code of the problem."""

    type = "quick_action.refused"

    execution_id: str
    artist_id: str
    conversation_id: str
    reason: str


# ---- what is heard -----------------------------------------------------------------------------


class Heard(msgspec.Struct, frozen=True, rename="camel"):
    """Base of what is read of an event, whatever else it holds."""


class UserVerified(Heard, frozen=True):
    """`user.verified`: a new account."""

    user_id: str
    name: str
    role: Role


class ProfileUpdated(Heard, frozen=True):
    """`user.profile.updated`: the whole card. `recordVersion` grows with each change, from 1 on."""

    user_id: str
    role: Role
    name: str
    avatar: str | None
    handle: str | None
    record_version: int


class UserDeleted(Heard, frozen=True):
    """`user.deleted`."""

    user_id: str


class ProposalSent(Heard, frozen=True):
    """`proposal.sent`."""

    proposal_id: str
    artist_id: str
    client_id: str


class DepositRequested(Heard, frozen=True):
    """`deposit.requested`. `clientId`: null for a walk-in without account."""

    appointment_id: str
    artist_id: str
    client_id: str | None


class PolicyAccepted(Heard, frozen=True):
    """`policy.accepted`."""

    acceptance_id: str
    artist_id: str
    user_id: str


class AppointmentConfirmed(Heard, frozen=True):
    """`appointment.confirmed`. `clientId`: null for a walk-in without account."""

    appointment_id: str
    artist_id: str
    client_id: str | None


class ConsultationRequested(Heard, frozen=True):
    """`consultation.requested`."""

    consultation_id: str
    artist_id: str
    client_id: str


class FileCleaned(Heard, frozen=True):
    """`file.cleaned`: its owner may attach it."""

    file_id: str
    owner_id: str
    content_type: str
    record_version: int


class FileRemoved(Heard, frozen=True):
    """`file.removed`: nobody may attach it any more."""

    file_id: str
    owner_id: str
    record_version: int


class QuickText(Heard, frozen=True):
    """One text of a quick action."""

    content: str


class QuickActionExecuted(Heard, frozen=True):
    """`quick_action.executed`: an artist tapped, and these are to be posted as theirs."""

    execution_id: str
    artist_id: str
    conversation_id: str
    messages: list[QuickText]
