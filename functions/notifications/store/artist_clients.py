"""The clients of an artist, in the database."""

from pymongo.collection import Collection

from notifications.store import database, user_pairs
from shared.data.mongodb import Document


def add(artist_id: str, client_id: str) -> None:
    """Make the user a client of the artist, unless one of them is erased."""
    user_pairs.add(_artist_clients(), artist_id, client_id, {})


def is_client_of(artist_id: str, client_id: str) -> bool:
    """Check whether the user is a client of the artist."""
    return _artist_clients().find_one(user_pairs.build_id(artist_id, client_id)) is not None


def list_artists(client_id: str) -> list[str]:
    """List the artists of a client."""
    found = _artist_clients().find({"clientId": client_id}, {"artistId": True})
    return [document["artistId"] for document in found]


def _artist_clients() -> Collection[Document]:
    return database().acquaintances
