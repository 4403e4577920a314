"""Fixtures of auth's tests: AWS in memory and a clock that stands still."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from time_machine import TimeMachineFixture

from tests.functional.auth.people import People
from tests.support import captured_logs
from tests.support.captured_logs import Logs

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@pytest.fixture
def clock(time_machine: TimeMachineFixture) -> TimeMachineFixture:
    """The clock, which stands still until a test shifts it."""
    time_machine.move_to(NOON, tick=False)
    return time_machine


@pytest.fixture
def people(aws: None, clock: TimeMachineFixture) -> People:
    """The users of auth."""
    return People()


@pytest.fixture
def logs() -> Iterator[Logs]:
    """What is logged during the test."""
    with captured_logs.captured() as collected:
        yield collected
