"""Queues: messages are sent in batches and consumed so that each one fails alone."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest
from botocore.exceptions import EndpointConnectionError
from chalice.app import SQSEvent
from pymongo.errors import AutoReconnect

from shared.data import mongodb  # noqa: F401 (recognizes the outages of pymongo)
from shared.events import queues
from shared.events.domain_events import DomainEvent
from shared.events.queues import RetryLater
from shared.platform import clock, correlation
from shared.platform.outages import Outage
from tests.support import aws_calls, fake_aws
from tests.support.captured_logs import Logs

QUEUE = "orders"


class Job(msgspec.Struct, frozen=True):
    """A message."""

    number: int


class Poison(Exception):
    """Raised by a handler for a message that can never be handled."""


@pytest.fixture
def queue_url(aws: None, monkeypatch: pytest.MonkeyPatch) -> str:
    """A queue of the feature, as CDK puts it into the environment."""
    url = fake_aws.create_queue(QUEUE)
    monkeypatch.setenv("QUEUE_URL_ORDERS", url)
    return url


class FakeSqs:
    """SQS as far as a consumer uses it: records the requested delays."""

    def __init__(self) -> None:
        self.delays: dict[str, int] = {}

        self.buried: list[tuple[str, str, str]] = []

    def send_message(self, **call: Any) -> None:
        assert call["QueueUrl"] == "https://sqs/orders-dlq"
        values = {k: v["StringValue"] for k, v in call["MessageAttributes"].items()}
        self.buried.append((call["MessageBody"], values["reason"], values["correlationid"]))

    def change_message_visibility(self, **call: Any) -> None:
        assert call["QueueUrl"] == "https://sqs/orders"
        self.delays[call["ReceiptHandle"].removeprefix("receipt-")] = call["VisibilityTimeout"]


@pytest.fixture
def sqs(monkeypatch: pytest.MonkeyPatch) -> FakeSqs:
    """The consumer's SQS."""
    fake = FakeSqs()
    monkeypatch.setattr("shared.platform.aws.client", lambda _: fake)
    monkeypatch.setenv("QUEUE_URL_ORDERS", "https://sqs/orders")
    return fake


def message(
    body: str | Job, message_id: str, receives: int = 1, correlation_id: str | None = None
) -> dict[str, Any]:
    """Return a message as Lambda receives it."""
    attribute = {"stringValue": correlation_id, "dataType": "String"}
    return {
        "messageId": message_id,
        "receiptHandle": f"receipt-{message_id}",
        "body": body if isinstance(body, str) else msgspec.json.encode(body).decode(),
        "attributes": {"ApproximateReceiveCount": str(receives)},
        "messageAttributes": {"correlationid": attribute} if correlation_id else {},
    }


def consume(
    *messages: dict[str, Any], handle: Callable[[Job], None], base: int = 10, **options: Any
) -> list[str]:
    """Consume messages and return the ids of those that are delivered again."""
    batch = SQSEvent({"Records": list(messages)}, None)
    answer = queues.consume(batch, QUEUE, Job, handle, base, **options)
    return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]


def failing(error: Exception) -> Callable[[Job], None]:
    """Return a handler that always raises this error."""

    def handle(_: Job) -> None:
        raise error

    return handle


