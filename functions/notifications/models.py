"""What this feature keeps: the documents of its collections, and their values."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from shared.data.mongodb import Record
from shared.http.caller import Role
from shared.http.decoding import Input

# A Web Push body is one record of 4,096 bytes, encryption included (RFC 8291, 4).
MAX_PUSH_BYTES = 3_900


class Channel(StrEnum):
    """A way to reach somebody."""

    EMAIL = "email"
    SMS = "sms"
    PUSH = "push"


class Category(StrEnum):
    """Why a message is sent, which decides what its recipient may switch off."""

    SECURITY = "security"
    TRANSACTIONAL = "transactional"
    PROMOTIONAL = "promotional"


class Status(StrEnum):
    """Where a delivery stands.

    queued -> sending -> sent | failed | suppressed; sending -> queued where the failure passes;
    failed -> sending where it is retryable and an operator redrives its message.
    """

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    SUPPRESSED = "suppressed"


class PendingPhone(Record, frozen=True):
    """A number that waits for the code sent to it."""

    phone: str
    code_hash: str
    expires_at: datetime


class OneTapAction(Record, frozen=True):
    """A quick action that its artist wants notifications to offer."""

    action_id: str
    label: str


class Contact(Record, frozen=True):
    """How a user can be reached. Once erased only the id stays, so that no late event revives it.

    told_at: the time of the event that told us, so that an older one changes nothing.
    name_version: of the profile that the name is of; None while it is the first name, that of
    auth. one_tap_version: of the artist's row of quick actions that one_tap is of.
    """

    id: str = msgspec.field(name="_id")
    email: str | None = None
    name: str = ""
    role: Role | None = None
    phone: str | None = None
    pending_phone: PendingPhone | None = None
    told_at: datetime | None = None
    name_version: int | None = None
    one_tap: tuple[OneTapAction, ...] = ()
    one_tap_version: int | None = None
    erased_at: datetime | None = None


class Subscription(Record, frozen=True):
    """A browser that takes Web Push (RFC 8030). Its id is made from its endpoint."""

    id: str = msgspec.field(name="_id")
    user_id: str
    endpoint: str
    p256dh: str
    auth: str
    registered_at: datetime


class Heard(Record, frozen=True):
    """What was heard of an appointment, its deposit or a proposal, in whatever order it came.

    version: the newest. client_booked, confirmed: whether the client booked it themselves, and
    whether it was ever agreed.
    """

    id: str = msgspec.field(name="_id")
    version: int
    client_booked: bool = False
    confirmed: bool = False


class EmailContent(msgspec.Struct, frozen=True, tag="email"):
    """A mail, rendered."""

    subject: str
    text: str
    html: str | None = None


class SmsContent(msgspec.Struct, frozen=True, tag="sms"):
    """An SMS, rendered."""

    text: str


class OfferedAction(msgspec.Struct, frozen=True, rename="camel"):
    """A button of a notification: a POST to the link does it, once, until it ends."""

    title: str
    link: str
    expires_at: datetime


class PushContent(msgspec.Struct, frozen=True, tag="push"):
    """A push message, rendered.

    collapse_tag: a later message of the same tag takes the place of this one, on its way and on
    the screen.
    """

    title: str
    body: str
    url: str | None = None
    data: dict[str, str] = {}
    collapse_tag: str | None = None
    actions: tuple[OfferedAction, ...] = ()

    @property
    def payload(self) -> bytes:
        """The JSON for a service worker; `tag` and `actions` are for those of its Notification."""
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

SYSTEM = "system"  # owns the templates that serve everybody

VariableName = Annotated[str, Meta(pattern=r"^[A-Za-z][A-Za-z0-9_]{0,39}$")]
# As large as numbers can be in JSON without losing digits (RFC 8259, 6).
Integer = Annotated[int, Meta(ge=-(2**53) + 1, le=2**53 - 1)]
Value = Annotated[str, Meta(max_length=2_000)] | Integer | float | bool
Kind = Literal[
    "confirmation",
    "reminder",
    "follow_up",
    "birthday",
    "promotional",
    "aftercare",
    "preparation",
    "custom",
]

VariableType = Literal["string", "number", "date", "boolean"]


class Variable(Input, frozen=True):
    """What a template wants to be given. A date is an RFC 3339 instant."""

    name: VariableName
    type: VariableType
    required: bool = True
    example: Value | None = None


class EmailBody(Input, frozen=True):
    """The Liquid of a mail. `html` is cleaned and framed when rendered; `text` is its twin."""

    subject: Annotated[str, Meta(min_length=1, max_length=300)]
    text: Annotated[str, Meta(min_length=1, max_length=5_000)]
    html: Annotated[str, Meta(min_length=1, max_length=20_000)] | None = None


class SmsBody(Input, frozen=True):
    """The Liquid of an SMS."""

    text: Annotated[str, Meta(min_length=1, max_length=2_000)]


class PushBody(Input, frozen=True):
    """The Liquid of a push message."""

    title: Annotated[str, Meta(min_length=1, max_length=300)]
    body: Annotated[str, Meta(min_length=1, max_length=2_000)]


class Bodies(Input, frozen=True):
    """A template's text per channel; a channel it lacks is not used."""

    email: EmailBody | None = None
    sms: SmsBody | None = None
    push: PushBody | None = None


