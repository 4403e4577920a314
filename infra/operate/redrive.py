"""Redrive: messages of dead-letter queues, listed with the reason, and moved back to their queues.

It uses receive, send and delete, because MiniStack knows neither StartMessageMoveTask nor
ListDeadLetterSourceQueues (measured), and AWS takes these as well.
"""

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal

import boto3

from infra.local.settings import StackError
from shared.events.queues import CORRELATION_ATTRIBUTE, DEAD_LETTERS, REASON_ATTRIBUTE

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import MessageTypeDef

# Seconds: long enough to send a batch on. What could not be sent is visible again after it.
_HIDDEN_SECONDS = 60
# A second of waiting makes SQS ask all its servers; without, it may overlook messages.
_WAIT_SECONDS = 1
# The parts of a body that are shown: neither words nor addresses nor codes.
_NAMES = ("type", "id", "deliveryId", "messageId", "conversationId", "calendarId", "kind")


@dataclass(frozen=True)
class Waiting:
    """A dead letter."""

    id: str
    since: datetime
    what: str
    reason: str
    correlation_id: str

    def __str__(self) -> str:
        """Format the dead letter as one line, below the one of its queue."""
        since = self.since.isoformat(timespec="seconds")
        return f"  {self.id}  {since}  {self.what}  because {self.reason}  {self.correlation_id}"


@dataclass(frozen=True)
class Redriven:
    """Result for one dead-letter queue; `source` is None when no queue names it."""

    queue: str
    source: str | None
    moved: int
    waiting: tuple[Waiting, ...] = ()

    def __str__(self) -> str:
        """Format the result as a line, and one for each dead letter that was there."""
        if self.source is None:
            summary = f"{self.queue}: has no source queue, left alone"
        else:
            summary = f"{self.queue} -> {self.source}: {self.moved} moved"
        return "\n".join([summary, *map(str, self.waiting)])


def redrive(
    session: boto3.Session,
    prefix: str,
    queue: str | None = None,
    *,
    message_id: str | None = None,
    dry_run: bool = False,
) -> Iterator[Redriven]:
    """Empty the dead-letter queues whose names begin with `prefix`; return one result for each.

    A queue that no other names in its redrive policy (failures of a stream) is left alone.

    Args:
        session: Session of the environment.
        prefix: Prefix of the queues' names.
        queue: Restricts the redrive to one queue: its name or that of its dead-letter queue, with
            or without the prefix.
        message_id: Restricts the redrive to one dead letter.
        dry_run: Lists what waits, and moves nothing.

    Raises:
        StackError: There is no dead-letter queue of that name, or no such dead letter.
        botocore.exceptions.ClientError: A message could not be sent; it stays where it was.
    """
    sqs = session.client("sqs")
    urls = _urls_by_arn(sqs, prefix)
    sources = {
        json.loads(policy)["deadLetterTargetArn"]: arn
        for arn, url in urls.items()
        if (policy := _attribute(sqs, url, "RedrivePolicy"))
    }
    dead_letters = [
        arn
        for arn in urls
        if arn.endswith(DEAD_LETTERS) and (queue is None or _is_named(arn, queue, prefix))
    ]
    if queue is not None and not dead_letters:
        known = ", ".join(_short(arn, prefix) for arn in urls if arn.endswith(DEAD_LETTERS))
        raise StackError(f"There is no dead-letter queue {queue}. There are: {known}.")
    is_found = False
    for arn in dead_letters:
        source = sources.get(arn)
        target = None if dry_run or source is None else urls[source]
        waiting, moved = _work_on(sqs, urls[arn], target, message_id)
        is_found = is_found or bool(waiting)
        yield Redriven(_name(arn), _name(source) if source else None, moved, tuple(waiting))
    if message_id is not None and not is_found:
        raise StackError(f"There is no dead letter {message_id}.")


