"""Poison events: kept and listed, while those behind them arrive; published once mended."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from infra.operate.outbox_republish import Selection, republish
from shared.data.shards import shard_partition
from tests.support.api import eventually, new_email
from tests.support.stack import RunningStack

FEATURE = "profiles"


@pytest.fixture
def subscriber(stack: RunningStack) -> Iterator[str]:
    """Return the URL of a queue that receives every event."""
    sqs, sns = stack.client("sqs"), stack.client("sns")
    url = sqs.create_queue(QueueName="poison-subscriber")["QueueUrl"]
    attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": attributes["Attributes"]["QueueArn"],
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
    topic = next(
        topic["TopicArn"]
        for topic in sns.list_topics()["Topics"]
        if topic["TopicArn"].endswith("-domain-events")
    )
    subscription = sns.subscribe(
        TopicArn=topic,
        Protocol="sqs",
        Endpoint=attributes["Attributes"]["QueueArn"],
        Attributes={"RawMessageDelivery": "true"},
    )["SubscriptionArn"]
    yield url
    sns.unsubscribe(SubscriptionArn=subscription)
    sqs.delete_queue(QueueUrl=url)


def event_of(subject: str, number: int, text: str = "") -> dict[str, Any]:
    """Return an event of profiles that nobody consumes."""
    return {
        "id": f"evt_{subject}_{number}",
        "source": f"/artist-booking/{FEATURE}",
        "type": "poison.tested",
        "subject": subject,
        "time": datetime.now(UTC).isoformat(),
        "data": {"text": text},
        "correlationid": "poison-tested",
    }


def item_of(event: dict[str, Any], stored: str) -> dict[str, Any]:
    """Return an item of the outbox."""
    return {
        "pk": {"S": shard_partition("OUTBOX", event["subject"])},
        "sk": {"S": event["id"]},
        "event": {"S": stored},
    }


def test_a_poison_event_is_kept_and_published_after_the_mend(
    stack: RunningStack, subscriber: str
) -> None:
    dynamodb, sqs = stack.client("dynamodb"), stack.client("sqs")
    prefix = stack.settings.prefix()
    notices = sqs.get_queue_url(QueueName=f"{prefix}{FEATURE}-outbox-dlq")["QueueUrl"]
    subject = f"usr_{new_email().partition('@')[0]}"
    events = [event_of(subject, number) for number in range(4)]
    stored = [json.dumps(event) for event in events]
    unreadable, too_large = stored[0][:-1], json.dumps(event_of(subject, 1, "x" * 300_000))
    for event, text in zip(events, (unreadable, too_large, *stored[2:]), strict=True):
        dynamodb.put_item(TableName=prefix + FEATURE, Item=item_of(event, text))
    arrived: list[str] = []

    def arrive() -> list[str]:
        """Receive what reached the topic; return the ids of this test's events."""
        for message in sqs.receive_message(QueueUrl=subscriber, MaxNumberOfMessages=10).get(
            "Messages", []
        ):
            body = json.loads(message["Body"])
            found = body if isinstance(body, list) else [body]
            arrived.extend(event["id"] for event in found if event["subject"] == subject)
            sqs.delete_message(QueueUrl=subscriber, ReceiptHandle=message["ReceiptHandle"])
        return arrived

    def run(*, dry_run: bool) -> list[str]:
        selection = Selection(feature=FEATURE)
        now = datetime.now(UTC)
        session = stack.settings.session()
        lines = republish(session, prefix, selection, now, dry_run=dry_run)
        return [line.partition(f"  evt_{subject}_")[2] for line in lines if subject in line]

    def is_stored(number: int) -> bool:
        key = {name: item_of(events[number], "")[name] for name in ("pk", "sk")}
        return "Item" in dynamodb.get_item(TableName=prefix + FEATURE, Key=key)

    behind = [event["id"] for event in events[2:]]
    eventually(lambda: arrive() == behind or None, "the events behind the poison")
    eventually(lambda: len(run(dry_run=True)) == 2 or None, "both being kept")
    assert run(dry_run=True) == ["0  Unreadable", "1  TooLarge"]
    assert [is_stored(number) for number in range(4)] == [True, True, False, False]
    queued = sqs.get_queue_attributes(
        QueueUrl=notices, AttributeNames=["ApproximateNumberOfMessages"]
    )
    assert queued["Attributes"]["ApproximateNumberOfMessages"] == "2"

    assert run(dry_run=False) == [
        "0  Unreadable: still not published (Unreadable)",
        "1  TooLarge: still not published (TooLarge)",
    ]
    for number in (0, 1):  # the mend
        dynamodb.update_item(
            TableName=prefix + FEATURE,
            Key={name: item_of(events[number], "")[name] for name in ("pk", "sk")},
            UpdateExpression="SET event = :event",
            ExpressionAttributeValues={":event": {"S": stored[number]}},
        )
    assert run(dry_run=False) == ["0  Unreadable: published", "1  TooLarge: published"]
    eventually(lambda: len(arrive()) == 4 or None, "the mended events")
    assert arrived == [*behind, events[0]["id"], events[1]["id"]]
    assert not any(is_stored(number) for number in range(4))
    assert "Messages" not in sqs.receive_message(QueueUrl=notices)
    assert run(dry_run=True) == []
