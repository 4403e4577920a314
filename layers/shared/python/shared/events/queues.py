"""SQS queues: sending messages, and consuming batches in which each message fails alone."""

import math
import random
import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from types import UnionType
from typing import Any, TypeVar

import msgspec
from chalice.app import BaseLambdaEvent, SQSEvent, SQSRecord

from shared.events.domain_events import DomainEvent
from shared.platform import aws, clock, correlation, metrics, outages, traces
from shared.platform.config import queue_url
from shared.platform.logs import logger
from shared.platform.outages import Outage

SQS_BATCH = 10
DEAD_LETTERS = "-dlq"  # the end of the names of dead-letter queues
# After that, SQS moves a message to the dead-letter queue. Code gives up earlier: this is for
# messages whose worker crashes each time, and is more than what patience needs.
MAX_RECEIVES = 60
# An error of ours does not go away, unless it is an outage that was not recognized as one.
PERMANENT_RECEIVES = 5
PATIENCE = timedelta(hours=6)  # with outages
MAX_DELAY_SECONDS = 900
RESERVE_SECONDS = 2  # to have the rest of a batch delivered again
CORRELATION_ATTRIBUTE = "correlationid"
REASON_ATTRIBUTE = "reason"

Events = DomainEvent | list[DomainEvent]
Message = TypeVar("Message", bound=msgspec.Struct | list[DomainEvent])


class Outgoing(msgspec.Struct, frozen=True):
    """A message to send.

    Attributes:
        delay_seconds: How long SQS keeps it back, at most MAX_DELAY_SECONDS.
    """

    message: msgspec.Struct
    correlation_id: str
    delay_seconds: int = 0


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

    Raises what `send_each` raises.
    """
    correlation_id = correlation.current()
    send_each(queue, [Outgoing(message, correlation_id) for message in messages])


def send_each(queue: str, pending: Sequence[Outgoing]) -> None:
    """Send messages to a queue of the feature, each with its own correlation id and delay.

    Raises:
        Outage: SQS could not take some of them.
        RuntimeError: SQS refused some of them.
    """
    for start in range(0, len(pending), SQS_BATCH):
        response = aws.client("sqs").send_message_batch(
            QueueUrl=queue_url(queue),
            Entries=[
                {
                    "Id": str(position),
                    "MessageBody": msgspec.json.encode(outgoing.message).decode(),
                    "MessageAttributes": _attributes(
                        {CORRELATION_ATTRIBUTE: outgoing.correlation_id}
                    ),
                    "DelaySeconds": outgoing.delay_seconds,
                    **_trace_attribute(),
                }
                for position, outgoing in enumerate(pending[start : start + SQS_BATCH])
            ],
        )
        failed = response.get("Failed", [])
        if any(entry.get("SenderFault", True) for entry in failed):
            raise RuntimeError(f"SQS refused {len(failed)} messages for {queue}.")
        if failed:
            raise Outage(f"SQS could not take {len(failed)} messages for {queue}.")


def count_waiting(queue: str) -> int:
    """Count the messages that wait on a queue of the feature, approximately."""
    name = "ApproximateNumberOfMessages"
    answer = aws.client("sqs").get_queue_attributes(
        QueueUrl=queue_url(queue), AttributeNames=[name]
    )
    return int(answer["Attributes"][name])


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
    needed_seconds: int = 0,
) -> dict[str, Any]:
    """Handle every message of a batch; messages that fail are delivered again, alone.

    The delay of a message doubles with each receive up to 15 minutes, with jitter between half and
    all of it. In an outage of what we depend on (`RetryLater`, or see shared.platform.outages) it
    is tried again for six hours. After any other error it is tried five times. Then it moves to
    the dead-letter queue, with the reason.

    Args:
        batch: The batch as Lambda delivers it.
        queue: Name of the queue.
        model: Type of a message.
        handle: Called with each message; a message fails if it raises an exception.
        retry_base_seconds: Delay after the first failure.
        needed_seconds: Time that one message may take. A message is not begun with less time left:
            if Lambda stops a worker midway, it is unknown whether the work was done.

    Returns:
        Lambda's partial batch response.
    """
    consumed = _Consumed(queue, retry_base_seconds)
    for record in batch:
        with correlation.bound(_find_correlation_id(record.to_dict())):
            if seconds_left(batch) < needed_seconds:
                consumed.postpone(record)
                continue
            began = time.monotonic()
            try:
                with _traced([record], queue):
                    message: Message = msgspec.json.decode(record.body, type=model)
                    handle(message)
            except Exception as error:
                consumed.fail(record, error)
                # In an outage each message waits in vain. None may still wait when time is up.
                took = int(time.monotonic() - began)
                if took:
                    needed_seconds = max(needed_seconds, took + RESERVE_SECONDS)
            else:
                consumed.received += 1
    return consumed.respond({})


def consume_together(
    batch: SQSEvent,
    queue: str,
    model: type[Message],
    handle: Callable[[list[Message]], Mapping[str, Any]],
    retry_base_seconds: int,
) -> dict[str, Any]:
    """Handle the messages of a batch in one call, which succeeds or fails for all of them.

    Otherwise as `consume`.

    Args:
        batch: The batch as Lambda delivers it.
        queue: Name of the queue.
        model: Type of a message.
        handle: Called with the messages; returns members for the log line of the batch.
        retry_base_seconds: Delay after the first failure.
    """
    consumed = _Consumed(queue, retry_base_seconds)
    records: list[SQSRecord] = []
    messages: list[Message] = []
    for record in batch:
        try:
            messages.append(msgspec.json.decode(record.body, type=model))
        except msgspec.MsgspecError as error:
            consumed.fail(record, error)
        else:
            records.append(record)
    members: Mapping[str, Any] = {}
    try:
        with _traced(records, queue):
            members = handle(messages) if messages else {}
    except Exception as error:
        for record in records:
            consumed.fail(record, error)
    else:
        consumed.received += len(records)
    return consumed.respond(members)


def consume_events(
    batch: SQSEvent,
    queue: str,
    handle: Callable[[DomainEvent], None],
    types: Collection[str],
    retry_base_seconds: int = 5,
    *,
    needed_seconds: int = 0,
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
        needed_seconds: Time that one message may take, as of `consume`.
    """

    def handle_all(message: Events) -> None:
        if isinstance(message, DomainEvent):
            handle(message)
        else:
            for event in message:
                if event.type in types:
                    handle(event)

    return consume(
        batch, queue, Events, handle_all, retry_base_seconds, needed_seconds=needed_seconds
    )


