"""Messages that Twilio refuses to send, and its errors."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal

from infra.local.standins import status_callbacks
from infra.local.standins.http import Response, json_response
from infra.local.standins.text_messages import Status

E164 = re.compile(r"\+[1-9]\d{1,14}")

# A phone number or an alphanumeric sender ID:
# https://www.twilio.com/docs/glossary/what-alphanumeric-sender-id
_SENDER = re.compile(r"\+[1-9]\d{1,14}|[A-Za-z0-9 ]{1,11}")

_MAX_BODY_CHARACTERS = 1600

# Numbers that always fail: https://www.twilio.com/docs/iam/test-credentials#test-sms-messages
_MAGIC_RECIPIENTS = {
    "+15005550001": (21211, "Invalid 'To' Phone Number: {}"),
    "+15005550002": (21612, "The 'To' phone number {} is not currently reachable via SMS"),
    "+15005550003": (21408, "Permission to send an SMS has not been enabled for {}"),
    "+15005550004": (21610, "Attempt to send to unsubscribed recipient"),
    "+15005550009": (21614, "'To' number is not a valid mobile number: {}"),
}
# Numbers of our own that are accepted and not reached, with the error code of the status callback:
# https://www.twilio.com/docs/api/errors
_UNREACHABLE_RECIPIENTS: Mapping[str, tuple[Literal["undelivered", "failed"], int]] = {
    "+15005553003": ("undelivered", 30003),  # the phone is off
    "+15005553005": ("undelivered", 30005),  # the number is not in service
    "+15005553006": ("undelivered", 30006),  # a landline
    "+15005553007": ("undelivered", 30007),  # a carrier filtered it
    "+15005553008": ("failed", 30008),  # the carrier does not say why
}
_MAGIC_SENDERS = {
    "+15005550001": (21212, "Invalid 'From' Phone Number: {}"),
    "+15005550007": (21606, "The 'From' phone number {} is not a valid SMS-capable number"),
    "+15005550008": (21611, "The queue of the 'From' number {} is full"),
}


class TwilioError(Exception):
    """Error as Twilio reports it: https://www.twilio.com/docs/usage/twilios-response."""

    def __init__(
        self, status: int, code: int, message: str, *, retry_after: int | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.retry_after = retry_after

    def response(self) -> Response:
        """Return the response."""
        details = {
            "code": self.code,
            "message": self.message,
            "more_info": f"https://www.twilio.com/docs/errors/{self.code}",
            "status": self.status,
        }
        headers = {} if self.retry_after is None else {"Retry-After": str(self.retry_after)}
        return json_response(details, self.status, headers)


def find_end(recipient: str) -> tuple[Status, int | None]:
    """Return the last status of a message to a number, and its error code if it fails."""
    return _UNREACHABLE_RECIPIENTS.get(recipient, ("delivered", None))


def not_found(what: str) -> TwilioError:
    """Return 404: there is no such account or message."""
    return TwilioError(404, 20404, f"The requested resource {what} was not found")


def unsubscribed() -> TwilioError:
    """Return 400: the recipient replied STOP."""
    return TwilioError(400, 21610, "Attempt to send to unsubscribed recipient")


def check(form: Mapping[str, str]) -> None:
    """Raise the TwilioError for a request that Twilio would refuse, if any.

    Fields: https://www.twilio.com/docs/messaging/api/message-resource#create-a-message-resource
    """
    to, sender, body = (form.get(name, "") for name in ("To", "From", "Body"))
    if not to:
        raise TwilioError(400, 21604, "A 'To' phone number is required.")
    if not sender:
        raise TwilioError(400, 21603, "A 'From' phone number is required.")
    if not body:
        raise TwilioError(400, 21602, "Message body is required.")
    if len(body) > _MAX_BODY_CHARACTERS:
        raise TwilioError(400, 21617, "The message body exceeds the 1600 character limit.")
    if to in _MAGIC_RECIPIENTS:
        code, message = _MAGIC_RECIPIENTS[to]
        raise TwilioError(400, code, message.format(to))
    if sender in _MAGIC_SENDERS:
        code, message = _MAGIC_SENDERS[sender]
        raise TwilioError(400, code, message.format(sender))
    if not E164.fullmatch(to):
        raise TwilioError(400, 21211, f"Invalid 'To' Phone Number: {to}")
    if not _SENDER.fullmatch(sender):
        raise TwilioError(400, 21212, f"Invalid 'From' Phone Number: {sender}")
    callback = form.get("StatusCallback")
    if callback is not None and not status_callbacks.is_callable(callback):
        raise TwilioError(400, 21609, f"The 'StatusCallback' URL {callback} is not valid.")
