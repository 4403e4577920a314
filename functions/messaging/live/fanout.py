"""Fan-out: one frame to all devices of some people.

What is posted here is a courtesy: whoever misses it asks for it by REST. So nothing is tried again
here and nothing raised. A connection that is closed is forgotten, one whose token's time is over is
closed before it hears anything.
"""

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from enum import Enum, auto

from messaging.live.frames import Presence
from messaging.models import Connection
from messaging.store import connections as store
from shared.live import connections
from shared.live.connections import Gone, NotPosted
from shared.live.websockets import ServerFrame, encode
from shared.platform.logs import logger

WORKERS = 8
# API Gateway says 410 of a connection whose $connect is not answered yet, which takes it 29 seconds
# at most. Such a one is coming, not gone.
OPENING = timedelta(seconds=30)


class Outcome(Enum):
    """What became of a post."""

    POSTED = auto()
    GONE = auto()
    FAILED = auto()


def deliver(
    frame: ServerFrame, user_ids: Iterable[str], conversation_id: str, now: datetime
) -> set[str]:
    """Post to all devices of these users; who of them it reached with the conversation open."""
    reached = to_users(user_ids, frame, now)
    return {each.user_id for each in reached if each.conversation_id == conversation_id}


def to_users(user_ids: Iterable[str], frame: ServerFrame, now: datetime) -> list[Connection]:
    """Post to all devices of these users; those that were reached."""
    if connections.url() is None:
        return []
    return to_connections(store.of_users(user_ids), frame, now)


def to_connections(
    targets: Sequence[Connection], frame: ServerFrame, now: datetime
) -> list[Connection]:
    """Post to these connections; those that were reached."""
    for connection in targets:
        if connection.expires_at <= now:
            end(connection, now)
    due = [connection for connection in targets if connection.expires_at > now]
    reached = []
    for connection, outcome in zip(due, _post_all(due, encode(frame)), strict=True):
        if outcome is Outcome.POSTED:
            reached.append(connection)
        elif outcome is Outcome.GONE:
            if connection.opened_at + OPENING <= now:
                forget(connection.id, now)
        else:
            logger.warning("frame not posted", connection_id=connection.id)
    return reached


def end(connection: Connection, now: datetime) -> None:
    """Close the connection and forget it."""
    try:
        connections.close(connection.id)
    except Gone:
        pass
    except NotPosted as error:
        # Forgotten all the same: its next frame finds nobody and is answered by closing it.
        logger.warning("not closed", connection_id=connection.id, reason=str(error))
    forget(connection.id, now)


def forget(connection_id: str, now: datetime) -> None:
    """Forget a connection that is closed. Who watches its user hears when it was the last one."""
    closed = store.remove(connection_id)
    if closed and not any_open(store.of_users([closed.user_id]), now):
        left = Presence(closed.user_id, online=False)
        to_connections(store.watching(closed.user_id), left, now)


def any_open(of_one: Iterable[Connection], now: datetime) -> bool:
    """Whether any of these connections still counts."""
    return any(connection.expires_at > now for connection in of_one)


def _post_all(targets: Sequence[Connection], text: str) -> list[Outcome]:
    ids = [connection.id for connection in targets]
    if len(ids) <= 1:
        return [_post(id_, text) for id_ in ids]
    with ThreadPoolExecutor(max_workers=min(WORKERS, len(ids))) as pool:
        return list(pool.map(_post, ids, [text] * len(ids)))


def _post(connection_id: str, text: str) -> Outcome:
    try:
        connections.post(connection_id, text)
    except Gone:
        return Outcome.GONE
    except NotPosted:
        return Outcome.FAILED
    return Outcome.POSTED
