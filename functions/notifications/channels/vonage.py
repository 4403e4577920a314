"""SMS through Vonage, which takes what Twilio could not.

https://developer.vonage.com/en/api/sms
"""

import re
from base64 import b64encode
from functools import lru_cache
from urllib.parse import urlencode

import msgspec

from notifications.channels import (
    NotSupported,
    Provider,
    ProviderError,
    ProviderUnavailable,
    Rejected,
    SenderRefused,
    Throttled,
    Unanswered,
    breaker,
)
from notifications.channels import settings as provider_settings
from notifications.models import Delivery, SmsContent
from notifications.rules import sms_segments
from shared.platform import clock, retry_after
from shared.platform.config import Common, from_environment
from shared.platform.outside_calls import Answer, CallFailed, Connections, Guard

NAME = "vonage"
MAX_ANSWER_BYTES = 64 * 1024
ANSWER_SECONDS = 15.0
DEADLINE_SECONDS = 20.0

# Statuses of a message: https://developer.vonage.com/en/messaging/sms/guides/troubleshooting-sms
_ACCEPTED = "0"
_THROTTLED = {"1", "10"}
_UNAVAILABLE = {"5", "13"}
# Wrong credentials, a barred account or one without credit, a sender that is not ours.
_OF_SENDER = {"4", "8", "9", "11", "14", "15", "32", "33"}
_NOT_SUPPORTED = {"2", "3", "22", "29"}  # of our request or account, so another may take it


class VonageSettings(msgspec.Struct, frozen=True, rename="upper"):
    """The second provider of the secret `twilio`.

    Attributes:
        vonage_from: Number (E.164) or name that the SMS come from.
    """

    vonage_api_key: str
    vonage_api_secret: str
    vonage_from: str
    vonage_api_base_url: str = "https://rest.nexmo.com"


class _Part(msgspec.Struct, frozen=True, rename="kebab"):
    """One segment of a message, as Vonage answers."""

    status: str
    message_id: str | None = None


class _Parts(msgspec.Struct, frozen=True):
    messages: list[_Part]


class VonageProvider(Provider):
    """Vonage. It has no idempotency keys, and cannot be asked: its receipts say what was sent."""

    needed_seconds = 25  # the deadline of a call, and for saving its result

    def send(self, delivery: Delivery) -> str | None:
        """Send an SMS and return the id of its first segment."""
        return breaker.get(NAME).call(self._send, delivery)

    def _send(self, delivery: Delivery) -> str | None:
        settings = provider_settings.load("twilio", VonageSettings)
        content = delivery.content
        assert isinstance(content, SmsContent)
        is_gsm = sms_segments.measure(content.text).encoding == "gsm-7"
        form = {
            "from": settings.vonage_from.removeprefix("+"),
            "to": delivery.address.removeprefix("+"),
            "text": content.text,
            "type": "text" if is_gsm else "unicode",
            "client-ref": delivery.id,
        }
        credentials = f"{settings.vonage_api_key}:{settings.vonage_api_secret}".encode()
        try:
            answer = _connections().call(
                f"{settings.vonage_api_base_url}/sms/json",
                method="POST",
                headers={
                    "Authorization": f"Basic {b64encode(credentials).decode()}",
                    "Content-Type": "application/x-www-form-urlencoded",
                },
                body=urlencode(form).encode(),
            )
        except CallFailed as error:
            detail = f"{NAME} {error.failure.name.lower()}"
            raise Unanswered(detail) if error.was_sent else ProviderUnavailable(detail) from error
        return _read(answer)


def _read(answer: Answer) -> str | None:
    """Return the id of a message that was accepted.

    A message of several segments of which one is accepted counts as accepted: sent again, that
    one would arrive twice.
    """
    wait = retry_after.parse(answer.headers.get("retry-after"), clock.now())
    if answer.status != 200:
        raise convert_http_status(answer.status, wait)
    try:
        parts = msgspec.json.decode(answer.body, type=_Parts).messages
    except msgspec.DecodeError as error:
        raise Unanswered(f"{NAME} not_readable") from error
    for part in parts:
        if part.status == _ACCEPTED:
            return part.message_id
    raise convert_status(parts[0].status if parts else "", wait)


def convert_http_status(status: int, after_seconds: int) -> ProviderError:
    """Convert an HTTP status that is no success to an error."""
    detail = f"{NAME} http {status}"
    if status == 429:
        return Throttled(detail, after_seconds)
    if status in (401, 402, 403):
        return SenderRefused(detail, after_seconds)
    if status in (502, 504):  # a gateway's answer: what is behind it may have taken the message
        return Unanswered(detail)
    return ProviderUnavailable(detail, after_seconds) if status >= 500 else NotSupported(detail)


def convert_status(status: str, after_seconds: int = 0) -> ProviderError:
    """Convert the status of a message (6: the number or the text is refused) to an error."""
    detail = f"{NAME} {status}" if re.fullmatch(r"\d{1,3}", status) else NAME
    if status in _THROTTLED:
        return Throttled(detail, after_seconds)
    if status in _UNAVAILABLE:
        return ProviderUnavailable(detail, after_seconds)
    if status in _OF_SENDER:
        return SenderRefused(detail, after_seconds)
    return NotSupported(detail) if status in _NOT_SUPPORTED else Rejected(detail)


@lru_cache
def _connections() -> Connections:
    """Return the connections to Vonage of this container."""
    guard = Guard(
        max_bytes=MAX_ANSWER_BYTES,
        deadline_seconds=DEADLINE_SECONDS,
        answer_seconds=ANSWER_SECONDS,
        allows_loopback=from_environment(Common).environment == "local",
    )
    return Connections(guard)
