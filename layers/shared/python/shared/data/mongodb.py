"""MongoDB with pymongo: connections, and conversion between records and documents.

pymongo is in the bundles of the features that use it, not in the layer.
"""

from datetime import datetime
from typing import Any, TypeVar

import msgspec
from pymongo import MongoClient

Document = dict[str, Any]
RecordType = TypeVar("RecordType", bound=msgspec.Struct)

CONNECT_MILLISECONDS = 2_000  # the gateway waits five seconds for a feature's readiness
TIMEOUT_MILLISECONDS = 5_000
# A container works on one request at a time, with one operation at a time, so one connection is
# enough; a thread that needs it at the same moment waits. Another one watches each server: polling,
# because the streaming protocol would need a third for the round-trip times. An idle connection is
# dropped before a NAT gateway drops it silently, after 350 seconds.
CONNECTIONS: dict[str, Any] = {
    "maxPoolSize": 1,
    "serverMonitoringMode": "poll",
    "maxIdleTimeMS": 300_000,
}


class Record(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Base of stored records."""


def connect(uri: str) -> MongoClient[Document]:
    """Return a client; it connects when it is first used."""
    return MongoClient(
        uri,
        tz_aware=True,
        serverSelectionTimeoutMS=CONNECT_MILLISECONDS,
        connectTimeoutMS=CONNECT_MILLISECONDS,
        socketTimeoutMS=TIMEOUT_MILLISECONDS,
        **CONNECTIONS,
    )


def to_document(record: msgspec.Struct) -> Document:
    """Return a record as a document."""
    document: Document = msgspec.to_builtins(record, builtin_types=(datetime,))
    return document


def to_record(document: Document | None, model: type[RecordType]) -> RecordType | None:
    """Return a document as a record, without fields that the record lacks; None for None."""
    return None if document is None else msgspec.convert(document, model)
