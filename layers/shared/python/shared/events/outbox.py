"""The transactional outbox: an event is stored together with the change it reports.

A feature adds events in the same DynamoDB transaction as its change (`add`). The table's stream
invokes the feature's relay function, which publishes them to the topic `domain-events` and then
deletes their items: what is in the outbox is not published. A crash never leaves an event without
its change; an event may be published twice, but is never lost.

The events of an item are one message. Of a single event it is the event as JSON; of several it is
all of them as a JSON array, which is the JSON batch format of CloudEvents, with all their types in
the attribute `type`. A queue that is subscribed to one of the types receives the message once.

An event that no retry can publish (a poison event) is kept in its item with the reason, a notice
is sent to the relay's dead-letter queue, and the events behind it are published. In an outage of
the topic everything waits and is tried again. See docs/adr/0025-poison-events-and-sweeps.md.
"""

from base64 import b64decode, b64encode
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

import msgspec
from botocore.exceptions import ClientError
from chalice.app import DynamoDBRecord
from pynamodb.attributes import UnicodeAttribute
from pynamodb.transactions import TransactWrite

from shared.data.dynamodb import Item, sortable
from shared.data.shards import OUTBOX, shard_partition, shard_partitions
from shared.events.domain_events import DomainEvent
from shared.platform import aws, clock, correlation, metrics, sealing, traces
from shared.platform.config import Common, from_environment, resource_name
from shared.platform.logs import logger

PREFIX = OUTBOX + "#"
SEALED = "sealed"  # name of the only member of data that is sealed
Secret = Callable[[], bytes]
SNS_BATCH = 10
SNS_MAX_BYTES = 256 * 1024  # of the messages of a batch, with their attributes
STRING, STRINGS = "String", "String.Array"
Also = tuple[str, str, list[str]]  # id, type, and names of data that the other event has
Together = Sequence[DomainEvent]  # events that are one message
TOO_LARGE, UNREADABLE = "TooLarge", "Unreadable"
# Codes of SNS for a message whose content it will never take ("Common errors" and the errors of
# Publish in the Amazon SNS API Reference). All others, such as throttling, a missing permission or
# an internal error, are an outage: they may pass, or an operator mends them for all events alike.
REFUSALS = {
    "InvalidParameter",
    "InvalidParameterValue",
    "ParameterValueInvalid",
    "ValidationError",
    "ValidationException",
}


class OutboxItem(Item):
    """An event in the feature's table that is not published.

    The events of a subject share a partition, which orders them.

    Attributes:
        event: The event as JSON.
        also: Further events of the same transaction that say nothing else, as JSON: their ids and
            types, and what of the data they do not have.
        kept_because: Why it cannot be published; None while it is on its way.
        kept_at: When the relay found that out.
    """

    event = UnicodeAttribute()
    also = UnicodeAttribute(null=True)
    kept_because = UnicodeAttribute(null=True)
    kept_at = UnicodeAttribute(null=True)

    @classmethod
    def secret(cls) -> bytes | None:
        """Return the secret of the outbox, which seals the data of its events; None if none does.

        A feature whose events hold codes, addresses or names overrides it, and gives the same
        function to its relay: `app.outbox_relay(table=…, secret=…)`.
        """
        return None


Outbox = TypeVar("Outbox", bound=OutboxItem)


def outbox_item(model: type[Outbox], event: DomainEvent, *others: DomainEvent) -> Outbox:
    """Return the item to write in the transaction of the change that the event reports.

    Args:
        model: Class of the item.
        event: The event.
        others: Further events, each of which `says_no_more`.
    """
    also = [
        (other.id, other.type, sorted(event.data.keys() - other.data.keys())) for other in others
    ]
    return model(
        shard_partition(OUTBOX, event.subject),
        event.id,
        event=msgspec.json.encode(_seal_data(event, model.secret())).decode(),
        also=msgspec.json.encode(also).decode() if also else None,
    )


def add(writes: TransactWrite, model: type[OutboxItem], events: Iterable[DomainEvent]) -> None:
    """Add events to the transaction of the change that they report."""
    for item in build_items(model, events):
        writes.save(item)


