"""From an event to a provider that has accepted its message, on the local stack.

Events are written to the outbox of auth at a steady rate. Each goes through the stream, the relay,
the topic, the queue of events, the queue of mails and the mail server of the stand-ins. The time is
from the event to the step `sent` of its delivery.
"""

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec

from auth.store import OutboxItem
from domain.ids import new_id
from notifications.models import DeliveryStatus
from shared.data import mongodb
from shared.events import outbox
from shared.events.domain_events import EventData, new_event
from shared.platform import clock
from tests.support import connections, driven
from tests.support.stack import running_stack

RATES = {10: 3.0, 50: 10.0}  # events per second, and what the 95th percentile may be, in seconds
SECONDS = 20
WARMING_SECONDS = 5
WRITERS = 8
SEALED_BY = "REFRESH_KEY"  # the variable that names the key
DEADLINE_SECONDS = 180
LOOK_EVERY_SECONDS = 3  # a look is work for MongoDB


class PasswordResetRequested(EventData, frozen=True):
    """An event that is one mail, which no preference and no earlier event changes."""

    type = "user.password_reset_requested"

    user_id: str
    email: str
    name: str
    code: str
    expires_at: datetime


class Row(msgspec.Struct, frozen=True):
    """Seconds from events to the acceptance of their mails.

    Attributes:
        per_second: Events per second.
        median: Half of them took no longer.
        p95: 95 of a hundred took no longer.
        longest: None took longer.
        target: What `p95` may be.
    """

    per_second: int
    median: float
    p95: float
    longest: float
    target: float


def measure() -> list[Row]:
    """Start a stack and send there."""
    with tempfile.TemporaryDirectory() as folder, running_stack(Path(folder)) as stack:
        relay = f"{stack.settings.prefix()}auth-outbox"
        function = stack.client("lambda").get_function_configuration(FunctionName=relay)
        key = function["Environment"]["Variables"][SEALED_BY]
        rows = driven.run(stack, __name__, stack.settings.mongo_uri, key)
        return msgspec.json.decode(rows, type=list[Row])


def main() -> None:
    """Print the rows as JSON. The environment says where the stack is."""
    connections.allow_many()
    mongo_uri, os.environ[SEALED_BY] = sys.argv[1:]
    _send(10, WARMING_SECONDS, mongo_uri)  # the containers start
    rows = []
    for rate, target in RATES.items():
        took = sorted(_send(rate, SECONDS, mongo_uri))
        p95 = took[int(len(took) * 0.95)]
        rows.append(Row(rate, statistics.median(took), p95, took[-1], target))
    sys.stdout.buffer.write(msgspec.json.encode(rows))


def _send(rate: int, seconds: int, mongo_uri: str) -> list[float]:
    """Write events at a rate, wait for their mails, and return how long each took."""
    began = time.monotonic()

    def publish_at(number: int) -> tuple[str, datetime]:
        time.sleep(max(0.0, began + number / rate - time.monotonic()))
        return _publish()

    with ThreadPoolExecutor(WRITERS) as writers:
        published = dict(writers.map(publish_at, range(rate * seconds)))
    with mongodb.connect(mongo_uri) as client:
        deadline = time.monotonic() + DEADLINE_SECONDS
        took: list[float] = []
        while len(took) < len(published):
            assert time.monotonic() < deadline, f"{len(took)} of {len(published)} were accepted"
            time.sleep(LOOK_EVERY_SECONDS)
            took = _list_times(client.notifications.deliveries, published)
    return took


def _publish() -> tuple[str, datetime]:
    now = clock.now()
    user_id = new_id("usr")
    data = PasswordResetRequested(
        user_id=user_id,
        email=f"{user_id}@clients.example".lower(),
        name="Robin",
        code="123456",
        expires_at=now + timedelta(hours=1),
    )
    event = new_event("auth", user_id, data, now)
    outbox.outbox_item(OutboxItem, event).save()
    return event.id, now


def _list_times(deliveries: Any, published: Mapping[str, datetime]) -> list[float]:
    """List how many seconds the mails took that were accepted."""
    sent = deliveries.find({"status": DeliveryStatus.SENT.value}, ("timeline", "eventId"))
    return [
        (document["timeline"][-1]["at"] - published[document["eventId"]]).total_seconds()
        for document in sent
        if document["eventId"] in published
    ]


if __name__ == "__main__":
    main()
