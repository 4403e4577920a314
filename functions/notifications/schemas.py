"""What notifications is asked, answers, hears and tells itself."""

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta

from notifications.models import (
    Bodies,
    Category,
    Channel,
    Kind,
    Status,
    TemplateVersion,
    Value,
    Variable,
    VariableName,
)
from shared.http.decoding import Input, Output

UserId = Annotated[str, Meta(pattern=r"^\w{1,64}$")]
Email = Annotated[str, Meta(pattern=r"^[^@\s]{1,64}@[^@\s.]+(\.[^@\s.]+)+$", max_length=254)]
Phone = Annotated[str, Meta(min_length=8, max_length=32, description="international: +61 …")]
Subject = Annotated[str, Meta(min_length=1, max_length=200, pattern=r"\S")]
Text = Annotated[str, Meta(min_length=1, max_length=20_000, pattern=r"\S")]
SmsText = Annotated[str, Meta(min_length=1, max_length=1_600, pattern=r"\S")]  # Twilio's limit
TemplateName = Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$")]
Locale = Annotated[str, Meta(pattern=r"^[a-z]{2}(-[A-Z]{2})?$")]
DataName = Annotated[str, Meta(pattern=r"^[\w-]{1,64}$")]
Instant = Annotated[datetime, Meta(tz=True)]


# ---- sending -----------------------------------------------------------------------------------


class SendingRequest(Input, frozen=True, kw_only=True):
    """What all sending has in common. Without `userId` the recipient is the caller."""

    user_id: UserId | None = None
    send_at: Instant | None = None


class WritingRequest(SendingRequest, frozen=True, kw_only=True):
    """Either `text`, or a template by its name (the newest) or id (that version)."""

    text: Text | None = None
    template: TemplateName | None = None
    template_id: Annotated[str, Meta(max_length=64)] | None = None
    variables: dict[VariableName, Value] | None = None
    locale: Locale | None = None


class EmailRequest(WritingRequest, frozen=True, kw_only=True):
    """Send a mail; `subject` goes with `text`."""

    to: Email | None = None
    subject: Subject | None = None


class SmsRequest(WritingRequest, frozen=True, kw_only=True):
    """Send an SMS."""

    to: Phone | None = None
    text: SmsText | None = None


class PushRequest(SendingRequest, frozen=True, kw_only=True):
    """Send a push message; `url` is opened when it is tapped."""

    title: Annotated[str, Meta(min_length=1, max_length=120)]
    body: Annotated[str, Meta(min_length=1, max_length=1_000)]
    url: Annotated[str, Meta(max_length=1_000, pattern=r"^(https://|/(?!/))\S*$")] | None = None
    data: dict[DataName, Annotated[str, Meta(max_length=1_000)]] = msgspec.field(
        default_factory=dict
    )


class SendRequest(WritingRequest, frozen=True, kw_only=True):
    """Send through every channel that leads to the user, or those of `channels` that do."""

    channels: Annotated[list[Channel], Meta(min_length=1, max_length=3)] | None = None
    subject: Subject | None = None


class AppointmentConfirmationRequest(SendingRequest, frozen=True, kw_only=True):
    """Confirm an appointment. `timeZone` is an IANA name; the time is shown in that zone."""

    artist_name: Annotated[str, Meta(min_length=1, max_length=100)]
    service_name: Annotated[str, Meta(min_length=1, max_length=100)]
    starts_at: Instant
    time_zone: Annotated[str, Meta(min_length=1, max_length=64)]
    location: Annotated[str, Meta(max_length=200)] | None = None
    notes: Annotated[str, Meta(max_length=1_000)] | None = None


class Accepted(Output, frozen=True):
    """The notification is on its way. `statusUrl` is a path of this API."""

    id: str
    status_url: str


class TimelineStep(Output, frozen=True):
    """What happened when."""

    status: Status
    at: datetime
    detail: str


class DeliveryStatus(Output, frozen=True):
    """Where one message stands. `to` is None for push; `reason` says why it was not sent."""

    id: str
    channel: Channel
    to: str | None
    category: Category
    template: TemplateVersion | None
    status: Status
    reason: str | None
    retryable: bool
    attempts: int
    timeline: list[TimelineStep]


class NotificationStatus(Output, frozen=True):
    """Where a notification stands, message by message."""

    id: str
    created_at: datetime
    send_at: datetime | None
    deliveries: list[DeliveryStatus]


class DeliveryOrder(msgspec.Struct, frozen=True, rename="camel"):
    """The message on the channels' queues."""

    delivery_id: str


# ---- templates ---------------------------------------------------------------------------------


class TemplateRequest(Input, frozen=True, kw_only=True):
    """Save a template; the same name and locale again makes its next version."""

    name: TemplateName
    kind: Kind
    locale: Locale = "en"
    variables: Annotated[list[Variable], Meta(max_length=50)] = msgspec.field(default_factory=list)
    bodies: Bodies


class TemplateView(Output, frozen=True):
    """A template. `owner` is a user's id or `system`; `createdAt` is None for those we ship."""

    id: str
    owner: str
    name: str
    kind: Kind
    locale: str
    version: int
    variables: tuple[Variable, ...]
    bodies: Bodies
    created_at: datetime | None


class TemplatesQuery(Input, frozen=True):
    """A page of the list."""

    limit: Annotated[int, Meta(ge=1, le=100)] = 50
    cursor: Annotated[str, Meta(max_length=500)] | None = None


class Templates(Output, frozen=True):
    """A page of templates, by name."""

    items: list[TemplateView]
    next_cursor: str | None


# ---- contacts and subscriptions ----------------------------------------------------------------


class PhoneRequest(Input, frozen=True):
    """The number to prove."""

    phone: Phone


class PhoneCodeRequest(Input, frozen=True):
    """The code from the SMS."""

    code: Annotated[str, Meta(pattern=r"^\d{6}$")]


class ContactView(Output, frozen=True):
    """How the caller can be reached."""

    email: str | None
    phone: str | None
    push_subscriptions: int


class SubscriptionKeys(Input, frozen=True):
    """The browser's keys (RFC 8291), base64url."""

    p256dh: Annotated[str, Meta(max_length=120)]
    auth: Annotated[str, Meta(max_length=40)]


class SubscriptionRequest(Input, frozen=True):
    """What `PushSubscription.toJSON()` gives; `expirationTime` may be left in."""

    endpoint: Annotated[str, Meta(max_length=1_000)]
    keys: SubscriptionKeys
    expiration_time: float | None = None


class UnsubscribeRequest(Input, frozen=True):
    """Which browser."""

    endpoint: Annotated[str, Meta(max_length=1_000)]


class Subscribed(Output, frozen=True):
    """The browser takes push messages for the caller."""

    id: str
    endpoint: str


class VapidPublicKey(Output, frozen=True):
    """The `applicationServerKey` for `PushManager.subscribe()` (RFC 8292)."""

    public_key: str


# ---- operators ---------------------------------------------------------------------------------


def normalized(email: str) -> str:
    """The address as we compare it: case does not distinguish people in practice."""
    return email.strip().lower()