class TestSending:
    def test_messages_are_sent_in_batches_with_the_correlation_id(self, queue_url: str) -> None:
        with correlation.bound("request-1"), aws_calls.counted() as calls:
            queues.send(QUEUE, [Job(number) for number in range(23)])
        assert calls["sqs:SendMessageBatch"] == 3
        numbers = set()
        for _ in range(3):
            answer = fake_aws.client("sqs").receive_message(
                QueueUrl=queue_url, MaxNumberOfMessages=10, MessageAttributeNames=["All"]
            )
            for received in answer["Messages"]:
                numbers.add(json.loads(received["Body"])["number"])
                attribute = received["MessageAttributes"]["correlationid"]
                assert attribute["StringValue"] == "request-1"
        assert numbers == set(range(23))

    def test_sending_nothing_makes_no_call(self, queue_url: str) -> None:
        with aws_calls.counted() as calls:
            queues.send(QUEUE, [])
        assert not calls

    def test_a_refused_message_raises_an_error(
        self, sqs: FakeSqs, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        class RefusingSqs:
            def send_message_batch(self, **_: Any) -> dict[str, Any]:
                return {"Failed": [{"Id": "0", "Code": "InternalError"}]}

        monkeypatch.setattr("shared.platform.aws.client", lambda _: RefusingSqs())
        with pytest.raises(RuntimeError, match="refused 1 messages for orders"):
            queues.send(QUEUE, [Job(1)])


class TestConsuming:
    def test_a_message_is_postponed_when_too_little_time_is_left(self, sqs: FakeSqs) -> None:
        seconds = iter([40, 34, 33])
        context: Any = SimpleNamespace(get_remaining_time_in_millis=lambda: next(seconds) * 1000)
        batch = SQSEvent({"Records": [message(Job(n), f"m{n}") for n in range(3)]}, context)
        done: list[Job] = []
        answer = queues.consume(batch, QUEUE, Job, done.append, 10, needed_seconds=35)
        assert done == [Job(0)]
        failures = [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]
        assert failures == ["m1", "m2"]
        # Both return soon, rather than after the queue's visibility timeout.
        assert set(sqs.delays) == {"m1", "m2"}
        assert all(5 <= delay <= 10 for delay in sqs.delays.values())

    def test_a_message_is_begun_with_exactly_the_needed_time(self, sqs: FakeSqs) -> None:
        context: Any = SimpleNamespace(get_remaining_time_in_millis=lambda: 35_000)
        batch = SQSEvent({"Records": [message(Job(1), "m1")]}, context)
        done: list[Job] = []
        answer = queues.consume(batch, QUEUE, Job, done.append, 10, needed_seconds=35)
        assert (done, answer) == ([Job(1)], {"batchItemFailures": []})
        assert sqs.delays == {}

    def test_a_message_needs_no_time_unless_its_consumer_says_so(self, sqs: FakeSqs) -> None:
        context: Any = SimpleNamespace(get_remaining_time_in_millis=lambda: 0)
        batch = SQSEvent({"Records": [message(Job(1), "m1")]}, context)
        done: list[Job] = []
        assert queues.consume(batch, QUEUE, Job, done.append, 10) == {"batchItemFailures": []}
        assert done == [Job(1)]

    def test_in_an_outage_no_message_is_begun_that_time_could_run_out_for(
        self, sqs: FakeSqs, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Of a function of 15 seconds, whose messages wait four seconds each for a database."""
        passed = 0.0
        monkeypatch.setattr("time.monotonic", lambda: passed)
        context: Any = SimpleNamespace(get_remaining_time_in_millis=lambda: 15_000 - passed * 1000)
        tried = []

        def handle(job: Job) -> None:
            nonlocal passed
            tried.append(job.number)
            passed += 4
            raise AutoReconnect("away")

        batch = [message(Job(number), f"m{number}") for number in range(10)]
        answer = queues.consume(SQSEvent({"Records": batch}, context), QUEUE, Job, handle, 10)
        assert tried == [0, 1, 2]
        assert len(answer["batchItemFailures"]) == len(sqs.delays) == 10

    def test_a_bad_message_does_not_delay_the_others(self, sqs: FakeSqs) -> None:
        done = []

        def handle(job: Job) -> None:
            if job.number == 2:
                raise Poison
            done.append(job.number)

        batch = [message(Job(number), f"m{number}") for number in range(1, 5)]
        assert consume(*batch, handle=handle) == ["m2"]
        assert done == [1, 3, 4]
        assert set(sqs.delays) == {"m2"}

    @pytest.mark.parametrize("body", ["", "{", "[]", '{"number": "one"}', "null", "\udcff"])
    def test_an_unreadable_body_is_delivered_again_alone(self, sqs: FakeSqs, body: str) -> None:
        done = []
        batch = [message(body, "bad"), message(Job(1), "good")]
        assert consume(*batch, handle=lambda job: done.append(job.number)) == ["bad"]
        assert done == [1]

    def test_a_refused_delay_does_not_delay_the_others(
        self, sqs: FakeSqs, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def refuse(**_: Any) -> None:
            raise ConnectionError

        monkeypatch.setattr(sqs, "change_message_visibility", refuse)
        done = []

        def handle(job: Job) -> None:
            if job.number == 1:
                raise Poison
            done.append(job.number)

        assert consume(message(Job(1), "m1"), message(Job(2), "m2"), handle=handle) == ["m1"]
        assert done == [2]

    @pytest.mark.parametrize(
        ("receives", "least", "most"),
        [(1, 5, 10), (2, 10, 20), (3, 20, 40), (4, 40, 80), (7, 320, 640), (9, 450, 900)],
    )
    def test_the_delay_doubles_with_each_receive(
        self, sqs: FakeSqs, receives: int, least: int, most: int
    ) -> None:
        for number in range(60):
            consume(message(Job(1), f"m{number}", receives), handle=failing(RetryLater()))
        assert all(least <= delay <= most for delay in sqs.delays.values())
        assert len(set(sqs.delays.values())) > 1  # jitter: they are not all delivered at once

    def test_the_delay_never_exceeds_the_maximum(self, sqs: FakeSqs) -> None:
        consume(message(Job(1), "m1", queues.MAX_RECEIVES - 1), handle=failing(RetryLater()))
        assert 450 <= sqs.delays["m1"] <= 900

    def test_both_ends_of_the_delay_are_reached(
        self, sqs: FakeSqs, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        ranges: list[tuple[int, int]] = []

        def draw_the_most(least: int, most: int) -> int:
            ranges.append((least, most))
            return most

        monkeypatch.setattr("random.randint", draw_the_most)
        for receives, base in ((1, 5), (2, 5), (1, 1), (12, 1)):
            consume(message(Job(1), "m1", receives), handle=failing(RetryLater()), base=base)
        assert ranges == [(3, 5), (5, 10), (1, 1), (450, 900)]

    @pytest.mark.parametrize(("requested", "delay"), [(120, 120), (5_000, 900)])
    def test_a_handler_may_request_a_longer_delay(
        self, sqs: FakeSqs, requested: int, delay: int
    ) -> None:
        consume(message(Job(1), "m1"), handle=failing(RetryLater(requested)))
        assert sqs.delays == {"m1": delay}

    def test_a_shorter_delay_than_the_queue_waits_anyway_changes_nothing(
        self, sqs: FakeSqs
    ) -> None:
        consume(message(Job(1), "m1", receives=3), handle=failing(RetryLater(1)))
        assert 20 <= sqs.delays["m1"] <= 40

    def test_the_delay_is_at_least_a_second(self, sqs: FakeSqs) -> None:
        for number in range(20):
            consume(message(Job(1), f"m{number}"), handle=failing(Poison()), base=1)
        assert set(sqs.delays.values()) == {1}

    def test_what_cannot_work_becomes_a_dead_letter_with_its_reason(self, sqs: FakeSqs) -> None:
        again = [
            consume(message(Job(1), "m1", receives, "request-1"), handle=failing(Poison()))
            for receives in range(1, 6)
        ]
        assert again == [["m1"]] * 4 + [[]]
        assert sqs.buried == [('{"number":1}', "Poison", "request-1")]

    @pytest.mark.parametrize(
        "error",
        [
            RetryLater(),
            Outage("away"),
            AutoReconnect("MongoDB is away"),
            EndpointConnectionError(endpoint_url="https://dynamodb"),
        ],
    )
    def test_an_outage_is_waited_for_for_hours(
        self, sqs: FakeSqs, monkeypatch: pytest.MonkeyPatch, error: Exception
    ) -> None:
        """With the shortest delays that jitter allows, SQS's own limit of receives is not met."""
        monkeypatch.setattr("random.randint", lambda least, _: least)
        age, receives = timedelta(0), 0
        while not sqs.buried:
            receives += 1
            sent = message(Job(1), "m1", receives)
            sent_ms = (clock.now() - age).timestamp() * 1000
            sent["attributes"]["SentTimestamp"] = str(int(sent_ms))
            consume(sent, handle=failing(error), base=5)
            age += timedelta(seconds=sqs.delays["m1"])
        assert timedelta(hours=6) <= age <= timedelta(hours=6, minutes=15)
        assert receives < queues.MAX_RECEIVES

    def test_a_dead_letter_that_sqs_does_not_take_comes_again(
        self, sqs: FakeSqs, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(sqs, "send_message", None)
        assert consume(message(Job(1), "m1", 5), handle=failing(Poison())) == ["m1"]

    def test_a_message_is_handled_with_its_correlation_id(self, sqs: FakeSqs, logs: Logs) -> None:
        seen = []

        def handle(job: Job) -> None:
            seen.append(correlation.current())
            raise Poison

        batch = [message(Job(1), "m1", correlation_id="request-1"), message(Job(2), "m2")]
        consume(*batch, handle=handle)
        assert seen[0] == "request-1"
        assert seen[1].startswith("cor_")
        assert [line["correlation_id"] for line in logs.named("message failed")] == seen

    def test_an_invalid_correlation_id_is_replaced(self, sqs: FakeSqs) -> None:
        seen = []
        invalid = message(Job(1), "m1", correlation_id='1234567\n{"level"')
        consume(invalid, handle=lambda _: seen.append(correlation.current()))
        assert seen[0].startswith("cor_")

    def test_a_failure_is_logged_without_the_message(self, sqs: FakeSqs, logs: Logs) -> None:
        batch = [
            message('{"number": "canary-type"}', "m1"),
            message("canary-text", "m2"),
            message('{"number": 1, "address": "canary@example.com"}', "m3"),
        ]
        consume(*batch, handle=failing(Poison()))
        lines = logs.named("message failed")
        assert [line["message_id"] for line in lines] == ["m1", "m2", "m3"]
        assert [line["queue"] for line in lines] == [QUEUE] * 3
        assert lines[2]["reason"] == "Poison"
        assert "canary" not in logs.text

    def test_the_cause_of_a_failure_is_logged(self, sqs: FakeSqs, logs: Logs) -> None:
        def handle(_: Job) -> None:
            raise RetryLater from TimeoutError()

        consume(message(Job(1), "m1"), handle=handle)
        assert [line["reason"] for line in logs.named("message failed")] == ["TimeoutError"]

    def test_a_postponed_message_is_logged(self, sqs: FakeSqs, logs: Logs) -> None:
        context: Any = SimpleNamespace(get_remaining_time_in_millis=lambda: 0)
        batch = SQSEvent({"Records": [message(Job(1), "m1")]}, context)
        queues.consume(batch, QUEUE, Job, lambda _: None, 10, needed_seconds=1)
        (line,) = logs.named("message postponed")
        assert (line["queue"], line["message_id"]) == (QUEUE, "m1")

    def test_a_temporary_failure_is_a_warning_and_any_other_an_error(
        self, sqs: FakeSqs, logs: Logs
    ) -> None:
        consume(message(Job(1), "m1"), handle=failing(RetryLater()))
        consume(message(Job(1), "m2"), handle=failing(Poison()))
        assert [line["level"] for line in logs.named("message failed")] == ["WARNING", "ERROR"]


def test_domain_events_are_consumed_like_messages(sqs: FakeSqs) -> None:
    event = {
        "id": "evt_1",
        "source": "/artist-booking/auth",
        "type": "user.verified",
        "subject": "usr_1",
        "time": "2026-11-22T12:00:00Z",
        "data": {"userId": "usr_1", "addedLater": True},
        "unknownAttribute": 1,
    }
    seen: list[DomainEvent] = []
    batch = [message(json.dumps(event), "good"), message("{}", "bad")]
    answer = queues.consume_events(
        SQSEvent({"Records": batch}, None), QUEUE, seen.append, ["user.verified"]
    )
    assert answer == {"batchItemFailures": [{"itemIdentifier": "bad"}]}
    assert [(received.id, received.data["userId"]) for received in seen] == [("evt_1", "usr_1")]


def test_a_message_may_hold_several_events_of_which_others_are_skipped(sqs: FakeSqs) -> None:
    def event(event_id: str, event_type: str) -> DomainEvent:
        at = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
        return DomainEvent(event_id, "/artist-booking/auth", event_type, "usr_1", at, {})

    events = [event("evt_1", "user.renamed"), event("evt_2", "user.moved"), event("evt_3", "other")]
    body = msgspec.json.encode(events).decode()
    seen: list[str] = []

    def handle(received: DomainEvent) -> None:
        seen.append(received.id)
        if received.id == "evt_2" and len(seen) == 2:
            raise RetryLater

    def receive() -> dict[str, Any]:
        batch = SQSEvent({"Records": [message(body, "m1")]}, None)
        return queues.consume_events(batch, QUEUE, handle, ["user.renamed", "user.moved"])

    assert receive() == {"batchItemFailures": [{"itemIdentifier": "m1"}]}
    assert receive() == {"batchItemFailures": []}
    assert seen == ["evt_1", "evt_2"] * 2
