"""Indexes: made by a step of the deployment, and checked by every container."""

from collections.abc import Iterator
from typing import Any

import pytest
from pymongo import IndexModel
from pymongo.errors import InvalidURI, OperationFailure

from domain.errors import Unavailable
from messaging import app as messaging_app
from messaging import store
from messaging.store import conversations
from shared.data import mongodb_indexes
from shared.data.mongodb_indexes import IndexesMissing
from shared.platform import config
from tests.functional.messaging.world import ARTIST, CLIENT, World
from tests.support import fake_aws
from tests.support.captured_logs import Logs
from tests.support.mongo import COMMANDS

UNIQUE = [
    "conversations.of_pair",
    "messages.revision",
    "messages.sent",
    "messages.sequence",
    "messages.told",
    "reports.open_once",
]


@pytest.fixture
def cold(world: World) -> Iterator[World]:
    """Return a world whose containers are cold, and leave it with its indexes."""
    declared = dict(store.INDEXES)
    store.database.cache_clear()
    yield world
    config.forget()
    store.database.cache_clear()
    mongodb_indexes.ensure(world.database, declared)


def ensure() -> Any:
    """Invoke the operators' function."""
    return messaging_app.ensure_indexes({}, None)


def drop(world: World) -> None:
    """Leave a database as it is before the step."""
    for collection in store.INDEXES:
        world.database[collection].drop_indexes()
    world.database.schema.delete_many({})


def test_a_cold_container_checks_with_one_read(cold: World) -> None:
    COMMANDS.clear()
    store.database()
    store.database()
    assert COMMANDS == ["find"]


def test_without_its_unique_indexes_nothing_is_written(cold: World, logs: Logs) -> None:
    drop(cold)
    store.database.cache_clear()
    for _ in range(2):  # a failed check is repeated
        with pytest.raises(IndexesMissing) as refused:
            conversations.find_by_pair(ARTIST, CLIENT)
    assert isinstance(refused.value, Unavailable)  # which becomes a 503
    assert refused.value.retry_after_seconds == 30
    assert cold.database.conversations.count_documents({}) == 0
    lines = logs.named("indexes missing")
    assert set(UNIQUE) < set(lines[0]["indexes"])
    assert lines[0]["level"] == "ERROR"
    assert len(lines) == 2

    with pytest.raises(IndexesMissing):  # readiness fails
        store.ping()

    created = ensure()["created"]
    assert set(UNIQUE) < set(created)
    assert len(created) == sum(len(indexes) for indexes in store.INDEXES.values())
    assert cold.open()
    store.ping()


def test_the_step_is_idempotent(cold: World) -> None:
    assert ensure() == {"created": [], "is_configured": True}
    assert ensure() == {"created": [], "is_configured": True}


def test_a_database_of_the_previous_version_is_used_before_the_step(cold: World) -> None:
    """It has the indexes, and no digest of them."""
    cold.database.schema.delete_many({})
    store.database()
    store.ping()


@pytest.mark.parametrize("unique", [False, True])
def test_a_changed_set_is_created_by_the_step(
    cold: World, monkeypatch: pytest.MonkeyPatch, logs: Logs, unique: bool
) -> None:
    store.database.cache_clear()
    added = IndexModel("title", name="of_title", unique=unique)
    monkeypatch.setitem(store.INDEXES, "settings", [added])
    if unique:
        with pytest.raises(IndexesMissing):
            store.database()
    else:  # slower, but right
        store.database()
    (line,) = logs.named("indexes missing")
    assert line["indexes"] == ["settings.of_title"]
    with pytest.raises(IndexesMissing, match=r"settings\.of_title"):
        store.ping()
    assert ensure()["created"] == ["settings.of_title"]
    store.database.cache_clear()
    store.database()
    store.ping()
    assert len(logs.named("indexes missing")) == 1
    cold.database.settings.drop_index("of_title")


def test_an_index_that_should_be_unique_and_is_not_is_missing(cold: World) -> None:
    cold.database.messages.drop_index("sequence")
    cold.database.messages.create_index("sequence", name="sequence")
    cold.database.schema.delete_many({})
    with pytest.raises(IndexesMissing):
        store.database()
    cold.database.messages.drop_index("sequence")


def test_an_index_that_differs_from_its_declaration_is_an_error(
    cold: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = [IndexModel("ownerId", name="of_owner", unique=True)]
    monkeypatch.setitem(store.INDEXES, "files", other)
    with pytest.raises(OperationFailure):
        ensure()


def test_the_order_of_keys_is_part_of_the_declaration(cold: World) -> None:
    first = {"settings": [IndexModel([("a", 1), ("b", 1)], name="ab")]}
    second = {"settings": [IndexModel([("b", 1), ("a", 1)], name="ab")]}
    assert mongodb_indexes._digest(first) != mongodb_indexes._digest(second)


def test_the_step_uses_the_address_that_was_just_written(cold: World) -> None:
    ensure()
    fake_aws.put_secret("messaging-mongo", {"MESSAGING_MONGO_URI": "no://address"})
    with pytest.raises(InvalidURI):
        ensure()
    config.forget()


def test_without_a_database_the_step_does_nothing(cold: World) -> None:
    fake_aws.put_secret("messaging-mongo", {})
    assert ensure() == {"created": [], "is_configured": False}
    config.forget()
