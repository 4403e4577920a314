"""Fixtures of files: AWS in memory, and a clock that stands still at noon."""

from datetime import UTC, datetime

import pytest
from time_machine import TimeMachineFixture

from files.store import table
from shared.platform import config
from tests.functional.files.world import BUCKET, World, s3
from tests.support import fake_aws

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@pytest.fixture
def clock_starts_at() -> datetime:
    """Return the instant at which the clock of these tests stands."""
    return NOON


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
