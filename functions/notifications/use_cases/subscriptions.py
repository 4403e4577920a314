"""Web Push subscriptions: the browsers that take messages for a user."""

import base64
import hashlib
from datetime import datetime
from ipaddress import ip_address
from urllib.parse import urlsplit

from domain.errors import FieldError, InvalidFields, NotFound
from notifications.models import Subscription
from notifications.schemas import Subscribed, SubscriptionRequest, VapidPublicKey
from notifications.store import subscriptions as store
from notifications.use_cases import recipients
from shared.http.caller import Caller
from shared.platform.config import Common, from_environment, secret

MAX_PER_USER = 20
_POINT_BYTES, _POINT_PREFIX = 65, 4  # an uncompressed point of P-256 (RFC 8291, 3.1)
_AUTH_BYTES = 16
_INTERNAL = ("internal", "local", "localhost", "arpa", "lan", "home", "corp")


def subscribe(caller: Caller, request: SubscriptionRequest, now: datetime) -> Subscribed:
    """Bind the browser to the caller; beyond the twentieth the oldest goes.

    An endpoint is known only to its browser, so who shows it is the one who uses that browser now:
    after a new login it is theirs. Raises a 422 Problem naming every wrong field.
    """
    recipients.contact_of(caller)
    _check(request)
    subscription = Subscription(
        id=_id(request.endpoint),
        user_id=caller.user_id,
        endpoint=request.endpoint,
        p256dh=request.keys.p256dh,
        auth=request.keys.auth,
        registered_at=now,
    )
    store.put_subscription(subscription)
    surplus = store.subscription_ids(caller.user_id)[MAX_PER_USER:]
    if surplus:
        store.delete_subscriptions(surplus, caller.user_id)
    return Subscribed(subscription.id, subscription.endpoint)


def unsubscribe(caller: Caller, endpoint: str) -> None:
    """Forget the browser. Raises a 404 Problem where it is unknown or somebody else's."""
    if not store.delete_subscriptions([_id(endpoint)], caller.user_id):
        raise NotFound("You have no such subscription.")


def vapid_public_key() -> VapidPublicKey:
    """The key that browsers subscribe with. Raises a 404 Problem while push is not set up."""
    public_key = secret("vapid").get("VAPID_PUBLIC_KEY")
    if not public_key:
        raise NotFound("Push is not set up here.")
    return VapidPublicKey(public_key)


def _id(endpoint: str) -> str:
    return "sub_" + hashlib.sha256(endpoint.encode()).hexdigest()[:32]


def _check(request: SubscriptionRequest) -> None:
    errors = []
    is_local = from_environment(Common).environment == "local"
    if not is_push_endpoint(request.endpoint, is_local=is_local):
        errors.append(FieldError("body.endpoint", "must be the https address of a push service"))
    point = _decoded(request.keys.p256dh)
    if len(point) != _POINT_BYTES or point[0] != _POINT_PREFIX:
        errors.append(FieldError("body.keys.p256dh", "must be an uncompressed P-256 point"))
    if len(_decoded(request.keys.auth)) != _AUTH_BYTES:
        errors.append(FieldError("body.keys.auth", "must be 16 bytes"))
    if errors:
        raise InvalidFields(*errors)


def is_push_endpoint(endpoint: str, *, is_local: bool) -> bool:
    """Whether we may be made to POST there: a public https host, by name.

    Our own network has no public names, so addresses in any notation (their last label is no word)
    and bare host names are refused. On a developer's machine loopback is fine, in plain http too.
    """
    try:
        parts = urlsplit(endpoint)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return False
    if not endpoint.isascii() or not endpoint.isprintable() or " " in endpoint:
        return False
    if parts.username is not None or parts.fragment:
        return False
    if is_local and parts.scheme in ("http", "https") and _is_loopback(host):
        return True
    labels = host.split(".")
    named = len(labels) > 1 and all(labels) and labels[-1].isalpha()
    is_public = named and labels[-1] not in _INTERNAL
    return parts.scheme == "https" and port in (None, 443) and is_public


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars="-_", validate=True)
    except ValueError:
        return b""
