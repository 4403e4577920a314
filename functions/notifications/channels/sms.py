"""SMS through Twilio.

The messages' resource is called through Twilio's base classes: `twilio.rest.api` describes several
hundred others, 8 MB of them, and importing it takes longer than the call.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
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
    NOT_ASKABLE,
    NotSupported,
    Outcome,
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
from notifications.channels.twilio_client import TwilioClient
from notifications.models import Delivery, DeliveryStatus, SmsContent
from notifications.store import deliveries
from shared.platform import clock, retry_after
from shared.platform.outside_calls import CallFailed

NAME = "twilio"
API_VERSION = "2010-04-01"

# A message that Twilio has is listed within a minute, and clocks differ by less.
LISTED_AFTER = timedelta(seconds=60)
_PAGE_SIZE = 100
_LOST_STATUSES = {"failed", "canceled", "undelivered"}

# Codes that are about our account or number, whoever the recipient is, and of what another
# provider may do: https://www.twilio.com/docs/api/errors
_OF_SENDER = {20003, 20005, 20008, 21212, 21603, 21606, 21660, 30002}
_OF_ACCOUNT_SETTINGS = {21408, 21612}  # countries that are switched off, or not reached
_OF_RATE = {20429, 14107, 21611, 63038}
_OF_GATEWAY = {502, 504}  # a gateway's answer: what is behind it may have taken the message


class TwilioSettings(msgspec.Struct, frozen=True, rename="upper"):
    """The secret `twilio`."""

    twilio_account_sid: str
    twilio_auth_token: str
    twilio_phone_number: str
    twilio_api_base_url: str = "https://api.twilio.com"


class TwilioProvider(Provider):
    """Twilio.

    It has no idempotency keys: an SMS whose fate is unknown is looked up before it is sent again.
    """

    needed_seconds = 25  # the deadline of a call, and for saving its result

    def __init__(self) -> None:
        self._client = TwilioClient()
        self._api: Version | None = None

    def send(self, delivery: Delivery) -> str | None:
        """Send an SMS and return its message SID."""
        return breaker.get(NAME).call(self._send, delivery)

    def find(self, delivery: Delivery) -> Outcome | None:
        """Look an SMS up by its number and text; Twilio's list can be filtered by numbers and days.

        The day is not used: a message that is still queued has none.
        """
        begins = _find_begins(delivery)
        content = delivery.content
        if not begins or not isinstance(content, SmsContent):
            return Outcome.unknown(NOT_ASKABLE, NAME)
        settings = provider_settings.load(NAME, TwilioSettings)
        listed = self._list(settings, delivery.address)
        since = begins[0] - LISTED_AFTER
        fitting = [each for each in listed if _fits(each, content.text, since)]
        known = deliveries.list_references(delivery, [str(each["sid"]) for each in fitting])
        for each in fitting:
            if each["sid"] not in known:
                if each.get("status") in _LOST_STATUSES:
                    return Outcome.rejected("rejected", f"{NAME} {each.get('error_code') or 0}")
                return Outcome.accepted(str(each["sid"]))
        if clock.now() - begins[-1] < LISTED_AFTER:
            return Outcome.unknown("not_listed_yet", NAME)
        return None

    def _send(self, delivery: Delivery) -> str | None:
        settings = provider_settings.load(NAME, TwilioSettings)
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
        message = self._call(settings, "POST", fields)
        sid: str | None = message.get("sid")
        return sid

    def _list(self, settings: TwilioSettings, number: str) -> list[dict[str, Any]]:
        """List the messages that we sent to a number, newest first.

        Raises:
            ProviderError: Twilio did not answer.
        """
        fields = {
            "To": number,
            "From": settings.twilio_phone_number,
            "PageSize": str(_PAGE_SIZE),
        }
        page = self._call(settings, "GET", fields)
        messages: list[dict[str, Any]] = page.get("messages", [])
        return messages

    def _call(
        self, settings: TwilioSettings, method: str, fields: Mapping[str, str]
    ) -> dict[str, Any]:
        api = self._get_api(settings)
        uri = f"/Accounts/{settings.twilio_account_sid}/Messages.json"
        try:
            answer: dict[str, Any]
            if method == "POST":
                answer = api.create(method, uri, data=dict(fields))
            else:
                answer = api.fetch(method, uri, params=dict(fields))
        except (TwilioRestException, TwilioServiceException) as error:
            wait = retry_after.parse(self._client.retry_after, clock.now())
            raise convert_status(error.status, error.code, wait) from error
        except CallFailed as error:
            detail = f"{NAME} {error.failure.name.lower()}"
            raise Unanswered(detail) if error.was_sent else ProviderUnavailable(detail) from error
        except (TwilioException, ValueError) as error:  # an answer that cannot be read
            raise Unanswered(f"{NAME} {type(error).__name__}") from error
        return answer

    def _get_api(self, settings: TwilioSettings) -> Version:
        if self._api is None:
            client = Client(
                settings.twilio_account_sid,
                settings.twilio_auth_token,
                http_client=self._client,
            )
            self._api = Version(Domain(client, settings.twilio_api_base_url), API_VERSION)
        return self._api


def convert_status(status: int, code: int | None, after_seconds: int = 0) -> ProviderError:
    """Convert Twilio's HTTP status and error code (21211: no such number) to an error."""
    detail = f"{NAME} {code or status}"
    if status == 429 or code in _OF_RATE:
        return Throttled(detail, after_seconds)
    # A refused login is no fault of this SMS: it can be sent once that is repaired.
    if status == 401 or code in _OF_SENDER:
        return SenderRefused(detail, after_seconds)
    if status in _OF_GATEWAY:
        return Unanswered(detail)
    if status >= 500:
        return ProviderUnavailable(detail, after_seconds)
    return NotSupported(detail) if code in _OF_ACCOUNT_SETTINGS else Rejected(detail)


def _find_begins(delivery: Delivery) -> list[datetime]:
    """Find when the attempts began whose fate is unknown, oldest first.

    The last step of a delivery that is asked for is the claim of whoever asks.
    """
    begins: list[datetime] = []
    for step in reversed(delivery.timeline[:-1]):
        if step.status is DeliveryStatus.SENDING:
            begins.insert(0, step.at)
        elif step.status is not DeliveryStatus.UNKNOWN:
            break
    return begins


def _fits(message: Mapping[str, Any], text: str, since: datetime) -> bool:
    """Return whether a message of Twilio's list has this text and is not older."""
    if message.get("body") != text or message.get("direction") != "outbound-api":
        return False
    try:
        return parsedate_to_datetime(str(message.get("date_created"))) >= since
    except (ValueError, TypeError):
        return False
