"""Redrive: messages of dead-letter queues, moved back to their source queues.

It uses receive, send and delete, because MiniStack knows neither StartMessageMoveTask nor
ListDeadLetterSourceQueues (measured), and AWS takes these as well.
"""

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import boto3

from infra.local.settings import StackError

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import MessageTypeDef

DEAD_LETTERS = "-dlq"

# Seconds: long enough to send a batch on. What could not be sent is visible again after it.
_HIDDEN_SECONDS = 60
# A second of waiting makes SQS ask all its servers; without, it may overlook messages.
_WAIT_SECONDS = 1


@dataclass(frozen=True)
class Redriven:
    """Result for one dead-letter queue; `source` is None when no queue names it."""

    queue: str
    source: str | None
    moved: int

    def __str__(self) -> str:
        """Format the result as one line."""
        if self.source is None:
            return f"{self.queue}: has no source queue, left alone"
        return f"{self.queue} -> {self.source}: {self.moved} moved"


def redrive(session: boto3.Session, prefix: str, queue: str | None = None) -> Iterator[Redriven]:
    """Empty the dead-letter queues whose names begin with `prefix`; return one result for each.

    A queue that no other names in its redrive policy (failures of a stream) is left alone.

    Args:
        session: Session of the environment.
        prefix: Prefix of the queues' names.
        queue: Restricts the redrive to one queue: its full name, or what follows the prefix.

    Raises:
        StackError: There is no dead-letter queue of that name.
        botocore.exceptions.ClientError: A message could not be sent; it stays where it was.
    """
    sqs = session.client("sqs")
    urls = _urls_by_arn(sqs, prefix)
    sources = {
        json.loads(policy)["deadLetterTargetArn"]: arn
        for arn, url in urls.items()
        if (policy := _attribute(sqs, url, "RedrivePolicy"))
    }
    wanted = {queue, f"{prefix}{queue}"}
    dead_letters = [
        arn
        for arn in urls
        if arn.endswith(DEAD_LETTERS) and (queue is None or _name(arn) in wanted)
    ]
    if queue is not None and not dead_letters:
        raise StackError(f"There is no dead-letter queue {queue} (they end in {DEAD_LETTERS}).")
    for arn in dead_letters:
        source = sources.get(arn)
        moved = _move(sqs, urls[arn], urls[source]) if source else 0
        yield Redriven(_name(arn), _name(source) if source else None, moved)


def _move(sqs: "SQSClient", dead_letter_url: str, source_url: str) -> int:
    """Move the messages that are there now, not those that fail again; return their number."""
    started_ms = time.time() * 1000
    moved = 0
    while True:
        answer = sqs.receive_message(
            QueueUrl=dead_letter_url,
            MaxNumberOfMessages=10,
            MessageAttributeNames=["All"],
            MessageSystemAttributeNames=["SentTimestamp"],
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
            return moved
        for message in earlier:
            _send(sqs, source_url, message)
            sqs.delete_message(QueueUrl=dead_letter_url, ReceiptHandle=message["ReceiptHandle"])
            moved += 1


def _send(sqs: "SQSClient", url: str, message: "MessageTypeDef") -> None:
    sqs.send_message(
        QueueUrl=url,
        MessageBody=message["Body"],
        MessageAttributes=message.get("MessageAttributes", {}),
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
