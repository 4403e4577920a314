"""Entering: who may open a WebSocket, and on whose behalf its frames are handled."""

from datetime import datetime, timedelta

from domain.errors import Unauthenticated
from messaging.live import fanout, presence, tickets
from messaging.live.tickets import Pass
from messaging.models import Connection
from messaging.rules.errors import NotConnected, TokenExpired, TooManyFrames
from messaging.store import connections as store
from messaging.store import people
from shared.http.caller import expiry_of, from_authorizer
from shared.live import connections
from shared.live.connections import Gone, NotPosted
from shared.live.websockets import PROTOCOL_HEADER, Handshake
from shared.platform.invocation import authorize

PROTOCOL = "artist-booking.v1"
BEARER = "bearer."

MOST_CONNECTIONS = 10  # of one user; the eleventh ends the oldest, so that no dead one locks out
WINDOW = timedelta(seconds=10)
FRAMES_IN_WINDOW = 100
TOLERATED_FRAMES = 3 * FRAMES_IN_WINDOW  # whoever sends more is not a client that lost its way


def open_connection(handshake: Handshake, now: datetime) -> str | None:
    """Let a client in; the subprotocol that was agreed on. Raises a 401 Problem."""
    offered = _offered(handshake)
    granted = _pass(handshake, offered, now)
    person = people.find(granted.user_id)
    if person and person.erased_at:
        raise Unauthenticated("The account was deleted.")
    others = store.of_users([granted.user_id])
    for surplus in others[: max(0, len(others) - MOST_CONNECTIONS + 1)]:
        fanout.end(surplus, now)
    connection = Connection(
        id=handshake.connection_id,
        user_id=granted.user_id,
        role=granted.role,
        session_id=granted.session_id,
        opened_at=now,
        last_seen_at=now,
        expires_at=granted.expires_at,
        window_at=now,
    )
    store.add(connection)
    presence.arrived(connection, others, now)
    return PROTOCOL if PROTOCOL in offered else None


def enter(connection_id: str, now: datetime) -> Connection:
    """Whose frame this is, which is counted.

    Raises a 401 Problem, and closes the connection, where it is not known or its token's time is
    over; a 429 one beyond 100 frames in ten seconds.
    """
    connection = store.note_frame(connection_id, now, WINDOW)
    if connection is None:
        _close_unknown(connection_id)
        raise NotConnected("Open a new WebSocket.")
    if connection.expires_at <= now:
        fanout.end(connection, now)
        raise TokenExpired("The access token has expired.")
    if connection.frames > TOLERATED_FRAMES:
        fanout.end(connection, now)
    if connection.frames > FRAMES_IN_WINDOW:
        raise TooManyFrames(f"At most {FRAMES_IN_WINDOW} frames in {WINDOW.seconds} seconds.")
    return connection


def renew(connection: Connection, token: str, now: datetime) -> datetime:
    """Let the connection last as long as a newer token of the same user; until when that is.

    Raises a 401 Problem; the connection then lasts as long as before.
    """
    renewed = _bearer(f"Bearer {token}", now)
    if renewed.user_id != connection.user_id:
        raise Unauthenticated("The access token is not valid.")
    store.extend(connection.id, renewed.session_id, renewed.expires_at)
    return renewed.expires_at


def leave(connection_id: str, now: datetime) -> None:
    """The connection was closed."""
    fanout.forget(connection_id, now)


def end_of_user(user_id: str, now: datetime) -> None:
    """Close everything the user has open, and what would open anew."""
    store.remove_tickets(user_id)
    for connection in store.of_users([user_id]):
        fanout.end(connection, now)


def end_expired(now: datetime) -> None:
    """Close what has outlived its token; a batch, so that a sweep ends."""
    for connection in store.expired(now, limit=100):
        fanout.end(connection, now)


def _offered(handshake: Handshake) -> list[str]:
    return [each.strip() for each in handshake.headers.get(PROTOCOL_HEADER, "").split(",")]


def _pass(handshake: Handshake, offered: list[str], now: datetime) -> Pass:
    if "ticket" in handshake.query:
        return tickets.redeem(handshake.query["ticket"], now)
    if "authorization" in handshake.headers:
        return _bearer(handshake.headers["authorization"], now)
    token = next((each.removeprefix(BEARER) for each in offered if each.startswith(BEARER)), None)
    # Without the first there were nothing to answer but the token itself.
    if token is None or PROTOCOL not in offered:
        raise Unauthenticated("A ticket or an access token is needed.")
    return _bearer(f"Bearer {token}", now)


def _bearer(authorization: str, now: datetime) -> Pass:
    context = authorize(authorization)
    if context is None:
        raise Unauthenticated("The access token is not valid.")
    caller = from_authorizer(context, now)
    return Pass(
        user_id=caller.user_id,
        role=caller.role,
        session_id=caller.session_id,
        expires_at=expiry_of(context),
    )


def _close_unknown(connection_id: str) -> None:
    try:
        connections.close(connection_id)
    except (Gone, NotPosted):
        return  # API Gateway closes what says nothing for ten minutes
