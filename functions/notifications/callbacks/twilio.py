"""Callbacks of Twilio: signed forms about messages that were sent, and replies to them.

https://www.twilio.com/docs/usage/security#validating-requests
https://www.twilio.com/docs/messaging/guides/track-outbound-message-status
https://www.twilio.com/docs/messaging/guides/webhook-request
"""

import base64
import hmac
from collections.abc import Iterable
from urllib.parse import parse_qsl, urlsplit
from xml.sax.saxutils import escape

import msgspec

from domain.errors import Forbidden
from notifications.models import DeliveryStatus
from shared.platform.config import secret

STATUS_PATH = "/v1/notifications/callbacks/twilio/status"
INBOUND_PATH = "/v1/notifications/callbacks/twilio/inbound"
FORM = "application/x-www-form-urlencoded"
TWIML = "text/xml"
UNSIGNED = "This is no form that Twilio signed for this address."
MAX_FIELDS = 200  # a message with ten pictures has fewer than 60

# What Twilio says of a message, and the state of its delivery. `accepted`, `scheduled`, `queued`
# and `sending` say that Twilio has it, which is our `sent`.
STATES = {
    "accepted": DeliveryStatus.SENT,
    "scheduled": DeliveryStatus.SENT,
    "queued": DeliveryStatus.SENT,
    "sending": DeliveryStatus.SENT,
    "sent": DeliveryStatus.SENT,
    "delivered": DeliveryStatus.DELIVERED,
    "read": DeliveryStatus.DELIVERED,
    "undelivered": DeliveryStatus.BOUNCED,
    "failed": DeliveryStatus.FAILED,
    "canceled": DeliveryStatus.FAILED,
}

Fields = dict[str, list[str]]


class TwilioSecret(msgspec.Struct, frozen=True, rename="upper"):
    """The part of the secret `twilio` that callbacks need: Twilio signs with the token."""

    twilio_auth_token: str


class PostedForm(msgspec.Struct, frozen=True):
    """A form that somebody posted.

    Attributes:
        body: The body as it was sent.
        content_type: Its media type.
        signature: The header X-Twilio-Signature.
        url: The URL as API Gateway saw it; empty if it does not say.
    """

    body: bytes
    content_type: str
    signature: str
    url: str


class SmsStatus(msgspec.Struct, frozen=True):
    """What Twilio reports of a message.

    Attributes:
        sid: Twilio's id of the message.
        error_code: Why it failed, if it did.
    """

    sid: str
    state: DeliveryStatus
    error_code: int | None


class SmsReply(msgspec.Struct, frozen=True):
    """A message that somebody sent to a number of ours.

    Attributes:
        sid: Twilio's id of the message.
        sender: Their number (E.164).
        is_answered: Whether Twilio has answered it (Advanced Opt-Out); `text` is what it
            understood then.
    """

    sid: str
    sender: str
    text: str
    is_answered: bool


def get_base_url() -> str:
    """Return the base URL of the API, as Twilio calls it; empty where none is configured.

    It is that of a custom domain, or of a stage of API Gateway, such as `https://api.example`.
    """
    return secret("api").get("API_URL", "").rstrip("/")


def build_status_url(delivery_id: str) -> str | None:
    """Build the URL that Twilio reports the status of a delivery to; None without a base URL.

    It names the delivery, so that a callback finds it before the worker has saved Twilio's id. It
    needs no signature of its own: Twilio signs the URL that it calls.
    """
    base_url = get_base_url()
    return f"{base_url}{STATUS_PATH}/{delivery_id}" if base_url else None


def read_form(form: PostedForm, urls: Iterable[str], auth_token: str) -> Fields:
    """Return the fields of a form that Twilio signed.

    Args:
        form: The form.
        urls: The URLs under which this route can be called; the signature must fit one of them.
        auth_token: The token of the account.

    Raises:
        Forbidden: It is no form that Twilio signed for one of these URLs.
    """
    if form.content_type.partition(";")[0].strip().lower() != FORM:
        raise Forbidden(UNSIGNED)
    try:
        pairs = parse_qsl(form.body.decode(), keep_blank_values=True, max_num_fields=MAX_FIELDS)
    except ValueError:  # too many fields, or not UTF-8
        raise Forbidden(UNSIGNED) from None
    fields: Fields = {}
    for name, value in pairs:
        fields.setdefault(name, []).append(value)
    # Every URL is compared, whatever the others gave, so the time says nothing.
    expected = [sign(each, fields, auth_token) for url in urls for each in _list_forms(url)]
    given = form.signature.encode()
    fits = [hmac.compare_digest(each.encode(), given) for each in expected]
    if not any(fits):
        raise Forbidden(UNSIGNED)
    return fields


def sign(url: str, fields: Fields, auth_token: str) -> str:
    """Return Twilio's signature: HMAC-SHA1 of the URL and the sorted fields, in base64."""
    pairs = (name + value for name in sorted(fields) for value in sorted(set(fields[name])))
    signed = url + "".join(pairs)
    return base64.b64encode(hmac.digest(auth_token.encode(), signed.encode(), "sha1")).decode()


def read_status(fields: Fields) -> SmsStatus | None:
    """Return what a status callback reports; None for a status that we do not know."""
    state = STATES.get(_get(fields, "MessageStatus").lower())
    if state is None:
        return None
    code = _get(fields, "ErrorCode")
    return SmsStatus(_get(fields, "MessageSid"), state, int(code) if code.isdecimal() else None)


def read_reply(fields: Fields) -> SmsReply:
    """Return the message that an inbound callback brings."""
    understood = _get(fields, "OptOutType")
    return SmsReply(
        sid=_get(fields, "MessageSid"),
        sender=_get(fields, "From"),
        text=understood or _get(fields, "Body"),
        is_answered=bool(understood),
    )


def write_twiml(answer: str | None) -> str:
    """Write the response that lets Twilio send an answer, or none."""
    message = f"<Message>{escape(answer)}</Message>" if answer else ""
    return f'<?xml version="1.0" encoding="UTF-8"?><Response>{message}</Response>'


def _list_forms(url: str) -> list[str]:
    """List a URL with and without its port: Twilio signs some URLs with it and some without."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    port = parts.port or (443 if parts.scheme == "https" else 80)
    return [parts._replace(netloc=each).geturl() for each in (host, f"{host}:{port}")]


def _get(fields: Fields, name: str) -> str:
    return fields.get(name, [""])[0]
