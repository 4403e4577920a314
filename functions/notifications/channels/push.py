"""Web Push (RFC 8030), encrypted (RFC 8291) and signed with our VAPID key (RFC 8292)."""

import base64
import hashlib

import msgspec
import requests
from http_ece import ECEException
from pywebpush import WebPushException, webpush

from notifications.channels import (
    TIMEOUT_SECONDS,
    Provider,
    ProviderError,
    ProviderUnavailable,
    Rejected,
    SubscriptionGone,
    Throttled,
)
from notifications.channels import settings as provider_settings
from notifications.channels.breaker import Breaker
from notifications.models import Delivery, MessageCategory, PushContent
from notifications.store import subscriptions

TTL_SECONDS = 24 * 3600  # how long the push service waits for a browser that is off

_breaker = Breaker("web push")


class VapidSettings(msgspec.Struct, frozen=True, rename="upper"):
    """The secret `vapid`: the key pair (base64url) and an address for push services to write to."""

    vapid_public_key: str
    vapid_private_key: str
    vapid_email: str


class WebPushProvider(Provider):
    """The provider of push messages: one HTTP session, which never follows a redirect."""

    recognises_copies = True  # by their Topic

    def __init__(self) -> None:
        self._session = requests.Session()
        self._session.max_redirects = 0

    def close(self) -> None:
        """Close the session's connections."""
        self._session.close()

    def send(self, delivery: Delivery) -> str | None:
        """Send a message to the browser's push service and return its URL there."""
        return _breaker.call(self._send, delivery)

    def _send(self, delivery: Delivery) -> str | None:
        settings = provider_settings.load("vapid", VapidSettings)
        content = delivery.content
        assert isinstance(content, PushContent)
        # Looked up for its user: another user who has signed in there since must not be notified.
        subscription = subscriptions.find(delivery.address, delivery.recipient_id)
        if subscription is None:
            raise SubscriptionGone
        try:
            response = webpush(
                {
                    "endpoint": subscription.endpoint,
                    "keys": {"p256dh": subscription.p256dh, "auth": subscription.auth},
                },
                data=content.payload.decode(),
                vapid_private_key=settings.vapid_private_key,
                vapid_claims={"sub": f"mailto:{settings.vapid_email.removeprefix('mailto:')}"},
                headers=_headers(delivery, content.collapse_tag),
                ttl=TTL_SECONDS,
                timeout=TIMEOUT_SECONDS,
                requests_session=self._session,
            )
        except WebPushException as error:
            raise convert_status(error.status_code, error.retry_after) from error
        except requests.TooManyRedirects as error:
            raise Rejected("push redirects") from error
        except requests.RequestException as error:
            raise ProviderUnavailable(type(error).__name__) from error
        except (ECEException, ValueError) as error:
            raise Rejected("the subscription's keys do not work") from error
        location: str | None = response.headers.get("location")
        return location


def convert_status(status: int | None, retry_after: str | None) -> ProviderError:
    """Convert a status of the push service to an error (RFC 8030, 7.3 and 8.4)."""
    detail = f"push {status}"
    # Retry-After may also be a date; our own wait is good enough then.
    after_seconds = int(retry_after) if retry_after and retry_after.isdecimal() else 0
    if status is None:
        return Rejected("the subscription's keys do not work")
    if status in (404, 410):
        return SubscriptionGone(detail)
    if status == 429:
        return Throttled(detail, after_seconds)
    # A refused VAPID key is no fault of this message: it can be sent once that is repaired.
    is_temporary = status in (401, 403) or status >= 500
    return ProviderUnavailable(detail, after_seconds) if is_temporary else Rejected(detail)


def _headers(delivery: Delivery, collapse_tag: str | None) -> dict[str, str | int | float]:
    return {
        "Urgency": "high" if delivery.category is MessageCategory.SECURITY else "normal",
        # While the browser is off, a second copy replaces the first, and a later message of the
        # same tag replaces an earlier one (RFC 8030, 5.4).
        "Topic": delivery.id if collapse_tag is None else build_topic(collapse_tag),
        "X-Correlation-Id": delivery.correlation_id,
    }


def build_topic(collapse_tag: str) -> str:
    """Build a topic of 32 base64url characters (RFC 8030, 5.4) that reveals nothing of the tag."""
    return base64.urlsafe_b64encode(hashlib.sha256(collapse_tag.encode()).digest())[:32].decode()
