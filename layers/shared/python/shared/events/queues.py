"""SQS queues: sending messages, and consuming batches in which each message fails alone."""

import math
import random
from collections.abc import Callable, Collection, Iterable
from types import UnionType
from typing import Any, TypeVar

import msgspec
from chalice.app import BaseLambdaEvent, SQSEvent, SQSRecord

from shared.events.domain_events import DomainEvent
from shared.platform import aws, correlation, metrics, outages
from shared.platform.config import queue_url
from shared.platform.logs import logger
from shared.platform.outages import Outage

SQS_BATCH = 10
MAX_RECEIVES = 5  # after that, SQS moves a message to the dead-letter queue
MAX_DELAY_SECONDS = 900
CORRELATION_ATTRIBUTE = "correlationid"

Events = DomainEvent | list[DomainEvent]
Message = TypeVar("Message", bound=msgspec.Struct | list[DomainEvent])


class RetryLater(Exception):
    """The work failed for a temporary reason and should be retried.

    Attributes:
        after_seconds: Shortest delay before the retry, such as a provider's Retry-After.
    """

    def __init__(self, after_seconds: int = 0) -> None:
        super().__init__()
        self.after_seconds = after_seconds


def send(queue: str, messages: Iterable[msgspec.Struct]) -> None:
    """Send messages to a queue of the feature, with the current correlation id.

    Raises:
        Outage: SQS could not take some of them.
        RuntimeError: SQS refused some of them.
    """
    pending = list(messages)
    attribute = {"DataType": "String", "StringValue": correlation.current()}
    for start in range(0, len(pending), SQS_BATCH):
        response = aws.client("sqs").send_message_batch(
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
        failed = response.get("Failed", [])
        if any(entry.get("SenderFault", True) for entry in failed):
            raise RuntimeError(f"SQS refused {len(failed)} messages for {queue}.")
        if failed:
            raise Outage(f"SQS could not take {len(failed)} messages for {queue}.")


def drain(queue: str, handle: Callable[[str], None], *, max_messages: int) -> int:
    """Handle the messages that wait on a queue of the feature, and return their number.

    A message whose handling fails stays, and is received again after the queue's visibility
    timeout. During an outage the others wait too.

    Args:
        queue: The queue.
        handle: Handles the body of a message; twice, if its deletion fails.
        max_messages: Most messages to handle.
    """
    handled = 0
    while handled < max_messages:
        response = aws.client("sqs").receive_message(
            QueueUrl=queue_url(queue), MaxNumberOfMessages=SQS_BATCH
        )
        messages = response.get("Messages", [])
        if not messages:
            break
        for message in messages:
            try:
                handle(message["Body"])
            except Exception as error:
                failure = metrics.of_failures(metrics.feature(), 1)
                logger.exception("message failed", queue=queue, **failure)
                if outages.find(error):
                    return handled
                continue
            handled += 1
            aws.client("sqs").delete_message(
                QueueUrl=queue_url(queue), ReceiptHandle=message["ReceiptHandle"]
            )
    return handled


def ping(queue: str) -> None:
    """Raise an exception unless SQS answers for a queue of the feature."""
    aws.client("sqs").get_queue_attributes(QueueUrl=queue_url(queue), AttributeNames=["QueueArn"])


def consume(
    batch: SQSEvent,
    queue: str,
    model: type[Message] | UnionType,
    handle: Callable[[Message], None],
    retry_base_seconds: int,
    *,
    give_up: Callable[[Message], None] | None = None,
    needed_seconds: int = 0,
) -> dict[str, Any]:
    """Handle every message of a batch; messages that fail are delivered again, alone.

    The delay of a message doubles with each receive, with jitter between half and all of it. After
    the queue's last receive, SQS moves the message to the dead-letter queue.

    Args:
        batch: The batch as Lambda delivers it.
        queue: Name of the queue.
        model: Type of a message.
        handle: Called with each message; a message fails if it raises an exception.
        retry_base_seconds: Delay after the first failure.
        give_up: Called with a message when its last receive fails.
        needed_seconds: Time that one message may take. A message is not begun with less time left:
            if Lambda stops a worker midway, it is unknown whether the work was done.

    Returns:
        Lambda's partial batch response.
    """
    failures = []
    received = failed = lost = 0
    for record in batch:
        received += 1
        message = record.to_dict()
        with correlation.bound(_find_correlation_id(message)):
            if seconds_left(batch) < needed_seconds:
                logger.warning("message postponed", queue=queue, message_id=message["messageId"])
                _delay(record, queue, retry_base_seconds, 0)
                failures.append({"itemIdentifier": message["messageId"]})
                continue
            try:
                _handle(record, model, handle, give_up)
            except Exception as error:
                is_temporary = isinstance(error, RetryLater)
                log = logger.warning if is_temporary else logger.exception
                log(
                    "message failed",
                    queue=queue,
                    message_id=message["messageId"],
                    reason=type(error.__cause__ or error).__name__,
                )
                failed += 1
                lost += receive_count(record) >= MAX_RECEIVES
                shortest = error.after_seconds if isinstance(error, RetryLater) else 0
                _delay(record, queue, retry_base_seconds, shortest)
                failures.append({"itemIdentifier": message["messageId"]})
    logger.info("batch", **metrics.of_batch(queue, received, failed=failed, lost=lost))
    return {"batchItemFailures": failures}


def consume_events(
    batch: SQSEvent,
    queue: str,
    handle: Callable[[DomainEvent], None],
    types: Collection[str],
    retry_base_seconds: int = 5,
) -> dict[str, Any]:
    """Handle the domain events of a batch as `consume` does. The topic delivers them raw.

    A message is an event, or an array of the events of one transaction. If one of them fails, all
    of them are delivered again.

    Args:
        batch: The batch as Lambda delivers it.
        queue: Name of the queue.
        handle: Called with each event, in order.
        types: Types that the queue is subscribed to; other events of an array are skipped.
        retry_base_seconds: Delay after the first failure.
    """

    def handle_all(message: Events) -> None:
        if isinstance(message, DomainEvent):
            handle(message)
        else:
            for event in message:
                if event.type in types:
                    handle(event)

    return consume(batch, queue, Events, handle_all, retry_base_seconds)


def _handle(
    record: SQSRecord,
    model: type[Message] | UnionType,
    handle: Callable[[Message], None],
    give_up: Callable[[Message], None] | None,
) -> None:
    message: Message = msgspec.json.decode(record.body, type=model)
    try:
        handle(message)
    except Exception:
        if give_up and receive_count(record) >= MAX_RECEIVES:
            give_up(message)
        raise


def seconds_left(event: BaseLambdaEvent) -> float:
    """Return the time left to the function that received this event; infinite in tests."""
    context: Any = event.context
    return context.get_remaining_time_in_millis() / 1000 if context else math.inf


def _find_correlation_id(message: dict[str, Any]) -> str | None:
    attribute = message.get("messageAttributes", {}).get(CORRELATION_ATTRIBUTE, {})
    value: str | None = attribute.get("stringValue")
    return value


def receive_count(record: SQSRecord) -> int:
    """Return how often a message was received, including this time."""
    return int(record.to_dict()["attributes"]["ApproximateReceiveCount"])


def _delay(record: SQSRecord, queue: str, base_seconds: int, shortest_seconds: int) -> None:
    longest = min(MAX_DELAY_SECONDS, base_seconds * 2 ** (receive_count(record) - 1))
    jittered = random.randint((longest + 1) // 2, longest)  # noqa: S311
    try:
        aws.client("sqs").change_message_visibility(
            QueueUrl=queue_url(queue),
            ReceiptHandle=record.receipt_handle,
            VisibilityTimeout=min(MAX_DELAY_SECONDS, max(jittered, shortest_seconds)),
        )
    except Exception:  # the message returns anyway, after the queue's visibility timeout
        logger.exception("delay not set", queue=queue)
