"""Settings of artists."""

from pymongo.collection import Collection

from messaging.models import Settings
from messaging.store import database
from shared.data.mongodb import Document, to_document, to_record


def find(artist_id: str) -> Settings:
    """The artist's settings; what holds for everybody until they set them."""
    return to_record(_settings().find_one(artist_id), Settings) or Settings(id=artist_id)


def keep(settings: Settings) -> None:
    """Put these in the place of the artist's settings."""
    _settings().replace_one({"_id": settings.id}, to_document(settings), upsert=True)


def erase(artist_id: str) -> None:
    """Forget the artist's settings."""
    _settings().delete_one({"_id": artist_id})


def _settings() -> Collection[Document]:
    return database().settings
