"""Fixtures that the tests of several features share. tests/conftest.py imports them."""

from collections.abc import Iterator
from datetime import datetime

import pytest
from time_machine import TimeMachineFixture

from tests.support import captured_logs
from tests.support.captured_logs import Logs


@pytest.fixture
def clock(time_machine: TimeMachineFixture, clock_starts_at: datetime) -> TimeMachineFixture:
    """Stop the clock at the feature's `clock_starts_at` until a test shifts it."""
    time_machine.move_to(clock_starts_at, tick=False)
    return time_machine


@pytest.fixture
def logs() -> Iterator[Logs]:
    """Collect what is logged during the test."""
    with captured_logs.captured() as collected:
        yield collected
