"""SMS by Twilio."""

import msgspec
from requests import RequestException
from twilio.base.exceptions import (
    TwilioException,
    TwilioRestException,
    TwilioServiceException,
)
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client

from notifications.channels import TIMEOUT_SECONDS, Rejected, Throttled, Unavailable
from notifications.channels.breaker import Breaker
from notifications.channels.settings import from_secret
from notifications.models import Delivery, SmsContent

_breaker = Breaker("twilio")


class TwilioSettings(msgspec.Struct, frozen=True, rename="upper"):
    """The secret `twilio`. The base URL is Twilio's own unless given."""

    twilio_account_sid: str
    twilio_auth_token: str
    twilio_phone_number: str
    twilio_api_base_url: str | None = None


class Texter:
    """Sends SMS. Twilio knows no idempotency key: a crash before we note it may send one twice."""

    def __init__(self) -> None:
        self._client: Client | None = None

    def send(self, delivery: Delivery) -> str | None:
        """Hand the SMS to Twilio; its message SID."""
        return _breaker.call(self._send, delivery)

    def _send(self, delivery: Delivery) -> str | None:
        settings = from_secret("twilio", TwilioSettings)
        content = delivery.content
        assert isinstance(content, SmsContent)
        try:
            message = self._connected(settings).messages.create(
                to=delivery.address, from_=settings.twilio_phone_number, body=content.text
            )
        except (TwilioRestException, TwilioServiceException) as error:
            raise failure(error.status, error.code) from error
        except (TwilioException, RequestException) as error:
            raise Unavailable(type(error).__name__) from error
        sid: str | None = message.sid
        return sid

    def _connected(self, settings: TwilioSettings) -> Client:
        if self._client is None:
            self._client = Client(
                settings.twilio_account_sid,
                settings.twilio_auth_token,
                http_client=TwilioHttpClient(timeout=TIMEOUT_SECONDS),
            )
            if settings.twilio_api_base_url:
                self._client.api.base_url = settings.twilio_api_base_url
        return self._client


def failure(status: int, code: int | None) -> Exception:
    """What Twilio's HTTP status and error code (21211: no such number) mean for us."""
    detail = f"twilio {code or status}"
    if status == 429:
        return Throttled(detail)
    # A refused login is no fault of this SMS: it can go once an operator mended it.
    return Unavailable(detail) if status >= 500 or status == 401 else Rejected(detail)
