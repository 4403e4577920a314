"""Messages that people sent us and that were carried out, in the database."""

from datetime import datetime, timedelta

from pymongo.collection import Collection

from notifications.store import database
from shared.data.mongodb import Document

LIFETIME = timedelta(days=365)  # longer than any log that a recorded request could be taken from


def is_seen(message_id: str) -> bool:
    """Return whether a message was carried out."""
    return _seen_callbacks().find_one(message_id) is not None


def add(message_id: str, now: datetime) -> None:
    """Record that a message was carried out."""
    change = {"$set": {"expiresAt": now + LIFETIME}}
    _seen_callbacks().update_one({"_id": message_id}, change, upsert=True)


def _seen_callbacks() -> Collection[Document]:
    return database().seen_callbacks
