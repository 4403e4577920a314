"""Following logs shows every new line once."""

import time
from collections.abc import Callable, Iterator

import boto3
import moto
import pytest

from infra.operate.logs import Tail

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

    def put(*messages: str) -> None:
        now = int(time.time() * 1000)
        events = [{"timestamp": now, "message": message} for message in messages]
        logs.put_log_events(logGroupName=group, logStreamName="stream", logEvents=events)

    return put


def test_only_what_is_new_is_shown_and_once(session: boto3.Session, write: Write) -> None:
    write("before")
    tail = Tail(session.client("logs"), "app-")
    write("first")
    assert list(tail.new_lines()) == [("auth-api", "first")]
    assert list(tail.new_lines()) == []
    write("second")
    assert list(tail.new_lines()) == [("auth-api", "second")]


def test_a_function_may_repeat_itself(session: boto3.Session, write: Write) -> None:
    tail = Tail(session.client("logs"), "app-")
    write("same", "same")
    assert list(tail.new_lines()) == [("auth-api", "same")] * 2


def test_other_functions_are_not_followed(session: boto3.Session, write: Write) -> None:
    tail = Tail(session.client("logs"), "other-")
    write("not theirs")
    assert list(tail.new_lines()) == []
