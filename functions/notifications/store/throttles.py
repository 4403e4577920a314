"""Throttles in the database: the events of which a user was notified in a window."""

from datetime import datetime
from hashlib import sha256

from pymongo.collection import Collection
from pymongo.errors import DuplicateKeyError

from notifications.models import Throttle
from notifications.store import database
from shared.data.mongodb import Document


def take(user_id: str, throttle: Throttle, event_id: str, now: datetime) -> bool:
    """Take a place in the window, atomically. Return False when there is none left.

    An event that has a place keeps it, however often it comes.
    """
    id_ = sha256(f"{user_id} {throttle.key}".encode()).hexdigest()[:32]
    is_full = f"events.{throttle.limit - 1}"
    free = {
        "_id": id_,
        "expiresAt": {"$gt": now},
        "$or": [{"events": event_id}, {is_full: {"$exists": False}}],
    }
    over = {"_id": id_, "expiresAt": {"$lte": now}}
    opened = {"userId": user_id, "events": [event_id], "expiresAt": now + throttle.window}
    for _ in range(2):
        if _throttles().update_one(free, {"$addToSet": {"events": event_id}}).matched_count:
            return True
        try:
            _throttles().update_one(over, {"$set": opened}, upsert=True)
        except DuplicateKeyError:  # the window is full, or was opened by another one just now
            continue
        return True
    return False


def _throttles() -> Collection[Document]:
    return database().throttles
