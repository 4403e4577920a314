"""Fixtures: all features at once, with their tables, their databases and their bucket."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from argon2 import PasswordHasher
from time_machine import TimeMachineFixture

from auth.rules import passwords
from messaging import store as messaging
from notifications import store as notifications
from shared.data import mongodb, mongodb_indexes
from shared.platform import config
from tests.functional.erasure.world import BUCKET, World
from tests.support import fake_aws, mongo
from tests.support.mongo import expire_nothing, running_mongo

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
STORES = {"messaging": messaging, "notifications": notifications}
QUEUES = (
    "appointments-external-calendars",
    "files-incoming",
    "messaging-deliveries",
    "notifications-email",
    "notifications-mail-feedback",
    "notifications-push",
    "notifications-sms",
)


@pytest.fixture(scope="session")
def mongo_uri(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Run one real server for both features."""
    with running_mongo(tmp_path_factory.mktemp("mongo") / "data") as uri:
        with mongodb.connect(uri) as client:
            for name, store in STORES.items():
                expire_nothing(store.INDEXES)
                mongodb_indexes.ensure(client[name], store.INDEXES)
        yield uri
        for store in STORES.values():
            mongo.disconnect(store)


@pytest.fixture
def clock_starts_at() -> datetime:
    """Return the instant at which the clock of these tests stands."""
    return NOON


@pytest.fixture
def world(
    aws: None, clock: TimeMachineFixture, monkeypatch: pytest.MonkeyPatch, mongo_uri: str
) -> World:
    """Return all features, empty."""
    cheap = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr(passwords, "_hasher", cheap)
    fake_aws.create_bucket(BUCKET)
    monkeypatch.setenv("FILES_BUCKET", BUCKET)
    monkeypatch.setenv("EXPORTS_BUCKET", BUCKET)
    for queue in QUEUES:
        url = fake_aws.create_queue(queue)
        monkeypatch.setenv(f"QUEUE_URL_{queue.upper().replace('-', '_')}", url)
    fake_aws.put_secret("messaging-mongo", {"MESSAGING_MONGO_URI": mongo_uri})
    fake_aws.put_secret("mongo", {"MONGO_URI": mongo_uri})
    nowhere = {
        "SMTP_HOST": "127.0.0.1",
        "SMTP_PORT": "1",
        "SMTP_FROM": "hello@artistbooking.example",
    }
    fake_aws.put_secret("smtp", nowhere)
    config.forget()
    databases = {name: mongo.connect(store, mongo_uri) for name, store in STORES.items()}
    for name, database in databases.items():
        mongo.clear(database, STORES[name].INDEXES)
    return World(monkeypatch, clock, databases)
