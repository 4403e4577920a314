"""SQS: sending work, and consuming a batch where one bad message never holds up the others."""

import math
import random
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import msgspec
from chalice.app import BaseLambdaEvent, SQSEvent, SQSRecord

from shared.events.domain_events import DomainEvent
from shared.platform import aws, correlation
from shared.platform.config import queue_url
from shared.platform.logs import logger

SQS_BATCH = 10
MAX_RECEIVES = 5  # then SQS moves a message to the dead-letter queue
MAX_DELAY_SECONDS = 900
CORRELATION_ATTRIBUTE = "correlationid"

Message = TypeVar("Message", bound=msgspec.Struct)


class RetryLater(Exception):
    """The work could not be done now, for a reason that passes: try again after a while.

    after_seconds: the least wait that whoever refused it asked for (Retry-After).
    """

    def __init__(self, after_seconds: int = 0) -> None:
        super().__init__()
        self.after_seconds = after_seconds


def send(queue: str, messages: Iterable[msgspec.Struct]) -> None:
    """Put messages on one of the feature's queues, with the current correlation id.

    Raises RuntimeError when SQS refused any of them.
    """
    pending = list(messages)
    attribute = {"DataType": "String", "StringValue": correlation.current()}
    for start in range(0, len(pending), SQS_BATCH):
        answer = aws.client("sqs").send_message_batch(
            QueueUrl=queue_url(queue),
            Entries=[
                {
                    "Id": str(position),
                    "MessageBody": msgspec.json.encode(message).decode(),
                    "MessageAttributes": {CORRELATION_ATTRIBUTE: attribute},
                }
                for position, message in enumerate(pending[start : start + SQS_BATCH])
            ],
        )
        if answer.get("Failed"):
            raise RuntimeError(f"SQS refused {len(answer['Failed'])} messages for {queue}")


def ping(queue: str) -> None:
    """Raise unless SQS answers about one of the feature's queues."""
    aws.client("sqs").get_queue_attributes(QueueUrl=queue_url(queue), AttributeNames=["QueueArn"])


def consume(
    batch: SQSEvent,
    queue: str,
    model: type[Message],
    handle: Callable[[Message], None],
    retry_base_seconds: int,
    *,
    give_up: Callable[[Message], None] | None = None,
    needed_seconds: int = 0,
) -> dict[str, Any]:
    """Handle every message of the batch; those that raise come back later, alone.

    A message is not begun with less than `needed_seconds` of the function's time left, but comes
    back: a worker that Lambda kills in the middle of one does not know what became of it.
    Returns Lambda's partial batch answer. A message's delay doubles with each receive, with full
    jitter between half and whole; after the queue's last receive SQS moves it to the
    dead-letter queue, and `give_up` is told before.
    """
    failures = []
    for record in batch:
        message = record.to_dict()
        with correlation.bound(_correlation_of(message)):
            if seconds_left(batch) < needed_seconds:
                logger.warning("message left", queue=queue, message_id=message["messageId"])
                _delay(record, queue, retry_base_seconds, 0)
                failures.append({"itemIdentifier": message["messageId"]})
                continue
            try:
                _handle(record, model, handle, give_up)
            except Exception as error:
                passing = isinstance(error, RetryLater)
                log = logger.warning if passing else logger.exception
                log(
                    "message failed",
                    queue=queue,
                    message_id=message["messageId"],
                    reason=type(error.__cause__ or error).__name__,
                )
                least = error.after_seconds if isinstance(error, RetryLater) else 0
                _delay(record, queue, retry_base_seconds, least)
                failures.append({"itemIdentifier": message["messageId"]})
    return {"batchItemFailures": failures}


def consume_events(
    batch: SQSEvent,
    queue: str,
    handle: Callable[[DomainEvent], None],
    retry_base_seconds: int = 5,
) -> dict[str, Any]:
    """Handle the domain events of a batch (delivered raw from the topic), as `consume` does."""
    return consume(batch, queue, DomainEvent, handle, retry_base_seconds)


def _handle(
    record: SQSRecord,
    model: type[Message],
    handle: Callable[[Message], None],
    give_up: Callable[[Message], None] | None,
) -> None:
    message = msgspec.json.decode(record.body, type=model)
    try:
        handle(message)
    except Exception:
        if give_up and receive_count(record) >= MAX_RECEIVES:
            give_up(message)
        raise


def seconds_left(event: BaseLambdaEvent) -> float:
    """How much of its time is left to the function that was given this event; all in a test."""
    context: Any = event.context
    return context.get_remaining_time_in_millis() / 1000 if context else math.inf


def _correlation_of(message: dict[str, Any]) -> str | None:
    attribute = message.get("messageAttributes", {}).get(CORRELATION_ATTRIBUTE, {})
    value: str | None = attribute.get("stringValue")
    return value


def receive_count(record: SQSRecord) -> int:
    """How often this message was received, this time included."""
    return int(record.to_dict()["attributes"]["ApproximateReceiveCount"])


def _delay(record: SQSRecord, queue: str, base_seconds: int, least_seconds: int) -> None:
    longest = min(MAX_DELAY_SECONDS, base_seconds * 2 ** (receive_count(record) - 1))
    jittered = random.randint((longest + 1) // 2, longest)  # noqa: S311
    try:
        aws.client("sqs").change_message_visibility(
            QueueUrl=queue_url(queue),
            ReceiptHandle=record.receipt_handle,
            VisibilityTimeout=min(MAX_DELAY_SECONDS, max(jittered, least_seconds)),
        )
    except Exception:  # the message comes back all the same, when the queue's own timeout is over
        logger.exception("delay refused", queue=queue)
