"""Documents about an artist and a client, which two collections have."""

from pymongo.collection import Collection

from notifications.store import database
from shared.data.mongodb import Document


def build_id(artist_id: str, client_id: str) -> str:
    """Build the id of the document about the two."""
    return f"{artist_id} {client_id}"


def add(collection: Collection[Document], artist_id: str, client_id: str, fields: Document) -> None:
    """Add the document about the two, unless there is one or one of the two is erased."""
    identity = {"_id": build_id(artist_id, client_id)}
    document = {"artistId": artist_id, "clientId": client_id} | fields
    collection.update_one(identity, {"$setOnInsert": document}, upsert=True)
    # Checked afterwards: a user who is erased at this very moment had their tombstone first.
    erased = {"_id": {"$in": [artist_id, client_id]}, "erasedAt": {"$ne": None}}
    if database().contacts.find_one(erased) is not None:
        collection.delete_one(identity)
