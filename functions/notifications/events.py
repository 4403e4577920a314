"""Events: notifications publishes none, and consumes those of the other features."""

from datetime import datetime
from enum import StrEnum

import msgspec

from domain.moderation import Decision, SubjectKind
from domain.types import Instant
from notifications.models import OneTapAction
from shared.events.domain_events import ConsumedEvent
from shared.http.caller import Role

# ---- consumed ----------------------------------------------------------------------------------


class UserVerified(ConsumedEvent, frozen=True):
    """Data of `user.verified`.

    Attributes:
        imported: Whether the account comes from an earlier system.
    """

    user_id: str
    email: str
    name: str
    role: Role
    imported: bool = False


class ExportReady(ConsumedEvent, frozen=True):
    """Data of `export.ready`."""

    export_id: str
    user_id: str


class UserDeleted(ConsumedEvent, frozen=True):
    """Data of `user.deleted`."""

    user_id: str


class ProfileUpdated(ConsumedEvent, frozen=True):
    """Data of `user.profile.updated`: the current name of a user."""

    user_id: str
    name: str
    record_version: int


class QuickActionsSaved(ConsumedEvent, frozen=True):
    """Data of `quick_action_row.saved`: the actions that notifications offer, at most two."""

    artist_id: str
    one_tap: tuple[OneTapAction, ...]
    record_version: int


class VerificationRequested(ConsumedEvent, frozen=True):
    """Data of `user.verification_requested`."""

    user_id: str
    email: str
    name: str
    code: str
    expires_at: datetime


class RegistrationRepeated(ConsumedEvent, frozen=True):
    """Data of `user.registration_repeated`."""

    user_id: str
    email: str
    name: str


class SignedInFromNewDevice(ConsumedEvent, frozen=True):
    """Data of `user.signed_in_from_new_device`."""

    user_id: str
    device: str
    network: str
    signed_in_at: datetime
    report_token: str = ""


class SignInCodeRequested(ConsumedEvent, frozen=True):
    """Data of `user.sign_in_code_requested`."""

    user_id: str
    email: str
    name: str
    code: str
    expires_at: datetime


class PasswordResetRequested(ConsumedEvent, frozen=True):
    """Data of `user.password_reset_requested`."""

    user_id: str
    email: str
    name: str
    code: str
    expires_at: datetime


class SignInWayChanged(ConsumedEvent, frozen=True):
    """Data of events about how an owner signs in, such as `user.password_changed`."""

    user_id: str
    report_token: str
    changed_at: datetime


class IdentityChanged(SignInWayChanged, frozen=True):
    """Data of `user.identity_linked` and `user.identity_unlinked`."""

    provider: str


class AssistantInvited(ConsumedEvent, frozen=True):
    """Data of `user.assistant_invited`."""

    user_id: str
    artist_name: str


class AssistantAdded(ConsumedEvent, frozen=True):
    """Data of `user.assistant_added`."""

    user_id: str
    assistant_name: str
    report_token: str
    added_at: datetime


class EmailChangeRequested(ConsumedEvent, frozen=True):
    """Data of `user.email_change_requested`: the new and the current address get a code each."""

    user_id: str
    name: str
    email: str
    code: str
    current_email: str
    current_code: str
    expires_at: datetime


class EmailChanged(ConsumedEvent, frozen=True):
    """Data of `user.email_changed`. Without a report token its owner was notified otherwise."""

    user_id: str
    email: str
    former_email: str
    report_token: str
    changed_at: datetime


class ReportDecided(ConsumedEvent, frozen=True):
    """Data of `report.decided`: an admin decided about a report."""

    report_id: str
    kind: SubjectKind
    reporter_id: str | None
    reported_id: str
    decision: Decision
    reason: str
    text: str
    hides: bool


class UserSuspended(ConsumedEvent, frozen=True):
    """Data of `user.suspended`: a user was banned because of a report."""

    user_id: str
    report_id: str
    text: str
    until: datetime | None


class Side(StrEnum):
    """The side that acted; the system when time has passed or an account was deleted."""

    ARTIST = "artist"
    CLIENT = "client"
    SYSTEM = "system"


class Amount(ConsumedEvent, frozen=True):
    """An amount of money in minor units of its currency."""

    amount: int
    currency: str


class RecordLink(msgspec.Struct, frozen=True):
    """A link to the record that an event is about.

    Attributes:
        page: First segment of its path in the frontend.
        id_name: Name of its id in the API.
        id: Its id.
    """

    page: str
    id_name: str
    id: str

    @property
    def url(self) -> str:
        """Path of the record in the frontend."""
        return f"/{self.page}/{self.id}"

    @property
    def data(self) -> dict[str, str]:
        """The id by its name, for apps whose paths differ."""
        return {self.id_name: self.id}


