"""Fixtures of the shared layer's tests."""

from collections.abc import Iterator

import pytest

import tests.support.repeatable  # noqa: F401
from tests.functional.shared.studio import Studio
from tests.support import captured_logs
from tests.support.captured_logs import Logs


@pytest.fixture
def logs() -> Iterator[Logs]:
    """What is logged during the test."""
    with captured_logs.captured() as collected:
        yield collected


@pytest.fixture
def studio(aws: None) -> Studio:
    """A new feature with a route of each kind."""
    return Studio()
