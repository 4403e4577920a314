"""Notification requests: the messages that callers of the API send."""

from collections.abc import Collection
from datetime import datetime, timedelta

import msgspec

from domain import quotation
from domain.errors import FieldError, InvalidFields
from notifications.channels import settings
from notifications.models import CategoryChoices, Channel, MessageCategory, PushContent, Throttle
from notifications.rules import email_addresses, local_time, phone_numbers, throttling
from notifications.rules.errors import ChannelNotConfigured, Unreachable
from notifications.schemas import (
    AcceptedNotification,
    AppointmentConfirmationRequest,
    EmailRequest,
    NotificationRequest,
    PushRequest,
    SendingRequest,
    SmsRequest,
)
from notifications.templates import rendering
from notifications.use_cases import (
    brands,
    bylines,
    composer,
    dispatch,
    recipients,
    sms_costs,
    templates,
)
from notifications.use_cases.dispatch import Cause, OutgoingMessage
from notifications.use_cases.recipients import Recipient
from shared.http.caller import Caller, Role

MAX_DELAY = timedelta(days=366)  # `sendAt` is at most a year ahead
APPOINTMENT_CONFIRMATION = "appointment-confirmation"


def send_email(caller: Caller, request: EmailRequest, now: datetime) -> AcceptedNotification:
    """Send a mail.

    The functions for the other channels raise the same errors.

    Raises:
        Forbidden: The caller may not send to the recipient.
        InvalidFields: Names the wrong fields.
        SessionEnded: The caller's account was deleted.
        Unreachable: No channel of the message leads to the recipient.
        ChannelNotConfigured: None of those that do has a provider here.
    """
    if request.text is not None and request.subject is None:
        raise InvalidFields(FieldError("body.subject", "is required with text"))
    to = None if request.to is None else _check_email(request.to)
    recipient = _get_recipient(caller, request, Channel.EMAIL, to)
    message = composer.compose(caller, request, request.subject, (Channel.EMAIL,), recipient.locale)
    return _send(caller, request, message, recipient, now, are_channels_named=True)


def send_sms(caller: Caller, request: SmsRequest, now: datetime) -> AcceptedNotification:
    """Send an SMS."""
    to = None if request.to is None else phone_numbers.normalize(request.to, "body.to")
    recipient = _get_recipient(caller, request, Channel.SMS, to)
    message = composer.compose(caller, request, None, (Channel.SMS,), recipient.locale)
    return _send(caller, request, message, recipient, now, are_channels_named=True)


def send_push(caller: Caller, request: PushRequest, now: datetime) -> AcceptedNotification:
    """Send a push message to all browsers of the user."""
    recipient = recipients.get_user(caller, request.user_id, (Channel.PUSH,))
    title = rendering.to_one_line(request.title)
    content = PushContent(title, request.body, request.url, request.data)
    message = OutgoingMessage({Channel.PUSH: content})
    return _send(caller, request, message, recipient, now, are_channels_named=True)


def send(caller: Caller, request: NotificationRequest, now: datetime) -> AcceptedNotification:
    """Send a message through the channels that the user wants, or those requested.

    Of both, only those that lead to the user. The guide calls the text `message`.
    """
    request = _read_message(request)
    channels: Collection[Channel] = request.channels or tuple(Channel)
    recipient = recipients.get_user(caller, request.user_id, channels)
    message = composer.compose(caller, request, request.subject, channels, recipient.locale)
    are_named = request.channels is not None
    return _send(caller, request, message, recipient, now, are_channels_named=are_named)


