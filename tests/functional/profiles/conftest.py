"""Fixtures of profiles: AWS in memory, and a clock that stands still at noon."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from time_machine import TimeMachineFixture

import tests.support.repeatable  # noqa: F401
from tests.functional.profiles.people import People
from tests.support import captured_logs
from tests.support.captured_logs import Logs

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@pytest.fixture
def clock(time_machine: TimeMachineFixture) -> TimeMachineFixture:
    """The clock, standing still until a test shifts it."""
    time_machine.move_to(NOON, tick=False)
    return time_machine


@pytest.fixture
def people(aws: None, clock: TimeMachineFixture) -> People:
    """Clients of the API for all users, none of whom is registered yet."""
    return People()


@pytest.fixture
def logs() -> Iterator[Logs]:
    """What is logged during the test."""
    with captured_logs.captured() as collected:
        yield collected
