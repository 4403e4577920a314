"""Indexes of MongoDB: created by a step of the deployment, and required by everything else.

Creating them on the first request of each container would cost that request a call for each
collection. So an operator function creates them (`ensure`) and stores a digest of their
declarations, and a container compares the digest once, with one read (`require`).

Unique indexes carry invariants, such as that nobody is notified twice. A database that lacks one is
not used at all. One that lacks another index is used, and the log says so.
"""

from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any

import msgspec
import pymongo
from pymongo import IndexModel
from pymongo.database import Database

from domain.errors import Unavailable
from shared.data.mongodb import LONGEST_OPERATION_SECONDS, Document
from shared.platform import deadlines
from shared.platform.logs import logger

SCHEMA, INDEXES = "schema", "indexes"  # collection and id of the document with the digest
BUILD_SECONDS = 800  # building an index over many documents takes long; the function has more

Declarations = Mapping[str, Sequence[IndexModel]]  # the indexes of each collection


class IndexesMissing(Unavailable):
    """Unique indexes are missing, so that nothing may be written."""

    code = "unavailable"
    retry_after_seconds = 30


class EnsureIndexesRequest(msgspec.Struct, frozen=True):
    """Request of the operator function; there is nothing to say."""


class EnsuredIndexes(msgspec.Struct, frozen=True):
    """Result of the operator function.

    Attributes:
        created: Names of the indexes that were missing, as `<collection>.<index>`.
        is_configured: Whether the feature knows its database. If not, nothing was done.
    """

    created: list[str]
    is_configured: bool = True


def ensure(database: Database[Document], declared: Declarations) -> EnsuredIndexes:
    """Create the indexes that are missing. Others stay, even those that are no longer declared.

    Raises:
        pymongo.errors.OperationFailure: An index of the same name is different, or documents
            violate a new unique index.
    """
    missing = _find_missing(database, declared)
    with pymongo.timeout(BUILD_SECONDS):
        for collection, indexes in declared.items():
            if indexes:  # all of them: one that is there, but different, is an error
                database[collection].create_indexes(list(indexes))
    digest = {"$set": {"digest": _digest(declared)}}
    database[SCHEMA].update_one({"_id": INDEXES}, digest, upsert=True)
    return EnsuredIndexes(sorted(missing))


def require(database: Database[Document], declared: Declarations) -> None:
    """Check that the indexes are there: one read if they are exactly those of the last `ensure`.

    Raises:
        IndexesMissing: Unique ones are not there.
    """
    missing = _list_missing_if_changed(database, declared)
    if missing:
        logger.error("indexes missing", indexes=sorted(missing), remedy="make ensure-indexes")
    if any(missing.values()):
        raise IndexesMissing("The database is not set up.")


def ping(database: Database[Document], declared: Declarations) -> None:
    """Raise an exception unless the database answers and has all indexes."""
    if missing := _list_missing_if_changed(database, declared):
        raise IndexesMissing(f"Indexes are missing: {', '.join(sorted(missing))}.")


def _list_missing_if_changed(
    database: Database[Document], declared: Declarations
) -> dict[str, bool]:
    stored = database[SCHEMA].find_one(INDEXES)
    if stored is not None and stored.get("digest") == _digest(declared):
        return {}
    return _find_missing(database, declared)


def _find_missing(database: Database[Document], declared: Declarations) -> dict[str, bool]:
    """Return which indexes are missing, and whether they have to be unique."""
    missing = {}
    for collection, indexes in declared.items():
        deadlines.require(LONGEST_OPERATION_SECONDS)
        existing = database[collection].index_information() if indexes else {}
        for index in indexes:
            name, is_unique = index.document["name"], bool(index.document.get("unique"))
            if name not in existing or (is_unique and not existing[name].get("unique")):
                missing[f"{collection}.{name}"] = is_unique
    return missing


def _digest(declared: Declarations) -> str:
    documents: dict[str, Any] = {
        collection: [dict(index.document) for index in indexes]
        for collection, indexes in declared.items()
    }
    return sha256(msgspec.json.encode(documents)).hexdigest()
