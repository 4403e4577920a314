"""The API of social, with AWS in memory and the stand-ins of the providers."""

from collections.abc import Iterator

import pytest

from infra.local.standins.server import Standins, running_standins
from infra.local.standins.social.network import SocialNetworks
from shared.http.caller import Role
from shared.platform import config
from social.app import app
from social.providers import calls
from tests.support import fake_aws
from tests.support.gateway import ApiClient, client_for

MARA = "usr_01JD2ZK5V7M0Q4X8T6N3R9W1YB"
NOOR = "usr_01JD31N0P1Q2R3S4T5V6W7X8YZ"


@pytest.fixture
def mara(aws: None) -> ApiClient:
    return client_for(app).as_user(MARA, role=Role.ARTIST)


@pytest.fixture
def noor(aws: None) -> ApiClient:
    return client_for(app).as_user(NOOR, role=Role.ARTIST)


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
