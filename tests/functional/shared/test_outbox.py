"""The relay publishes every event of the outbox, in order, at least once; poison ones are kept."""

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from shared.data.dynamodb import table_meta, transaction
from shared.events import domain_events
from shared.events.domain_events import DomainEvent, EventData
from shared.events.outbox import NotPublished, OutboxItem, add, outbox_item, read_events, relay
from shared.platform import aws as shared_aws
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
    relay(streams.read(records), "auth")


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
    events = [ordered(number) for number in (1, 2, 3, 4, 5, 1)]
    keys = [record["dynamodb"]["Keys"] for record in write(events)]
    partitions = {key["pk"]["S"] for key in keys}
    assert len(partitions) > 1
    assert partitions <= {f"OUTBOX#{shard}" for shard in range(8)}
    stored = [key for key in keys if key["sk"]["S"] in (events[0].id, events[5].id)]
    assert [key["sk"]["S"] for key in stored] == [events[0].id, events[5].id]
    assert stored[0]["pk"] == stored[1]["pk"]


def test_a_published_event_leaves_the_outbox(topic: Topic) -> None:
    events = [ordered(number) for number in range(25)]
    relayed = relay(streams.read(write(events)), "auth")
    assert sorted(relayed.published) == sorted(event.id for event in events)
    assert streams.items("auth") == []


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
    """SNS that refuses the events of some subjects and passes the others on.

    Attributes:
        refused: Codes by subject.
        accepted: Subjects of the events that were passed on.
    """

    def __init__(self, refused: dict[str, str]) -> None:
        self.refused = refused
        self.accepted: list[str] = []

    def publish_batch(self, **call: Any) -> dict[str, Any]:
        """Refuse entries one by one, as SNS does in the response."""
        failed = []
        for entry in call["PublishBatchRequestEntries"]:
            subject = json.loads(entry["Message"])["subject"]
            if subject in self.refused:
                code = self.refused[subject]
                failed.append({"Id": entry["Id"], "Code": code, "SenderFault": True})
            else:
                self.accepted.append(subject)
        return {"Failed": failed}


class StrictSns(RefusingSns):
    """SNS that refuses the whole call for one entry."""

    def publish_batch(self, **call: Any) -> dict[str, Any]:
        """Raise for the first refused entry."""
        for entry in call["PublishBatchRequestEntries"]:
            code = self.refused.get(json.loads(entry["Message"])["subject"])
            if code:
                raise ClientError({"Error": {"Code": code, "Message": ""}}, "PublishBatch")
        return super().publish_batch(**call)


def put_in_place(monkeypatch: pytest.MonkeyPatch, sns: object) -> None:
    """Let the relay use this SNS, and moto for all else."""

    def client(service: str) -> Any:
        return sns if service == "sns" else shared_aws.client(service)

    monkeypatch.setattr("shared.events.outbox.aws", SimpleNamespace(client=client))


@pytest.fixture
def notices(aws: None, monkeypatch: pytest.MonkeyPatch) -> Topic:
    """The dead-letter queue of the relay's stream."""
    url = fake_aws.client("sqs").create_queue(QueueName="auth-outbox-dlq")["QueueUrl"]
    monkeypatch.setenv("OUTBOX_NOTICES_URL", url)
    return Topic(url)


def kept() -> dict[str, str]:
    """Return the reasons of the events that are kept, by their ids."""
    return {
        item["sk"]["S"]: item["kept_because"]["S"]
        for item in streams.items("auth")
        if "kept_because" in item
    }


def poison(record: dict[str, Any], **attributes: Any) -> dict[str, Any]:
    """Replace attributes of a stored event, in the table and in its stream record."""
    image = {
        name: value for name, value in record["dynamodb"]["NewImage"].items() if name != "event"
    }
    image |= attributes
    fake_aws.client("dynamodb").put_item(TableName="artist-booking-local-auth", Item=image)
    return record | {"dynamodb": record["dynamodb"] | {"NewImage": image}}


def too_large() -> DomainEvent:
    """Create an event that DynamoDB takes and SNS does not."""
    return msgspec.structs.replace(ordered(1), data={"text": "x" * 262_000})


