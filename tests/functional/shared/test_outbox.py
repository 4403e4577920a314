"""The relay: every event of the outbox reaches the topic, in order, at least once."""

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
    """Events in a table of ours."""

    Meta = table_meta("auth")


class Topic:
    """What arrived at the topic, in order, with the messages' attributes."""

    def __init__(self, queue_url: str) -> None:
        self._queue_url = queue_url

    def messages(self) -> list[dict[str, Any]]:
        """Everything that arrived since the last call."""
        found: list[dict[str, Any]] = []
        while True:
            answer = fake_aws.client("sqs").receive_message(
                QueueUrl=self._queue_url, MaxNumberOfMessages=10, MessageAttributeNames=["All"]
            )
            if not answer.get("Messages"):
                return found
            found += answer["Messages"]

    def events(self) -> list[dict[str, Any]]:
        """The bodies of `messages`."""
        return [json.loads(message["Body"]) for message in self.messages()]


@pytest.fixture
def topic(aws: None) -> Topic:
    """A queue that gets what is published, raw."""
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
    """The event of the piece with this number."""
    with correlation.bound(f"request-{number}"):
        data = PieceOrdered(piece_id=f"pce_{number}")
        return domain_events.new_event("studio", data.piece_id, data, NOON)


def written(facts: Iterable[DomainEvent]) -> list[dict[str, Any]]:
    """The stream's records of these events after they were written to the table."""
    with transaction(Outbox) as writes:
        for fact in facts:
            writes.save(outbox_item(Outbox, fact))
    images = streams.items("auth")
    return [streams.record(image, str(100 + number)) for number, image in enumerate(images)]


def relayed(records: Iterable[dict[str, Any]]) -> None:
    """Relay the records."""
    relay(streams.read(records))


def test_an_event_travels_as_cloudevents_with_its_attributes(topic: Topic) -> None:
    fact = ordered(1)
    relayed(written([fact]))
    (message,) = topic.messages()
    assert json.loads(message["Body"]) == {
        "id": fact.id,
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
    records = written([ordered(number) for number in range(25)])
    relayed(records)
    order = [record["dynamodb"]["Keys"]["sk"]["S"] for record in records]
    assert [event["id"] for event in topic.events()] == order


def test_the_events_of_one_subject_stay_in_order_in_one_partition(aws: None) -> None:
    told = [ordered(1), ordered(2), ordered(1)]
    keys = [record["dynamodb"]["Keys"] for record in written(told)]
    assert [(key["pk"]["S"], key["sk"]["S"]) for key in keys] == [
        ("OUTBOX#pce_1", told[0].id),
        ("OUTBOX#pce_1", told[2].id),
        ("OUTBOX#pce_2", told[1].id),
    ]


def test_only_new_outbox_items_are_published(topic: Topic) -> None:
    (record,) = written([ordered(1)])
    image = record["dynamodb"]["NewImage"]
    account = {"pk": {"S": "USER#usr_1"}, "sk": {"S": "PROFILE"}}
    records = [
        streams.record(account, "1"),
        streams.record(image, "2", "MODIFY"),
        streams.record(image, "3", "REMOVE"),  # its time to live was over
    ]
    relayed(records)
    assert topic.events() == []


class RefusingSns:
    """SNS that refuses the entries of some events and takes the others."""

    def __init__(self, refused: set[str]) -> None:
        self.refused = refused
        self.taken: list[str] = []

    def publish_batch(self, **call: Any) -> dict[str, Any]:
        failed = []
        for entry in call["PublishBatchRequestEntries"]:
            subject = json.loads(entry["Message"])["subject"]
            if subject in self.refused:
                failed.append({"Id": entry["Id"], "Code": "InternalError", "SenderFault": False})
            else:
                self.taken.append(subject)
        return {"Failed": failed}


def record_of(number: int) -> dict[str, Any]:
    fact = ordered(number)
    image = {
        "pk": {"S": f"OUTBOX#{fact.subject}"},
        "sk": {"S": fact.id},
        "event": {"S": msgspec.json.encode(fact).decode()},
    }
    return streams.record(image, str(100 + number))


def test_the_stream_is_read_again_when_an_event_was_refused(
    monkeypatch: pytest.MonkeyPatch, logs: Logs
) -> None:
    sns = RefusingSns({"pce_3", "pce_7"})
    monkeypatch.setattr("shared.platform.aws.client", lambda _: sns)
    records = [record_of(number) for number in range(25)]
    with pytest.raises(NotPublished):
        relayed(records)
    assert "pce_12" not in sns.taken  # nothing overtakes by more than its own batch
    outcomes = {line["event_id"]: line["outcome"] for line in logs.named("event")}
    assert sorted(outcomes.values()) == ["failed"] * 2 + ["published"] * 8

    sns.refused = set()
    relayed(records)
    assert set(sns.taken) == {f"pce_{number}" for number in range(25)}


def test_a_crash_after_publishing_repeats_the_same_ids(topic: Topic) -> None:
    records = written([ordered(number) for number in range(3)])
    relayed(records)  # the worker dies here, before Lambda hears of it
    first = topic.events()
    relayed(records)
    assert topic.events() == first
    assert len({event["id"] for event in first}) == 3


def test_a_topic_that_does_not_answer_fails_the_whole_batch(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def unreachable(_: str) -> None:
        raise ConnectionError

    records: list[DynamoDBRecord] = streams.read([record_of(1)])
    monkeypatch.setattr("shared.platform.aws.client", unreachable)
    with pytest.raises(ConnectionError):
        relay(records)


def test_what_an_event_says_is_not_logged(topic: Topic, logs: Logs) -> None:
    relayed(written([ordered(1)]))
    (line,) = logs.named("event")
    assert line["outcome"] == "published"
    assert line["correlation_id"] == "request-1"
    assert "pce_1" not in logs.text
