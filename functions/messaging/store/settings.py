"""Settings of artists."""

from pymongo.collection import Collection

from messaging.records import Settings
from messaging.store import database
from shared.mongo import Document, document, found


def find(artist_id: str) -> Settings:
    """The artist's settings; what holds for everybody until they set them."""
    return found(_settings().find_one(artist_id), Settings) or Settings(id=artist_id)


def keep(settings: Settings) -> None:
    """Put these in the place of the artist's settings."""
    _settings().replace_one({"_id": settings.id}, document(settings), upsert=True)


def erase(artist_id: str) -> None:
    """Forget the artist's settings."""
    _settings().delete_one({"_id": artist_id})


def _settings() -> Collection[Document]:
    return database().settings
