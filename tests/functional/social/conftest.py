"""The API of social, with AWS in memory and the stand-ins of the providers."""

from collections.abc import Iterator
from datetime import datetime

import pytest
from time_machine import TimeMachineFixture

from infra.local.standins.server import Standins, running_standins
from infra.local.standins.social.network import SocialNetworks
from shared.http.caller import Role
from shared.platform import config
from social.app import app
from social.providers import calls
from tests.functional.social.chats import Chats, open_chats
from tests.functional.social.world import MARA, NOOR, NOW
from tests.support import fake_aws
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


@pytest.fixture(scope="session")
def standins(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Standins]:
    """Run the stand-ins of the providers."""
    with running_standins(tmp_path_factory.mktemp("standins")) as running:
        yield running
        calls.forget()


@pytest.fixture
def networks(
    aws: None, standins: Standins, monkeypatch: pytest.MonkeyPatch
) -> Iterator[SocialNetworks]:
    """Stand-ins that know nobody, and that the application is configured for.

    What they would post to the application is in `networks.outgoing`.
    """
    standins.clear()
    monkeypatch.setenv("LOOPBACK_PROVIDERS", "true")
    fake_aws.put_secret("social-providers", dict(standins.social.settings()))
    fake_aws.put_secret("api", {"API_URL": "https://api.artistbooking.example"})
    config.forget()
    yield standins.social
    calls.forget()
    config.forget()