class Template(Record, frozen=True):
    """One version of a template; it never changes. The newest of its name and locale counts.

    owner: the user whose own it is, or SYSTEM. created_at: None for those that we ship.
    """

    id: str = msgspec.field(name="_id")
    owner: str
    name: str
    locale: str
    version: int
    kind: Kind
    variables: tuple[Variable, ...]
    bodies: Bodies
    created_at: datetime | None = None


class TemplateVersion(Record, frozen=True):
    """Which template a content was rendered from."""

    id: str
    name: str
    version: int


class Step(Record, frozen=True):
    """One line of a delivery's timeline."""

    status: Status
    at: datetime
    detail: str = ""


class Delivery(Record, frozen=True):
    """One message to one recipient through one channel for one event.

    recipient_key: whom exactly: the user, the address where no user is known, or the subscription.
    event_id: of the domain event, or the notification's own for what the API was asked to send.
    requester_id: who asked; None for a domain event.
    address: a mail address, a phone number (E.164) or a subscription's id; "" once erased.
    content: None once erased: at the user's deletion, and of security messages when they are over.
    good_until: later it is no use to its recipient (a code) and is suppressed.
    due_at: when the sweeper puts it on its queue; None once it is known to have been there.
    lease_until: until then the worker that claimed it may be sending it.
    expires_at: when the document goes.
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
    category: Category
    template: TemplateVersion | None
    correlation_id: str
    created_at: datetime
    send_at: datetime | None
    good_until: datetime | None
    due_at: datetime | None
    expires_at: datetime
    status: Status = Status.QUEUED
    reason: str | None = None
    retryable: bool = False
    attempts: int = 0
    timeline: tuple[Step, ...] = ()
    lease_until: datetime | None = None
    provider_reference: str | None = None


class InboxContent(msgspec.Struct, frozen=True):
    """What a user reads in the inbox."""

    title: str
    body: str
    url: str | None = None
    actions: tuple[OfferedAction, ...] = ()


class Thread(Record, frozen=True):
    """What an entry stands for that later ones of its thread take the place of, by sequence.

    newest: the one that is shown; 0 before the first. read_through: everything up to here is read.
    unread: those that are not, in order, the last hundred of them.
    """

    newest: int = 0
    read_through: int = 0
    unread: tuple[int, ...] = ()


class InboxEntry(Record, frozen=True, kw_only=True):
    """What a user finds in the app: a notification, or the newest of a thread.

    id: made of the user and the event, or of the user and the thread: nothing is there twice.
    at: from when on it is there; None while it is not: archived, or a thread of which only the
    reading was heard.
    unread_at: the same while it is unread, else None. A thread without is read to its newest,
    whatever its `unread` says.
    revision: counts its changes, for optimistic writing.
    """

    id: str = msgspec.field(name="_id")
    user_id: str
    content: InboxContent | None = None
    category: Category = Category.TRANSACTIONAL
    template: str | None = None
    at: datetime | None = None
    unread_at: datetime | None = None
    expires_at: datetime
    thread: Thread | None = None
    revision: int = 0
