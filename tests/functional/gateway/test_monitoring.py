"""The monitor reports, per feature, what functions cannot report themselves."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from time_machine import TimeMachineFixture

from gateway.use_cases import monitoring
from gateway.use_cases.monitoring import LookIncomplete, Watched
from shared.platform import aws, config
from tests.support import emf, fake_aws
from tests.support.captured_logs import Logs
from tests.support.fake_aws import PREFIX

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
WATCHED = {
    "auth": Watched(
        functions=("auth-api", "auth-outbox", "authorizer-authorize"),
        queues=("auth-events",),
        streams=("auth-outbox",),
    ),
    "files": Watched(
        functions=("files-api", "files-sweeper"),
        queues=("files-events",),
        schedules=("files-sweeper",),
    ),
}

Look = Callable[[], dict[str, list[tuple[str, str]]]]


@pytest.fixture(autouse=True)
def at_noon(aws: None, time_machine: TimeMachineFixture) -> None:
    time_machine.move_to(NOON, tick=False)


@pytest.fixture(autouse=True)
def queues(aws: None) -> None:
    for queue in ("auth-events", "auth-events-dlq", "auth-outbox-dlq"):
        fake_aws.create_queue(f"{PREFIX}-{queue}")
    for queue in ("files-events", "files-events-dlq"):
        fake_aws.create_queue(f"{PREFIX}-{queue}")
    monitoring._queue_url.cache_clear()


@pytest.fixture
def look(monkeypatch: pytest.MonkeyPatch, logs: Logs) -> Look:
    """Run the scheduled function; return what it found and the alarm sees, by feature."""
    monkeypatch.setenv("WATCHED", monitoring.pack(WATCHED))
    config.forget()

    def run() -> dict[str, list[tuple[str, str]]]:
        monitoring.run(NOON)
        found = {}
        for line in logs.named("failures found"):
            findings = [(finding["what"], finding["name"]) for finding in line["findings"]]
            assert emf.failures(line) == len(findings)
            found[line["feature"]] = findings
        return found

    return run


def put(metric: str, value: float, minutes_ago: float = 2, **dimensions: str) -> None:
    """Put a value of a metric of AWS."""
    namespace, name = metric.split()
    fake_aws.client("cloudwatch").put_metric_data(
        Namespace=namespace,
        MetricData=[
            {
                "MetricName": name,
                "Dimensions": [
                    {"Name": key, "Value": f"{PREFIX}-{value}"} for key, value in dimensions.items()
                ],
                "Timestamp": NOON - timedelta(minutes=minutes_ago),
                "Value": value,
            }
        ],
    )


def beat(minutes_ago: float = 1) -> None:
    """Have the sweeper of files run."""
    put("AWS/Lambda Invocations", 1, minutes_ago, FunctionName="files-sweeper")


def send(queue: str) -> None:
    url = fake_aws.client("sqs").get_queue_url(QueueName=f"{PREFIX}-{queue}")["QueueUrl"]
    fake_aws.client("sqs").send_message(QueueUrl=url, MessageBody="{}")


def test_an_environment_that_is_well_emits_nothing(look: Look, logs: Logs) -> None:
    beat()
    assert look() == {}
    assert not [line for line in logs.lines if "_aws" in line]


@pytest.mark.parametrize(
    ("queue", "feature", "name"),
    [
        ("auth-events-dlq", "auth", "auth-events"),
        ("auth-outbox-dlq", "auth", "auth-outbox"),
        ("files-events-dlq", "files", "files-events"),
    ],
)
def test_dead_letters_are_a_failure_of_their_feature(
    look: Look, queue: str, feature: str, name: str
) -> None:
    beat()
    send(queue)
    assert look() == {feature: [("dead letters", name)]}


@pytest.mark.parametrize(("age", "late"), [(599, False), (600, True)])
def test_a_message_that_waits_ten_minutes_is_a_failure(look: Look, age: int, late: bool) -> None:
    beat()
    put("AWS/SQS ApproximateAgeOfOldestMessage", age, QueueName="auth-events")
    assert look() == {}  # the queue is empty by now
    send("auth-events")
    assert look() == ({"auth": [("oldest message waits", "auth-events")]} if late else {})


@pytest.mark.parametrize(("age", "late"), [(599_999, False), (600_000, True)])
def test_an_outbox_that_waits_ten_minutes_is_a_failure(look: Look, age: int, late: bool) -> None:
    beat()
    put("AWS/Lambda IteratorAge", age, FunctionName="auth-outbox")
    assert look() == ({"auth": [("oldest event waits", "auth-outbox")]} if late else {})


@pytest.mark.parametrize(("minutes_ago", "dead"), [(14, False), (16, True)])
def test_a_sweeper_that_did_not_run_for_a_quarter_of_an_hour_is_a_failure(
    look: Look, minutes_ago: int, dead: bool
) -> None:
    beat(minutes_ago)
    assert look() == ({"files": [("does not run", "files-sweeper")]} if dead else {})


@pytest.mark.parametrize(
    ("metric", "what"), [("Errors", "crashed or timed out"), ("Throttles", "throttled")]
)
def test_a_function_that_crashes_or_is_throttled_is_a_failure(
    look: Look, metric: str, what: str
) -> None:
    beat()
    put(f"AWS/Lambda {metric}", 1)  # Lambda's own sum over all functions
    put(f"AWS/Lambda {metric}", 1, FunctionName="authorizer-authorize")
    put(f"AWS/Lambda {metric}", 0, FunctionName="files-api")
    assert look() == {"auth": [(what, "authorizer-authorize")]}


def test_functions_of_others_in_the_account_are_not_ours(look: Look) -> None:
    beat()
    put("AWS/Lambda Errors", 1)
    put("AWS/Lambda Errors", 1, FunctionName="unknown")
    assert look() == {}


def test_single_functions_are_asked_about_only_where_there_was_an_error(
    look: Look, monkeypatch: pytest.MonkeyPatch
) -> None:
    beat()

    def refuse(**_: Any) -> None:
        raise AssertionError("GetMetricData is paid for from the first request")

    client = aws.client("cloudwatch")
    monkeypatch.setattr(client, "get_metric_data", refuse)
    assert look() == {}


def test_one_failed_look_does_not_hide_what_the_others_found(look: Look, logs: Logs) -> None:
    beat()
    send("files-events-dlq")
    url = fake_aws.client("sqs").get_queue_url(QueueName=f"{PREFIX}-auth-events-dlq")["QueueUrl"]
    fake_aws.client("sqs").delete_queue(QueueUrl=url)
    with pytest.raises(LookIncomplete):
        look()
    (line,) = logs.named("failures found")
    assert line["feature"] == "files"
    assert logs.named("look failed")