class _Consumed:
    """The results of a batch."""

    def __init__(self, queue: str, retry_base_seconds: int) -> None:
        self.received = 0
        self._queue = queue
        self._retry_base_seconds = retry_base_seconds
        self._failed = self._lost = 0
        self._again: list[dict[str, str]] = []

    def postpone(self, record: SQSRecord) -> None:
        """Leave a message to a later batch, because no time is left for it."""
        self.received += 1
        message_id = record.to_dict()["messageId"]
        logger.warning("message postponed", queue=self._queue, message_id=message_id)
        self._deliver_again(record, 0)

    def fail(self, record: SQSRecord, error: Exception) -> None:
        """Have a message that failed delivered again, or move it to the dead-letter queue."""
        self.received += 1
        self._failed += 1
        is_temporary = isinstance(error, RetryLater) or outages.find(error) is not None
        reason = type(error.__cause__ or error).__name__
        (logger.warning if is_temporary else logger.exception)(
            "message failed",
            queue=self._queue,
            message_id=record.to_dict()["messageId"],
            reason=reason,
        )
        receives = receive_count(record)
        is_over = (
            _age(record) >= PATIENCE if is_temporary else receives >= PERMANENT_RECEIVES
        ) or receives >= MAX_RECEIVES
        self._lost += is_over
        if not is_over or not self._bury(record, reason):
            shortest = error.after_seconds if isinstance(error, RetryLater) else 0
            self._deliver_again(record, shortest)

    def respond(self, members: Mapping[str, Any]) -> dict[str, Any]:
        """Log the batch, and return Lambda's partial batch response."""
        counted = metrics.of_batch(self._queue, self.received, failed=self._failed, lost=self._lost)
        logger.info("batch", **metrics.merge(counted, members))
        return {"batchItemFailures": self._again}

    def _deliver_again(self, record: SQSRecord, shortest_seconds: int) -> None:
        _delay(record, self._queue, self._retry_base_seconds, shortest_seconds)
        self._again.append({"itemIdentifier": record.to_dict()["messageId"]})

    def _bury(self, record: SQSRecord, reason: str) -> bool:
        """Move a message to the dead-letter queue. Return False if SQS does not take it."""
        correlation_id = _find_correlation_id(record.to_dict()) or correlation.current()
        try:
            bury(self._queue, record.body, reason, correlation_id)
        except Exception:  # it comes again, and SQS moves it in the end
            logger.exception("dead letter not sent", queue=self._queue)
            return False
        return True


