"""The transactional outbox: an event is stored together with the change it reports.

A feature adds events in the same DynamoDB transaction as its change (`add`). The table's stream
invokes the feature's relay function, which publishes them to the topic `domain-events`. A crash
never leaves one without the other; an event may be published twice, but is never lost.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TypeVar

import msgspec
from chalice.app import DynamoDBRecord
from pynamodb.attributes import UnicodeAttribute
from pynamodb.transactions import TransactWrite

from shared.data.dynamodb import Item
from shared.events.domain_events import DomainEvent
from shared.platform import aws, correlation, metrics
from shared.platform.clock import now
from shared.platform.config import Common, from_environment
from shared.platform.logs import logger

PREFIX = "OUTBOX#"
LIFETIME_SECONDS = 7 * 24 * 3600  # longer than a stream retains its records, for manual replays
SNS_BATCH = 10


class OutboxItem(Item):
    """An event in the feature's table. A subject's events share a partition, which orders them."""

    event = UnicodeAttribute()


Outbox = TypeVar("Outbox", bound=OutboxItem)


def outbox_item(model: type[Outbox], event: DomainEvent) -> Outbox:
    """Return the item to write in the transaction of the change that the event reports."""
    return model(
        PREFIX + event.subject,
        event.id,
        event=msgspec.json.encode(event).decode(),
        expires_at=int(event.time.timestamp()) + LIFETIME_SECONDS,
    )


def add(writes: TransactWrite, model: type[OutboxItem], events: Iterable[DomainEvent]) -> None:
    """Add events to the transaction of the change that they report."""
    for event in events:
        writes.save(outbox_item(model, event))


class NotPublished(Exception):
    """Some events of a batch did not reach the topic, so the batch must be retried."""


def relay(records: Iterable[DynamoDBRecord]) -> None:
    """Publish the events among the records of a stream, in order.

    Raises:
        NotPublished: Some events failed. The stream then delivers the batch again, or its halves.
            There is no partial batch response, because MiniStack takes one for success.
    """
    inserted = [record for record in records if _is_outbox_insert(record)]
    if inserted:
        age = _age_of_oldest(inserted, now())
        logger.info("batch", **metrics.of_batch("outbox", len(inserted), waited_seconds=age))
    publish([_decode_event(record) for record in inserted])


def publish(pending: Sequence[DomainEvent]) -> None:
    """Publish events to the topic, in order.

    Raises:
        NotPublished: Some events of a batch failed; later batches were not sent.
    """
    for start in range(0, len(pending), SNS_BATCH):
        failed = _publish_batch(pending[start : start + SNS_BATCH])
        if failed:
            raise NotPublished(f"{len(failed)} of {len(pending)} events failed.")


def _is_outbox_insert(record: DynamoDBRecord) -> bool:
    return record.event_name == "INSERT" and record.keys["pk"]["S"].startswith(PREFIX)


def _age_of_oldest(records: Sequence[DynamoDBRecord], now: datetime) -> float:
    """Return for how many seconds the oldest of these records waits; a stream is in order."""
    written_at = records[0].to_dict()["dynamodb"].get("ApproximateCreationDateTime")
    return now.timestamp() - written_at if written_at is not None else 0


def _decode_event(record: DynamoDBRecord) -> DomainEvent:
    return msgspec.json.decode(record.new_image["event"]["S"], type=DomainEvent)


def _publish_batch(events: Sequence[DomainEvent]) -> set[str]:
    response = aws.client("sns").publish_batch(
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
    failed = {events[int(failure["Id"])].id for failure in response.get("Failed", [])}
    for event in events:
        outcome = "failed" if event.id in failed else "published"
        with correlation.bound(event.correlationid):
            logger.info("event", outcome=outcome, event_id=event.id, event_type=event.type)
    return failed
