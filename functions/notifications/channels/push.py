"""Web Push (RFC 8030), encrypted (RFC 8291) and signed with our VAPID key (RFC 8292).

A push service is called at an address that a user gave: through the guarded client, within a size
and a total time, over a connection per origin that stays open between messages. What one endpoint
or origin does holds up no other (docs/adr/0056).
"""

import base64
import hashlib
import random
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import lru_cache
from math import ceil
from queue import SimpleQueue
from threading import Lock
from urllib.parse import urlsplit

import msgspec

from notifications.channels import (
    DeliveryOutcome,
    MayBegin,
    Outcome,
    Provider,
    ProviderError,
    ProviderUnavailable,
    Rejected,
    RetrySettings,
    SubscriptionGone,
    TemporaryFailure,
    Throttled,
    Unanswered,
    push_encryption,
)
from notifications.channels import settings as provider_settings
from notifications.channels.vapid import Identification
from notifications.models import Delivery, MessageCategory, PushContent, PushSubscription
from notifications.rules import push_endpoints
from notifications.rules.origin_breakers import OriginBreakers
from notifications.rules.push_endpoints import Failure
from notifications.store import subscriptions
from shared.platform import clock, correlation, retry_after
from shared.platform.config import Common, from_environment
from shared.platform.outside_calls import Answer, CallFailed, Connections, Guard
from shared.platform.outside_calls import Failure as CallFailure

TTL_SECONDS = 24 * 3600  # how long the push service waits for a browser that is off
DEADLINE_SECONDS = 8.0  # of a call, from the look-up of the name to the last byte of the answer
NEEDED_SECONDS = 17  # for two calls: a message that is too large is sent again in its short form
MAX_REFERENCE = 1_000  # characters
MAX_ANSWER_BYTES = 16 * 1024  # nothing is read of it but its head

_NEVER = (
    CallFailure.BAD_URL,
    CallFailure.WITH_PASSWORD,
    CallFailure.NOT_PUBLIC,
    CallFailure.BAD_REDIRECT,
)
_identification = Identification()
_lock = Lock()  # of the identification and the breakers, which the threads of a batch share


class VapidSettings(msgspec.Struct, frozen=True, rename="upper"):
    """The secret `vapid`: the key pair (base64url) and an address for push services to write to."""

    vapid_public_key: str
    vapid_private_key: str
    vapid_email: str


