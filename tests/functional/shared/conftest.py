"""Fixtures of the shared layer's tests."""

import pytest

import tests.support.repeatable  # noqa: F401
from tests.functional.shared.studio import Studio


@pytest.fixture
def studio(aws: None) -> Studio:
    """A new feature with a route of each kind."""
    return Studio()