def send_appointment_confirmation(
    caller: Caller, request: AppointmentConfirmationRequest, now: datetime
) -> AcceptedNotification:
    """Send the details of an appointment through every channel that leads to the user."""
    starts_at = local_time.convert(request.starts_at, request.time_zone)
    values: dict[str, str | datetime | None] = {
        "artistName": quotation.quote(request.artist_name),
        "serviceName": quotation.quote(request.service_name),
        "startsAt": starts_at,
        "timeZone": request.time_zone,
        "location": quotation.quote(request.location or "", quotation.MAX_PLACE) or None,
        "notes": quotation.quote_lines(request.notes or "") or None,
    }
    recipient = recipients.get_user(caller, request.user_id, tuple(Channel))
    variables = {name: value for name, value in values.items() if value is not None}
    message = composer.compose_from_system_template(
        APPOINTMENT_CONFIRMATION,
        variables,
        tuple(Channel),
        MessageCategory.BOOKING,
        locale=recipient.locale,
        artist_id=templates.get_owner(caller),
    )
    message = composer.lead_to_page(message, recipient.locale)
    return _send(caller, request, message, recipient, now)


def present(notification_id: str) -> AcceptedNotification:
    """Return the response to the request of a notification."""
    return AcceptedNotification(notification_id, f"/v1/notifications/{notification_id}")


def _get_recipient(
    caller: Caller, request: SendingRequest, channel: Channel, to: str | None
) -> Recipient:
    if to is None:
        return recipients.get_user(caller, request.user_id, (channel,))
    if request.user_id is not None:
        raise InvalidFields(FieldError("body.to", "does not go with userId"))
    return recipients.get_address(caller, channel, to)


def _send(
    caller: Caller,
    request: SendingRequest,
    message: OutgoingMessage,
    recipient: Recipient,
    now: datetime,
    *,
    are_channels_named: bool = False,
) -> AcceptedNotification:
    cause = Cause.from_request(
        caller.user_id,
        send_at=_check_send_at(request.send_at, now),
        are_channels_named=are_channels_named,
        studio_defaults=None if are_channels_named else _find_studio_defaults(caller, recipient),
        throttle=_find_throttle(caller, request.throttle_key),
    )
    signed = bylines.add(caller, request.user_id, message, recipient.locale)
    if request.user_id not in (None, caller.user_id) and not caller.is_admin:
        signed = brands.apply(signed, caller.user_id)
    return send_to(recipient, signed, cause, now)


def send_to(
    recipient: Recipient, message: OutgoingMessage, cause: Cause, now: datetime
) -> AcceptedNotification:
    """Send a message that a caller asked for.

    Raises:
        Unreachable: No channel of the message leads to the recipient.
        ChannelNotConfigured: None of those that do has a provider here.
    """
    if not dispatch.is_reachable(recipient, message):
        raise Unreachable("No channel of this message leads to the recipient.")
    leading = [channel for channel in message.contents if recipient.addresses.get(channel)]
    if not any(map(settings.is_configured, leading)):
        names = ", ".join(leading)
        raise ChannelNotConfigured(f"This environment has no provider for {names}.")
    if cause.send_at is None and cause.requester_id is not None:
        sms_costs.check_request(cause.requester_id, message, recipient, now)
    dispatch.dispatch(message, recipient, cause, now)
    return present(cause.notification_id)


def _find_throttle(caller: Caller, key: str | None) -> Throttle | None:
    return None if key is None else throttling.limit_requests(caller.user_id, key)


def _check_email(to: str) -> str:
    address = email_addresses.normalize(to)
    if email_addresses.parse(address) is None:
        raise InvalidFields(FieldError("body.to", "is no address that mail can be sent to"))
    return address


def _find_studio_defaults(caller: Caller, recipient: Recipient) -> CategoryChoices | None:
    """Find the channels that an artist's studio uses for its clients."""
    if caller.role is not Role.ARTIST or recipient.user_id == caller.user_id:
        return None
    return recipients.get_contact(caller).studio_defaults


def _read_message(request: NotificationRequest) -> NotificationRequest:
    if request.message is None:
        return request
    if request.text not in (None, request.message):
        raise InvalidFields(FieldError("body.message", "must be the same as text"))
    return msgspec.structs.replace(request, text=request.message, message=None)


def _check_send_at(send_at: datetime | None, now: datetime) -> datetime | None:
    if send_at is None or send_at <= now:
        return None
    if send_at > now + MAX_DELAY:
        raise InvalidFields(FieldError("body.sendAt", "must be at most a year ahead"))
    return send_at