class WebPushProvider(Provider):
    """The provider of push messages.

    The subscriptions of a batch are read at once, and how their endpoints failed is saved at once.
    """

    recognises_copies = True  # by their Topic
    name = "webpush"
    needed_seconds = NEEDED_SECONDS

    def __init__(self) -> None:
        self._settings: VapidSettings | None = None
        self._subscriptions: dict[str, PushSubscription] = {}
        self._origins: dict[str, str] = {}
        self._changed: dict[str, PushSubscription] = {}

    def find_origins(self, deliveries: Sequence[Delivery]) -> Mapping[str, str]:
        """Read the subscriptions of a batch, and return the origins of their endpoints."""
        self._subscriptions = subscriptions.find_many([each.address for each in deliveries])
        self._origins = {
            id_: find_origin(subscription.endpoint)
            for id_, subscription in self._subscriptions.items()
        }
        return {
            each.id: self._origins[each.address]
            for each in deliveries
            if each.address in self._origins
        }

    def send_all(
        self, deliveries: Sequence[Delivery], may_begin: MayBegin
    ) -> Iterator[DeliveryOutcome]:
        """Send the messages of a batch, and save how endpoints failed.

        Those to one origin go one by one over its connection. Origins do not wait for each other.
        """
        by_origin: dict[str | None, deque[Delivery]] = {}
        for delivery in deliveries:
            origin = self._origins.get(delivery.address)
            by_origin.setdefault(origin, deque()).append(delivery)
        try:
            if len(by_origin) > 1:
                yield from self._send_side_by_side(list(by_origin.values()), may_begin)
            else:
                yield from super().send_all(deliveries, may_begin)
        finally:
            changed = [*self._changed.values()]
            self._changed.clear()
            if changed:
                subscriptions.save_endpoint_states(changed)

    def _send_side_by_side(
        self, queues: Sequence[deque[Delivery]], may_begin: MayBegin
    ) -> Iterator[DeliveryOutcome]:
        """Send the deliveries of several queues, one of each queue at a time."""
        finished: SimpleQueue[tuple[deque[Delivery], Delivery, Outcome]] = SimpleQueue()

        def attempt(queue: deque[Delivery], delivery: Delivery) -> None:
            with correlation.bound(delivery.correlation_id):
                outcome = self._attempt(delivery)
            finished.put((queue, delivery, outcome))

        def begin_next(queue: deque[Delivery]) -> bool:
            while queue:
                delivery = queue.popleft()
                if may_begin(delivery):
                    threads.submit(attempt, queue, delivery)
                    return True
            return False

        with ThreadPoolExecutor(max_workers=len(queues)) as threads:
            under_way = sum(map(begin_next, queues))
            while under_way:
                queue, delivery, outcome = finished.get()
                under_way += begin_next(queue) - 1
                yield delivery, outcome

    def send(self, delivery: Delivery) -> str | None:
        """Send a message to the browser's push service and return its URL there.

        Raises:
            ProviderError: It was not sent, or nobody knows whether it was.
        """
        if self._settings is None:
            self._settings = provider_settings.load("vapid", VapidSettings)
        settings = self._settings
        subscription = self._find(delivery)
        now = clock.now()
        _require_no_wait(push_endpoints.find_wait(subscription, now), "endpoint waits")
        origin = self._origins.get(subscription.id) or find_origin(subscription.endpoint)
        headers = _build_headers(delivery)
        with _lock:
            headers["Authorization"] = _identification.build(
                origin, _build_subject(settings), settings.vapid_private_key, now
            )
            wait = _breakers().ask(origin, now)
        _require_no_wait(wait, "circuit open")
        try:
            answer = _post(subscription, delivery.content, headers)
        except CallFailed as failed:
            error = convert_failure(failed)
            if failed.failure not in _NEVER:
                _note_answer(origin, subscription.user_id, is_up=False)
        else:
            _note_answer(origin, subscription.user_id, is_up=answer.status < 500)
            if answer.status < 300:
                self._note_success(subscription)
                return find_reference(answer)
            error = convert_status(answer.status, answer.headers.get("retry-after"), now)
        self._note_failure(subscription, error, clock.now())
        raise error

    def _find(self, delivery: Delivery) -> PushSubscription:
        """Return the subscription of a delivery, as far as it is the recipient's.

        Another user who has signed in there since must not be notified.
        """
        id_ = delivery.address
        found = self._changed.get(id_) or self._subscriptions.get(id_)
        if found is None:
            found = subscriptions.find(id_, delivery.recipient_id)
        if found is None or found.user_id != delivery.recipient_id:
            raise SubscriptionGone
        return found

    def _note_success(self, subscription: PushSubscription) -> None:
        healthy = push_endpoints.note_success(subscription)
        if healthy != subscription:
            self._changed[subscription.id] = healthy

    def _note_failure(
        self, subscription: PushSubscription, error: ProviderError, now: datetime
    ) -> None:
        """Let the endpoint wait.

        Raises:
            SubscriptionGone: It has failed for too long.
        """
        failure = find_failure(error)
        if failure is None:
            return
        base = timedelta(seconds=from_environment(RetrySettings).retry_base_seconds)
        jitter = random.random()  # noqa: S311
        failing = push_endpoints.note_failure(subscription, failure, now, base, jitter)
        if push_endpoints.is_to_be_dropped(failing, now):
            self._changed.pop(subscription.id, None)
            raise SubscriptionGone("failed for a week")
        self._changed[subscription.id] = failing
        if isinstance(error, TemporaryFailure):  # an attempt before would not be made
            wait = push_endpoints.find_wait(failing, now)
            error.after_seconds = max(error.after_seconds, ceil(wait.total_seconds()))


def convert_status(status: int, after: str | None, now: datetime) -> ProviderError:
    """Convert a status of the push service to an error (RFC 8030, 7.3 and 8.4)."""
    detail = f"push {status}"
    after_seconds = retry_after.parse(after, now)
    if status in (404, 410):
        return SubscriptionGone(detail)
    if status == 413:
        return TooLarge(detail)
    if status == 429:
        return Throttled(detail, after_seconds)
    # A refused VAPID key is no fault of this message: it can be sent once that is repaired.
    is_temporary = status in (401, 403) or status >= 500
    return ProviderUnavailable(detail, after_seconds) if is_temporary else Rejected(detail)


