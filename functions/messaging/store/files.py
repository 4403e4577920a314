"""Files that may be attached."""

from collections.abc import Iterable

import msgspec
from pymongo.collection import Collection

from messaging.records import File
from messaging.store import database
from shared.mongo import Document, document


def find_all(file_ids: Iterable[str], owner_id: str) -> dict[str, File]:
    """Those of these files that are the owner's, by their ids: one read."""
    theirs = {"_id": {"$in": sorted(set(file_ids))}, "ownerId": owner_id}
    return {each["_id"]: msgspec.convert(each, File) for each in _files().find(theirs)}


def keep(file: File) -> None:
    """Let the file be attached from now on."""
    _files().replace_one({"_id": file.id}, document(file), upsert=True)


def erase(owner_id: str) -> None:
    """Forget the files of an owner."""
    _files().delete_many({"ownerId": owner_id})


def _files() -> Collection[Document]:
    return database().files
