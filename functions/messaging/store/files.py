"""Files that may be attached."""

from collections.abc import Iterable
from contextlib import suppress

import msgspec
from pymongo.collection import Collection
from pymongo.errors import DuplicateKeyError

from messaging.models import File
from messaging.store import database
from shared.data.mongodb import Document, to_document


def find_all(file_ids: Iterable[str], owner_id: str) -> dict[str, File]:
    """Those of these files that are the owner's, by their ids: one read."""
    theirs = {"_id": {"$in": sorted(set(file_ids))}, "ownerId": owner_id, "removed": False}
    return {each["_id"]: msgspec.convert(each, File) for each in _files().find(theirs)}


def keep(file: File) -> None:
    """Know this of the file from now on, unless something newer is known."""
    older = {"_id": file.id, "recordVersion": {"$lt": file.record_version}}
    with suppress(DuplicateKeyError):
        _files().replace_one(older, to_document(file), upsert=True)


def erase(owner_id: str) -> None:
    """Forget the files of an owner."""
    _files().delete_many({"ownerId": owner_id})


def _files() -> Collection[Document]:
    return database().files
