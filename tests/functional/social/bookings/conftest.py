"""An artist who has appointments written to a calendar, at Google or on a CalDAV server."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from time_machine import TimeMachineFixture

from infra.local.standins.server import Standins
from shared.platform import config
from tests.functional.social.bookings.world import CalDavSide, GoogleSide, Side
from tests.support import fake_aws
from tests.support.caldav import running_caldav


@pytest.fixture
def clock_starts_at() -> datetime:
    return datetime(2026, 11, 30, 12, tzinfo=UTC)


@pytest.fixture(params=["google", "caldav"])
def side(
    request: pytest.FixtureRequest,
    aws: None,
    clock: TimeMachineFixture,
    monkeypatch: pytest.MonkeyPatch,
    standins: Standins,
) -> Iterator[Side]:
    monkeypatch.setenv("QUEUE_URL_SOCIAL_WORK", fake_aws.create_queue("social-work"))
    monkeypatch.setenv("LOOPBACK_PROVIDERS", "true")
    fake_aws.put_secret("social-providers", standins.social.settings())
    config.forget()
    standins.clear()
    if request.param == "google":
        yield GoogleSide(clock, standins.social)
    else:
        with running_caldav() as server:
            yield CalDavSide(clock, server)
    config.forget()
