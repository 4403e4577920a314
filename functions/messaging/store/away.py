"""Away messages of artists, and copies of their opening hours."""

from contextlib import suppress

from pymongo.collection import Collection
from pymongo.errors import DuplicateKeyError

from messaging.models import ArtistHours, AwayMessage
from messaging.store import database
from shared.data.mongodb import Document, to_document, to_record


def get(artist_id: str) -> AwayMessage:
    """Return the away message of an artist, which is off where they have set none."""
    stored = to_record(_away_messages().find_one(artist_id), AwayMessage)
    return stored or AwayMessage(id=artist_id)


def replace(away: AwayMessage) -> None:
    """Replace the away message of an artist."""
    _away_messages().replace_one({"_id": away.id}, to_document(away), upsert=True)


def find_hours(artist_id: str) -> ArtistHours | None:
    """Return the opening hours of an artist, None where they are not known."""
    return to_record(_hours().find_one(artist_id), ArtistHours)


def upsert_hours(hours: ArtistHours) -> None:
    """Store opening hours, unless the same or newer ones are stored."""
    older = {"_id": hours.id, "recordVersion": {"$lt": hours.record_version}}
    with suppress(DuplicateKeyError):
        _hours().replace_one(older, to_document(hours), upsert=True)


def erase(artist_id: str) -> None:
    """Delete the away message and the opening hours of an artist."""
    _away_messages().delete_one({"_id": artist_id})
    _hours().delete_one({"_id": artist_id})


def _away_messages() -> Collection[Document]:
    return database().awayMessages


def _hours() -> Collection[Document]:
    return database().hours
