"""Settings of artists in the database."""

from collections.abc import Iterable
from datetime import datetime

from pymongo.collection import Collection

from notifications.models import ReminderSettings, SavedSettings
from notifications.store import database
from shared.data import mongodb
from shared.data.mongodb import Document

DEFAULTS = ReminderSettings()


def get_reminders(artist_id: str) -> ReminderSettings:
    """Return an artist's settings of reminders; the defaults while they have saved none."""
    saved = find(artist_id)
    return DEFAULTS if saved is None else saved.reminders


def find(artist_id: str) -> SavedSettings | None:
    """Find what an artist has saved."""
    return mongodb.to_record(_settings().find_one(artist_id), SavedSettings)


def list_reminders(artist_ids: Iterable[str]) -> dict[str, ReminderSettings]:
    """Return the settings of those of the artists who have saved any, by artist."""
    found = _settings().find({"_id": {"$in": list(artist_ids)}})
    saved = (mongodb.to_record(document, SavedSettings) for document in found)
    return {each.id: each.reminders for each in saved if each is not None}


def save_reminders(artist_id: str, reminders: ReminderSettings, now: datetime) -> None:
    """Save an artist's settings of reminders."""
    changes = {"reminders": mongodb.to_document(reminders), "updatedAt": now}
    _settings().update_one({"_id": artist_id}, {"$set": changes}, upsert=True)


def delete(artist_id: str) -> None:
    """Delete what an artist has saved."""
    _settings().delete_one({"_id": artist_id})


def _settings() -> Collection[Document]:
    return database().settings
