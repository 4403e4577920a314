"""Webhooks of providers, which a worker processes after their signature was verified.

A route verifies a webhook on its raw body and sends it to the queue; nothing else happens before
the provider has its answer.
"""

from datetime import datetime

import msgspec

QUEUE = "social-webhooks"


class Webhook(msgspec.Struct, frozen=True):
    """A verified webhook.

    Attributes:
        kind: What it is about: the `object` of Meta (`instagram`, `page`), `google_calendar`.
        body: Its body, as text.
        headers: The headers that matter, by their names in lower case.
        received_at: When it arrived.
    """

    kind: str
    body: str
    received_at: datetime
    headers: dict[str, str] = {}
