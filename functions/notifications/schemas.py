"""Requests and responses of the API."""

from typing import Annotated

import msgspec
from msgspec import Meta

from domain import types
from domain.types import FilledLine, FilledText, Instant, Line, NextCursor, TimeZone
from notifications.models import (
    Channel,
    DeliveryStatus,
    MessageCategory,
    NotificationAction,
    TemplateBodies,
    TemplateKind,
    TemplateValue,
    TemplateVariable,
    TemplateVersion,
    VariableName,
)
from shared.http.decoding import Input, Output

RecipientId = Annotated[str, Meta(pattern=r"^\w{1,64}$")]
RecipientEmail = Annotated[
    str, Meta(pattern=r"^[^@\s]{1,64}@[^@\s.]+(\.[^@\s.]+)+$", max_length=254)
]
PhoneNumber = Annotated[
    str,
    Meta(
        min_length=8,
        max_length=32,
        description="Phone number in international notation.",
        examples=["+61491570156"],
    ),
]
Subject = Annotated[
    FilledLine,
    Meta(
        max_length=200,
        description="Subject of the mail and title of the push message; only with `text`.",
        examples=["Your appointment on Thursday"],
    ),
]
Text = Annotated[
    FilledText,
    Meta(
        max_length=20_000,
        description="Text of the message. Send either this or a template.",
        examples=["Please bring your sketches."],
    ),
]
SmsText = Annotated[
    FilledText,
    Meta(
        max_length=1_600,  # Twilio's limit
        description="Text of the SMS. Send either this or a template.",
        examples=["Please bring your sketches."],
    ),
]
TemplateName = Annotated[
    str,
    Meta(
        pattern=r"^[a-z0-9][a-z0-9-]{0,63}$",
        description="Name of a template.",
        examples=["aftercare-first-day"],
    ),
]
Locale = Annotated[
    str,
    Meta(
        pattern=r"^[a-z]{2}(-[A-Z]{2})?$",
        description="Language of a template, with or without a region (BCP 47).",
        examples=["en"],
    ),
]
DataName = Annotated[str, Meta(pattern=r"^[\w-]{1,64}$")]
NotificationId = Annotated[
    str, Meta(description="Id of the notification.", examples=["ntf_01JD2Z5Q0V8XKM3F7T9B4N6RWC"])
]
InboxEntryId = Annotated[
    str,
    Meta(description="Id of the inbox entry.", examples=["ibx_3f786850e387550fdab836ed7e6dc881"]),
]
DeliveryId = Annotated[
    str, Meta(description="Id of the delivery.", examples=["dlv_01JD2Z5Q0V8XKM3F7T9B4N6RWC"])
]
TemplateId = Annotated[
    str,
    Meta(
        description="Id of one version of a template.",
        examples=["tpl_01JD2Z5Q0V8XKM3F7T9B4N6RWC"],
    ),
]
PushEndpoint = Annotated[
    str,
    Meta(
        max_length=1_000,
        description="URL at which the browser's push service takes messages for this browser.",
        examples=["https://fcm.googleapis.com/fcm/send/dGVzdA:APA91bH"],
    ),
]
PublicKey = Annotated[
    str,
    Meta(
        description="Public key: an uncompressed point of P-256 in base64url.",
        examples=[  # of RFC 8291
            "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
        ],
    ),
]
PageSize = Annotated[
    int, Meta(ge=1, le=100, description="Largest number of items on a page.", examples=[50])
]
Cursor = Annotated[types.Cursor, Meta(max_length=500)]


# ---- sending -----------------------------------------------------------------------------------


class SendingRequest(Input, frozen=True, kw_only=True):
    """A message to send. Without `userId` its recipient is the caller.

    The examples of its fields make a message that is accepted: the fields that exclude others, or
    that only some callers may use, are null there.

    Attributes:
        user_id: User to send to; the caller when absent.
            Example: null
        send_at: Instant at which to send the message, at most a year ahead; at once when absent
            or in the past.
            Example: null
    """

    user_id: RecipientId | None = None
    send_at: Instant | None = None