# ---- poison events -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "attributes", [{"event": {"S": "{"}}, {"event": {"S": "{}"}}, {"event": {"N": "1"}}, {}]
)
def test_an_unreadable_event_is_kept_and_those_behind_it_arrive(
    attributes: dict[str, Any], topic: Topic, notices: Topic
) -> None:
    first, *others = write([ordered(number) for number in range(25)])
    event_id = first["dynamodb"]["Keys"]["sk"]["S"]
    relayed = relay(streams.read([poison(first, **attributes), *others]), "auth")
    assert relayed.kept == kept() == {event_id: "Unreadable"}
    expected = [record["dynamodb"]["Keys"]["sk"]["S"] for record in others]
    assert [event["id"] for event in topic.events()] == relayed.published == expected
    assert notices.events() == [
        {"table": "artist-booking-local-auth", "eventId": event_id, "reason": "Unreadable"}
    ]
    (item,) = streams.items("auth")
    assert "expires_at" not in item


def test_an_event_that_is_too_large_for_the_topic_is_kept(topic: Topic, notices: Topic) -> None:
    event = too_large()
    relay_records(write([event, *(ordered(number) for number in range(2, 15))]))
    assert kept() == {event.id: "TooLarge"}
    assert len(topic.events()) == 13
    assert len(notices.events()) == 1


def test_the_largest_event_that_the_topic_takes_is_published(topic: Topic, notices: Topic) -> None:
    """The limit counts the message and the names, types and values of its attributes."""
    event = msgspec.structs.replace(ordered(1), data={"text": ""})
    attributes = len("typeString" + event.type + "correlationidString" + event.correlationid)
    room = 262_144 - len(msgspec.json.encode(event)) - attributes
    fitting = msgspec.structs.replace(event, data={"text": "x" * room})
    relay_records(write([fitting]))
    assert kept() == {}
    larger = msgspec.structs.replace(event, data={"text": "x" * (room + 1)})
    relay_records(write([larger]))
    assert kept() == {event.id: "TooLarge"}


def test_large_events_are_spread_over_several_calls(topic: Topic) -> None:
    events = [
        msgspec.structs.replace(ordered(number), data={"text": "x" * 100_000})
        for number in range(5)
    ]
    relay_records(write(events))
    assert {event["id"] for event in topic.events()} == {event.id for event in events}


@pytest.mark.parametrize("sns_type", [RefusingSns, StrictSns])
@pytest.mark.parametrize("code", ["InvalidParameter", "InvalidParameterValue", "ValidationError"])
def test_an_event_that_sns_will_never_take_is_kept(
    monkeypatch: pytest.MonkeyPatch, notices: Topic, sns_type: type[RefusingSns], code: str
) -> None:
    sns = sns_type({"pce_3": code})
    put_in_place(monkeypatch, sns)
    events = [ordered(number) for number in range(25)]
    relay_records(write(events))
    assert kept() == {events[3].id: code}
    assert sorted(sns.accepted) == sorted(event.subject for event in events if event != events[3])
    assert [notice["eventId"] for notice in notices.events()] == [events[3].id]


def test_a_poison_event_is_noticed_once(monkeypatch: pytest.MonkeyPatch, notices: Topic) -> None:
    """An outage delivers the batch again and again, with the poison event in it."""
    sns = RefusingSns({"pce_1": "InvalidParameter", "pce_2": "InternalError"})
    put_in_place(monkeypatch, sns)
    records = write([ordered(1), ordered(2)])
    for _ in range(3):
        with pytest.raises(NotPublished, match="1 of 2"):
            relay_records(records)
    assert len(notices.events()) == 1


def test_an_event_that_was_published_meanwhile_is_not_kept(
    monkeypatch: pytest.MonkeyPatch, notices: Topic
) -> None:
    put_in_place(monkeypatch, RefusingSns({"pce_1": "InvalidParameter"}))
    relay_records([record_of(1)])  # its item is gone
    assert streams.items("auth") == []
    assert notices.events() == []


def test_a_poison_event_of_the_previous_version_is_kept_where_it_is_found(
    topic: Topic, notices: Topic
) -> None:
    """It was stored under its subject, to expire after a week."""
    image = {
        "pk": {"S": "OUTBOX#pce_1"},
        "sk": {"S": ordered(1).id},
        "event": {"S": "{"},
        "expires_at": {"N": "1800000000"},
    }
    fake_aws.client("dynamodb").put_item(TableName="artist-booking-local-auth", Item=image)
    relay_records([streams.record(image)])
    (copy,) = (item for item in streams.items("auth") if item["pk"]["S"] != "OUTBOX#pce_1")
    assert copy["pk"]["S"] == outbox_item(Outbox, ordered(1)).pk
    assert "expires_at" not in copy
    assert copy["kept_because"] == {"S": "Unreadable"}
    relay_records([streams.record(copy)])  # the copy is an insert, too
    assert len(notices.events()) == 1


# ---- outages -----------------------------------------------------------------------------------