def bury(queue: str, body: str, reason: str, correlation_id: str) -> None:
    """Send a message to the dead-letter queue, with the reason; `make redrive` moves it back.

    Raises what sending to SQS raises.
    """
    attributes = {CORRELATION_ATTRIBUTE: correlation_id, REASON_ATTRIBUTE: reason}
    aws.client("sqs").send_message(
        QueueUrl=queue_url(queue) + DEAD_LETTERS,
        MessageBody=body,
        MessageAttributes=_attributes(attributes),
    )


def _attributes(values: Mapping[str, str]) -> dict[str, Any]:
    return {name: {"DataType": "String", "StringValue": value} for name, value in values.items()}


def _age(record: SQSRecord) -> timedelta:
    """Return how long ago a message was sent."""
    sent_ms = record.to_dict()["attributes"].get("SentTimestamp")
    if sent_ms is None:
        return timedelta(0)
    return clock.now() - datetime.fromtimestamp(int(sent_ms) / 1000, UTC)


def seconds_left(event: BaseLambdaEvent) -> float:
    """Return the time left to the function that received this event; infinite in tests."""
    context: Any = event.context
    return context.get_remaining_time_in_millis() / 1000 if context else math.inf


def _find_correlation_id(message: dict[str, Any]) -> str | None:
    attribute = message.get("messageAttributes", {}).get(CORRELATION_ATTRIBUTE, {})
    value: str | None = attribute.get("stringValue")
    return value


def _traced(records: Sequence[SQSRecord], queue: str) -> AbstractContextManager[object]:
    """Record the work on messages in the traces of those who sent them."""
    headers = [_find_trace_header(record.to_dict()) for record in records]
    return traces.received(
        headers,
        feature=metrics.feature(),
        source=queue,
        records=len(records),
        correlation_id=correlation.current(),
    )


def _find_trace_header(message: dict[str, Any]) -> str | None:
    """Return the tracing header of a message, from the topic or from the queue."""
    attribute = message.get("messageAttributes", {}).get(traces.SNS_ATTRIBUTE, {})
    value: str | None = attribute.get("stringValue")
    return value or message.get("attributes", {}).get(traces.SQS_ATTRIBUTE)


def _trace_attribute() -> dict[str, Any]:
    header = traces.header()
    attributes = {traces.SQS_ATTRIBUTE: header} if header else {}
    return {"MessageSystemAttributes": _attributes(attributes)} if attributes else {}


def receive_count(record: SQSRecord) -> int:
    """Return how often a message was received, including this time."""
    return int(record.to_dict()["attributes"]["ApproximateReceiveCount"])


def _delay(record: SQSRecord, queue: str, base_seconds: int, shortest_seconds: int) -> None:
    doublings = min(receive_count(record) - 1, 20)
    longest = min(MAX_DELAY_SECONDS, base_seconds * 2**doublings)
    jittered = random.randint((longest + 1) // 2, longest)  # noqa: S311
    try:
        aws.client("sqs").change_message_visibility(
            QueueUrl=queue_url(queue),
            ReceiptHandle=record.receipt_handle,
            VisibilityTimeout=min(MAX_DELAY_SECONDS, max(jittered, shortest_seconds)),
        )
    except Exception:  # the message returns anyway, after the queue's visibility timeout
        logger.exception("delay not set", queue=queue)
