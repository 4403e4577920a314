"""Fixtures of the quick_actions tests: AWS in memory, and a clock that stands still."""

from datetime import datetime

import pytest
from time_machine import TimeMachineFixture

from tests.functional.quick_actions.people import MONDAY, People


@pytest.fixture
def clock_starts_at() -> datetime:
    """Return the instant at which the clock of these tests stands."""
    return MONDAY


@pytest.fixture
def people(aws: None, clock: TimeMachineFixture) -> People:
    """Two artists and two clients whose accounts and conversations were published."""
    people = People()
    people.publish_accounts()
    return people
