"""MongoDB by pymongo: the connection, its timeouts, and how records become documents and back.

pymongo is in the bundles of the features that use it, not in the layer.
"""

from datetime import datetime
from typing import Any, TypeVar

import msgspec
from pymongo import MongoClient

Document = dict[str, Any]
Kind = TypeVar("Kind", bound=msgspec.Struct)

CONNECT_MILLISECONDS = 2_000  # readiness is asked through the gateway, which waits for five seconds
TIMEOUT_MILLISECONDS = 5_000


class Record(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Base of what is kept."""


def connect(uri: str) -> MongoClient[Document]:
    """A client; it connects when it is first used."""
    return MongoClient(
        uri,
        tz_aware=True,
        serverSelectionTimeoutMS=CONNECT_MILLISECONDS,
        connectTimeoutMS=CONNECT_MILLISECONDS,
        socketTimeoutMS=TIMEOUT_MILLISECONDS,
    )


def to_document(record: msgspec.Struct) -> Document:
    """The record as MongoDB keeps it."""
    kept: Document = msgspec.to_builtins(record, builtin_types=(datetime,))
    return kept


def to_record(kept: Document | None, model: type[Kind]) -> Kind | None:
    """The document as a record, whatever else it holds; None where there is none."""
    return None if kept is None else msgspec.convert(kept, model)
