"""Fixtures: a world with clean queues, database and inbox, and with working providers."""

from collections.abc import Iterator

import pytest

from infra import vapid_keys
from infra.local.standins.server import Standins, running_standins
from infra.local.standins.twilio import DEFAULT_PHONE_NUMBER
from notifications import store
from shared.data import mongodb, mongodb_indexes
from shared.events import queues
from shared.platform import config
from tests.functional.notifications.world import QUEUES, REPORTS, World, put_secret
from tests.support import fake_aws, mongo
from tests.support.mongo import expire_nothing, running_mongo


@pytest.fixture(scope="session")
def mongo_uri(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Run a real server for the tests of this folder."""
    expire_nothing(store.INDEXES)
    with running_mongo(tmp_path_factory.mktemp("mongo") / "data") as uri:
        with mongodb.connect(uri) as client:
            mongodb_indexes.ensure(client.notifications, store.INDEXES)
        yield uri
        mongo.disconnect(store)


@pytest.fixture(scope="session")
def standins(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Standins]:
    """Run stand-ins of an SMTP server, Twilio and a push service."""
    with running_standins(tmp_path_factory.mktemp("standins"), publish=REPORTS.append) as running:
        yield running


@pytest.fixture
def world(aws: None, monkeypatch: pytest.MonkeyPatch, mongo_uri: str, standins: Standins) -> World:
    """Create a clean world."""
    for queue in QUEUES:
        name = f"{fake_aws.PREFIX}-notifications-{queue}"
        url = fake_aws.create_queue(name)
        fake_aws.create_queue(name + queues.DEAD_LETTERS)
        monkeypatch.setenv(f"QUEUE_URL_NOTIFICATIONS_{queue.upper().replace('-', '_')}", url)
    put_secret("api", {"API_URL": "https://api.artistbooking.example"})
    for secret, values in _secrets(mongo_uri, standins).items():
        put_secret(secret, values)
    config.forget()
    database = mongo.connect(store, mongo_uri)
    mongo.clear(database, store.INDEXES)
    standins.clear()
    return World(monkeypatch, standins, database)


def _secrets(mongo_uri: str, standins: Standins) -> dict[str, dict[str, str]]:
    return {
        "mongo": {"MONGO_URI": mongo_uri},
        "smtp": {
            "SMTP_HOST": "127.0.0.1",
            "SMTP_PORT": str(standins.smtp_port),
            "SMTP_FROM": "Artist Booking <hello@artistbooking.example>",
            "SMTP_SECURITY": "none",
        },
        "twilio": {
            "TWILIO_ACCOUNT_SID": standins.account_sid,
            "TWILIO_AUTH_TOKEN": standins.auth_token,
            "TWILIO_PHONE_NUMBER": DEFAULT_PHONE_NUMBER,
            "TWILIO_API_BASE_URL": standins.twilio_url,
        },
        "vapid": vapid_keys.pair() | {"VAPID_EMAIL": "mailto:push@artistbooking.example"},
    }
