"""Fixtures of files: AWS in memory, and a clock that stands still at noon."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from time_machine import TimeMachineFixture

from files.store import table
from shared.platform import config
from tests.functional.files.world import BUCKET, World, s3
from tests.support import captured_logs, fake_aws
from tests.support.captured_logs import Logs

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@pytest.fixture
def clock(time_machine: TimeMachineFixture) -> TimeMachineFixture:
    """The clock, standing still until a test shifts it."""
    time_machine.move_to(NOON, tick=False)
    return time_machine


@pytest.fixture
def world(aws: None, clock: TimeMachineFixture, monkeypatch: pytest.MonkeyPatch) -> World:
    """Users, an empty bucket and an empty table."""
    table.RecordItem.create_table()
    s3().create_bucket(Bucket=BUCKET)
    queue = fake_aws.client("sqs").create_queue(QueueName="files-incoming")
    monkeypatch.setenv("FILES_BUCKET", BUCKET)
    monkeypatch.setenv("QUEUE_URL_FILES_INCOMING", queue["QueueUrl"])
    monkeypatch.setenv("QUEUE_URL_FILES_EVENTS", queue["QueueUrl"])
    config.forget()
    return World()


@pytest.fixture
def logs() -> Iterator[Logs]:
    """What is logged during the test."""
    with captured_logs.captured() as collected:
        yield collected