def _work_on(
    sqs: "SQSClient", dead_letter_url: str, target_url: str | None, message_id: str | None
) -> tuple[list[Waiting], int]:
    """List the messages that are there now, and move them if there is a target.

    Those that are not moved are visible again afterwards.
    """
    waiting: list[Waiting] = []
    left: list[MessageTypeDef] = []
    moved = 0
    try:
        for message in _receive_all(sqs, dead_letter_url):
            is_chosen = message_id in (None, message["MessageId"])
            if is_chosen:
                waiting.append(_describe(message))
            if target_url is None or not is_chosen:
                left.append(message)
                continue
            _send(sqs, target_url, message)
            handle = message["ReceiptHandle"]
            sqs.delete_message(QueueUrl=dead_letter_url, ReceiptHandle=handle)
            moved += 1
    finally:
        for message in left:
            sqs.change_message_visibility(
                QueueUrl=dead_letter_url,
                ReceiptHandle=message["ReceiptHandle"],
                VisibilityTimeout=0,
            )
    return waiting, moved


def _receive_all(sqs: "SQSClient", dead_letter_url: str) -> Iterator["MessageTypeDef"]:
    """Receive the messages that are there now, not those that fail again meanwhile."""
    started_ms = time.time() * 1000
    while True:
        answer = sqs.receive_message(
            QueueUrl=dead_letter_url,
            MaxNumberOfMessages=10,
            MessageAttributeNames=["All"],
            MessageSystemAttributeNames=["SentTimestamp", "ApproximateReceiveCount"],
            VisibilityTimeout=_HIDDEN_SECONDS,
            WaitTimeSeconds=_WAIT_SECONDS,
        )
        # A message keeps the time it was first sent when SQS moves it here, so a later one has
        # been redriven by us and given up once more.
        earlier = [
            message
            for message in answer.get("Messages", [])
            if float(message["Attributes"]["SentTimestamp"]) <= started_ms
        ]
        if not earlier:
            return
        yield from earlier


def _describe(message: "MessageTypeDef") -> Waiting:
    attributes = {
        name: value.get("StringValue", "")
        for name, value in message.get("MessageAttributes", {}).items()
    }
    sent_ms = float(message["Attributes"]["SentTimestamp"])
    return Waiting(
        message["MessageId"],
        datetime.fromtimestamp(sent_ms / 1000, UTC),
        _describe_body(message["Body"]),
        # SQS itself moves what was received too often, and says no reason.
        attributes.get(REASON_ATTRIBUTE, "its worker crashed each time; see its log"),
        attributes.get(CORRELATION_ATTRIBUTE, ""),
    )


def _describe_body(body: str) -> str:
    try:
        content: Any = json.loads(body)
    except ValueError:
        return "unreadable"
    parts = content if isinstance(content, list) else [content]
    described = [
        " ".join(str(part[name]) for name in _NAMES if isinstance(part.get(name), str))
        for part in parts
        if isinstance(part, dict)
    ]
    return ", ".join(filter(None, described)) or "unnamed"


def _is_named(arn: str, queue: str, prefix: str) -> bool:
    name = _name(arn)
    return queue in {
        given
        for full in (name, name.removesuffix(DEAD_LETTERS))
        for given in (full, full.removeprefix(prefix))
    }


def _short(arn: str, prefix: str) -> str:
    return _name(arn).removeprefix(prefix).removesuffix(DEAD_LETTERS)


def _send(sqs: "SQSClient", url: str, message: "MessageTypeDef") -> None:
    sqs.send_message(
        QueueUrl=url,
        MessageBody=message["Body"],
        MessageAttributes={
            name: value
            for name, value in message.get("MessageAttributes", {}).items()
            if name != REASON_ATTRIBUTE
        },
    )


def _urls_by_arn(sqs: "SQSClient", prefix: str) -> dict[str, str]:
    pages = sqs.get_paginator("list_queues").paginate(QueueNamePrefix=prefix)
    urls = [url for page in pages for url in page.get("QueueUrls", [])]
    return {_attribute(sqs, url, "QueueArn"): url for url in sorted(urls)}


def _attribute(sqs: "SQSClient", url: str, name: Literal["QueueArn", "RedrivePolicy"]) -> str:
    answer = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=[name])
    return answer.get("Attributes", {}).get(name, "")


def _name(arn: str) -> str:
    return arn.rpartition(":")[2]
