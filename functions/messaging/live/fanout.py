"""Fan-out: one frame to all devices of some users.

Posting is best effort: a client that misses a frame catches up over HTTP, so nothing is repeated
and nothing raised here. A connection that turns out to be closed is deleted; one whose token has
expired is closed instead of receiving the frame.
"""

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from datetime import datetime, timedelta
from enum import Enum, auto

from messaging.live.frames import PresenceFrame
from messaging.models import Connection
from messaging.store import connections as store
from shared.live import connections
from shared.live.connections import Gone, NotPosted
from shared.live.websockets import ServerFrame, encode
from shared.platform.logs import logger

WORKERS = 8
# API Gateway also answers 410 for a connection whose $connect is still running, which takes 29
# seconds at most. Such a connection is about to open, not gone.
OPENING = timedelta(seconds=30)


class PostOutcome(Enum):
    """Outcome of posting a frame to one connection."""

    POSTED = auto()
    GONE = auto()
    FAILED = auto()


def deliver(
    frame: ServerFrame, user_ids: Iterable[str], conversation_id: str, now: datetime
) -> set[str]:
    """Post a frame to all devices of some users.

    Returns:
        Ids of the users with a device that shows the conversation and received the frame.
    """
    reached = post_to_users(user_ids, frame, now)
    return {each.user_id for each in reached if each.conversation_id == conversation_id}


def post_to_users(
    user_ids: Iterable[str], frame: ServerFrame, now: datetime, *, personal: bool = False
) -> list[Connection]:
    """Post a frame to all devices of some users. Return the connections that it reached.

    Args:
        user_ids: Ids of the users.
        frame: The frame.
        now: The current time.
        personal: Whether it is for the users themselves, and not for their assistants.
    """
    if connections.url() is None:
        return []
    found = store.find_by_users(user_ids)
    targets = [each for each in found if each.acting_id is None] if personal else found
    return post_to_connections(targets, frame, now)


def post_to_connections(
    targets: Sequence[Connection], frame: ServerFrame, now: datetime
) -> list[Connection]:
    """Post a frame to some connections. Return those that it reached."""
    for connection in targets:
        if connection.expires_at <= now:
            close(connection, now)
    valid = [connection for connection in targets if connection.expires_at > now]
    reached = []
    for connection, outcome in zip(valid, _post_all(valid, encode(frame)), strict=True):
        if outcome is PostOutcome.POSTED:
            reached.append(connection)
        elif outcome is PostOutcome.GONE:
            if connection.opened_at + OPENING <= now:
                delete(connection.id, now)
        else:
            logger.warning("frame not posted", connection_id=connection.id)
    return reached


def close(connection: Connection, now: datetime) -> None:
    """Close a connection and delete its record."""
    try:
        connections.close(connection.id)
    except Gone:
        pass
    except NotPosted as error:
        # Deleted all the same: its next frame is refused and closes it.
        logger.warning("connection not closed", connection_id=connection.id, reason=str(error))
    delete(connection.id, now)


def delete(connection_id: str, now: datetime) -> None:
    """Delete the record of a closed connection; announce its user as offline if it was the last."""
    closed = store.delete(connection_id)
    if closed and not has_valid(store.find_by_users([closed.user_id]), now):
        offline = PresenceFrame(closed.user_id, online=False)
        post_to_connections(store.find_watching(closed.user_id), offline, now)


def has_valid(candidates: Iterable[Connection], now: datetime) -> bool:
    """Return whether any of these connections has a token that is still valid."""
    return any(connection.expires_at > now for connection in candidates)


def _post_all(targets: Sequence[Connection], text: str) -> list[PostOutcome]:
    ids = [connection.id for connection in targets]
    if len(ids) <= 1:
        return [_post(id_, text) for id_ in ids]
    with ThreadPoolExecutor(max_workers=min(WORKERS, len(ids))) as pool:
        # In a copy of the context each, which holds the deadline of the request.
        posts = [pool.submit(copy_context().run, _post, id_, text) for id_ in ids]
        return [post.result() for post in posts]


def _post(connection_id: str, text: str) -> PostOutcome:
    try:
        connections.post(connection_id, text)
    except Gone:
        return PostOutcome.GONE
    except NotPosted:
        return PostOutcome.FAILED
    return PostOutcome.POSTED
