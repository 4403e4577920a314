"""Our workers of notifications, in a process of their own: the handlers that Lambda calls.

    python -m tests.bench.delivery_worker email

A line of input is a list of messages: they are dispatched, and then worked off in batches. The
answer, on file descriptor RESULTS_FD, is the CPU of this process while it works them off.
"""

import os
import socket
import sys
import time
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import msgspec

from domain.ids import new_id
from notifications import app
from notifications.channels import push
from notifications.models import (
    Channel,
    Delivery,
    DeliveryStatus,
    EmailContent,
    MessageCategory,
    PushContent,
)
from notifications.store import database, deliveries
from shared.platform import clock
from shared.platform.outside_calls import Connections, Guard

PUSH_HOST = "push.example"
PUBLIC_ADDRESS = "93.184.215.14"
BATCH = 10  # of the event sources of the workers
TIMEOUT_MS = 90_000
WORKERS: Mapping[Channel, Any] = {
    Channel.EMAIL: app.email_worker,
    Channel.PUSH: app.push_worker,
}


class Message(msgspec.Struct, frozen=True):
    """A message to send.

    Attributes:
        user_id: Its recipient.
        address: Where it goes.
        content: What the peer sends as well.
    """

    user_id: str
    address: str
    content: EmailContent | PushContent


class Result(msgspec.Struct, frozen=True):
    """The CPU of a run, in seconds."""

    seconds: float


class Context:
    """What the workers ask of the context of Lambda."""

    @staticmethod
    def get_remaining_time_in_millis() -> int:
        """Return the time that is left."""
        return TIMEOUT_MS


def main() -> None:
    """Work off what comes on standard input."""
    _lead_push_messages_to(int(os.environ["PUSH_PORT"]))
    channel = Channel(sys.argv[1])
    worker = WORKERS[channel]
    for line in sys.stdin.buffer:
        ids = _dispatch(channel, msgspec.json.decode(line, type=list[Message]))
        batches = [_build_batch(ids[at : at + BATCH]) for at in range(0, len(ids), BATCH)]
        began = time.process_time()
        answers = [worker(batch, Context) for batch in batches]
        seconds = time.process_time() - began
        if any(answer["batchItemFailures"] for answer in answers) or _count_sent(ids) < len(ids):
            raise AssertionError("not all were sent")
        result = msgspec.json.encode(Result(seconds))
        os.write(int(os.environ["RESULTS_FD"]), result + b"\n")


def _lead_push_messages_to(port: int) -> None:
    """Let the connections to push services lead to a port of this machine.

    Otherwise only a public address on the usual port is called with TLS.
    """
    guard = Guard(max_bytes=push.MAX_ANSWER_BYTES, deadline_seconds=push.DEADLINE_SECONDS)
    connections = Connections(
        guard,
        resolve=lambda _host, _port: [PUBLIC_ADDRESS],
        connect=lambda _address, seconds: socket.create_connection(("127.0.0.1", port), seconds),
    )
    push._connections = lambda: connections  # type: ignore[assignment]


def _dispatch(channel: Channel, messages: Sequence[Message]) -> list[str]:
    now = clock.now()
    made = [
        Delivery(
            id=new_id("dlv"),
            notification_id=new_id("ntf"),
            event_id=new_id("evt"),
            recipient_key=message.user_id,
            recipient_id=message.user_id,
            requester_id=None,
            channel=channel,
            address=message.address,
            content=message.content,
            category=MessageCategory.BOOKING,
            template=None,
            correlation_id=new_id("cor"),
            created_at=now,
            send_at=None,
            good_until=None,
            due_at=now + timedelta(minutes=1),
            expires_at=now + timedelta(days=30),
        )
        for message in messages
    ]
    return [delivery.id for delivery in deliveries.add_deliveries(made)]


def _build_batch(delivery_ids: Sequence[str]) -> dict[str, Any]:
    """Build the event of a batch as Lambda does."""
    sent_ms = str(int(clock.now().timestamp() * 1000))
    return {
        "Records": [
            {
                "messageId": f"msg-{delivery_id}",
                "receiptHandle": f"handle-{delivery_id}",
                "body": msgspec.json.encode({"deliveryId": delivery_id}).decode(),
                "attributes": {"ApproximateReceiveCount": "1", "SentTimestamp": sent_ms},
                "messageAttributes": {
                    "correlationid": {"stringValue": new_id("cor"), "dataType": "String"}
                },
                "eventSource": "aws:sqs",
            }
            for delivery_id in delivery_ids
        ]
    }


def _count_sent(delivery_ids: Sequence[str]) -> int:
    sent = {"_id": {"$in": list(delivery_ids)}, "status": DeliveryStatus.SENT.value}
    return database().deliveries.count_documents(sent)


if __name__ == "__main__":
    main()
