"""Fixtures of profiles: AWS in memory, and a clock that stands still at noon."""

from datetime import UTC, datetime

import pytest
from time_machine import TimeMachineFixture

import tests.support.repeatable  # noqa: F401
from tests.functional.profiles.people import People

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@pytest.fixture
def clock_starts_at() -> datetime:
    """Return the instant at which the clock of these tests stands."""
    return NOON


@pytest.fixture
def people(aws: None, clock: TimeMachineFixture) -> People:
    """API clients of all users; no user is registered yet."""
    return People()
