"""appointments with AWS in memory, on a Monday morning that does not pass by itself."""

from collections.abc import Iterator

import pytest
from time_machine import TimeMachineFixture

from appointments.use_cases import external_calendars
from tests.functional.appointments.people import MONDAY, People
from tests.support import captured_logs, fake_aws
from tests.support.captured_logs import Logs


@pytest.fixture
def clock(time_machine: TimeMachineFixture) -> TimeMachineFixture:
    """The clock, standing still until a test shifts it."""
    time_machine.move_to(MONDAY, tick=False)
    return time_machine


@pytest.fixture
def calendars_queue(aws: None, monkeypatch: pytest.MonkeyPatch) -> str:
    """The URL of the queue by which the worker learns of calendars elsewhere."""
    url: str = fake_aws.client("sqs").create_queue(QueueName=external_calendars.QUEUE)["QueueUrl"]
    monkeypatch.setenv("QUEUE_URL_APPOINTMENTS_EXTERNAL_CALENDARS", url)
    return url


@pytest.fixture
def people(aws: None, clock: TimeMachineFixture, calendars_queue: str) -> People:
    """Everybody who uses appointments. Nobody offers anything yet."""
    return People()


@pytest.fixture
def logs() -> Iterator[Logs]:
    """What is logged during the test."""
    with captured_logs.captured() as collected:
        yield collected
