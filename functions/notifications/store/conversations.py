"""The conversations of artists and clients, and who blocks the other, in the database."""

from collections.abc import Collection

from pymongo import collection

from notifications.store import database, user_pairs
from shared.data.mongodb import Document

BLOCKING = {"$or": [{"artistBlock.blocked": True}, {"clientBlock.blocked": True}]}


def save_id(artist_id: str, client_id: str, conversation_id: str) -> None:
    """Save the id of the conversation of the two, unless one of them is erased."""
    fields = {"conversationId": conversation_id}
    user_pairs.add(_conversations(), artist_id, client_id, fields)


def find_id(artist_id: str, client_id: str) -> str | None:
    """Find the id of the conversation of the two; None until its event was consumed."""
    document = _conversations().find_one(user_pairs.build_id(artist_id, client_id))
    return document["conversationId"] if document else None


def save_block(
    artist_id: str,
    client_id: str,
    conversation_id: str,
    *,
    by_artist: bool,
    blocked: bool,
    record_version: int,
) -> None:
    """Save whether one side blocks the other, unless something newer is saved or one is erased."""
    save_id(artist_id, client_id, conversation_id)
    side = "artistBlock" if by_artist else "clientBlock"
    older = {
        "_id": user_pairs.build_id(artist_id, client_id),
        f"{side}.recordVersion": {"$not": {"$gt": record_version}},
    }
    block = {"blocked": blocked, "recordVersion": record_version}
    _conversations().update_one(older, {"$set": {side: block}})


def is_blocked(artist_id: str, client_id: str) -> bool:
    """Check whether one of the two blocks the other."""
    return bool(list_blocked([(artist_id, client_id)]))


def list_blocked(pairs: Collection[tuple[str, str]]) -> set[tuple[str, str]]:
    """List those pairs of an artist and a client of whom one blocks the other, in one read."""
    if not pairs:
        return set()
    by_id = {user_pairs.build_id(*pair): pair for pair in pairs}
    documents = _conversations().find({"_id": {"$in": list(by_id)}} | BLOCKING, {"_id": True})
    return {by_id[document["_id"]] for document in documents}


def _conversations() -> collection.Collection[Document]:
    return database().conversations
