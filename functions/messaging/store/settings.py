"""Settings of artists."""

from pymongo.collection import Collection

from messaging.models import MessagingSettings
from messaging.store import database
from shared.data.mongodb import Document, to_document, to_record


def get(artist_id: str) -> MessagingSettings:
    """Return the settings of an artist, or the defaults where they have set none."""
    stored = to_record(_settings().find_one(artist_id), MessagingSettings)
    return stored or MessagingSettings(id=artist_id)


def replace(settings: MessagingSettings) -> None:
    """Replace the settings of an artist."""
    _settings().replace_one({"_id": settings.id}, to_document(settings), upsert=True)


def erase(artist_id: str) -> None:
    """Delete the settings of an artist."""
    _settings().delete_one({"_id": artist_id})


def _settings() -> Collection[Document]:
    return database().settings