class WritingRequest(SendingRequest, frozen=True, kw_only=True):
    """A message with either a text, or a template by its name (newest version) or by its id.

    Attributes:
        template: Name of a template, such as `aftercare-first-day`; its newest version is
            rendered.
            Example: null
        template_id: Id of the version of a template to render.
            Example: null
        variables: Values of the template's variables, by name. Only with a template.
            Example: null
        locale: Language of the template, such as `de` or `de-AT`; English if there is none in it.
            Only with a template.
            Example: null
    """

    text: Text | None = None
    template: TemplateName | None = None
    template_id: Annotated[str, Meta(max_length=64)] | None = None
    variables: dict[VariableName, TemplateValue] | None = None
    locale: Locale | None = None


class EmailRequest(WritingRequest, frozen=True, kw_only=True):
    """A mail to send. `subject` goes with `text`.

    Attributes:
        to: Address to send to instead of a user's; only admins may name a foreign one.
            Example: null
    """

    to: RecipientEmail | None = None
    subject: Subject | None = None


class SmsRequest(WritingRequest, frozen=True, kw_only=True):
    """An SMS to send.

    Attributes:
        to: Phone number to send to instead of a user's, such as `+61491570156`; only admins may
            name a foreign one.
            Example: null
    """

    to: PhoneNumber | None = None
    text: SmsText | None = None


class PushRequest(SendingRequest, frozen=True, kw_only=True):
    """A push message to send.

    Attributes:
        title: Title of the message.
            Example: Your appointment tomorrow
        body: Text below the title.
            Example: Please bring your sketches.
        url: Address to open when the message is tapped: `https`, or a path of the frontend.
            Example: /appointments/apt_01JD2Z5Q0V8XKM3F7T9B4N6RWC
        data: Strings for the app's service worker, by name.
            Example: {"appointmentId": "apt_01JD2Z5Q0V8XKM3F7T9B4N6RWC"}
    """

    title: Annotated[FilledLine, Meta(max_length=120)]
    body: Annotated[FilledText, Meta(max_length=1_000)]
    url: Annotated[str, Meta(max_length=1_000, pattern=r"^(https://|/(?!/))\S*$")] | None = None
    data: dict[DataName, Annotated[str, Meta(max_length=1_000)]] = msgspec.field(
        default_factory=dict
    )


class NotificationRequest(WritingRequest, frozen=True, kw_only=True):
    """A message to send through every channel that leads to the user.

    Attributes:
        channels: Only these channels, as far as they lead to the user.
            Example: ["email", "push"]
    """

    channels: Annotated[list[Channel], Meta(min_length=1, max_length=3)] | None = None
    subject: Subject | None = None


class AppointmentConfirmationRequest(SendingRequest, frozen=True, kw_only=True):
    """The appointment to confirm.

    Attributes:
        artist_name: Name of the artist.
            Example: Ada Ink
        service_name: Name of the service.
            Example: Small tattoo
        starts_at: Start of the appointment, shown in `timeZone`.
        location: Address of the appointment.
            Example: 1 Main Street
        notes: Advice to the client.
            Example: Eat something before.
    """

    artist_name: Annotated[FilledLine, Meta(max_length=100)]
    service_name: Annotated[FilledLine, Meta(max_length=100)]
    starts_at: Instant
    time_zone: Annotated[TimeZone, Meta(min_length=1, max_length=64)]
    location: Annotated[Line, Meta(max_length=200)] | None = None
    notes: Annotated[str, Meta(max_length=1_000)] | None = None


class AcceptedNotification(Output, frozen=True):
    """A notification that will be sent.

    Attributes:
        status_url: Path of the API that shows the status of its deliveries.
            Example: /v1/notifications/ntf_01JD2Z5Q0V8XKM3F7T9B4N6RWC
    """

    id: NotificationId
    status_url: str


