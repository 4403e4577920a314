"""Sending what callers ask for."""

from collections.abc import Collection
from datetime import datetime, timedelta

from domain.errors import FieldError, InvalidFields
from notifications.models import Channel, PushContent
from notifications.rules import local_time, phone_numbers
from notifications.rules.errors import Unreachable
from notifications.schemas import (
    Accepted,
    AppointmentConfirmationRequest,
    EmailRequest,
    PushRequest,
    SendingRequest,
    SendRequest,
    SmsRequest,
    normalized,
)
from notifications.templates import rendering
from notifications.use_cases import composer, dispatch, recipients, templates
from notifications.use_cases.dispatch import Message
from notifications.use_cases.recipients import Recipient
from shared.http.caller import Caller

FARTHEST = timedelta(days=366)  # `sendAt` lies at most a year ahead
APPOINTMENT_CONFIRMATION = "appointment-confirmation"


def email(caller: Caller, request: EmailRequest, now: datetime) -> Accepted:
    """Send a mail.

    Raises a 403 Problem for a recipient the caller may not reach, a 409 one where there is no way
    to them, a 422 one naming the wrong fields; so do all functions here.
    """
    if request.text is not None and request.subject is None:
        raise InvalidFields(FieldError("body.subject", "is required with text"))
    to = None if request.to is None else normalized(request.to)
    recipient = _recipient(caller, request, Channel.EMAIL, to)
    message = composer.message(caller, request, request.subject, (Channel.EMAIL,))
    return _send(caller, request, message, recipient, now)


def sms(caller: Caller, request: SmsRequest, now: datetime) -> Accepted:
    """Send an SMS."""
    to = None if request.to is None else phone_numbers.e164(request.to, "body.to")
    recipient = _recipient(caller, request, Channel.SMS, to)
    message = composer.message(caller, request, None, (Channel.SMS,))
    return _send(caller, request, message, recipient, now)


def push(caller: Caller, request: PushRequest, now: datetime) -> Accepted:
    """Send a push message to all browsers of the user."""
    recipient = recipients.user(caller, request.user_id, (Channel.PUSH,))
    title = rendering.one_line(request.title)
    content = PushContent(title, request.body, request.url, request.data)
    return _send(caller, request, Message({Channel.PUSH: content}), recipient, now)


def to_user(caller: Caller, request: SendRequest, now: datetime) -> Accepted:
    """Send through every channel that leads to the user, or those asked for that do."""
    channels: Collection[Channel] = request.channels or tuple(Channel)
    recipient = recipients.user(caller, request.user_id, channels)
    message = composer.message(caller, request, request.subject, channels)
    return _send(caller, request, message, recipient, now)


def appointment_confirmation(
    caller: Caller, request: AppointmentConfirmationRequest, now: datetime
) -> Accepted:
    """Send the appointment's particulars through every channel that leads to the user."""
    starts_at = local_time.local(request.starts_at, request.time_zone)
    given = {
        "artistName": request.artist_name,
        "serviceName": request.service_name,
        "startsAt": starts_at.isoformat(),
        "timeZone": request.time_zone,
        "location": request.location,
        "notes": request.notes,
    }
    recipient = recipients.user(caller, request.user_id, tuple(Channel))
    template = templates.by_name(templates.owner_of(caller), APPOINTMENT_CONFIRMATION, None)
    variables = {name: value for name, value in given.items() if value is not None}
    message = composer.from_template(template, variables, tuple(Channel))
    return _send(caller, request, message, recipient, now)


def accepted(notification_id: str) -> Accepted:
    """The answer to whoever asked for the notification."""
    return Accepted(notification_id, f"/v1/notifications/{notification_id}")


def _recipient(
    caller: Caller, request: SendingRequest, channel: Channel, to: str | None
) -> Recipient:
    if to is None:
        return recipients.user(caller, request.user_id, (channel,))
    if request.user_id is not None:
        raise InvalidFields(FieldError("body.to", "does not go with userId"))
    return recipients.address(caller, channel, to)


def _send(
    caller: Caller, request: SendingRequest, message: Message, recipient: Recipient, now: datetime
) -> Accepted:
    occasion = dispatch.requested(caller.user_id, send_at=_send_at(request.send_at, now))
    if not dispatch.leads_anywhere(message, recipient):
        raise Unreachable("No channel of this message leads to the recipient.")
    dispatch.dispatch(message, recipient, occasion, now)
    return accepted(occasion.notification_id)


def _send_at(asked: datetime | None, now: datetime) -> datetime | None:
    if asked is None or asked <= now:
        return None
    if asked > now + FARTHEST:
        raise InvalidFields(FieldError("body.sendAt", "must be at most a year ahead"))
    return asked