def build_items(model: type[Outbox], events: Iterable[DomainEvent]) -> list[Outbox]:
    """Return the items of events, not stored yet.

    For those that are stored before the change that they report, where order is enough.
    """
    groups: list[list[DomainEvent]] = []
    for event in events:
        if groups and says_no_more(event, groups[-1][0]):
            groups[-1].append(event)
        else:
            groups.append([event])
    return [outbox_item(model, *group) for group in groups]


def erase_kept(model: type[OutboxItem], user_id: str) -> None:
    """Delete the poison events that name a user. One query for each shard, which is empty mostly.

    What is on its way is published within seconds, and then deleted anyway.
    """
    names = model.event.contains(user_id) & model.kept_because.exists()
    for partition in shard_partitions(OUTBOX):
        for item in model.query(partition, filter_condition=names, consistent_read=True):
            item.delete()


def says_no_more(event: DomainEvent, other: DomainEvent) -> bool:
    """Return whether an event differs from another one in id and type, and in data it lacks."""
    alike = msgspec.structs.replace(event, id=other.id, type=other.type, data=other.data) == other
    return alike and event.data.items() <= other.data.items()


def read_events(attributes: Mapping[str, Any], secret: Secret | None = None) -> list[DomainEvent]:
    """Return the events of an item, in order.

    Args:
        attributes: Attributes of the item, as DynamoDB describes them.
        secret: Returns the secret of the outbox, where it seals the data of its events.

    Raises:
        KeyError: It has no event.
        msgspec.MsgspecError: It cannot be read.
    """
    event = msgspec.json.decode(attributes["event"]["S"], type=DomainEvent)
    if secret is not None and event.data.keys() == {SEALED}:
        event = _unseal_data(event, secret())
    also: list[Also] = []
    if "also" in attributes:
        also = msgspec.json.decode(attributes["also"]["S"], type=list[Also])
    others = [
        msgspec.structs.replace(
            event,
            id=event_id,
            type=event_type,
            data={name: value for name, value in event.data.items() if name not in lacking},
        )
        for event_id, event_type, lacking in also
    ]
    return [event, *others]


def _seal_data(event: DomainEvent, secret: bytes | None) -> DomainEvent:
    if secret is None:
        return event
    sealed = sealing.seal(msgspec.json.encode(event.data), sealing.derive(secret, event.id))
    return msgspec.structs.replace(event, data={SEALED: b64encode(sealed).decode()})


def _unseal_data(event: DomainEvent, secret: bytes) -> DomainEvent:
    try:
        data = sealing.unseal(b64decode(event.data[SEALED]), sealing.derive(secret, event.id))
    except (ValueError, sealing.NotAuthentic) as error:
        raise msgspec.DecodeError("It was sealed with another secret.") from error
    return msgspec.structs.replace(event, data=msgspec.json.decode(data))


class NotPublished(Exception):
    """Some events of a batch did not reach the topic, so the batch must be retried."""


class RelaySettings(msgspec.Struct, frozen=True):
    """Settings of a relay function.

    Attributes:
        outbox_notices_url: Dead-letter queue of its stream; none is needed to publish.
    """

    outbox_notices_url: str = ""


class Relayed(msgspec.Struct, frozen=True):
    """What a relay did with a batch.

    Attributes:
        published: Ids of the events that were published.
        kept: Reasons why other events cannot be published, by the sort keys of their items.
    """

    published: list[str]
    kept: dict[str, str]


