"""Limits: what the configuration of production and the quotas of AWS let through.

Quotas are the defaults of us-east-1; docs/scale.md links the page of each.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from chalice.app import SQSEventConfig

from infra import features
from infra.environments import ENVIRONMENTS, Environment
from infra.watched import public_functions
from notifications.use_cases.due_reminders import LANES, RUN_SECONDS
from shared.data.shards import SHARDS
from shared.platform.config import path_name

PARTITION_WRITES = 1_000
PARTITION_READS = 3_000
TABLE_UNITS = 40_000
API_REQUESTS = 10_000
WEBSOCKET_CONNECTIONS = 500
LAMBDA_CONCURRENCY = 1_000
PUBLISHED = 30_000
SIGNED_MACS = 10_000
SWEPT_EVERY_SECONDS = 60
ON_MONGODB = ("messaging", "notifications")
MONGODB_MEMBERS = 3

# Whose partition a key is, by its beginning and the index. Keys of one record are never hot.
ARTIST, SHARDED, ONE, RECORD = "artist", "sharded", "one", "record"
SPREAD = {
    "APPOINTMENT": RECORD,
    "APPOINTMENT by-artist": ARTIST,
    "APPOINTMENT by-client": RECORD,
    "ARTIST": ARTIST,
    "AUDIT": RECORD,
    "CALENDAR": ARTIST,
    "CALENDAR by-due": SHARDED,
    "CLIENTS": ARTIST,
    "EMAIL": RECORD,
    "ENDED_SESSIONS": ONE,
    "HANDLE": ARTIST,
    "OUTBOX": SHARDED,
    "PERSON": RECORD,
    "PORTFOLIO": ARTIST,
    "SEARCH": ONE,
    "USER": RECORD,
    "VISIT": RECORD,
    "VISITS": RECORD,
    "VISITS by-list": RECORD,
    "appointments by-client": RECORD,
    "messages": RECORD,
    "public-read": RECORD,
    "refresh": RECORD,
    "sign-in": RECORD,
    "tombstones": RECORD,
    "user": RECORD,
}


@dataclass(frozen=True)
class Queue:
    """A queue.

    Attributes:
        batch: Most messages of a batch.
        concurrency: Most messages or batches that are worked on at the same time.
        grows_by: How many more are worked on in each minute in which messages wait; None where all
            workers come at once.
    """

    batch: int
    concurrency: float
    grows_by: float | None = None


def read_queues(environment: Environment) -> dict[str, Queue]:
    """Return the queues of an environment by name, as its stacks are made of the decorators."""
    concurrency = environment.concurrency
    queues: dict[str, Queue] = {}
    for app in features.load_all().values():
        for source in app.event_sources:
            if isinstance(source, SQSEventConfig):
                name = str(source.queue)
                most = concurrency.by_queue.get(name, concurrency.per_worker)
                queues[name] = Queue(source.batch_size, most or LAMBDA_CONCURRENCY)
    # Reminders wait in the database; a run of the sweeper overlaps those of the next minutes.
    overlap = RUN_SECONDS / SWEPT_EVERY_SECONDS
    queues["reminders"] = Queue(1, LANES * overlap, LANES)
    return queues


def reserved(environment: Environment) -> Mapping[str, int]:
    """Return the reserved concurrency of the functions behind the API, by feature."""
    found = {}
    for group, app in features.load_all().items():
        if app.routes:
            found[path_name(group)] = environment.concurrency.reserved(group) or LAMBDA_CONCURRENCY
    return found


def count_mongodb_connections(environment: Environment) -> int:
    """Return how many connections to MongoDB the functions of an environment open at most.

    Each container has one for its operations, or as many as lanes, and one that watches each member
    of a replica set (`shared.data.mongodb`).
    """
    concurrency = environment.concurrency
    queues = read_queues(environment)
    total = 0
    for group in ON_MONGODB:
        app = features.load(group)
        public = public_functions(app, websockets=environment.websockets)
        reserved_each = concurrency.reserved(group) or LAMBDA_CONCURRENCY
        total += len(public) * reserved_each * (1 + MONGODB_MEMBERS)
        for source in app.event_sources:
            if isinstance(source, SQSEventConfig):
                worker = queues[str(source.queue)].concurrency
                total += int(worker) * (1 + MONGODB_MEMBERS)
    runs = RUN_SECONDS // SWEPT_EVERY_SECONDS
    return total + runs * (LANES + MONGODB_MEMBERS) + 1 + MONGODB_MEMBERS  # of two sweepers


PRODUCTION = ENVIRONMENTS["prod"]
PARTS = {SHARDED: 1 / SHARDS, ONE: 1.0}  # of a partition in all that is written to its kind
