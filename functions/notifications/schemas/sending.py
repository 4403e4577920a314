"""Requests to send messages, and what became of them."""

from typing import Annotated

import msgspec
from msgspec import Meta

from domain.types import REQUESTED_URL, FilledLine, FilledText, Instant, Line, TimeZone
from notifications.models import (
    Channel,
    DeliveryStatus,
    MessageCategory,
    SmsSize,
    TemplateValue,
    TemplateVersion,
    VariableName,
)
from notifications.schemas.fields import (
    DataName,
    DeliveryId,
    Locale,
    NotificationId,
    PhoneNumber,
    RecipientEmail,
    RecipientId,
    SmsText,
    Subject,
    TemplateName,
    Text,
)
from shared.http.decoding import Input, Output


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
        throttle_key: Of the messages that you send to a user with the same key, they get the first
            in 24 hours; later ones are suppressed.
            Example: null
    """

    user_id: RecipientId | None = None
    send_at: Instant | None = None
    throttle_key: Annotated[str, Meta(pattern=r"^[\w-]{1,64}$")] | None = None


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
    url: (
        Annotated[
            str, REQUESTED_URL, Meta(max_length=1_000, pattern=r"^(https://[^\s/]|/(?![/\\]))\S*$")
        ]
        | None
    ) = None
    data: dict[DataName, Annotated[str, Meta(max_length=1_000)]] = msgspec.field(
        default_factory=dict
    )


class NotificationRequest(WritingRequest, frozen=True, kw_only=True):
    """A message to send through every channel that leads to the user.

    Attributes:
        channels: Only these channels, as far as they lead to the user.
            Example: ["email", "push"]
        message: Another name of `text`. If both are given, they must be the same.
            Example: null
    """

    channels: Annotated[list[Channel], Meta(min_length=1, max_length=3)] | None = None
    subject: Subject | None = None
    message: Text | None = None


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
            Example: booking
        template: Template that the message was rendered from, if any.
        status: Status of the message.
            Example: failed
        reason: Why it was not sent, in one word.
            Example: rejected
        retryable: Whether an operator can send it again.
            Example: false
        attempts: Number of attempts to send it.
            Example: 1
        sms: Size of an SMS; null for other messages.
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
    sms: SmsSize | None
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
