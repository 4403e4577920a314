"""Presence: who is online, for the devices that show a conversation with that user.

Where one member blocks the other, neither receives the presence of the other.
"""

from collections.abc import Iterable
from datetime import datetime

from messaging.live import fanout
from messaging.live.frames import PresenceFrame
from messaging.models import Connection
from messaging.store import connections as store


def is_online(user_id: str, now: datetime) -> bool:
    """Return whether any device of a user is connected."""
    return fanout.has_valid(store.find_by_users([user_id]), now)


def announce_online(connection: Connection, others: Iterable[Connection], now: datetime) -> None:
    """Announce a user as online, unless they already had an open connection."""
    if not fanout.has_valid(others, now):
        online = PresenceFrame(connection.user_id, online=True)
        fanout.post_to_connections(store.find_watching(connection.user_id), online, now)


def stop_watching(conversation_id: str) -> None:
    """Stop sending the two members of a conversation the presence of each other.

    Removing a block does not undo it; a device receives presence again after it subscribes again.
    """
    store.stop_watching(conversation_id)
