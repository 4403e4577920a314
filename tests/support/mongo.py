"""MongoDB wire server for tests: SecantusDB in its own process, on a free port."""

import socket
import subprocess
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

import bson
import msgspec
from pymongo import IndexModel, monitoring
from pymongo.database import Database

from infra.local import mongo_venv
from infra.local.settings import Settings

DEADLINE_SECONDS = 30
CENTURY_SECONDS = 100 * 365 * 86_400
COMMANDS: list[str] = []  # what was asked of the server, by name
QUERY = ("find", "filter", "sort", "limit", "projection")  # what a find is explained by
READS = {"aggregate", "count", "distinct", "find"}  # nobody aggregates into a collection
# Collections that were written to: their server, their database and their name.
_written: set[tuple[object, str, object]] = set()
_servers: dict[str, str] = {}  # the server that each store is connected to


@dataclass
class Returned:
    """What the server returned to the commands of a block.

    Attributes:
        commands: Their names.
        finds: The commands that read documents, as they were sent.
        records: Number of the documents.
        bytes: Their size.
    """

    commands: list[str] = field(default_factory=list)
    finds: list[dict[str, Any]] = field(default_factory=list)
    records: int = 0
    bytes: int = 0


_counting: list[Returned] = []


@contextmanager
def returned() -> Iterator[Returned]:
    """Count what the server returns while the block runs."""
    counted = Returned()
    _counting.append(counted)
    try:
        yield counted
    finally:
        _counting.remove(counted)


def count_examined(database: Database[Any], find: Mapping[str, Any]) -> int:
    """Return how many documents a server looks at to carry out a find, as it explains it.

    SecantusDB ignores the limit, as it reads all that is within the bounds of the index.
    """
    explained = database.command("explain", dict(find), verbosity="executionStats")
    return int(explained["executionStats"]["totalDocsExamined"])


class _Listener(monitoring.CommandListener):
    def started(self, event: monitoring.CommandStartedEvent) -> None:
        COMMANDS.append(event.command_name)
        if _counting:
            _counting[-1].commands.append(event.command_name)
            if event.command_name == "find":
                _counting[-1].finds.append(
                    {name: event.command[name] for name in QUERY if name in event.command}
                )
        if event.command_name not in READS:
            written = event.command[event.command_name]
            if isinstance(written, str):  # and not the sessions that end with a client
                _written.add((event.connection_id, event.database_name, written))

    def succeeded(self, event: monitoring.CommandSucceededEvent) -> None:
        """Count what the server returned, for those who want to know."""
        cursor = event.reply.get("cursor") if _counting else None
        if cursor is not None:
            found = [*cursor.get("firstBatch", ()), *cursor.get("nextBatch", ())]
            _counting[-1].records += len(found)
            _counting[-1].bytes += sum(len(bson.encode(document)) for document in found)

    def failed(self, event: monitoring.CommandFailedEvent) -> None:
        """Ignore failures: commands are counted when they start."""


monitoring.register(_Listener())


def clear(database: Database[Any], collections: Iterable[str]) -> None:
    """Empty those of the collections that this process has written to since the last time."""
    for collection in collections:
        place = (database.client.address, database.name, collection)
        if place in _written:
            database[collection].delete_many({})
            _written.discard(place)


def connect(store: ModuleType, uri: str) -> Database[Any]:
    """Return the database of a store at a server, though an earlier test used it at another."""
    if _servers.get(store.__name__) != uri:
        disconnect(store)
        _servers[store.__name__] = uri
    database: Database[Any] = store.database()
    return database


def disconnect(store: ModuleType) -> None:
    """Close the connection of a store, if it has one."""
    if store.client.cache_info().currsize:
        store.client().close()
    store.client.cache_clear()
    store.database.cache_clear()
    _servers.pop(store.__name__, None)


def expire_nothing(indexes: Mapping[str, Sequence[IndexModel]]) -> None:
    """Let the expiry indexes wait a century longer.

    The tests' clock stands still, but the server expires documents by the machine's clock, and
    once a minute it would delete what a test has just written.
    """
    for index in (index for several in indexes.values() for index in several):
        if "expireAfterSeconds" in index.document:
            index.document["expireAfterSeconds"] = CENTURY_SECONDS


class MongoServer(msgspec.Struct, frozen=True):
    """A running server.

    Attributes:
        uri: Where it listens.
        pid: Its process.
    """

    uri: str
    pid: int


@contextmanager
def running_mongo(folder: Path, cache: str = "64M") -> Iterator[str]:
    """Run the server while the block runs; yield its URI. Installs it where it is missing."""
    with running_mongo_server(folder, cache) as server:
        yield server.uri


@contextmanager
def running_mongo_server(folder: Path, cache: str = "64M") -> Iterator[MongoServer]:
    """Run the server while the block runs. Installs it where it is missing."""
    settings = Settings.load()
    mongo_venv.ensure(settings)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    command: list[str] = [
        str(settings.mongo_venv / "bin" / "secantusd-py"),
        "--host",
        "127.0.0.1",
        "--port",
        str(port),
        "--storage-path",
        str(folder),
    ]
    with (
        (folder.parent / "mongo.log").open("wb") as log,
        subprocess.Popen([*command, "--cache-size", cache], stdout=log, stderr=log) as server,
    ):
        try:
            _wait_for(port, server)
            yield MongoServer(f"mongodb://127.0.0.1:{port}/?retryWrites=false", server.pid)
        finally:
            server.kill()  # nothing is to be kept


@contextmanager
def running_mongod(folder: Path) -> Iterator[str]:
    """Run MongoDB itself, which must be installed, while the block runs; yield its URI."""
    folder.mkdir()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    command = ["mongod", "--dbpath", str(folder), "--bind_ip", "127.0.0.1", "--port", str(port)]
    with (
        (folder.parent / "mongod.log").open("wb") as log,
        subprocess.Popen(command, stdout=log, stderr=log) as server,
    ):
        try:
            _wait_for(port, server)
            yield f"mongodb://127.0.0.1:{port}/?retryWrites=false"
        finally:
            server.kill()  # nothing is to be kept


def _wait_for(port: int, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + DEADLINE_SECONDS
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            assert server.poll() is None, "the MongoDB server ended"
            assert time.monotonic() < deadline, "the MongoDB server did not start"
            time.sleep(0.05)