def record_of(number: int) -> dict[str, Any]:
    """Return the stream record of an event that is not in the table."""
    event = ordered(number)
    image = {
        "pk": {"S": f"OUTBOX#{event.subject}"},
        "sk": {"S": event.id},
        "event": {"S": msgspec.json.encode(event).decode()},
    }
    return streams.record(image, str(100 + number))


def test_the_batch_is_retried_when_an_event_failed_for_now(
    monkeypatch: pytest.MonkeyPatch, aws: None, logs: Logs
) -> None:
    sns = RefusingSns({"pce_3": "InternalError", "pce_7": "Throttled"})
    put_in_place(monkeypatch, sns)
    records = [record_of(number) for number in range(25)]
    with pytest.raises(NotPublished):
        relay_records(records)
    assert "pce_12" not in sns.accepted  # later batches are not sent
    outcomes = {line["event_id"]: line["outcome"] for line in logs.named("event")}
    assert sorted(outcomes.values()) == ["failed"] * 2 + ["published"] * 8

    sns.refused = {}
    relay_records(records)
    assert set(sns.accepted) == {f"pce_{number}" for number in range(25)}


@pytest.mark.parametrize(
    "code", ["Throttled", "ThrottlingException", "InternalError", "AuthorizationError", "NotFound"]
)
@pytest.mark.parametrize("sns_type", [RefusingSns, StrictSns])
def test_in_an_outage_everything_waits_and_nothing_is_kept(
    monkeypatch: pytest.MonkeyPatch,
    notices: Topic,
    code: str,
    sns_type: type[RefusingSns],
) -> None:
    events = [ordered(number) for number in range(12)]
    sns = sns_type({event.subject: code for event in events})
    put_in_place(monkeypatch, sns)
    records = write(events)
    with pytest.raises((NotPublished, ClientError)):
        relay_records(records)
    assert len(streams.items("auth")) == 12
    assert (kept(), notices.events(), sns.accepted) == ({}, [], [])

    sns.refused = {}
    relay_records(records)
    assert len(sns.accepted) == 12
    assert streams.items("auth") == []


def test_an_unreachable_topic_fails_the_whole_batch(
    monkeypatch: pytest.MonkeyPatch, notices: Topic
) -> None:
    class UnreachableSns:
        def publish_batch(self, **_: Any) -> None:
            raise EndpointConnectionError(endpoint_url="https://sns.us-east-1.amazonaws.com")

    put_in_place(monkeypatch, UnreachableSns())
    records = write([ordered(1)])
    with pytest.raises(EndpointConnectionError):
        relay_records(records)
    assert len(streams.items("auth")) == 1
    assert kept() == {}


def test_events_that_cannot_be_deleted_are_published_again(
    topic: Topic, monkeypatch: pytest.MonkeyPatch
) -> None:
    records = write([ordered(1)])
    dynamodb = shared_aws.client("dynamodb")
    with monkeypatch.context() as throttled:
        throttled.setattr(
            dynamodb,
            "batch_write_item",
            lambda **call: {"UnprocessedItems": call["RequestItems"]},
        )
        with pytest.raises(NotPublished):
            relay_records(records)
    relay_records(records)
    assert len({event["id"] for event in topic.events()}) == 1
    assert streams.items("auth") == []


def test_an_event_that_is_in_a_batch_twice_is_published(topic: Topic) -> None:
    (record,) = write([ordered(1)])
    relay_records([record, record])
    assert len({event["id"] for event in topic.events()}) == 1
    assert streams.items("auth") == []


def test_a_crash_after_publishing_repeats_the_same_ids(topic: Topic) -> None:
    records = write([ordered(number) for number in range(3)])
    relay_records(records)  # the function is killed here, before Lambda knows it is done
    first = topic.events()
    relay_records(records)
    assert topic.events() == first
    assert len({event["id"] for event in first}) == 3


def test_the_data_of_an_event_is_not_logged(topic: Topic, logs: Logs) -> None:
    relay_records(write([ordered(1)]))
    (line,) = logs.named("event")
    assert line["outcome"] == "published"
    assert line["correlation_id"] == "request-1"
    assert "pce_1" not in logs.text


# ---- events that share an item -----------------------------------------------------------------


class PieceFinished(EventData, frozen=True):
    type = "piece.finished"
    piece_id: str
    version = 2


def finished(event: DomainEvent) -> DomainEvent:
    """Create an event that says the same as one of an order, but for its note."""
    data = {name: value for name, value in event.data.items() if name != "note"}
    return msgspec.structs.replace(event, id=f"{event.id}B", type=PieceFinished.type, data=data)


