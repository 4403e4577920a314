"""Push subscriptions: the browsers that receive push messages for a user."""

import base64
import hashlib
from datetime import datetime
from urllib.parse import urlsplit

from domain.errors import FieldError, InvalidFields, NotFound
from notifications.models import Channel, PushSubscription, SuppressionReason
from notifications.schemas import (
    PushSubscriptionDetails,
    PushSubscriptionRequest,
    VapidPublicKey,
)
from notifications.store import subscriptions as store
from notifications.use_cases import recipients, suppressions
from shared.http.caller import Caller
from shared.platform import outside_calls
from shared.platform.config import Common, from_environment, secret
from shared.platform.outside_calls import CallFailed, Guard

MAX_PER_USER = 20
_POINT_BYTES, _POINT_PREFIX = 65, 4  # an uncompressed point of P-256 (RFC 8291, 3.1)
_AUTH_BYTES = 16
_INTERNAL_DOMAINS = ("internal", "local", "localhost", "arpa", "lan", "home", "corp")


def subscribe(
    caller: Caller, request: PushSubscriptionRequest, now: datetime
) -> PushSubscriptionDetails:
    """Subscribe a browser for the caller; beyond the twentieth, the oldest is deleted.

    Only the browser knows its endpoint, so the caller uses that browser now: a subscription of an
    earlier user becomes the caller's.

    Raises:
        InvalidFields: Names every wrong field.
        SessionEnded: The caller's account was deleted.
    """
    recipients.get_contact(caller)
    _check(request)
    subscription = PushSubscription(
        id=build_id(request.endpoint),
        user_id=caller.user_id,
        endpoint=request.endpoint,
        p256dh=request.keys.p256dh,
        auth=request.keys.auth,
        registered_at=now,
    )
    store.save(subscription)
    suppressions.end_by_owner(Channel.PUSH, subscription.id, SuppressionReason.GONE, now)
    surplus = store.list_ids(caller.user_id)[MAX_PER_USER:]
    if surplus:
        store.delete(surplus, caller.user_id)
    return PushSubscriptionDetails(subscription.id, subscription.endpoint)


def unsubscribe(caller: Caller, endpoint: str) -> None:
    """Delete the subscription of a browser.

    Raises:
        NotFound: There is no such subscription, or it is another user's.
    """
    if not store.delete([build_id(endpoint)], caller.user_id):
        raise NotFound("You have no such subscription.")


def get_vapid_public_key() -> VapidPublicKey:
    """Return the key that browsers subscribe with.

    Raises:
        NotFound: This environment has no key.
    """
    public_key = secret("vapid").get("VAPID_PUBLIC_KEY")
    if not public_key:
        raise NotFound("Push messages are not set up here.")
    return VapidPublicKey(public_key)


def build_id(endpoint: str) -> str:
    """Return the id of the subscription with an endpoint."""
    return "sub_" + hashlib.sha256(endpoint.encode()).hexdigest()[:32]


def find_errors(endpoint: str, p256dh: str, auth: str) -> list[FieldError]:
    """Return what is wrong with the parts of a subscription."""
    errors = []
    is_local = from_environment(Common).environment == "local"
    if not is_push_endpoint(endpoint, is_local=is_local):
        errors.append(FieldError("body.endpoint", "must be the https address of a push service"))
    point = _decode(p256dh)
    if len(point) != _POINT_BYTES or point[0] != _POINT_PREFIX:
        errors.append(FieldError("body.keys.p256dh", "must be an uncompressed P-256 point"))
    if len(_decode(auth)) != _AUTH_BYTES:
        errors.append(FieldError("body.keys.auth", "must be 16 bytes"))
    return errors


def _check(request: PushSubscriptionRequest) -> None:
    errors = find_errors(request.endpoint, request.keys.p256dh, request.keys.auth)
    if errors:
        raise InvalidFields(*errors)


def is_push_endpoint(endpoint: str, *, is_local: bool) -> bool:
    """Check whether we may POST to an endpoint: a public https host, by name.

    Our own network has no public names, so addresses in any notation and bare host names are
    refused, and so is whatever the guard would refuse when the endpoint is called. On a developer's
    machine 127.0.0.1 is allowed, over http.
    """
    if not endpoint.isascii() or " " in endpoint or "#" in endpoint:
        return False
    guard = Guard(max_bytes=0, deadline_seconds=0.0, allows_loopback=is_local)
    try:
        outside_calls.check_url(endpoint, guard)
        parts = urlsplit(endpoint)
        host, port = parts.hostname or "", parts.port
    except (CallFailed, ValueError):
        return False
    if parts.scheme == "http":  # the guard allows it on this machine only
        return True
    domain = host.rpartition(".")[2]
    return port in (None, 443) and domain.isalpha() and domain not in _INTERNAL_DOMAINS


def _decode(text: str) -> bytes:
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars="-_", validate=True)
    except ValueError:
        return b""
