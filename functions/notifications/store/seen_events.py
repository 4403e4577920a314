"""The newest events seen of each record, in the database."""

from collections.abc import Iterable
from datetime import datetime, timedelta

import msgspec
from pymongo.collection import Collection

from notifications.models import SeenEvents
from notifications.store import database
from shared.data.mongodb import Document

LIFETIME = timedelta(days=90)


def record(
    record_id: str,
    version: int,
    now: datetime,
    *,
    client_booked: bool = False,
    confirmed: bool = False,
) -> SeenEvents:
    """Record that an event of this version was seen, and return all that was seen by now."""
    flags = {"clientBooked": client_booked, "confirmed": confirmed}
    set_flags = {name: True for name, is_set in flags.items() if is_set}
    change = {
        "$max": {"version": version},
        "$set": {"expiresAt": now + LIFETIME} | set_flags,
    }
    _seen_events().update_one({"_id": record_id}, change, upsert=True)
    return msgspec.convert(_seen_events().find_one(record_id), SeenEvents)


def list_versions(record_ids: Iterable[str]) -> dict[str, int]:
    """Return the newest versions that were seen of those of the records, by id."""
    wanted = list(record_ids)
    if not wanted:
        return {}
    found = _seen_events().find({"_id": {"$in": wanted}}, {"version": True})
    return {document["_id"]: document["version"] for document in found}


def _seen_events() -> Collection[Document]:
    return database().seen_events
