"""Kill switches in the database, and the deliveries that they hold back."""

from collections.abc import Collection
from datetime import datetime

import msgspec
from pymongo import ASCENDING, collection

from notifications.models import KillSwitch
from notifications.rules import delivery_states
from notifications.store import database
from shared.data.mongodb import Document, to_document

_OPEN = {"$in": sorted(status.value for status in delivery_states.OPEN)}


def list_all() -> list[KillSwitch]:
    """List the kill switches that are on, by their ids."""
    found = _kill_switches().find(sort=[("_id", ASCENDING)])
    return [msgspec.convert(document, KillSwitch) for document in found]


def save(switch: KillSwitch) -> None:
    """Switch it on; one that is on keeps its instant."""
    document = to_document(switch)
    since = document.pop("since")
    change = {"$set": document, "$setOnInsert": {"since": since}}
    _kill_switches().update_one({"_id": document.pop("_id")}, change, upsert=True)


def delete(switch_id: str) -> bool:
    """Switch it off. Return whether it was on."""
    return _kill_switches().delete_one({"_id": switch_id}).deleted_count == 1


def count_stopped(switch_id: str) -> int:
    """Count the deliveries that a kill switch holds back."""
    return _deliveries().count_documents({"stoppedBy": switch_id, "status": _OPEN})


def release(switches: Collection[str], now: datetime) -> int:
    """Make deliveries due that a kill switch held back which is none of these any more."""
    stopped = {
        "stoppedBy": {"$gt": "", "$elemMatch": {"$nin": list(switches)}},
        "status": _OPEN,
    }
    released = {"$set": {"stoppedBy": [], "dueAt": now, "expectedAt": now}}
    return _deliveries().update_many(stopped, released).modified_count


def has_template(name: str) -> bool:
    """Return whether anybody has a template of this name, or one version has this id."""
    query = {"$or": [{"name": name}, {"_id": name}]}
    return database().templates.find_one(query, {"_id": True}) is not None


def _kill_switches() -> collection.Collection[Document]:
    return database().kill_switches


def _deliveries() -> collection.Collection[Document]:
    return database().deliveries