class TimelineStep(Output, frozen=True):
    """A change of a delivery's status.

    Attributes:
        status: The new status.
            Example: failed
        at: Instant of the change.
        detail: Answer of the provider, or the reason in one word; may be empty.
            Example: smtp 550
    """

    status: DeliveryStatus
    at: Instant
    detail: str


class DeliveryDetails(Output, frozen=True):
    """The state of one message of a notification.

    Attributes:
        channel: Channel of the message.
            Example: email
        to: Address of the recipient, masked for others than admins and the recipient; null for push
            messages and once it is erased.
            Example: a…@example.com
        category: Purpose of the message.
            Example: transactional
        template: Template that the message was rendered from, if any.
        status: Status of the message.
            Example: failed
        reason: Why it was not sent, in one word.
            Example: rejected
        retryable: Whether an operator can send it again.
            Example: false
        attempts: Number of attempts to send it.
            Example: 1
        timeline: Every change of the status, oldest first.
    """

    id: DeliveryId
    channel: Channel
    to: str | None
    category: MessageCategory
    template: TemplateVersion | None
    status: DeliveryStatus
    reason: str | None
    retryable: bool
    attempts: int
    timeline: list[TimelineStep]


class NotificationDetails(Output, frozen=True):
    """The state of a notification.

    Attributes:
        created_at: Instant of the request or event.
        send_at: Instant at which it will be sent; null for at once.
            Example: null
        deliveries: Its messages: one per channel, and one per browser.
    """

    id: NotificationId
    created_at: Instant
    send_at: Instant | None
    deliveries: list[DeliveryDetails]


class DeliveryOrder(msgspec.Struct, frozen=True, rename="camel"):
    """A message on the queue of a channel."""

    delivery_id: str


# ---- inbox -------------------------------------------------------------------------------------


class InboxQuery(Input, frozen=True):
    """A page of the inbox.

    Attributes:
        unread: Whether to list unread entries only.
    """

    limit: PageSize = 50
    cursor: Cursor | None = None
    unread: bool = False


class InboxItem(Output, frozen=True):
    """An entry of the inbox.

    Attributes:
        title: Title of the notification.
            Example: New booking
        body: Text of the notification, shortened.
            Example: Small tattoo for Robin, Thu 31 Jan 2030, 14:30
        url: Page that it is about: a path of the frontend or an `https` address.
            Example: /appointments/apt_01JD2Z5Q0V8XKM3F7T9B4N6RWC
        category: Purpose of the notification.
            Example: transactional
        template: Name of the template that it was rendered from.
            Example: new-booking
        at: Instant of the notification; of a conversation, of its newest message.
        is_read: Whether it is read.
            Example: false
        count: Number of unread messages of a conversation, where 100 means 100 or more; else 1.
            Example: 1
        actions: Actions that can be done with one tap, at most two.
    """

    id: InboxEntryId
    title: str
    body: str
    url: str | None
    category: MessageCategory
    template: str | None
    at: Instant
    is_read: bool
    count: int
    actions: list[NotificationAction]


class InboxList(Output, frozen=True):
    """A page of the inbox.

    Attributes:
        items: Entries, newest first.
    """

    items: list[InboxItem]
    next_cursor: NextCursor


class InboxUnreadCount(Output, frozen=True):
    """The number of unread entries.

    Attributes:
        total: Number of unread entries, counted to 100.
            Example: 3
        more: Whether there are more than were counted.
            Example: false
    """

    total: int
    more: bool


class MarkInboxReadRequest(Input, frozen=True):
    """The entries to mark read.

    Attributes:
        until: `at` of the newest entry that was shown, so that no later one is marked.
    """

    until: Instant


# ---- templates ---------------------------------------------------------------------------------


