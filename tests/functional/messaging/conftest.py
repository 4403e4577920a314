"""Fixtures: clean queues, a clean database and a clean topic for each test."""

from collections.abc import Iterator

import pytest

from messaging import store
from shared.data import mongodb, mongodb_indexes
from shared.platform import config
from tests.functional.messaging.live import Live
from tests.functional.messaging.world import QUEUES, World
from tests.support import fake_aws, mongo
from tests.support.mongo import expire_nothing, running_mongo


@pytest.fixture(scope="session")
def mongo_uri(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Run a real server for the tests of this folder."""
    expire_nothing(store.INDEXES)
    with running_mongo(tmp_path_factory.mktemp("mongo") / "data") as uri:
        with mongodb.connect(uri) as client:
            mongodb_indexes.ensure(client.messaging, store.INDEXES)
        yield uri
        mongo.disconnect(store)


@pytest.fixture
def world(aws: None, monkeypatch: pytest.MonkeyPatch, mongo_uri: str) -> World:
    """Return the feature in a fresh world."""
    for queue in QUEUES:
        url = fake_aws.create_queue(f"{fake_aws.PREFIX}-messaging-{queue}")
        monkeypatch.setenv(f"QUEUE_URL_MESSAGING_{queue.upper()}", url)
    fake_aws.put_secret("messaging-mongo", {"MESSAGING_MONGO_URI": mongo_uri})
    config.forget()
    database = mongo.connect(store, mongo_uri)
    mongo.clear(database, store.INDEXES)
    return World(monkeypatch, database, subscribe())


@pytest.fixture
def live(world: World, monkeypatch: pytest.MonkeyPatch) -> Live:
    """Return the world with its WebSocket."""
    return Live(world, monkeypatch)


def subscribe() -> str:
    """Return the URL of a queue that receives every event of the topic."""
    client = fake_aws.client("sqs")
    url = fake_aws.create_queue("listening")
    attributes = client.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
    fake_aws.client("sns").subscribe(
        TopicArn=config.from_environment(config.Common).domain_events_topic_arn,
        Protocol="sqs",
        Endpoint=attributes["Attributes"]["QueueArn"],
        Attributes={"RawMessageDelivery": "true"},
    )
    return url
