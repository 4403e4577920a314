"""Fixtures of files: AWS in memory, and a clock that stands still at noon."""

from datetime import UTC, datetime

import pytest
from time_machine import TimeMachineFixture

from shared.platform import config
from tests.functional.files.world import BUCKET, World
from tests.support import fake_aws

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@pytest.fixture
def clock_starts_at() -> datetime:
    """Return the instant at which the clock of these tests stands."""
    return NOON


@pytest.fixture
def world(aws: None, clock: TimeMachineFixture, monkeypatch: pytest.MonkeyPatch) -> World:
    """Users, an empty bucket and an empty table."""
    fake_aws.create_bucket(BUCKET)
    queue_url = fake_aws.create_queue("files-incoming")
    monkeypatch.setenv("FILES_BUCKET", BUCKET)
    monkeypatch.setenv("QUEUE_URL_FILES_INCOMING", queue_url)
    monkeypatch.setenv("QUEUE_URL_FILES_EVENTS", queue_url)
    config.forget()
    return World()