class NotificationTemplateRequest(Input, frozen=True, kw_only=True):
    """A template to save. The same name and locale again make its next version.

    Attributes:
        name: Name of the template; a system template's name replaces that template.
            Example: aftercare-first-day
        kind: Occasion of its messages; `birthday` and `promotional` are promotional messages.
        locale: Language of the template.
            Example: en
        variables: Variables that the bodies use.
        bodies: Texts in Liquid, one body per channel.
    """

    name: TemplateName
    kind: TemplateKind
    locale: Locale = "en"
    variables: Annotated[list[TemplateVariable], Meta(max_length=50)] = msgspec.field(
        default_factory=list
    )
    bodies: TemplateBodies


class NotificationTemplate(Output, frozen=True):
    """A version of a template.

    Attributes:
        owner: Id of the user whose template it is, or `system`.
            Example: system
        kind: Occasion of its messages.
        version: Number of the version; 0 for the templates that we ship.
            Example: 2
        variables: Variables that the bodies use.
        bodies: Texts in Liquid, one body per channel.
        created_at: Instant at which it was saved; null for the templates that we ship.
    """

    id: TemplateId
    owner: str
    name: TemplateName
    kind: TemplateKind
    locale: Locale
    version: int
    variables: tuple[TemplateVariable, ...]
    bodies: TemplateBodies
    created_at: Instant | None


class TemplateListQuery(Input, frozen=True):
    """A page of the templates."""

    limit: PageSize = 50
    cursor: Cursor | None = None


class TemplateList(Output, frozen=True):
    """A page of templates.

    Attributes:
        items: Templates by name, the newest version of each.
    """

    items: list[NotificationTemplate]
    next_cursor: NextCursor


# ---- contacts and push subscriptions -----------------------------------------------------------


class PhoneVerificationRequest(Input, frozen=True):
    """The phone number to verify."""

    phone: PhoneNumber


class PhoneCodeRequest(Input, frozen=True):
    """The code that verifies a phone number.

    Attributes:
        code: Six digits from the SMS.
            Example: "123456"
    """

    code: Annotated[str, Meta(pattern=r"^\d{6}$")]


class ContactDetails(Output, frozen=True):
    """The addresses of the caller.

    Attributes:
        email: Verified email address.
            Example: ada@example.com
        phone: Verified phone number (E.164).
            Example: "+61491570156"
        push_subscriptions: Number of browsers that receive push messages.
            Example: 1
    """

    email: str | None
    phone: str | None
    push_subscriptions: int


class PushSubscriptionKeys(Input, frozen=True):
    """The keys of a browser (RFC 8291) in base64url.

    Attributes:
        p256dh: Public key.
        auth: Authentication secret of 16 bytes.
            Example: BTBZMqHH6r4Tts7J_aSIgg
    """

    p256dh: Annotated[PublicKey, Meta(max_length=120)]
    auth: Annotated[str, Meta(max_length=40)]


class PushSubscriptionRequest(Input, frozen=True):
    """A browser to receive push messages, as `PushSubscription.toJSON()` describes it.

    Attributes:
        keys: Keys of the browser.
        expiration_time: Ignored; allowed because browsers send it.
            Example: 1893456000000
    """

    endpoint: PushEndpoint
    keys: PushSubscriptionKeys
    expiration_time: float | None = None


class UnsubscribeRequest(Input, frozen=True):
    """The browser to unsubscribe."""

    endpoint: PushEndpoint


class PushSubscriptionDetails(Output, frozen=True):
    """A browser that receives push messages for the caller.

    Attributes:
        id: Id of the subscription.
            Example: sub_3f786850e387550fdab836ed7e6dc881
    """

    id: str
    endpoint: PushEndpoint


class VapidPublicKey(Output, frozen=True):
    """The key that push messages are signed with (RFC 8292).

    Attributes:
        public_key: `applicationServerKey` for `PushManager.subscribe()`.
    """

    public_key: PublicKey
