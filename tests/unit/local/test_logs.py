"""Logs show the past and every new line once, without noise unless it is asked for."""

import time
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import moto
import pytest

from infra.operate.logs import Line, Selection, Tail

A_MINUTE = 60
Write = Callable[..., None]


@pytest.fixture
def session() -> Iterator[boto3.Session]:
    with moto.mock_aws(config={"core": {"reset_boto3_session": False}}):
        yield boto3.Session(region_name="us-east-1")


@pytest.fixture
def write(session: boto3.Session) -> Write:
    logs = session.client("logs")
    group = "/aws/lambda/app-auth-api"
    logs.create_log_group(logGroupName=group)
    logs.create_log_stream(logGroupName=group, logStreamName="stream")

    def put(*messages: str, ago: int = 0) -> None:
        at = int((time.time() - ago) * 1000)
        events = [{"timestamp": at, "message": message} for message in messages]
        logs.put_log_events(logGroupName=group, logStreamName="stream", logEvents=events)

    return put


def tail(session: boto3.Session, since_seconds: int, **selected: Any) -> Tail:
    since = int((time.time() - since_seconds) * 1000)
    return Tail(session.client("logs"), "app-", since, Selection(**selected))


def shown(following: Tail) -> list[tuple[str, str]]:
    return [(line.function, line.message) for line in following.new_lines()]


def test_the_past_then_what_is_new_is_shown_and_once(session: boto3.Session, write: Write) -> None:
    write("long ago", ago=3 * A_MINUTE)
    write("before", ago=A_MINUTE)
    following = tail(session, 2 * A_MINUTE)
    assert shown(following) == [("auth-api", "before")]
    write("first")
    assert shown(following) == [("auth-api", "first")]
    assert shown(following) == []
    write("second")
    assert shown(following) == [("auth-api", "second")]


def test_lines_are_in_the_order_of_their_times(session: boto3.Session, write: Write) -> None:
    write("later", ago=10)
    write("earlier", ago=20)
    assert [message for _, message in shown(tail(session, A_MINUTE))] == ["earlier", "later"]


def test_a_function_may_repeat_itself(session: boto3.Session, write: Write) -> None:
    following = tail(session, A_MINUTE)
    write("same", "same")
    assert shown(following) == [("auth-api", "same")] * 2


def test_other_functions_are_not_followed(session: boto3.Session, write: Write) -> None:
    following = Tail(session.client("logs"), "other-", since=0)
    write("not theirs")
    assert shown(following) == []


def test_a_function_and_a_correlation_id_select_lines(session: boto3.Session, write: Write) -> None:
    write('{"correlation_id": "cor_1"}', '{"correlation_id": "cor_2"}')
    assert len(shown(tail(session, A_MINUTE, function="auth"))) == 2
    assert shown(tail(session, A_MINUTE, function="auth-sweeper")) == []
    (line,) = shown(tail(session, A_MINUTE, correlation_id="cor_2"))
    assert "cor_2" in line[1]


@pytest.mark.parametrize(
    ("function", "message", "noise"),
    [
        ("auth-api", "START RequestId: 1 Version: $LATEST", True),
        ("auth-api", "END RequestId: 1", True),
        ("auth-api", "REPORT RequestId: 1\tDuration: 1 ms", True),
        ("auth-api", "STARTLED by an exception", False),
        ("auth-api", '{"_aws": {"Timestamp": 1}, "DeliverySent": 1}', True),
        ("auth-api", '{"level": "INFO", "_aws": {"Timestamp": 1}}', False),
        ("auth-api", '{"level": "INFO", "message": "request"}', False),
        ("auth-sweeper", '{"level": "INFO", "message": "swept"}', True),
        ("auth-sweeper", '{"level": "WARNING", "message": "sweep cut short"}', False),
        ("auth-sweeper", '{"level": "ERROR", "message": "due record failed"}', False),
        ("auth-sweeper", "Traceback (most recent call last):", False),
        ("auth-api", "[1, 2]", False),
    ],
)
def test_noise_is_hidden_unless_everything_is_asked_for(
    function: str, message: str, noise: bool
) -> None:
    line = Line(function, "stream", 0, message)
    assert Selection().shows(line) is not noise
    assert Selection(everything=True).shows(line)