class CalendarChangeLink(RecordLink, frozen=True):
    """A link to an appointment that was changed in a calendar, with the two answers to that.

    Attributes:
        action: What lets the appointment follow the calendar: `reschedule` or `cancel`.
    """

    action: str

    @property
    def data(self) -> dict[str, str]:
        """The id by its name, and the routes: `keep` writes the event again."""
        return {
            self.id_name: self.id,
            "keep": f"/v1/social/calendar-changes/{self.id}/keep",
            "accept": f"/v1/appointments/{self.id}/{self.action}",
        }


class AppointmentDetails(ConsumedEvent, frozen=True, kw_only=True):
    """What every event of an appointment says about it.

    Attributes:
        client_id: None for a walk-in without an account.
        record_version: Number of changes of the appointment, from 1 on. The events of one
            transaction have the same.
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
    proposal_id: str | None
    record_version: int


class AppointmentEvent(AppointmentDetails, frozen=True, kw_only=True):
    """Data of `appointment.created`, `.confirmed`, `.expired` and `.completed`, and of the others.

    Attributes:
        sequence: SEQUENCE of its iCalendar event (RFC 5545, 3.8.7.4).
    """

    price: Amount
    by: Side
    sequence: int

    @property
    def link(self) -> RecordLink:
        """Link to the appointment."""
        return RecordLink("appointments", "appointmentId", self.appointment_id)


class AppointmentRecorded(AppointmentDetails, frozen=True, kw_only=True):
    """Data of `appointment.recorded`: the state of an appointment, of which nobody is notified.

    Attributes:
        changed_at: When it came to be in this state, or later.
        sequence: SEQUENCE of its iCalendar event; version 0.3 did not publish it.
    """

    changed_at: Instant
    sequence: int = 0


class AppointmentCost(AppointmentEvent, frozen=True, kw_only=True):
    """Data of `appointment.no_show`, and base of the others that may cost the client something.

    Attributes:
        fee: What the client owes for it, in minor units.
        explanation: The cost in words, as it was charged. Events of versions before 0.3 have none.
        policy: Kind of the policy whose clause sets the cost.
        policy_number: Number of its version.
    """

    fee: int
    explanation: str = ""
    policy: str | None = None
    policy_number: int | None = None


class AppointmentDeclined(AppointmentEvent, frozen=True, kw_only=True):
    """Data of `appointment.declined`."""

    reason: str


class AppointmentRescheduled(AppointmentCost, frozen=True, kw_only=True):
    """Data of `appointment.rescheduled`."""

    previous_starts_at: Instant


class AppointmentCancelled(AppointmentCost, frozen=True, kw_only=True):
    """Data of `appointment.cancelled`."""

    reason: str


class AppointmentCorrected(AppointmentEvent, frozen=True, kw_only=True):
    """Data of `appointment.corrected`: `previous_status` was recorded by mistake."""

    previous_status: str
    reason: str


class DepositEvent(ConsumedEvent, frozen=True):
    """Data of `deposit.*`.

    Attributes:
        amount: In minor units.
        record_version: Version of the appointment.
        due_at: When it is due, of the events that have it.
        time_zone: The artist's time zone, of the events that have it.
    """

    appointment_id: str
    artist_id: str
    client_id: str | None
    service_name: str
    amount: int
    currency: str
    state: str
    record_version: int
    due_at: Instant | None = None
    time_zone: str = ""

    @property
    def link(self) -> RecordLink:
        """Link to the appointment."""
        return RecordLink("appointments", "appointmentId", self.appointment_id)


class DepositDueSoon(DepositEvent, frozen=True, kw_only=True):
    """Data of `deposit.due_soon`."""

    due_at: Instant
    time_zone: str
    releases: bool


class DepositOverdue(DepositEvent, frozen=True, kw_only=True):
    """Data of `deposit.overdue`."""

    due_at: Instant
    time_zone: str
    released: bool


class ChargeEvent(ConsumedEvent, frozen=True):
    """Data of `charge.*`; `amount` in minor units."""

    appointment_id: str
    artist_id: str
    client_id: str | None
    service_name: str
    kind: str
    amount: int
    currency: str
    note: str

    @property
    def link(self) -> RecordLink:
        """Link to the appointment."""
        return RecordLink("appointments", "appointmentId", self.appointment_id)


class SittingPlace(ConsumedEvent, frozen=True):
    """Where a sitting takes place, and the time zone there."""

    location: str
    time_zone: str


class ProposalEvent(ConsumedEvent, frozen=True):
    """Data of `proposal.*`.

    Attributes:
        starts_at: Start of each sitting.
        places: Place of each sitting, in the same order; earlier events have none.
        appointment_ids: Appointment of each sitting, once it is accepted.
        ends_at: End of each sitting, once it is accepted; earlier events have none.
    """

    proposal_id: str
    artist_id: str
    client_id: str
    service_name: str
    starts_at: tuple[Instant, ...]
    time_zone: str
    total: Amount
    expires_at: Instant
    record_version: int
    places: tuple[SittingPlace, ...] = ()
    appointment_ids: tuple[str, ...] = ()
    ends_at: tuple[Instant, ...] = ()

    @property
    def link(self) -> RecordLink:
        """Link to the proposal."""
        return RecordLink("proposals", "proposalId", self.proposal_id)


class ConsultationEvent(ConsumedEvent, frozen=True):
    """Data of `consultation.requested` and `.nudged`, and base of the others.

    Attributes:
        imported: Whether the request comes from an earlier system.
    """

    consultation_id: str
    artist_id: str
    client_id: str
    subject: str
    status: str
    by: Side
    record_version: int
    imported: bool = False

    @property
    def link(self) -> RecordLink:
        """Link to the consultation."""
        return RecordLink("consultations", "consultationId", self.consultation_id)


class ConsultationEnded(ConsultationEvent, frozen=True):
    """Data of `consultation.declined`, `.cancelled` and `.expired`, which gives no reason."""

    reason: str = ""


class WaitlistOpened(ConsumedEvent, frozen=True, kw_only=True):
    """Data of `waitlist.opened`: the slot that was freed. Earlier events have no location."""

    waitlist_id: str
    artist_id: str
    client_id: str
    service_name: str
    starts_at: Instant
    time_zone: str
    location: str = ""

    @property
    def link(self) -> RecordLink:
        """Link to the entry of the waitlist."""
        return RecordLink("waitlist", "waitlistId", self.waitlist_id)


class WaitlistOffered(WaitlistOpened, frozen=True, kw_only=True):
    """Data of `waitlist.offered`: the slot that is reserved for this client, and until when."""

    answer_until: Instant


class FollowedBooksOpened(ConsumedEvent, frozen=True):
    """Data of `follow.books_opened`: the artist whom a user follows takes new bookings again."""

    follower_id: str
    artist_id: str
    handle: str | None
    opened_at: Instant

    @property
    def link(self) -> RecordLink:
        """Link to the page of the artist."""
        return RecordLink("artists", "artistId", self.handle or self.artist_id)


class ExternalCalendarFailed(ConsumedEvent, frozen=True):
    """Data of `external_calendar.failed`."""

    calendar_id: str
    artist_id: str
    name: str
    problem: str
    failing_since: Instant
    time_zone: str

    @property
    def link(self) -> RecordLink:
        """Link to the calendar."""
        return RecordLink("external-calendars", "calendarId", self.calendar_id)


class BookingChangedElsewhere(ConsumedEvent, frozen=True):
    """Data of `social_calendar.booking_changed_elsewhere`.

    Attributes:
        starts_at: When the event begins in the calendar; None if it was deleted there.
        booked_starts_at: When the appointment begins.
    """

    artist_id: str
    appointment_id: str
    calendar_name: str
    service_name: str
    change: str
    starts_at: Instant | None
    booked_starts_at: Instant
    time_zone: str

    @property
    def link(self) -> CalendarChangeLink:
        """Link to the appointment, with the routes of both answers."""
        action = "cancel" if self.change == "deleted" else "reschedule"
        return CalendarChangeLink("appointments", "appointmentId", self.appointment_id, action)


class ConversationOpened(ConsumedEvent, frozen=True):
    """Data of `conversation.opened`.

    Attributes:
        client_id: None for a guest, who has no account.
    """

    conversation_id: str
    artist_id: str
    client_id: str | None


class BlockChanged(ConsumedEvent, frozen=True):
    """Data of `conversation.block_changed`.

    Attributes:
        client_id: None for a guest, who has no account.
        user_id: The member who blocked the other, or no longer does.
    """

    conversation_id: str
    artist_id: str
    client_id: str | None
    user_id: str
    blocked: bool
    record_version: int


class MessageRecipient(ConsumedEvent, frozen=True):
    """A recipient of a message.

    Attributes:
        is_reading: Whether the message was shown to them as it arrived.
        muted: Whether they muted the conversation.
    """

    user_id: str
    is_reading: bool
    muted: bool


class MessageCreated(ConsumedEvent, frozen=True):
    """Data of `message.created`.

    Attributes:
        sequence: Number of the message in its conversation, from 1 on.
        client_id: None for a guest, who has no account.
        sender_id: None for a card, which another feature's event caused.
    """

    conversation_id: str
    sequence: int
    artist_id: str
    client_id: str | None
    sender_id: str | None
    sender_name: str
    recipients: tuple[MessageRecipient, ...]
    created_at: Instant


class QuickActionRefused(ConsumedEvent, frozen=True):
    """Data of `quick_action.refused`: an artist's message that was not sent."""

    artist_id: str
    conversation_id: str
    reason: str


class ConversationRead(ConsumedEvent, frozen=True):
    """Data of `conversation.read`: the user has read every message up to `sequence`."""

    conversation_id: str
    user_id: str
    sequence: int


PUBLISHED = ()
