"""Webhooks of Meta, as they arrive: verified on the raw body, and handed to a queue.

https://developers.facebook.com/docs/graph-api/webhooks/getting-started
"""

import hmac
from datetime import datetime

import msgspec

from domain.errors import Forbidden, NotFound
from shared.events import queues
from shared.platform.logs import logger
from social.models import ProviderId
from social.providers import meta, meta_webhooks
from social.schemas.webhooks import SubscriptionQuery
from social.use_cases import received_messages
from social.use_cases.webhooks import QUEUE, Webhook

SUBSCRIBE = "subscribe"
PROVIDERS = (ProviderId.INSTAGRAM, ProviderId.FACEBOOK)


def confirm_subscription(name: str, query: SubscriptionQuery) -> str:
    """Return the challenge that proves to Meta that the address is ours.

    Raises:
        NotFound: There is no such provider of webhooks.
        Forbidden: It is not a subscription with our verify token.
    """
    expected = meta.settings_of(_require_provider(name)).verify_token
    is_ours = hmac.compare_digest(query.verify_token.encode(), expected.encode())
    if query.mode != SUBSCRIBE or not expected or not is_ours:
        raise Forbidden("This is not our verify token.")
    return query.challenge


def receive(name: str, body: bytes, signature: str, now: datetime) -> None:
    """Take a notification that Meta signed: each of its events waits for the worker.

    Nothing is parsed before the signature was verified. If the queue fails midway Meta sends all of
    it again; messages that arrive twice are recognised.

    Raises:
        NotFound: There is no such provider of webhooks.
        Forbidden: The provider's app did not sign this body.
        Outage: The queue does not take it.
    """
    secret = meta.settings_of(_require_provider(name)).client_secret
    if not meta_webhooks.is_signed(body, signature, (secret,)):
        raise Forbidden("This is no notification that our app signed.")
    try:
        events = list(meta_webhooks.split(body))
    except msgspec.MsgspecError:
        logger.warning("webhook ignored", provider=name, reason="unreadable")
        return
    if not events:
        logger.info("webhook ignored", provider=name, reason="kind of object")
        return
    queues.send(
        QUEUE,
        [
            Webhook(received_messages.KIND, msgspec.json.encode(event).decode(), now)
            for event in events
        ],
    )


def _require_provider(name: str) -> ProviderId:
    for provider in PROVIDERS:
        if provider == name:
            return provider
    raise NotFound("There are no webhooks of this name.")
