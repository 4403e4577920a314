"""Fixtures of the quick_actions tests: AWS in memory, and a clock that stands still."""

import pytest
from time_machine import TimeMachineFixture

from tests.functional.quick_actions.people import MONDAY, People


@pytest.fixture
def clock(time_machine: TimeMachineFixture) -> TimeMachineFixture:
    """The clock, standing still until a test shifts it."""
    time_machine.move_to(MONDAY, tick=False)
    return time_machine


@pytest.fixture
def people(aws: None, clock: TimeMachineFixture) -> People:
    """Two artists and two clients whose accounts and conversations were published."""
    people = People()
    people.publish_accounts()
    return people
