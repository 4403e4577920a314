"""quick_actions with AWS in memory, on a Monday morning that does not pass by itself."""

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
    """Two artists and two clients whom quick_actions knows; the first two have a thread."""
    found = People()
    found.are_known()
    return found
