"""An artist with a Google account, and queues that a test works on itself."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from time_machine import TimeMachineFixture

from infra.local.standins.server import Standins, running_standins
from shared.platform import config
from social.providers import calls
from tests.functional.social.calendars.world import World
from tests.support import fake_aws


@pytest.fixture
def clock_starts_at() -> datetime:
    return datetime(2026, 11, 30, 12, tzinfo=UTC)


@pytest.fixture(scope="session")
def standins(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Standins]:
    """Run the stand-ins; notifications are kept for the tests to deliver."""
    with running_standins(tmp_path_factory.mktemp("standins")) as running:
        yield running
        calls.forget()


@pytest.fixture
def world(
    aws: None, clock: TimeMachineFixture, monkeypatch: pytest.MonkeyPatch, standins: Standins
) -> World:
    monkeypatch.setenv("QUEUE_URL_SOCIAL_WORK", fake_aws.create_queue("social-work"))
    monkeypatch.setenv("LOOPBACK_PROVIDERS", "true")
    fake_aws.put_secret("social-providers", standins.social.settings())
    config.forget()
    standins.clear()
    return World(clock, standins.social)
