"""Redrive: dead letters return whole, and none is lost on the way."""

import json
from collections.abc import Iterator

import boto3
import moto
import pytest
from botocore.exceptions import ClientError
from mypy_boto3_sqs import SQSClient

from infra.local.settings import StackError
from infra.operate.redrive import redrive


@pytest.fixture
def session(monkeypatch: pytest.MonkeyPatch) -> Iterator[boto3.Session]:
    monkeypatch.setattr("infra.operate.redrive._WAIT_SECONDS", 0)
    with moto.mock_aws(config={"core": {"reset_boto3_session": False}}):
        yield boto3.Session(region_name="us-east-1")


@pytest.fixture
def sqs(session: boto3.Session) -> SQSClient:
    return session.client("sqs")


def queue_pair(sqs: SQSClient, name: str) -> tuple[str, str]:
    """Return the URLs of a queue and its dead-letter queue."""
    dead_letters = sqs.create_queue(QueueName=f"{name}-dlq")["QueueUrl"]
    answer = sqs.get_queue_attributes(QueueUrl=dead_letters, AttributeNames=["QueueArn"])
    policy = {"deadLetterTargetArn": answer["Attributes"]["QueueArn"], "maxReceiveCount": 5}
    source = sqs.create_queue(
        QueueName=name, Attributes={"RedrivePolicy": json.dumps(policy), "VisibilityTimeout": "0"}
    )["QueueUrl"]
    return source, dead_letters


def bodies(sqs: SQSClient, url: str) -> list[str]:
    """Return the bodies of a queue's messages; hidden messages are made visible first."""
    answer = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=0)
    return sorted(message["Body"] for message in answer.get("Messages", []))


def count(sqs: SQSClient, url: str) -> int:
    """Return how many messages a queue holds, hidden ones included."""
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    answer = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)  # type: ignore[arg-type]
    return sum(int(value) for value in answer["Attributes"].values())


def test_messages_return_with_their_attributes(session: boto3.Session, sqs: SQSClient) -> None:
    source, dead_letters = queue_pair(sqs, "app-mail")
    sqs.send_message(
        QueueUrl=dead_letters,
        MessageBody="lost",
        MessageAttributes={"correlationid": {"DataType": "String", "StringValue": "c-1"}},
    )

    (result,) = redrive(session, "app-")

    assert (result.queue, result.source, result.moved) == ("app-mail-dlq", "app-mail", 1)
    (message,) = sqs.receive_message(QueueUrl=source, MessageAttributeNames=["All"])["Messages"]
    assert message["Body"] == "lost"
    assert message["MessageAttributes"]["correlationid"]["StringValue"] == "c-1"
    assert count(sqs, dead_letters) == 0


def test_more_messages_than_a_batch_return(session: boto3.Session, sqs: SQSClient) -> None:
    source, dead_letters = queue_pair(sqs, "app-mail")
    for number in range(23):
        sqs.send_message(QueueUrl=dead_letters, MessageBody=str(number))
    (result,) = redrive(session, "app-")
    assert result.moved == 23
    assert count(sqs, source) == 23


def test_messages_that_cannot_be_sent_stay(session: boto3.Session, sqs: SQSClient) -> None:
    source, dead_letters = queue_pair(sqs, "app-mail")
    for body in ("one", "two"):
        sqs.send_message(QueueUrl=dead_letters, MessageBody=body)
    refused = []

    def refuse_the_second(**_: object) -> None:
        refused.append(True)
        if len(refused) == 2:
            raise ClientError({"Error": {"Code": "Throttled", "Message": ""}}, "SendMessage")

    session.events.register("before-call.sqs.SendMessage", refuse_the_second)
    with pytest.raises(ClientError, match="Throttled"):
        list(redrive(session, "app-"))

    (moved,) = bodies(sqs, source)
    assert count(sqs, dead_letters) == 1
    assert moved in ("one", "two")