def convert_failure(failed: CallFailed) -> ProviderError:
    """Convert a call without an answer to an error."""
    detail = f"push {failed.failure.name.lower()}"
    if failed.failure in _NEVER:
        return Rejected(detail)
    return Unanswered(detail) if failed.was_sent else ProviderUnavailable(detail)


class TooLarge(Rejected):
    """The push service takes no message of this size, not even in its short form."""


def find_failure(error: ProviderError) -> Failure | None:
    """Return what an error says about the endpoint; None if nothing."""
    match error:
        case SubscriptionGone() | TooLarge():
            return None
        case Throttled():
            return Failure(after_seconds=error.after_seconds, is_throttle=True)
        case TemporaryFailure():
            return Failure(after_seconds=error.after_seconds)
        case Rejected():
            return Failure(delays_others=False)
    return Failure()


def find_reference(answer: Answer) -> str | None:
    """Return the URL of a message at its push service; None for what is no URL of a usual length.

    It is stored with the delivery, and a service that a user made up answers what it likes.
    """
    url = answer.headers.get("location", "")
    return url if 0 < len(url) <= MAX_REFERENCE and url.isprintable() else None


def find_origin(endpoint: str) -> str:
    """Return the origin of an endpoint (RFC 6454), which the VAPID claims name as well."""
    parts = urlsplit(endpoint)
    port = f":{parts.port}" if parts.port not in (None, 443) else ""
    return f"{parts.scheme}://{parts.hostname}{port}"


def build_topic(collapse_tag: str) -> str:
    """Build a topic of 32 base64url characters (RFC 8030, 5.4) that reveals nothing of the tag."""
    return base64.urlsafe_b64encode(hashlib.sha256(collapse_tag.encode()).digest())[:32].decode()


def _note_answer(origin: str, recipient: str, *, is_up: bool) -> None:
    with _lock:
        if is_up:
            _breakers().note_success(origin)
        else:
            _breakers().note_failure(origin, recipient, clock.now())


def _require_no_wait(wait: timedelta, detail: str) -> None:
    if wait:
        raise ProviderUnavailable(detail, ceil(wait.total_seconds()))


def _post(subscription: PushSubscription, content: object, headers: dict[str, str]) -> Answer:
    """Post a message; once more in its short form if the service finds it too large."""
    assert isinstance(content, PushContent)
    answer = _post_once(subscription, content, headers)
    if answer.status == 413 and (short := push_endpoints.shorten(content)) is not None:
        return _post_once(subscription, short, headers)
    return answer


def _post_once(
    subscription: PushSubscription, content: PushContent, headers: dict[str, str]
) -> Answer:
    payload = content.payload
    try:
        body = push_encryption.encrypt(
            payload,
            _decode(subscription.p256dh),
            _decode(subscription.auth),
            padded_bytes=push_encryption.pad_to(len(payload)),
        )
    except ValueError as error:
        raise Rejected("the subscription's keys do not work") from error
    # A copy is recognised by its Topic, so the message may be sent again where a kept connection
    # turns out to be closed.
    return _connections().call(
        subscription.endpoint, method="POST", headers=headers, body=body, is_repeatable=True
    )


def _decode(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _build_headers(delivery: Delivery) -> dict[str, str]:
    assert isinstance(delivery.content, PushContent)
    tag = delivery.content.collapse_tag
    return {
        "Content-Encoding": "aes128gcm",
        "TTL": str(TTL_SECONDS),
        "Urgency": "high" if delivery.category is MessageCategory.SECURITY else "normal",
        # While the browser is off, a second copy replaces the first, and a later message of the
        # same tag replaces an earlier one (RFC 8030, 5.4).
        "Topic": delivery.id if tag is None else build_topic(tag),
        "X-Correlation-Id": delivery.correlation_id,
    }


def _build_subject(settings: VapidSettings) -> str:
    return f"mailto:{settings.vapid_email.removeprefix('mailto:')}"


@lru_cache
def _connections() -> Connections:
    """Return the connections to push services of this container."""
    guard = Guard(
        max_bytes=MAX_ANSWER_BYTES,
        deadline_seconds=DEADLINE_SECONDS,
        allows_loopback=from_environment(Common).environment == "local",
    )
    return Connections(guard)


@lru_cache
def _breakers() -> OriginBreakers:
    """Return the circuit breakers of this container."""
    base = from_environment(RetrySettings).retry_base_seconds
    return OriginBreakers(timedelta(seconds=base))