def relay(records: Iterable[DynamoDBRecord], table: str, secret: Secret | None = None) -> Relayed:
    """Publish the events among the records of a stream, in order, and delete their items.

    Poison events are kept. They do not fail the batch.

    Args:
        records: Records of the stream of the feature's table.
        table: Name of the table, such as `auth`.
        secret: Returns the secret of its outbox, where it seals the data of its events.

    Raises:
        NotPublished: Some events failed for a reason that may pass. The stream then delivers the
            batch again, or its halves. There is no partial batch response, because MiniStack takes
            one for success.
        ClientError: SNS or DynamoDB is throttling or down; the batch is delivered again as well.
    """
    inserted = [record for record in records if _is_outbox_insert(record)]
    if not inserted:
        return Relayed([], {})
    age = _age_of_oldest(inserted, clock.now())
    logger.info("batch", **metrics.of_batch("outbox", len(inserted), waited_seconds=age))
    annotations: traces.Annotations = {"source": "outbox", "records": len(inserted)}
    with traces.subsegment("outbox", feature=metrics.feature(), **annotations):
        return _relay_inserted(inserted, table, secret)


def _relay_inserted(
    inserted: Sequence[DynamoDBRecord], table: str, secret: Secret | None
) -> Relayed:
    items = _OutboxItems(resource_name(table))
    relayed = Relayed([], {})
    pending: list[Together] = []
    keys: dict[str, Mapping[str, Any]] = {}  # of the items, by the id of their first event
    for record in inserted:
        try:
            events = read_events(record.new_image, secret)
        except (KeyError, TypeError, msgspec.MsgspecError):
            items.keep(record.keys, UNREADABLE)
            relayed.kept[record.keys["sk"]["S"]] = UNREADABLE
        else:
            keys[events[0].id] = record.keys
            pending.append(events)
    for batch in _cut_batches(pending):
        failures = _publish_batch(batch)
        done = [events for events in batch if events[0].id not in failures]
        items.delete([keys[events[0].id] for events in done])
        relayed.published.extend(event.id for events in done for event in events)
        for event_id, reason in failures.items():
            if _is_poison(reason):
                items.keep(keys[event_id], reason)
                relayed.kept[keys[event_id]["sk"]["S"]] = reason
        _raise_if_temporary(failures, len(pending))
    return relayed


def publish(pending: Sequence[DomainEvent]) -> None:
    """Publish events to the topic, in order.

    Raises:
        NotPublished: Some events of a batch failed; later batches were not sent.
    """
    for batch in _cut_batches([[event] for event in pending]):
        failures = _publish_batch(batch)
        if failures:
            raise NotPublished(f"{len(failures)} of {len(pending)} events failed.")


def _is_outbox_insert(record: DynamoDBRecord) -> bool:
    return record.event_name == "INSERT" and record.keys["pk"]["S"].startswith(PREFIX)


def _age_of_oldest(records: Sequence[DynamoDBRecord], now: datetime) -> float:
    """Return for how many seconds the oldest of these records waits; a stream is in order."""
    written_at = records[0].to_dict()["dynamodb"].get("ApproximateCreationDateTime")
    return now.timestamp() - written_at if written_at is not None else 0


def _is_poison(reason: str) -> bool:
    return reason == TOO_LARGE or reason in REFUSALS


def _raise_if_temporary(failures: Mapping[str, str], pending: int) -> None:
    temporary = [event_id for event_id, reason in failures.items() if not _is_poison(reason)]
    if temporary:
        raise NotPublished(f"{len(temporary)} of {pending} messages failed.")


def _message_of(events: Together) -> str:
    alone_or_all = events[0] if len(events) == 1 else events
    return msgspec.json.encode(alone_or_all).decode()


def _attributes_of(events: Together) -> dict[str, tuple[str, str]]:
    """Return the attributes of a message, each with its data type."""
    types = STRING, events[0].type
    if len(events) > 1:
        types = STRINGS, msgspec.json.encode([event.type for event in events]).decode()
    attributes = {"type": types, "correlationid": (STRING, events[0].correlationid)}
    if events[0].traceheader:
        attributes[traces.SNS_ATTRIBUTE] = STRING, events[0].traceheader
    return attributes


def _measure(events: Together) -> int:
    """Return how many bytes of a batch a message takes: its body and its attributes."""
    attributes = _attributes_of(events).items()
    texts = [part for name, typed in attributes for part in (name, *typed)]
    return len("".join([_message_of(events), *texts]).encode())


