"""The conversations of artists and clients, in the database."""

from pymongo.collection import Collection

from notifications.store import database, user_pairs
from shared.data.mongodb import Document


def save_id(artist_id: str, client_id: str, conversation_id: str) -> None:
    """Save the id of the conversation of the two, unless one of them is erased."""
    fields = {"conversationId": conversation_id}
    user_pairs.add(_conversations(), artist_id, client_id, fields)


def find_id(artist_id: str, client_id: str) -> str | None:
    """Find the id of the conversation of the two; None until its event was consumed."""
    document = _conversations().find_one(user_pairs.build_id(artist_id, client_id))
    return document["conversationId"] if document else None


def _conversations() -> Collection[Document]:
    return database().conversations
