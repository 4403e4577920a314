"""An artist and a client, in the database: that they work together, and where they talk."""

from pymongo.collection import Collection

from notifications.store import database
from shared.data.mongodb import Document


def acquaint(artist_id: str, client_id: str) -> None:
    """Let the artist work with the client from now on, unless one of them is erased."""
    _keep_of_two(_acquaintances(), artist_id, client_id, {})


def are_acquainted(artist_id: str, client_id: str) -> bool:
    """Whether the artist works with the client."""
    return _acquaintances().find_one(_pair_id(artist_id, client_id)) is not None


def keep_conversation(artist_id: str, client_id: str, conversation_id: str) -> None:
    """Keep where these two talk, unless one of them is erased."""
    about = {"conversationId": conversation_id}
    _keep_of_two(_conversations(), artist_id, client_id, about)


def find_conversation_id(artist_id: str, client_id: str) -> str | None:
    """Where these two talk, as far as it was heard of."""
    kept = _conversations().find_one(_pair_id(artist_id, client_id))
    return kept["conversationId"] if kept else None


def _keep_of_two(
    collection: Collection[Document], artist_id: str, client_id: str, about: Document
) -> None:
    kept = {"_id": _pair_id(artist_id, client_id)}
    first = {"artistId": artist_id, "clientId": client_id} | about
    collection.update_one(kept, {"$setOnInsert": first}, upsert=True)
    # Looked up afterwards: whoever is erased at this very moment had their tombstone first.
    erased = {"_id": {"$in": [artist_id, client_id]}, "erasedAt": {"$ne": None}}
    if database().contacts.find_one(erased) is not None:
        collection.delete_one(kept)


def _acquaintances() -> Collection[Document]:
    return database().acquaintances


def _conversations() -> Collection[Document]:
    return database().conversations


def _pair_id(artist_id: str, client_id: str) -> str:
    return f"{artist_id} {client_id}"