def write_together(events: list[DomainEvent]) -> list[dict[str, Any]]:
    """Write events in one transaction and return the stream records of their items."""
    with transaction(Outbox) as writes:
        add(writes, Outbox, events)
    images = streams.items("auth")
    return [streams.record(image, str(100 + number)) for number, image in enumerate(images)]


def test_events_that_say_the_same_share_an_item_and_a_message(topic: Topic) -> None:
    first = msgspec.structs.replace(ordered(1), data={"pieceId": "pce_1", "note": "x"})
    second = finished(first)
    other = ordered(2)
    records = write_together([first, second, other])
    assert len(records) == 2
    relayed = relay(streams.read(records), "auth")
    assert relayed.published == [first.id, second.id, other.id]
    shared, alone = topic.messages()
    assert [
        (event["id"], event["type"], event["data"]) for event in json.loads(shared["Body"])
    ] == [
        (first.id, "piece.ordered", {"pieceId": "pce_1", "note": "x"}),
        (second.id, "piece.finished", {"pieceId": "pce_1"}),
    ]
    assert json.loads(alone["Body"])["id"] == other.id
    assert streams.items("auth") == []


@pytest.mark.parametrize(
    ("types", "arriving"),
    [(["piece.ordered"], 2), (["piece.finished", "piece.ordered"], 2), (["piece.finished"], 1)],
)
def test_a_message_reaches_the_queues_of_all_its_types_once(
    topic: Topic, types: list[str], arriving: int
) -> None:
    sns = fake_aws.client("sns")
    (subscription,) = sns.list_subscriptions()["Subscriptions"]
    sns.set_subscription_attributes(
        SubscriptionArn=subscription["SubscriptionArn"],
        AttributeName="FilterPolicy",
        AttributeValue=json.dumps({"type": types}),
    )
    first = ordered(1)
    relay_records(write_together([first, finished(first), ordered(2)]))
    assert len(topic.messages()) == arriving


def test_an_event_with_more_or_other_data_has_an_item_of_its_own(aws: None) -> None:
    first = ordered(1)
    more = msgspec.structs.replace(finished(first), data={**first.data, "note": "x"})
    assert len(write_together([first, more])) == 2


def test_events_that_share_a_message_are_kept_together(
    monkeypatch: pytest.MonkeyPatch, notices: Topic
) -> None:
    class Refusing:
        """SNS that refuses the second message."""

        def publish_batch(self, **_: Any) -> dict[str, Any]:
            return {"Failed": [{"Id": "1", "Code": "InvalidParameter", "SenderFault": True}]}

    put_in_place(monkeypatch, Refusing())
    first, second = ordered(1), ordered(2)
    records = write_together([first, finished(first), second, finished(second)])
    relayed = relay(streams.read(records), "auth")
    assert relayed.published == [first.id, finished(first).id]
    assert relayed.kept == kept() == {second.id: "InvalidParameter"}
    assert len(notices.events()) == 1


def test_an_item_stays_until_its_message_is_published(
    monkeypatch: pytest.MonkeyPatch, aws: None
) -> None:
    """The eleventh message is in the second batch."""
    sns = RefusingSns({})
    put_in_place(monkeypatch, sns)
    records = write_together([ordered(number) for number in range(11)])
    calls: list[int] = []
    publish = sns.publish_batch

    def fail_second(**request: Any) -> Any:
        calls.append(len(request["PublishBatchRequestEntries"]))
        if len(calls) == 2:
            raise EndpointConnectionError(endpoint_url="sns")
        return publish(**request)

    monkeypatch.setattr(sns, "publish_batch", fail_second)
    with pytest.raises(EndpointConnectionError):
        relay_records(records)
    assert calls == [10, 1]
    assert len(streams.items("auth")) == 1
    relay_records(records)
    assert streams.items("auth") == []


class SealedOutbox(Outbox):
    """An outbox that seals the data of its events."""

    Meta = Outbox.Meta

    @classmethod
    def secret(cls) -> bytes:
        """Return the secret of these tests."""
        return b"secret"


def test_sealed_data_is_opened_by_its_secret_only() -> None:
    event = ordered(1)
    stored = outbox_item(SealedOutbox, event)
    assert set(msgspec.json.decode(stored.event)["data"]) == {"sealed"}
    attributes = {"event": {"S": stored.event}}
    assert read_events(attributes, lambda: b"secret") == [event]
    with pytest.raises(msgspec.MsgspecError):
        read_events(attributes, lambda: b"another secret")
