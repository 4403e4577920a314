"""The relay publishes every event of the outbox, in order, at least once."""

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from chalice.app import DynamoDBRecord

from shared.data.dynamodb import table_meta, transaction
from shared.events import domain_events
from shared.events.domain_events import DomainEvent, EventData
from shared.events.outbox import NotPublished, OutboxItem, outbox_item, relay
from shared.platform import correlation
from tests.support import fake_aws, streams
from tests.support.captured_logs import Logs

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


class PieceOrdered(EventData, frozen=True):
    """A piece was ordered."""

    type = "piece.ordered"
    version = 2

    piece_id: str


class Outbox(OutboxItem):
    """Events in an existing table."""

    Meta = table_meta("auth")


class Topic:
    """The messages that arrived at the topic, in order, with their attributes."""

    def __init__(self, queue_url: str) -> None:
        self._queue_url = queue_url

    def messages(self) -> list[dict[str, Any]]:
        """Return everything that arrived since the last call."""
        arrived: list[dict[str, Any]] = []
        while True:
            answer = fake_aws.client("sqs").receive_message(
                QueueUrl=self._queue_url, MaxNumberOfMessages=10, MessageAttributeNames=["All"]
            )
            if not answer.get("Messages"):
                return arrived
            arrived += answer["Messages"]

    def events(self) -> list[dict[str, Any]]:
        """Return the bodies of `messages`."""
        return [json.loads(message["Body"]) for message in self.messages()]


@pytest.fixture
def topic(aws: None) -> Topic:
    """A queue that is subscribed to the topic with raw delivery."""
    sqs, sns = fake_aws.client("sqs"), fake_aws.client("sns")
    url = sqs.create_queue(QueueName="subscriber")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]
    (topic,) = sns.list_topics()["Topics"]
    sns.subscribe(
        TopicArn=topic["TopicArn"],
        Protocol="sqs",
        Endpoint=arn["QueueArn"],
        Attributes={"RawMessageDelivery": "true"},
    )
    return Topic(url)


def ordered(number: int) -> DomainEvent:
    """Create the event of the piece with this number."""
    with correlation.bound(f"request-{number}"):
        data = PieceOrdered(piece_id=f"pce_{number}")
        return domain_events.new_event("studio", data.piece_id, data, NOON)


def write(events: Iterable[DomainEvent]) -> list[dict[str, Any]]:
    """Write events to the table and return their stream records."""
    with transaction(Outbox) as writes:
        for event in events:
            writes.save(outbox_item(Outbox, event))
    images = streams.items("auth")
    return [streams.record(image, str(100 + number)) for number, image in enumerate(images)]


def relay_records(records: Iterable[dict[str, Any]]) -> None:
    """Relay the records."""
    relay(streams.read(records))


def test_an_event_is_published_as_cloudevents_with_its_attributes(topic: Topic) -> None:
    event = ordered(1)
    relay_records(write([event]))
    (message,) = topic.messages()
    assert json.loads(message["Body"]) == {
        "id": event.id,
        "source": "/artist-booking/studio",
        "type": "piece.ordered",
        "subject": "pce_1",
        "time": "2026-11-22T12:00:00Z",
        "data": {"pieceId": "pce_1"},
        "dataversion": 2,
        "correlationid": "request-1",
        "datacontenttype": "application/json",
        "specversion": "1.0",
    }
    attributes = {
        name: value["StringValue"] for name, value in message["MessageAttributes"].items()
    }
    assert attributes == {"type": "piece.ordered", "correlationid": "request-1"}


def test_events_are_published_in_the_order_of_the_stream(topic: Topic) -> None:
    records = write([ordered(number) for number in range(25)])
    relay_records(records)
    order = [record["dynamodb"]["Keys"]["sk"]["S"] for record in records]
    assert [event["id"] for event in topic.events()] == order


def test_the_events_of_one_subject_stay_in_order_in_one_partition(aws: None) -> None:
    events = [ordered(1), ordered(2), ordered(1)]
    keys = [record["dynamodb"]["Keys"] for record in write(events)]
    assert [(key["pk"]["S"], key["sk"]["S"]) for key in keys] == [
        ("OUTBOX#pce_1", events[0].id),
        ("OUTBOX#pce_1", events[2].id),
        ("OUTBOX#pce_2", events[1].id),
    ]


def test_only_new_outbox_items_are_published(topic: Topic) -> None:
    (record,) = write([ordered(1)])
    image = record["dynamodb"]["NewImage"]
    account = {"pk": {"S": "USER#usr_1"}, "sk": {"S": "PROFILE"}}
    records = [
        streams.record(account, "1"),
        streams.record(image, "2", "MODIFY"),
        streams.record(image, "3", "REMOVE"),  # expired by its TTL
    ]
    relay_records(records)
    assert topic.events() == []


class RefusingSns:
    """SNS that refuses the events of some subjects and accepts the others."""

    def __init__(self, refused: set[str]) -> None:
        self.refused = refused
        self.accepted: list[str] = []

    def publish_batch(self, **call: Any) -> dict[str, Any]:
        failed = []
        for entry in call["PublishBatchRequestEntries"]:
            subject = json.loads(entry["Message"])["subject"]
            if subject in self.refused:
                failed.append({"Id": entry["Id"], "Code": "InternalError", "SenderFault": False})
            else:
                self.accepted.append(subject)
        return {"Failed": failed}


def record_of(number: int) -> dict[str, Any]:
    """Return the stream record of an event."""
    event = ordered(number)
    image = {
        "pk": {"S": f"OUTBOX#{event.subject}"},
        "sk": {"S": event.id},
        "event": {"S": msgspec.json.encode(event).decode()},
    }
    return streams.record(image, str(100 + number))


def test_the_batch_is_retried_when_an_event_was_refused(
    monkeypatch: pytest.MonkeyPatch, logs: Logs
) -> None:
    sns = RefusingSns({"pce_3", "pce_7"})
    monkeypatch.setattr("shared.platform.aws.client", lambda _: sns)
    records = [record_of(number) for number in range(25)]
    with pytest.raises(NotPublished):
        relay_records(records)
    assert "pce_12" not in sns.accepted  # later batches are not sent
    outcomes = {line["event_id"]: line["outcome"] for line in logs.named("event")}
    assert sorted(outcomes.values()) == ["failed"] * 2 + ["published"] * 8

    sns.refused = set()
    relay_records(records)
    assert set(sns.accepted) == {f"pce_{number}" for number in range(25)}


def test_a_crash_after_publishing_repeats_the_same_ids(topic: Topic) -> None:
    records = write([ordered(number) for number in range(3)])
    relay_records(records)  # the function is killed here, before Lambda knows it is done
    first = topic.events()
    relay_records(records)
    assert topic.events() == first
    assert len({event["id"] for event in first}) == 3


def test_an_unreachable_topic_fails_the_whole_batch(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def unreachable(_: str) -> None:
        raise ConnectionError

    records: list[DynamoDBRecord] = streams.read([record_of(1)])
    monkeypatch.setattr("shared.platform.aws.client", unreachable)
    with pytest.raises(ConnectionError):
        relay(records)


def test_the_data_of_an_event_is_not_logged(topic: Topic, logs: Logs) -> None:
    relay_records(write([ordered(1)]))
    (line,) = logs.named("event")
    assert line["outcome"] == "published"
    assert line["correlation_id"] == "request-1"
    assert "pce_1" not in logs.text
