"""Webhooks of Meta, as they arrive: verified on the raw body, and handed to a queue.

https://developers.facebook.com/docs/graph-api/webhooks/getting-started
"""

import hmac
from collections.abc import Iterable, Iterator
from datetime import datetime

import msgspec

from domain.errors import Forbidden, NotFound
from shared.events import queues
from shared.platform.logs import logger
from social.models import ProviderId
from social.providers import meta, meta_webhooks
from social.providers.meta_webhooks import WebhookEvent
from social.schemas.webhooks import SubscriptionQuery
from social.use_cases import received_messages
from social.use_cases.webhooks import QUEUE, Webhook

SUBSCRIBE = "subscribe"
# SQS takes 256 KiB together, with their attributes.
BATCH_BYTES = 200 * 1024
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
    for batch in _cut_batches(events, now):
        queues.send(QUEUE, batch)


def _cut_batches(events: Iterable[WebhookEvent], now: datetime) -> Iterator[list[Webhook]]:
    """Yield the events in batches that the queue takes; no message is as long as a batch."""
    batch: list[Webhook] = []
    size = 0
    for event in events:
        webhook = Webhook(received_messages.KIND, msgspec.json.encode(event).decode(), now)
        own = len(msgspec.json.encode(webhook))
        if own > BATCH_BYTES:
            logger.warning("webhook ignored", provider=event.provider, reason="too large")
            continue
        if batch and (size + own > BATCH_BYTES or len(batch) == queues.SQS_BATCH):
            yield batch
            batch, size = [], 0
        batch.append(webhook)
        size += own
    if batch:
        yield batch


def _require_provider(name: str) -> ProviderId:
    for provider in PROVIDERS:
        if provider == name:
            return provider
    raise NotFound("There are no webhooks of this name.")
