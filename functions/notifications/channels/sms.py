"""SMS through Twilio.

The messages' resource is called through Twilio's base classes: `twilio.rest.api` describes several
hundred others, 8 MB of them, and importing it takes longer than the call.
"""

from typing import Any

import msgspec
from twilio.base.domain import Domain
from twilio.base.exceptions import (
    TwilioException,
    TwilioRestException,
    TwilioServiceException,
)
from twilio.base.version import Version
from twilio.rest import Client

from notifications.callbacks import twilio as callbacks
from notifications.channels import (
    Provider,
    ProviderError,
    ProviderUnavailable,
    Rejected,
    Throttled,
)
from notifications.channels import settings as provider_settings
from notifications.channels.breaker import Breaker
from notifications.channels.twilio_client import TwilioClient
from notifications.models import Delivery, SmsContent
from shared.platform.outside_calls import CallFailed

API_VERSION = "2010-04-01"

_breaker = Breaker("twilio")


class TwilioSettings(msgspec.Struct, frozen=True, rename="upper"):
    """The secret `twilio`."""

    twilio_account_sid: str
    twilio_auth_token: str
    twilio_phone_number: str
    twilio_api_base_url: str = "https://api.twilio.com"


class TwilioProvider(Provider):
    """The provider of SMS.

    Twilio has no idempotency keys: after a crash before the result is saved, an SMS is sent twice.
    """

    def __init__(self) -> None:
        self._api: Version | None = None

    def send(self, delivery: Delivery) -> str | None:
        """Send an SMS and return its message SID."""
        return _breaker.call(self._send, delivery)

    def _send(self, delivery: Delivery) -> str | None:
        settings = provider_settings.load("twilio", TwilioSettings)
        content = delivery.content
        assert isinstance(content, SmsContent)
        fields = {
            "To": delivery.address,
            "From": settings.twilio_phone_number,
            "Body": content.text,
        }
        status_url = callbacks.build_status_url(delivery.id)
        if status_url is not None:
            fields["StatusCallback"] = status_url
        try:
            message: dict[str, Any] = self._get_api(settings).create(
                "POST",
                f"/Accounts/{settings.twilio_account_sid}/Messages.json",
                data=fields,
            )
        except (TwilioRestException, TwilioServiceException) as error:
            raise convert_status(error.status, error.code) from error
        except CallFailed as error:
            raise ProviderUnavailable(error.failure.name.lower()) from error
        except TwilioException as error:
            raise ProviderUnavailable(type(error).__name__) from error
        sid: str | None = message.get("sid")
        return sid

    def _get_api(self, settings: TwilioSettings) -> Version:
        if self._api is None:
            client = Client(
                settings.twilio_account_sid,
                settings.twilio_auth_token,
                http_client=TwilioClient(),
            )
            self._api = Version(Domain(client, settings.twilio_api_base_url), API_VERSION)
        return self._api


def convert_status(status: int, code: int | None) -> ProviderError:
    """Convert Twilio's HTTP status and error code (21211: no such number) to an error."""
    detail = f"twilio {code or status}"
    if status == 429:
        return Throttled(detail)
    # A refused login is no fault of this SMS: it can be sent once that is repaired.
    is_temporary = status >= 500 or status == 401
    return ProviderUnavailable(detail) if is_temporary else Rejected(detail)
