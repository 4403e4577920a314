"""Others' events, as far as they are read here: the data of each type that is consumed."""

from datetime import datetime
from enum import StrEnum

import msgspec

from notifications.models import OneTapAction
from notifications.schemas import Instant
from shared.http.caller import Role


class Consumed(msgspec.Struct, frozen=True, rename="camel"):
    """Base of the data of others' events: only what is read here, whatever else it holds."""


class UserVerified(Consumed, frozen=True):
    """`user.verified`."""

    user_id: str
    email: str
    name: str
    role: Role


class UserDeleted(Consumed, frozen=True):
    """`user.deleted`."""

    user_id: str


class ProfileUpdated(Consumed, frozen=True):
    """`user.profile.updated`: the name that its user goes by now."""

    user_id: str
    name: str
    record_version: int


class QuickActionRowSaved(Consumed, frozen=True):
    """`quick_action_row.saved`: what an artist wants to be offered, at most two."""

    artist_id: str
    one_tap: tuple[OneTapAction, ...]
    record_version: int


class VerificationRequested(Consumed, frozen=True):
    """`user.verification_requested`."""

    user_id: str
    email: str
    name: str
    code: str
    expires_at: datetime


class RegistrationRepeated(Consumed, frozen=True):
    """`user.registration_repeated`."""

    user_id: str
    email: str
    name: str


class Side(StrEnum):
    """Whose act it was; the system's when time has passed or an account is gone."""

    ARTIST = "artist"
    CLIENT = "client"
    SYSTEM = "system"


class Money(Consumed, frozen=True):
    """An amount in minor units of its currency."""

    amount: int
    currency: str


class About(msgspec.Struct, frozen=True):
    """The record that news are about. page: of a frontend; name: that of its id in the API."""

    page: str
    name: str
    id: str

    @property
    def url(self) -> str:
        """Where a frontend shows it."""
        return f"/{self.page}/{self.id}"

    @property
    def data(self) -> dict[str, str]:
        """By which an app with other pages finds it."""
        return {self.name: self.id}


class AppointmentNews(Consumed, frozen=True):
    """`appointment.created`, `.confirmed` and `.expired`, and what the others of its kind share.

    client_id: None for a walk-in without account. record_version counts the changes of the
    appointment from 1 on; facts of one transaction have the same.
    """

    appointment_id: str
    artist_id: str
    client_id: str | None
    service_name: str
    location: str
    starts_at: Instant
    ends_at: Instant
    time_zone: str
    status: str
    price: Money
    by: Side
    proposal_id: str | None
    record_version: int

    @property
    def about(self) -> About:
        """What it is about."""
        return About("appointments", "appointmentId", self.appointment_id)


class AppointmentDeclined(AppointmentNews, frozen=True):
    """`appointment.declined`."""

    reason: str


class AppointmentRescheduled(AppointmentNews, frozen=True):
    """`appointment.rescheduled`; `fee` in minor units, as in the next."""

    previous_starts_at: Instant
    fee: int


class AppointmentCancelled(AppointmentNews, frozen=True):
    """`appointment.cancelled`."""

    reason: str
    fee: int


class DepositNews(Consumed, frozen=True):
    """`deposit.*`; `amount` in minor units. `record_version` is the appointment's."""

    appointment_id: str
    artist_id: str
    client_id: str | None
    service_name: str
    amount: int
    currency: str
    state: str
    record_version: int

    @property
    def about(self) -> About:
        """What it is about."""
        return About("appointments", "appointmentId", self.appointment_id)


class ProposalNews(Consumed, frozen=True):
    """`proposal.*`; `starts_at` of each sitting."""

    proposal_id: str
    artist_id: str
    client_id: str
    service_name: str
    starts_at: tuple[Instant, ...]
    time_zone: str
    total: Money
    expires_at: Instant
    record_version: int

    @property
    def about(self) -> About:
        """What it is about."""
        return About("proposals", "proposalId", self.proposal_id)


class ConsultationNews(Consumed, frozen=True):
    """`consultation.requested` and `.nudged`, and what the others of its kind share."""

    consultation_id: str
    artist_id: str
    client_id: str
    subject: str
    status: str
    by: Side
    record_version: int

    @property
    def about(self) -> About:
        """What it is about."""
        return About("consultations", "consultationId", self.consultation_id)


class ConsultationEnded(ConsultationNews, frozen=True):
    """`consultation.declined`, `.cancelled` and `.expired`, which gives no reason."""

    reason: str = ""


class WaitlistOpened(Consumed, frozen=True):
    """`waitlist.opened`: the slot that was freed."""

    waitlist_id: str
    artist_id: str
    client_id: str
    service_name: str
    starts_at: Instant
    time_zone: str

    @property
    def about(self) -> About:
        """What it is about."""
        return About("waitlist", "waitlistId", self.waitlist_id)


class WaitlistOffered(WaitlistOpened, frozen=True):
    """`waitlist.offered`: it is kept for this one until then."""

    answer_until: Instant


News = AppointmentNews | DepositNews | ProposalNews | ConsultationNews | WaitlistOpened


class ConversationOpened(Consumed, frozen=True):
    """`conversation.opened`."""

    conversation_id: str
    artist_id: str
    client_id: str


class MessageRecipient(Consumed, frozen=True):
    """Somebody a message is for. is_reading: it was shown to them as it came."""

    user_id: str
    is_reading: bool
    muted: bool


class MessageCreated(Consumed, frozen=True):
    """`message.created`; `sequence` counts the conversation's messages from 1 on.

    sender_id: None for a card, which another feature's fact made.
    """

    conversation_id: str
    sequence: int
    artist_id: str
    sender_id: str | None
    sender_name: str
    recipients: tuple[MessageRecipient, ...]
    created_at: Instant


class QuickActionRefused(Consumed, frozen=True):
    """`quick_action.refused`: what an artist had sent is not in the conversation."""

    artist_id: str
    conversation_id: str
    reason: str


class ConversationRead(Consumed, frozen=True):
    """`conversation.read`: the user has read it up to this message."""

    conversation_id: str
    user_id: str
    sequence: int
