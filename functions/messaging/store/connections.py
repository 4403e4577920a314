"""Open WebSockets, the tickets that open them, and the sessions that may open none."""

from collections.abc import Iterable
from datetime import datetime, timedelta

import msgspec
from pymongo import ReturnDocument
from pymongo.collection import Collection

from messaging.models import Connection, EndedSession, Ticket
from messaging.store import database
from shared.data.mongodb import Document, to_document, to_record

# Connections of one fan-out: more than two people may have open, and more than may watch one.
MAX_CONNECTIONS = 100


def add_ticket(ticket: Ticket) -> None:
    """Store a new ticket."""
    _tickets().insert_one(to_document(ticket))


def take_ticket(ticket_hash: str, now: datetime) -> Ticket | None:
    """Remove a ticket and return it, None where it has expired or is absent.

    Of several callers at the same moment exactly one gets it.
    """
    valid = {"_id": ticket_hash, "expiresAt": {"$gt": now}}
    return to_record(_tickets().find_one_and_delete(valid), Ticket)


def delete_tickets(user_id: str) -> None:
    """Delete the tickets of a user, as an assistant too."""
    _tickets().delete_many({"$or": [{"userId": user_id}, {"actingId": user_id}]})


def delete_tickets_of_session(user_id: str, session_id: str) -> None:
    """Delete the tickets of a user's session, as an assistant too."""
    own = {"userId": user_id, "sessionId": session_id}
    acting = {"actingId": user_id, "actingSessionId": session_id}
    _tickets().delete_many({"$or": [own, acting]})


def add_ended_session(session: EndedSession) -> None:
    """Store that a session has ended; again changes when that is forgotten."""
    _ended_sessions().replace_one({"_id": session.id}, to_document(session), upsert=True)


def has_ended(session_id: str) -> bool:
    """Return whether a session ended in the last minutes."""
    return _ended_sessions().find_one(session_id) is not None


def add(connection: Connection) -> None:
    """Store a new connection."""
    _connections().insert_one(to_document(connection))


def find(connection_id: str) -> Connection | None:
    """Return a connection, None where it is absent."""
    return to_record(_connections().find_one(connection_id), Connection)


def count_frame(connection_id: str, now: datetime, window: timedelta) -> Connection | None:
    """Count a frame of a connection and return the connection, None where it is absent.

    One write, two where a new window opens.
    """
    seen = {"lastSeenAt": now}
    within_window = {"_id": connection_id, "windowAt": {"$gt": now - window}}
    counted = _update(within_window, {"$set": seen, "$inc": {"frames": 1}})
    if counted:
        return counted
    after_window = {"_id": connection_id, "windowAt": {"$lte": now - window}}
    opened = _update(after_window, {"$set": {**seen, "windowAt": now, "frames": 1}})
    # Two frames may race to open the window; the loser finds it open.
    return opened or _update(within_window, {"$set": seen, "$inc": {"frames": 1}})


def set_shown(connection_id: str, conversation_id: str | None, counterpart_id: str | None) -> None:
    """Store which conversation a device shows, and whose presence it receives; None for none."""
    shown = {"conversationId": conversation_id, "counterpartId": counterpart_id}
    _connections().update_one({"_id": connection_id}, {"$set": shown})


def stop_watching(conversation_id: str) -> None:
    """Stop sending presence to the devices that show a conversation."""
    _connections().update_many(
        {"conversationId": conversation_id}, {"$set": {"counterpartId": None}}
    )


def extend(
    connection_id: str, session_id: str, acting_session_id: str | None, expires_at: datetime
) -> None:
    """Store the sessions and expiry of a newer token."""
    newer = {
        "sessionId": session_id,
        "actingSessionId": acting_session_id,
        "expiresAt": expires_at,
    }
    _connections().update_one({"_id": connection_id}, {"$set": newer})


def find_by_users(user_ids: Iterable[str]) -> list[Connection]:
    """Return the connections of some users, the oldest first. One read."""
    documents = _connections().find(
        {"userId": {"$in": sorted(set(user_ids))}}, sort=[("openedAt", 1)], limit=MAX_CONNECTIONS
    )
    return [msgspec.convert(document, Connection) for document in documents]


def find_of_person(user_id: str) -> list[Connection]:
    """Return the connections of a user, and those where they act as an assistant. One read."""
    theirs = {"$or": [{"userId": user_id}, {"actingId": user_id}]}
    documents = _connections().find(theirs, limit=MAX_CONNECTIONS)
    return [msgspec.convert(document, Connection) for document in documents]


def find_watching(user_id: str) -> list[Connection]:
    """Return the connections that receive the presence of a user."""
    documents = _connections().find({"counterpartId": user_id}, limit=MAX_CONNECTIONS)
    return [msgspec.convert(document, Connection) for document in documents]


def find_expired(now: datetime, limit: int) -> list[Connection]:
    """Return connections whose token has expired, the longest expired first."""
    expired = {"expiresAt": {"$lte": now}}
    documents = _connections().find(expired, sort=[("expiresAt", 1)], limit=limit)
    return [msgspec.convert(document, Connection) for document in documents]


def delete(connection_id: str) -> Connection | None:
    """Delete a connection and return it, None where it is absent."""
    return to_record(_connections().find_one_and_delete({"_id": connection_id}), Connection)


def _update(condition: Document, change: Document) -> Connection | None:
    document = _connections().find_one_and_update(
        condition, change, return_document=ReturnDocument.AFTER
    )
    return to_record(document, Connection)


def _connections() -> Collection[Document]:
    return database().connections


def _tickets() -> Collection[Document]:
    return database().tickets


def _ended_sessions() -> Collection[Document]:
    return database().endedSessions
