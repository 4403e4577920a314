"""SMS through Twilio."""

import msgspec
from requests import RequestException
from twilio.base.exceptions import (
    TwilioException,
    TwilioRestException,
    TwilioServiceException,
)
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client

from notifications.channels import (
    TIMEOUT_SECONDS,
    ProviderError,
    ProviderUnavailable,
    Rejected,
    Throttled,
)
from notifications.channels import settings as provider_settings
from notifications.channels.breaker import Breaker
from notifications.models import Delivery, SmsContent

_breaker = Breaker("twilio")


class TwilioSettings(msgspec.Struct, frozen=True, rename="upper"):
    """The secret `twilio`. The base URL is Twilio's own by default."""

    twilio_account_sid: str
    twilio_auth_token: str
    twilio_phone_number: str
    twilio_api_base_url: str | None = None


class TwilioProvider:
    """The provider of SMS.

    Twilio has no idempotency keys: after a crash before the result is saved, an SMS is sent twice.
    """

    def __init__(self) -> None:
        self._client: Client | None = None

    def send(self, delivery: Delivery) -> str | None:
        """Send an SMS and return its message SID."""
        return _breaker.call(self._send, delivery)

    def _send(self, delivery: Delivery) -> str | None:
        settings = provider_settings.load("twilio", TwilioSettings)
        content = delivery.content
        assert isinstance(content, SmsContent)
        try:
            message = self._get_client(settings).messages.create(
                to=delivery.address, from_=settings.twilio_phone_number, body=content.text
            )
        except (TwilioRestException, TwilioServiceException) as error:
            raise convert_status(error.status, error.code) from error
        except (TwilioException, RequestException) as error:
            raise ProviderUnavailable(type(error).__name__) from error
        sid: str | None = message.sid
        return sid

    def _get_client(self, settings: TwilioSettings) -> Client:
        if self._client is None:
            self._client = Client(
                settings.twilio_account_sid,
                settings.twilio_auth_token,
                http_client=TwilioHttpClient(timeout=TIMEOUT_SECONDS),
            )
            if settings.twilio_api_base_url:
                self._client.api.base_url = settings.twilio_api_base_url
        return self._client


def convert_status(status: int, code: int | None) -> ProviderError:
    """Convert Twilio's HTTP status and error code (21211: no such number) to an error."""
    detail = f"twilio {code or status}"
    if status == 429:
        return Throttled(detail)
    # A refused login is no fault of this SMS: it can be sent once that is repaired.
    is_temporary = status >= 500 or status == 401
    return ProviderUnavailable(detail) if is_temporary else Rejected(detail)
