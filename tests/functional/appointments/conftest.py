"""Fixtures of appointments: AWS in memory, on a Monday morning with a stopped clock."""

from datetime import datetime

import pytest
from time_machine import TimeMachineFixture

from appointments.use_cases import external_calendars
from tests.functional.appointments.people import MONDAY, People
from tests.support import fake_aws


@pytest.fixture
def clock_starts_at() -> datetime:
    """Return the instant at which the clock of these tests stands."""
    return MONDAY


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