def _cut_batches(pending: Iterable[Together]) -> Iterator[list[Together]]:
    """Cut messages into batches that SNS takes; one that is too large is alone in its batch."""
    batch: list[Together] = []
    size = 0
    for events in pending:
        own = _measure(events)
        if batch and (len(batch) == SNS_BATCH or size + own > SNS_MAX_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(events)
        size += own
    if batch:
        yield batch


def _publish_batch(batch: Sequence[Together]) -> dict[str, str]:
    """Publish messages and return why some failed, by the ids of their first events."""
    failures = _send_batch(batch)
    for events in batch:
        reason = failures.get(events[0].id)
        outcome = {"outcome": "failed", "reason": reason} if reason else {"outcome": "published"}
        for event in events:
            details: Any = {"event_id": event.id, "event_type": event.type, **outcome}
            with correlation.bound(event.correlationid):
                logger.info("event", **details)
    return failures


def _send_batch(batch: Sequence[Together]) -> dict[str, str]:
    first_ids = [events[0].id for events in batch]
    if len(batch) == 1 and _measure(batch[0]) > SNS_MAX_BYTES:
        return {first_ids[0]: TOO_LARGE}
    try:
        response = aws.client("sns").publish_batch(
            TopicArn=from_environment(Common).domain_events_topic_arn,
            PublishBatchRequestEntries=[
                {
                    "Id": str(position),
                    "Message": _message_of(events),
                    "MessageAttributes": {
                        name: {"DataType": data_type, "StringValue": value}
                        for name, (data_type, value) in _attributes_of(events).items()
                    },
                }
                for position, events in enumerate(batch)
            ],
        )
    except ClientError as error:
        reason = error.response["Error"]["Code"]
        if reason not in REFUSALS:
            raise
        if len(batch) == 1:
            return {first_ids[0]: reason}
        # SNS refused the call for one of them: each alone, so that only that one fails.
        return {key: why for events in batch for key, why in _send_batch([events]).items()}
    return {
        first_ids[int(failure["Id"])]: failure["Code"] for failure in response.get("Failed", [])
    }


class _OutboxItems:
    """The items of a table's outbox."""

    def __init__(self, table: str) -> None:
        self._table = table
        self._dynamodb = aws.client("dynamodb")

    def delete(self, keys: Sequence[Mapping[str, Any]]) -> None:
        """Delete the items of published events.

        Raises:
            NotPublished: DynamoDB did not delete all; the events will be published again.
        """
        if not keys:
            return
        # An event that was added twice is in the stream twice; a key may be in a request once.
        unique = {key["sk"]["S"]: key for key in keys}.values()
        requests = [{"DeleteRequest": {"Key": key}} for key in unique]
        response = self._dynamodb.batch_write_item(RequestItems={self._table: requests})
        if response["UnprocessedItems"]:
            raise NotPublished("Published events could not be deleted.")

    def keep(self, key: Mapping[str, Any], reason: str) -> None:
        """Keep a poison event for operators and send a notice, once.

        Nothing happens where it is kept already, or was published meanwhile.
        """
        response = self._dynamodb.get_item(TableName=self._table, Key=key, ConsistentRead=True)
        item = response.get("Item")
        if item is None or "kept_at" in item:
            return
        logger.error("event kept", event_id=key["sk"]["S"], reason=reason)
        _send_notice({"table": self._table, "eventId": key["sk"]["S"], "reason": reason})
        pk = key["pk"]["S"]
        if pk not in shard_partitions(OUTBOX):  # written before there were shards
            pk = shard_partition(OUTBOX, pk.removeprefix(PREFIX))
        kept = {"kept_because": {"S": reason}, "kept_at": {"S": sortable(clock.now())}}
        item.pop("expires_at", None)
        self._dynamodb.put_item(TableName=self._table, Item={**item, **kept, "pk": {"S": pk}})


def _send_notice(notice: Mapping[str, str]) -> None:
    url = from_environment(RelaySettings).outbox_notices_url
    aws.client("sqs").send_message(QueueUrl=url, MessageBody=msgspec.json.encode(notice).decode())
