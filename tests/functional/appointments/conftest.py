"""Fixtures of appointments: AWS in memory, on a Monday morning with a stopped clock."""

from collections.abc import Iterator

import pytest
from time_machine import TimeMachineFixture

from appointments.use_cases import external_calendars
from tests.functional.appointments.people import MONDAY, People
from tests.support import captured_logs, fake_aws
from tests.support.captured_logs import Logs


@pytest.fixture
def clock(time_machine: TimeMachineFixture) -> TimeMachineFixture:
    """Stop the clock on Monday morning until a test moves it."""
    time_machine.move_to(MONDAY, tick=False)
    return time_machine


@pytest.fixture
def calendars_queue(aws: None, monkeypatch: pytest.MonkeyPatch) -> str:
    """Create the queue of the external calendars' worker, and return its URL."""
    url: str = fake_aws.client("sqs").create_queue(QueueName=external_calendars.QUEUE)["QueueUrl"]
    monkeypatch.setenv("QUEUE_URL_APPOINTMENTS_EXTERNAL_CALENDARS", url)
    return url


@pytest.fixture
def people(aws: None, clock: TimeMachineFixture, calendars_queue: str) -> People:
    """Return the users of appointments. Nobody has created anything yet."""
    return People()


@pytest.fixture
def logs() -> Iterator[Logs]:
    """Collect what is logged during the test."""
    with captured_logs.captured() as collected:
        yield collected
