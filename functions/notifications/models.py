"""Models: the documents of the collections and their values."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from domain.calendar_files import Event
from domain.types import REQUESTED_LINE, Instant
from domain.values import StrictValue
from shared.data.mongodb import Record
from shared.http.caller import Role

# The body of a push message is one record of 4,096 bytes, encryption included (RFC 8291, 4).
MAX_PUSH_BYTES = 3_900


class Channel(StrEnum):
    """A way to reach a user."""

    EMAIL = "email"
    SMS = "sms"
    PUSH = "push"


class MessageCategory(StrEnum):
    """The purpose of a message, which decides whether its recipient may opt out."""

    SECURITY = "security"
    TRANSACTIONAL = "transactional"
    PROMOTIONAL = "promotional"


class DeliveryStatus(StrEnum):
    """The state of a delivery.

    `queued` -> `sending` -> `sent`, `failed` or `suppressed`; `sending` -> `queued` after a
    temporary failure; `failed` -> `sending` when it is retryable and an operator redrives it.
    """

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    SUPPRESSED = "suppressed"


# ---- contacts ----------------------------------------------------------------------------------


class PendingPhone(Record, frozen=True):
    """A phone number that is not verified yet."""

    phone: str
    code_hash: str
    expires_at: datetime


class OneTapAction(Record, frozen=True):
    """A quick action that its artist wants notifications to offer.

    Attributes:
        content_hash: Hash of its label and texts; empty in a copy from before it was published.
    """

    action_id: str
    label: str
    content_hash: str = ""


class Contact(Record, frozen=True):
    """The addresses and the name of a user.

    Of an erased user only the id stays, so that no late event brings them back.

    Attributes:
        verified_at: Time of the `user.verified` event, so that an older one changes nothing.
        name_version: Version of the profile that the name is of; None while the name is the one
            from registration.
        one_tap: Quick actions that the artist's notifications offer.
        one_tap_version: Version of the artist's quick actions that `one_tap` is of.
        erase_again_at: When the last run of the erasure is due; None unless it is.
    """

    id: str = msgspec.field(name="_id")
    email: str | None = None
    name: str = ""
    role: Role | None = None
    phone: str | None = None
    pending_phone: PendingPhone | None = None
    verified_at: datetime | None = msgspec.field(name="toldAt", default=None)
    name_version: int | None = None
    one_tap: tuple[OneTapAction, ...] = ()
    one_tap_version: int | None = None
    erased_at: datetime | None = None
    erase_again_at: datetime | None = None


class PushSubscription(Record, frozen=True):
    """A browser that receives Web Push (RFC 8030). Its id is derived from its endpoint."""

    id: str = msgspec.field(name="_id")
    user_id: str
    endpoint: str
    p256dh: str
    auth: str
    registered_at: datetime


class SeenEvents(Record, frozen=True):
    """The events that were seen of an appointment, a deposit, a proposal or a consultation.

    Attributes:
        version: Newest version of the record.
        client_booked: Whether the client booked the appointment themselves.
        confirmed: Whether the appointment was ever confirmed.
    """

    id: str = msgspec.field(name="_id")
    version: int
    client_booked: bool = False
    confirmed: bool = False

    def is_newest(self, version: int) -> bool:
        """Whether no event of a newer version was seen."""
        return self.version == version


# ---- contents ----------------------------------------------------------------------------------


class Invitation(msgspec.Struct, frozen=True):
    """An appointment that a mail adds to, changes in or removes from a calendar (RFC 5546).

    The organizer's address is that of the sender, and the reader's that of the delivery: both are
    filled in when the mail is sent.

    Attributes:
        reader_name: Name of the reader, the only attendee.
    """

    method: Literal["REQUEST", "CANCEL"]
    event: Event
    reader_name: str


class EmailContent(msgspec.Struct, frozen=True, tag="email"):
    """A rendered mail.

    Attributes:
        url: Page that it is about, a path of the frontend.
        invitation: The appointment that it is about.
    """

    subject: str
    text: str
    html: str | None = None
    url: str | None = None
    invitation: Invitation | None = None


class SmsContent(msgspec.Struct, frozen=True, tag="sms"):
    """A rendered SMS."""

    text: str


class NotificationAction(msgspec.Struct, frozen=True, rename="camel"):
    """A button of a notification.

    Attributes:
        title: Label of the button.
            Example: On my way
        link: Path of the API; a POST to it does the action, once.
            Example: /v1/quick-actions/links/WyJ1c3JfMDFKRDIi.c2lnbmF0dXJl
        expires_at: Instant from which on the link does nothing.
    """

    title: str
    link: str
    expires_at: Instant


class PushContent(msgspec.Struct, frozen=True, tag="push"):
    """A rendered push message.

    Attributes:
        collapse_tag: A later message of the same tag replaces this one, while it waits at the push
            service and on the screen.
    """

    title: str
    body: str
    url: str | None = None
    data: dict[str, str] = {}
    collapse_tag: str | None = None
    actions: tuple[NotificationAction, ...] = ()

    @property
    def payload(self) -> bytes:
        """JSON for a service worker, whose `showNotification` takes `tag` and `actions`."""
        fields = {
            "title": self.title,
            "body": self.body,
            "url": self.url,
            "data": self.data,
            "tag": self.collapse_tag,
            "actions": self.actions,
        }
        return msgspec.json.encode({name: value for name, value in fields.items() if value})


Content = EmailContent | SmsContent | PushContent


# ---- templates ---------------------------------------------------------------------------------

SYSTEM = "system"  # owner of the templates that serve everybody

VariableName = Annotated[
    str,
    Meta(
        pattern=r"^[A-Za-z][A-Za-z0-9_]{0,39}$",
        description="Name of a variable of the template.",
        examples=["clientName"],
    ),
]
VariableType = Literal["string", "number", "date", "boolean"]
# The largest integers that JSON carries without losing digits (RFC 8259, 6).
Integer = Annotated[int, Meta(ge=-(2**53) + 1, le=2**53 - 1)]
TemplateValue = Annotated[str, Meta(max_length=2_000)] | Integer | float | bool
TemplateKind = Literal[
    "confirmation",
    "reminder",
    "follow_up",
    "birthday",
    "promotional",
    "aftercare",
    "preparation",
    "custom",
]


class TemplateVariable(StrictValue, frozen=True):
    """A variable that a template is rendered with.

    Attributes:
        name: Name of the variable, as the bodies use it.
            Example: clientName
        type: Type of its values; a `date` is an RFC 3339 instant with its offset.
            Example: string
        required: Whether each message must give a value.
        example: Value that the template is checked with when it is saved.
            Example: Robin
    """

    name: VariableName
    type: VariableType
    required: bool = True
    example: TemplateValue | None = None


class EmailBody(StrictValue, frozen=True):
    """The Liquid of a mail.

    Attributes:
        subject: Subject, rendered to one line.
            Example: How is your tattoo, {{ clientName }}?
        text: Mail as plain text.
            Example: Hello {{ clientName }}, how is your tattoo healing?
        html: Mail as HTML. It is cleaned, and put into our frame, when it is rendered.
            Example: <p>Hello {{ clientName }}, how is your tattoo healing?</p>
    """

    subject: Annotated[str, REQUESTED_LINE, Meta(min_length=1, max_length=500)]
    text: Annotated[str, Meta(min_length=1, max_length=5_000)]
    html: Annotated[str, Meta(min_length=1, max_length=20_000)] | None = None


class SmsBody(StrictValue, frozen=True):
    """The Liquid of an SMS.

    Attributes:
        text: Text of the SMS.
            Example: Hello {{ clientName }}, how is your tattoo healing?
    """

    text: Annotated[str, Meta(min_length=1, max_length=2_000)]


class PushBody(StrictValue, frozen=True):
    """The Liquid of a push message.

    Attributes:
        title: Title, rendered to one line.
            Example: How is your tattoo?
        body: Text below the title.
            Example: Hello {{ clientName }}, tell us how it is healing.
    """

    title: Annotated[str, REQUESTED_LINE, Meta(min_length=1, max_length=300)]
    body: Annotated[str, Meta(min_length=1, max_length=2_000)]


class TemplateBodies(StrictValue, frozen=True):
    """The bodies of a template, one per channel. A channel without a body is not used.

    Attributes:
        email: Body for mails.
        sms: Body for SMS.
        push: Body for push messages.
    """

    email: EmailBody | None = None
    sms: SmsBody | None = None
    push: PushBody | None = None


class Template(Record, frozen=True):
    """One version of a template, which never changes. The newest of its name and locale is used.

    Attributes:
        owner: Id of the user whose template it is, or SYSTEM.
        created_at: None for the templates that we ship.
    """

    id: str = msgspec.field(name="_id")
    owner: str
    name: str
    locale: str
    version: int
    kind: TemplateKind
    variables: tuple[TemplateVariable, ...]
    bodies: TemplateBodies
    created_at: datetime | None = None


class TemplateVersion(Record, frozen=True):
    """The template that a message was rendered from.

    Attributes:
        id: Id of this version of the template.
            Example: tpl_01JD2Z5Q0V8XKM3F7T9B4N6RWC
        name: Name of the template.
            Example: aftercare-first-day
        version: Number of the version.
            Example: 2
    """

    id: str
    name: str
    version: int


# ---- deliveries --------------------------------------------------------------------------------


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
        address: Mail address, phone number (E.164) or id of a push subscription; empty once erased.
        content: None once erased: when the user is deleted, and for security messages when the
            delivery is over.
        good_until: Instant after which the message is useless (a code) and is suppressed.
        due_at: Instant at which the sweeper puts the delivery on its queue; None once it is known
            to have been there.
        lease_until: Until then the worker that claimed the delivery may be sending it.
        expires_at: Instant at which the document is deleted.
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
    provider_reference: str | None = None
    about: tuple[str, ...] = ()


class DueDelivery(Record, frozen=True):
    """What puts a delivery on its queue: a part of a `Delivery`."""

    id: str = msgspec.field(name="_id")
    channel: Channel
    correlation_id: str
    due_at: datetime


# ---- inbox -------------------------------------------------------------------------------------


class InboxContent(msgspec.Struct, frozen=True):
    """The content of an inbox entry."""

    title: str
    body: str
    url: str | None = None
    actions: tuple[NotificationAction, ...] = ()


class ConversationState(Record, frozen=True):
    """What is known of the conversation whose messages share one inbox entry.

    Attributes:
        newest: Sequence of the message that the entry shows; 0 before the first.
        read_through: Every message up to this sequence is read.
        unread: Sequences of the unread messages, in order; the last hundred of them.
    """

    newest: int = 0
    read_through: int = 0
    unread: tuple[int, ...] = ()


class InboxEntry(Record, frozen=True, kw_only=True):
    """An entry of a user's inbox: one notification, or the newest message of a conversation.

    Attributes:
        id: Derived from the user and the event, or from the user and the conversation, so that
            nothing is there twice.
        at: Instant from which on the entry is listed; None while it is not: it is archived, or of
            its conversation only the reading was seen.
        unread_at: The same instant while the entry is unread, else None. A conversation whose entry
            has none is read to its newest message, whatever its `unread` says.
        revision: Number of changes, for optimistic concurrency.
        about: Ids of other users whose name or words may be in the content.
    """

    id: str = msgspec.field(name="_id")
    user_id: str
    content: InboxContent | None = None
    category: MessageCategory = MessageCategory.TRANSACTIONAL
    template: str | None = None
    at: datetime | None = None
    unread_at: datetime | None = None
    expires_at: datetime
    conversation: ConversationState | None = msgspec.field(name="thread", default=None)
    revision: int = 0
    about: tuple[str, ...] = ()
