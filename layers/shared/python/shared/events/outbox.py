"""The transactional outbox: an event is written with the change it tells of, then relayed.

The feature tells it in the same DynamoDB transaction as its change (`tell`). The table's
stream hands it to the feature's relay function, which publishes it to the topic `domain-events`.
A crash anywhere leaves either both or neither; an event may be published twice, never lost.
"""

from collections.abc import Iterable, Sequence
from typing import TypeVar

import msgspec
from chalice.app import DynamoDBRecord
from pynamodb.attributes import UnicodeAttribute
from pynamodb.transactions import TransactWrite

from shared.data.dynamodb import Item
from shared.events.domain_events import DomainEvent
from shared.platform import aws, correlation
from shared.platform.config import Common, from_environment
from shared.platform.logs import logger

PREFIX = "OUTBOX#"
KEPT_SECONDS = 7 * 24 * 3600  # longer than a stream keeps its records, for a replay by hand
SNS_BATCH = 10


class OutboxItem(Item):
    """An event waiting in the feature's table. Its partition keeps a subject's events in order."""

    event = UnicodeAttribute()


Outbox = TypeVar("Outbox", bound=OutboxItem)


def outbox_item(model: type[Outbox], event: DomainEvent) -> Outbox:
    """The item to write in the transaction of the change that `event` tells of."""
    return model(
        PREFIX + event.subject,
        event.id,
        event=msgspec.json.encode(event).decode(),
        expires_at=int(event.time.timestamp()) + KEPT_SECONDS,
    )


def add(writes: TransactWrite, model: type[OutboxItem], events: Iterable[DomainEvent]) -> None:
    """Put events into the outbox, in the transaction of the change that they tell of."""
    for event in events:
        writes.save(outbox_item(model, event))


class NotPublished(Exception):
    """Some events of a batch did not reach the topic: the stream must be read again."""


def relay(records: Iterable[DynamoDBRecord]) -> None:
    """Publish the events among the stream's records, in order.

    Raises NotPublished at the first that failed; the stream then hands over the batch again, or
    its halves. MiniStack takes a partial batch answer of a stream for success, so there is none.
    """
    publish([_event_of(record) for record in records if _is_outbox_insert(record)])


def publish(pending: Sequence[DomainEvent]) -> None:
    """Publish events to the topic, in order: those of a stream, or of a document that is its own
    outbox.

    Raises NotPublished at the first batch of which some failed.
    """
    for start in range(0, len(pending), SNS_BATCH):
        failed = _publish(pending[start : start + SNS_BATCH])
        if failed:
            raise NotPublished(f"{len(failed)} of {len(pending)} events")


def _is_outbox_insert(record: DynamoDBRecord) -> bool:
    return record.event_name == "INSERT" and record.keys["pk"]["S"].startswith(PREFIX)


def _event_of(record: DynamoDBRecord) -> DomainEvent:
    return msgspec.json.decode(record.new_image["event"]["S"], type=DomainEvent)


def _publish(events: Sequence[DomainEvent]) -> set[str]:
    answer = aws.client("sns").publish_batch(
        TopicArn=from_environment(Common).domain_events_topic_arn,
        PublishBatchRequestEntries=[
            {
                "Id": str(position),
                "Message": msgspec.json.encode(event).decode(),
                "MessageAttributes": {
                    "type": {"DataType": "String", "StringValue": event.type},
                    "correlationid": {"DataType": "String", "StringValue": event.correlationid},
                },
            }
            for position, event in enumerate(events)
        ],
    )
    failed = {events[int(failure["Id"])].id for failure in answer.get("Failed", [])}
    for event in events:
        outcome = "failed" if event.id in failed else "published"
        with correlation.bound(event.correlationid):
            logger.info("event", outcome=outcome, event_id=event.id, event_type=event.type)
    return failed
