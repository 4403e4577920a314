"""Fixtures of appointments: AWS in memory, on a Monday morning with a stopped clock."""

from datetime import datetime
from typing import Any

import pytest
from time_machine import TimeMachineFixture

from appointments.store import agreed_terms, shown_calendars
from appointments.use_cases import external_calendars
from tests.functional.appointments.people import (
    ARTIST,
    CLIENT,
    MONDAY,
    OTHER_ARTIST,
    OTHER_CLIENT,
    People,
)
from tests.support import fake_aws, moto_items, relations, streams

_introductions: list[dict[str, Any]] = []


@pytest.fixture
def clock_starts_at() -> datetime:
    """Return the instant at which the clock of these tests stands."""
    return MONDAY


@pytest.fixture
def calendars_queue(aws: None, monkeypatch: pytest.MonkeyPatch) -> str:
    """Create the queue of the external calendars' worker, and return its URL."""
    url = fake_aws.create_queue(external_calendars.QUEUE)
    monkeypatch.setenv("QUEUE_URL_APPOINTMENTS_EXTERNAL_CALENDARS", url)
    return url


@pytest.fixture
def people(aws: None, clock: TimeMachineFixture, calendars_queue: str) -> People:
    """Return the users of appointments. Nobody has created anything yet.

    Both clients have contacted the artist, and one of them the other artist.
    """
    _introduce()
    agreed_terms.forget()
    shown_calendars.forget()
    return People()


def _introduce() -> None:
    """Introduce people. The events write the same each time, so only one test consumes them."""
    if _introductions:
        moto_items.put("appointments", _introductions)
        return
    relations.introduce(ARTIST, CLIENT, OTHER_CLIENT)
    relations.introduce(OTHER_ARTIST, CLIENT)
    _introductions.extend(streams.items("appointments"))
