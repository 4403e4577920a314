"""Fixtures of auth's tests: AWS in memory and a clock that stands still."""

from datetime import UTC, datetime

import pytest
from time_machine import TimeMachineFixture

from tests.functional.auth.people import People

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@pytest.fixture
def clock_starts_at() -> datetime:
    """Return the instant at which the clock of these tests stands."""
    return NOON


@pytest.fixture
def people(aws: None, clock: TimeMachineFixture) -> People:
    """The users of auth."""
    return People()
