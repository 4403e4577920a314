"""MongoDB with pymongo: connections, and conversion between records and documents.

pymongo is in the bundles of the features that use it, not in the layer.
"""

from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from typing import Any, Generic, TypeVar

import msgspec
from pymongo import MongoClient
from pymongo.errors import ConnectionFailure, ExecutionTimeout, PyMongoError, WTimeoutError

from shared.platform import deadlines, outages
from shared.platform.config import from_environment

Document = dict[str, Any]
RecordType = TypeVar("RecordType", bound=msgspec.Struct)
Made = TypeVar("Made")

TEMPORARY_LABELS = ("RetryableError", "RetryableWriteError", "SystemOverloadedError")
CONNECT_SECONDS = 2
ANSWER_SECONDS = 4
# pymongo repeats an operation once: twice a connection and an answer.
LONGEST_OPERATION_SECONDS = 2 * (CONNECT_SECONDS + ANSWER_SECONDS)
# A container works on one request at a time, with one operation at a time, so one connection is
# enough; a thread that needs it at the same moment waits, unless the function is given more
# (`ConnectionSettings`). Another one watches each server: polling,
# because the streaming protocol would need a third for the round-trip times. An idle connection is
# dropped before a NAT gateway drops it silently, after 350 seconds.
SETTINGS: dict[str, Any] = {
    "serverSelectionTimeoutMS": CONNECT_SECONDS * 1000,
    "connectTimeoutMS": CONNECT_SECONDS * 1000,
    "socketTimeoutMS": ANSWER_SECONDS * 1000,
    "serverMonitoringMode": "poll",
    "maxIdleTimeMS": 300_000,
}


class ConnectionSettings(msgspec.Struct, frozen=True):
    """Settings of the connections of a function.

    Attributes:
        mongo_connections: Most connections of a container, for functions that work in threads.
    """

    mongo_connections: int = 1


class Record(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Base of stored records."""


def connect(uri: str) -> MongoClient[Document]:
    """Return a client; it connects when it is first used."""
    most = from_environment(ConnectionSettings).mongo_connections
    return MongoClient(uri, tz_aware=True, maxPoolSize=most, **SETTINGS)


class InTime(Generic[Made]):
    """A decorator of the function that returns the database, which stores call for each operation.

    It is called once per container. DeadlineExceeded is raised if an operation might not end before
    the deadline of the request.
    """

    def __init__(self, make: Callable[[], Made]) -> None:
        self._made = lru_cache(make)
        self.cache_clear = self._made.cache_clear

    def __call__(self) -> Made:
        """Return the database, unless too little time is left."""
        deadlines.require(LONGEST_OPERATION_SECONDS)
        made = self._made()  # which takes time in a container's first request
        deadlines.require(LONGEST_OPERATION_SECONDS)
        return made


@outages.recognize
def _is_outage(error: BaseException) -> bool:
    """Recognize that MongoDB is away, elects a primary, is too slow or has too much to do."""
    return isinstance(error, (ConnectionFailure, ExecutionTimeout, WTimeoutError)) or (
        isinstance(error, PyMongoError)
        and (error.timeout or any(map(error.has_error_label, TEMPORARY_LABELS)))
    )


def to_document(record: msgspec.Struct) -> Document:
    """Return a record as a document."""
    document: Document = msgspec.to_builtins(record, builtin_types=(datetime,))
    return document


def to_record(document: Document | None, model: type[RecordType]) -> RecordType | None:
    """Return a document as a record, without fields that the record lacks; None for None."""
    return None if document is None else msgspec.convert(document, model)
