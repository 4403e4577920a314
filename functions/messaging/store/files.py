"""Files that may be attached."""

from collections.abc import Iterable
from contextlib import suppress

import msgspec
from pymongo.collection import Collection
from pymongo.errors import DuplicateKeyError

from messaging.models import AttachableFile
from messaging.store import database
from shared.data.mongodb import Document, to_document


def find_all(file_ids: Iterable[str], owner_id: str) -> dict[str, AttachableFile]:
    """Return those of some files that this owner may attach, by their ids. One read."""
    attachable = {"_id": {"$in": sorted(set(file_ids))}, "ownerId": owner_id, "removed": False}
    documents = _files().find(attachable)
    return {document["_id"]: msgspec.convert(document, AttachableFile) for document in documents}


def upsert(file: AttachableFile) -> None:
    """Store a file, unless the same or a newer version of it is stored."""
    older = {"_id": file.id, "recordVersion": {"$lt": file.record_version}}
    with suppress(DuplicateKeyError):
        _files().replace_one(older, to_document(file), upsert=True)


def erase(owner_id: str) -> None:
    """Delete the files of an owner."""
    _files().delete_many({"ownerId": owner_id})


def _files() -> Collection[Document]:
    return database().files
