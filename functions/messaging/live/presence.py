"""Who is connected, told to who shows a conversation with them and is not blocked."""

from collections.abc import Iterable
from datetime import datetime

from messaging.live import fanout
from messaging.live.frames import Presence
from messaging.models import Connection
from messaging.store import connections as store


def is_online(user_id: str, now: datetime) -> bool:
    """Whether any device of the user is connected."""
    return fanout.any_open(store.of_users([user_id]), now)


def arrived(connection: Connection, others: Iterable[Connection], now: datetime) -> None:
    """Tell who watches, unless another device of theirs was connected already."""
    if not fanout.any_open(others, now):
        came = Presence(connection.user_id, online=True)
        fanout.to_connections(store.watching(connection.user_id), came, now)


def part(conversation_id: str) -> None:
    """Let the two members of a conversation hear no more of each other's coming and going.

    Taking back a block does not undo it: who then shows the conversation anew hears of it again.
    """
    store.stop_watching(conversation_id)
