"""Open WebSockets and the tickets that open them."""

from collections.abc import Iterable
from datetime import datetime, timedelta

import msgspec
from pymongo import ReturnDocument
from pymongo.collection import Collection

from messaging.models import Connection, Ticket
from messaging.store import database
from shared.data.mongodb import Document, to_document, to_record

MOST = 100  # of one post: more than two people may have open, and as many as may watch one


def keep_ticket(ticket: Ticket) -> None:
    """Keep a new ticket."""
    _tickets().insert_one(to_document(ticket))


def take_ticket(ticket_hash: str, now: datetime) -> Ticket | None:
    """The ticket, which is no more: of two who take it one gets it. None once it is out of date."""
    good = {"_id": ticket_hash, "expiresAt": {"$gt": now}}
    return to_record(_tickets().find_one_and_delete(good), Ticket)


def add(connection: Connection) -> None:
    """Keep a new connection."""
    _connections().insert_one(to_document(connection))


def find(connection_id: str) -> Connection | None:
    """The connection."""
    return to_record(_connections().find_one(connection_id), Connection)


def note_frame(connection_id: str, now: datetime, window: timedelta) -> Connection | None:
    """Count a frame of the connection and return it: one write, two where a new window opens."""
    seen = {"lastSeenAt": now}
    within = {"_id": connection_id, "windowAt": {"$gt": now - window}}
    counted = _change(within, {"$set": seen, "$inc": {"frames": 1}})
    if counted:
        return counted
    closed = {"_id": connection_id, "windowAt": {"$lte": now - window}}
    opened = _change(closed, {"$set": {**seen, "windowAt": now, "frames": 1}})
    # Two frames may race to open it; the loser finds it open.
    return opened or _change(within, {"$set": seen, "$inc": {"frames": 1}})


def show(connection_id: str, conversation_id: str | None, counterpart_id: str | None) -> None:
    """Note which conversation the device shows; None for none."""
    shown = {"conversationId": conversation_id, "counterpartId": counterpart_id}
    _connections().update_one({"_id": connection_id}, {"$set": shown})


def stop_watching(conversation_id: str) -> None:
    """Let those who show the conversation hear no more whether the other is there."""
    _connections().update_many(
        {"conversationId": conversation_id}, {"$set": {"counterpartId": None}}
    )


def extend(connection_id: str, session_id: str, expires_at: datetime) -> None:
    """Note the end that a new token brings."""
    _connections().update_one(
        {"_id": connection_id}, {"$set": {"sessionId": session_id, "expiresAt": expires_at}}
    )


def of_users(user_ids: Iterable[str]) -> list[Connection]:
    """The connections of these users, the oldest first: one read."""
    kept = _connections().find(
        {"userId": {"$in": sorted(set(user_ids))}}, sort=[("openedAt", 1)], limit=MOST
    )
    return [msgspec.convert(each, Connection) for each in kept]


def watching(user_id: str) -> list[Connection]:
    """The connections that show a conversation with this user."""
    kept = _connections().find({"counterpartId": user_id}, limit=MOST)
    return [msgspec.convert(each, Connection) for each in kept]


def expired(now: datetime, limit: int) -> list[Connection]:
    """So many connections whose time is over."""
    kept = _connections().find({"expiresAt": {"$lte": now}}, sort=[("expiresAt", 1)], limit=limit)
    return [msgspec.convert(each, Connection) for each in kept]


def remove(connection_id: str) -> Connection | None:
    """Forget the connection; None where it is forgotten already."""
    return to_record(_connections().find_one_and_delete({"_id": connection_id}), Connection)


def remove_tickets(user_id: str) -> None:
    """Forget the tickets of an erased user."""
    _tickets().delete_many({"userId": user_id})


def _change(which: Document, change: Document) -> Connection | None:
    kept = _connections().find_one_and_update(which, change, return_document=ReturnDocument.AFTER)
    return to_record(kept, Connection)


def _connections() -> Collection[Document]:
    return database().connections


def _tickets() -> Collection[Document]:
    return database().tickets
