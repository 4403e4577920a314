"""Deliveries: messages on their way."""

from datetime import datetime
from enum import StrEnum

import msgspec

from notifications.models.contents import Content, SmsSize
from notifications.models.reminders import ReminderReference
from notifications.models.templates import TemplateVersion
from shared.data.mongodb import Record


class Channel(StrEnum):
    """A way to reach a user."""

    EMAIL = "email"
    SMS = "sms"
    PUSH = "push"


class MessageCategory(StrEnum):
    """The purpose of a message, which decides whether its recipient may opt out.

    Nobody can opt out of `security` (codes and warnings) and `account` (what they asked for
    themselves, such as an export).
    """

    SECURITY = "security"
    ACCOUNT = "account"
    BOOKING = "booking"
    MESSAGE = "message"
    AFTERCARE = "aftercare"
    REVIEW = "review"
    MARKETING = "marketing"

    @classmethod
    def _missing_(cls, value: object) -> "MessageCategory | None":
        """Read the categories of messages that were stored before there were these."""
        return {"transactional": cls.BOOKING, "promotional": cls.MARKETING}.get(str(value))


class DeliveryStatus(StrEnum):
    """The state of a delivery.

    `queued` -> `sending` -> `sent` -> `delivered` or `bounced`; or `failed`, `suppressed` or
    `cancelled`, which is not sent. `unknown` was handed over without an answer of the provider.
    Which follows which is in `rules/delivery_states.py`.
    """

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    DELIVERED = "delivered"
    BOUNCED = "bounced"
    FAILED = "failed"
    SUPPRESSED = "suppressed"
    CANCELLED = "cancelled"
    UNKNOWN = "unknown"


class Step(Record, frozen=True):
    """One line of a delivery's timeline."""

    status: DeliveryStatus
    at: datetime
    detail: str = ""


class Delivery(Record, frozen=True):
    """One message to one recipient through one channel because of one event.

    Attributes:
        recipient_key: The user, the address where no user is known, or the push subscription: who
            receives one message per event.
        event_id: Id of the domain event, or of the notification when the API was asked to send it.
        requester_id: User who asked for the message; None for a domain event.
        about: Ids of other users whose name or words may be in the content.
        digest_id: The digest that gathers it; None for a message of its own.
        gathered: Ids of the deliveries that a digest has gathered.
        address: Mail address, phone number (E.164) or id of a push subscription; empty once erased.
        content: None once erased: when the user is deleted, and for security messages when the
            delivery is over.
        good_until: Instant after which the message is useless (a code) and is suppressed.
        reminder: What the message reminds of; None unless it is sent at a time because of an
            appointment.
        verifies_address: Whether it is a code by which its recipient proves that the address works,
            so that it is sent although the address bounced.
        due_at: Instant at which the sweeper puts the delivery on its queue; None only when nothing
            remains to be done. A delivery is due after each step that is taken with it, in case
            that whoever took the step dies: when a claim ends, or a message on a queue is late.
        lease_until: Until then the worker that claimed the delivery may be sending it.
        claim_id: The batch that claimed the delivery.
        failing_since: The first of the temporary failures since the last success or redrive.
        failures: The number of these failures.
        copies: How often the delivery was sent again because its fate was unknown.
        expires_at: Instant at which the document is deleted.
        stopped_by: Ids of the kill switches that hold it back.
        expected_at: Instant from which on it should be sent: that of its event or request, or a
            later one that it was scheduled for, deferred to, or released at.
        billed_to: Whose daily cap an SMS counts against: the user who asked for it, or the artist
            whose event it is about.
        sms: Size of an SMS.
        standby_for: Inbox entry of a message that also goes by push; the mail is not sent once that
            is read.
    """

    id: str = msgspec.field(name="_id")
    notification_id: str
    event_id: str
    recipient_key: str
    recipient_id: str | None
    requester_id: str | None
    channel: Channel
    address: str
    content: Content | None
    category: MessageCategory
    template: TemplateVersion | None
    correlation_id: str
    created_at: datetime
    send_at: datetime | None
    good_until: datetime | None
    due_at: datetime | None
    expires_at: datetime
    status: DeliveryStatus = DeliveryStatus.QUEUED
    reason: str | None = None
    retryable: bool = False
    attempts: int = 0
    timeline: tuple[Step, ...] = ()
    lease_until: datetime | None = None
    claim_id: str | None = None
    failing_since: datetime | None = None
    failures: int = 0
    copies: int = 0
    provider_reference: str | None = None
    about: tuple[str, ...] = ()
    verifies_address: bool = False
    digest_id: str | None = None
    gathered: tuple[str, ...] = ()
    reminder: ReminderReference | None = None
    billed_to: str | None = None
    stopped_by: tuple[str, ...] = ()
    expected_at: datetime | None = None
    sms: SmsSize | None = None
    standby_for: str | None = None


class DueDelivery(Record, frozen=True):
    """What puts a delivery on its queue: a part of a `Delivery`."""

    id: str = msgspec.field(name="_id")
    channel: Channel
    category: MessageCategory
    correlation_id: str
    due_at: datetime | None = None

    @property
    def is_code(self) -> bool:
        """Whether somebody waits for it, such as for a code."""
        return self.category is MessageCategory.SECURITY
