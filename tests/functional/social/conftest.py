"""The API of social, with AWS in memory."""

from datetime import datetime

import pytest
from time_machine import TimeMachineFixture

from shared.http.caller import Role
from social.app import app
from tests.functional.social.chats import Chats, open_chats
from tests.functional.social.world import MARA, NOOR, NOW
from tests.support.gateway import ApiClient, client_for

__all__ = ["MARA", "NOOR"]


@pytest.fixture
def mara(aws: None) -> ApiClient:
    return client_for(app).as_user(MARA, role=Role.ARTIST)


@pytest.fixture
def noor(aws: None) -> ApiClient:
    return client_for(app).as_user(NOOR, role=Role.ARTIST)


@pytest.fixture
def clock_starts_at() -> datetime:
    """Return the instant at which the clock of the tests of messages stands."""
    return NOW


@pytest.fixture
def chats(aws: None, clock: TimeMachineFixture, monkeypatch: pytest.MonkeyPatch) -> Chats:
    """Return the messages of an account of Mara's on Instagram."""
    return open_chats(monkeypatch, clock)
