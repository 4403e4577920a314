"""Web Push (RFC 8030), encrypted (RFC 8291) and signed by our VAPID key (RFC 8292)."""

import base64
import hashlib

import msgspec
import requests
from http_ece import ECEException
from pywebpush import WebPushException, webpush

from notifications.channels import (
    TIMEOUT_SECONDS,
    Rejected,
    SubscriptionGone,
    Throttled,
    Unavailable,
)
from notifications.channels.breaker import Breaker
from notifications.channels.settings import from_secret
from notifications.models import Category, Delivery, PushContent
from notifications.store import subscriptions

KEPT_SECONDS = 24 * 3600  # how long the push service waits for a browser that is off

_breaker = Breaker("web push")


class VapidSettings(msgspec.Struct, frozen=True, rename="upper"):
    """The secret `vapid`: the key pair (base64url) and whom push services may write to."""

    vapid_public_key: str
    vapid_private_key: str
    vapid_email: str


class Pusher:
    """Sends push messages through one HTTP session, which never follows a redirect."""

    def __init__(self) -> None:
        self._session = requests.Session()
        self._session.max_redirects = 0

    def close(self) -> None:
        """Close the session's connections."""
        self._session.close()

    def send(self, delivery: Delivery) -> str | None:
        """Hand the message to the browser's push service; its message URL."""
        return _breaker.call(self._send, delivery)

    def _send(self, delivery: Delivery) -> str | None:
        settings = from_secret("vapid", VapidSettings)
        content = delivery.content
        assert isinstance(content, PushContent)
        # Looked up now, for its user: a browser that somebody else uses by now must not be told.
        subscription = subscriptions.find_subscription(delivery.address, delivery.recipient_id)
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
                ttl=KEPT_SECONDS,
                timeout=TIMEOUT_SECONDS,
                requests_session=self._session,
            )
        except WebPushException as error:
            raise failure(error.status_code, error.retry_after) from error
        except requests.TooManyRedirects as error:
            raise Rejected("push redirects") from error
        except requests.RequestException as error:
            raise Unavailable(type(error).__name__) from error
        except (ECEException, ValueError) as error:
            raise Rejected("the subscription's keys do not work") from error
        location: str | None = response.headers.get("location")
        return location


def failure(status: int | None, retry_after: str | None) -> Exception:
    """What the push service's status means for us (RFC 8030, 7.3 and 8.4)."""
    detail = f"push {status}"
    # Retry-After may also be a date; our own waiting is good enough for that.
    after_seconds = int(retry_after) if retry_after and retry_after.isdecimal() else 0
    if status is None:
        return Rejected("the subscription's keys do not work")
    if status in (404, 410):
        return SubscriptionGone(detail)
    if status == 429:
        return Throttled(detail, after_seconds)
    # A refused VAPID key is no fault of this message: it can go once an operator mended it.
    passing = status in (401, 403) or status >= 500
    return Unavailable(detail, after_seconds) if passing else Rejected(detail)


def _headers(delivery: Delivery, collapse_tag: str | None) -> dict[str, str | int | float]:
    return {
        "Urgency": "high" if delivery.category is Category.SECURITY else "normal",
        # A second copy takes the place of the first while the browser is off, and so does a later
        # message of the same tag (RFC 8030, 5.4).
        "Topic": delivery.id if collapse_tag is None else topic(collapse_tag),
        "X-Correlation-Id": delivery.correlation_id,
    }


def topic(collapse_tag: str) -> str:
    """At most 32 characters of base64url (RFC 8030, 5.4), which tell the push service nothing."""
    return base64.urlsafe_b64encode(hashlib.sha256(collapse_tag.encode()).digest())[:32].decode()
