"""Copies of people, kept up to date by events."""

from collections.abc import Iterable
from datetime import datetime

import msgspec
from pymongo.collection import Collection
from pymongo.errors import DuplicateKeyError

from messaging.models import Person
from messaging.store import ANY_TIME, database
from shared.data.mongodb import Document, to_document, to_record

_OWN = ("_id", "awayEnabled")  # what is no copy


def find(user_id: str) -> Person | None:
    """Return a person, erased ones included; None where the id is unknown."""
    return to_record(_people().find_one(user_id), Person)


def find_all(user_ids: Iterable[str]) -> dict[str, Person]:
    """Return those of some people who are known, by their ids. One read."""
    documents = _people().find({"_id": {"$in": sorted(set(user_ids))}})
    return {document["_id"]: msgspec.convert(document, Person) for document in documents}


def list_page(after: str, limit: int) -> list[Person]:
    """Return people whose ids come after this one, in the order of their ids."""
    documents = _people().find({"_id": {"$gt": after}}, sort=[("_id", 1)], limit=limit)
    return [msgspec.convert(document, Person) for document in documents]


def upsert(person: Person) -> None:
    """Store a copy, unless a newer one is stored or the person was erased.

    A copy of the same version is replaced, which repairs a damaged one.
    """
    not_newer = {
        "_id": person.id,
        "erasedAt": None,
        "recordVersion": {"$not": {"$gt": person.record_version}},
    }
    change = {name: value for name, value in to_document(person).items() if name not in _OWN}
    try:
        _people().update_one(not_newer, {"$set": change}, upsert=True)
    except DuplicateKeyError:
        return  # the stored copy is newer, or erased: it stays


def set_away_enabled(artist_id: str, enabled: bool) -> None:
    """Store whether an artist has an away message, so that deliveries need not look for it."""
    _people().update_one({"_id": artist_id}, {"$set": {"awayEnabled": enabled}})


def erase(user_id: str, now: datetime, again_at: datetime) -> None:
    """Replace a copy by a tombstone; the erasure is due again at that time."""
    tombstone = to_document(Person(id=user_id, erased_at=now, erase_again_at=again_at))
    _people().replace_one({"_id": user_id}, tombstone, upsert=True)


def list_due(now: datetime, limit: int) -> list[str]:
    """List the ids of erased people whose erasure is due again."""
    due = {"eraseAgainAt": {"$lte": now, **ANY_TIME}}
    documents = _people().find(due, {"_id": True}, sort=[("eraseAgainAt", 1)], limit=limit)
    return [document["_id"] for document in documents]


def end_erasure(user_id: str) -> None:
    """Store that an erasure is complete."""
    _people().update_one({"_id": user_id}, {"$set": {"eraseAgainAt": None}})


def _people() -> Collection[Document]:
    return database().people
