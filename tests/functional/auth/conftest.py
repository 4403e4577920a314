"""Fixtures of auth's tests: AWS in memory and a clock that stands still."""

from datetime import UTC, datetime

import pytest
from argon2 import PasswordHasher
from time_machine import TimeMachineFixture

from auth.rules import passwords
from tests.functional.auth.people import People

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
HASHER = passwords._hasher
CHEAP_HASHER = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


@pytest.fixture
def clock_starts_at() -> datetime:
    """Return the instant at which the clock of these tests stands."""
    return NOON


@pytest.fixture
def people(aws: None, clock: TimeMachineFixture, monkeypatch: pytest.MonkeyPatch) -> People:
    """The users of auth. Their passwords are hashed cheaply: see `costly_hashes`."""
    monkeypatch.setattr(passwords, "_hasher", CHEAP_HASHER)
    return People()


@pytest.fixture
def costly_hashes(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    """Hash passwords as in production, where a test is about that."""
    monkeypatch.setattr(passwords, "_hasher", HASHER)