def test_a_queue_without_a_source_is_left_alone(session: boto3.Session, sqs: SQSClient) -> None:
    url = sqs.create_queue(QueueName="app-stream-dlq")["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="a stream's failure")
    (result,) = redrive(session, "app-")
    assert (result.source, result.moved) == (None, 0)
    assert bodies(sqs, url) == ["a stream's failure"]


@pytest.mark.parametrize("name", ["sms", "app-sms", "sms-dlq", "app-sms-dlq"])
def test_one_queue_is_redriven_by_name(session: boto3.Session, sqs: SQSClient, name: str) -> None:
    queue_pair(sqs, "app-mail")
    queue_pair(sqs, "app-sms")
    assert [result.queue for result in redrive(session, "app-", name)] == ["app-sms-dlq"]


def test_an_unknown_queue_is_an_error(session: boto3.Session, sqs: SQSClient) -> None:
    queue_pair(sqs, "app-mail")
    with pytest.raises(StackError, match=r"no dead-letter queue post\. There are: mail\."):
        list(redrive(session, "app-", "post"))


def bury(sqs: SQSClient, url: str, body: str, reason: str | None = None) -> str:
    """Put a dead letter on a queue and return its id."""
    attributes = {"correlationid": {"DataType": "String", "StringValue": "request-1"}}
    if reason is not None:
        attributes["reason"] = {"DataType": "String", "StringValue": reason}
    sent = sqs.send_message(
        QueueUrl=url,
        MessageBody=body,
        MessageAttributes=attributes,  # type: ignore[arg-type]
    )
    return sent["MessageId"]


def test_what_waits_is_listed_with_the_reason_and_stays(
    session: boto3.Session, sqs: SQSClient
) -> None:
    _, dead_letters = queue_pair(sqs, "app-mail")
    event = {"type": "user.verified", "id": "evt_1", "data": {"email": "ada@example.com"}}
    bury(sqs, dead_letters, '{"deliveryId": "dlv_1"}', "provider_unavailable")
    bury(sqs, dead_letters, json.dumps([event, event | {"type": "user.renamed", "id": "evt_2"}]))
    bury(sqs, dead_letters, "{", "DecodeError")
    (result,) = redrive(session, "app-", dry_run=True)
    assert result.moved == 0
    assert sorted((each.what, each.reason) for each in result.waiting) == [
        ("dlv_1", "provider_unavailable"),
        ("unreadable", "DecodeError"),
        ("user.verified evt_1, user.renamed evt_2", "its worker crashed each time; see its log"),
    ]
    printed = str(result)
    assert "because provider_unavailable  request-1" in printed
    assert "ada@example.com" not in printed
    assert len(bodies(sqs, dead_letters)) == 3  # visible at once


def test_one_message_is_replayed(session: boto3.Session, sqs: SQSClient) -> None:
    source, dead_letters = queue_pair(sqs, "app-mail")
    bury(sqs, dead_letters, "one", "Poison")
    chosen = bury(sqs, dead_letters, "two", "Poison")
    (result,) = redrive(session, "app-", "mail", message_id=chosen)
    assert (result.moved, [each.id for each in result.waiting]) == (1, [chosen])
    assert bodies(sqs, dead_letters) == ["one"]
    (message,) = sqs.receive_message(QueueUrl=source, MessageAttributeNames=["All"])["Messages"]
    assert (message["Body"], list(message["MessageAttributes"])) == ("two", ["correlationid"])


def test_an_unknown_message_is_an_error(session: boto3.Session, sqs: SQSClient) -> None:
    queue_pair(sqs, "app-mail")
    with pytest.raises(StackError, match="no dead letter 1234"):
        list(redrive(session, "app-", message_id="1234"))


def test_queues_of_other_applications_are_left_alone(
    session: boto3.Session, sqs: SQSClient
) -> None:
    queue_pair(sqs, "other-mail")
    assert list(redrive(session, "app-")) == []
