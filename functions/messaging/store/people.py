"""Cards of people."""

from collections.abc import Iterable
from datetime import datetime

import msgspec
from pymongo.collection import Collection
from pymongo.errors import DuplicateKeyError

from messaging.models import Person
from messaging.store import database
from shared.data.mongodb import Document, to_document, to_record


def find(user_id: str) -> Person | None:
    """The person, what is left of an erased one included."""
    return to_record(_people().find_one(user_id), Person)


def find_all(user_ids: Iterable[str]) -> dict[str, Person]:
    """Those of these people who are known, by their ids: one read."""
    kept = _people().find({"_id": {"$in": sorted(set(user_ids))}})
    return {each["_id"]: msgspec.convert(each, Person) for each in kept}


def page(after: str, limit: int) -> list[Person]:
    """So many people whose ids come after this one, by id."""
    kept = _people().find({"_id": {"$gt": after}}, sort=[("_id", 1)], limit=limit)
    return [msgspec.convert(each, Person) for each in kept]


def keep(person: Person) -> None:
    """Keep the card unless a newer one is kept, or its person erased.

    One of the same version takes its place: that is how a damaged copy is mended.
    """
    older = {
        "_id": person.id,
        "erasedAt": None,
        "recordVersion": {"$not": {"$gt": person.record_version}},
    }
    change = {name: value for name, value in to_document(person).items() if name != "_id"}
    try:
        _people().update_one(older, {"$set": change}, upsert=True)
    except DuplicateKeyError:
        return  # the document exists and is newer, or erased: what it says stays


def erase(user_id: str, now: datetime) -> None:
    """Leave of the person nothing but that they are gone."""
    tombstone = to_document(Person(id=user_id, erased_at=now))
    _people().replace_one({"_id": user_id}, tombstone, upsert=True)


def _people() -> Collection[Document]:
    return database().people
