"""Lifecycle of a WebSocket: opening, admitting frames, renewing, closing."""

from datetime import datetime, timedelta

from domain.errors import Unauthenticated
from messaging.live import fanout, presence, tickets
from messaging.live.tickets import ConnectionGrant
from messaging.models import Connection, EndedSession
from messaging.rules.errors import NotConnected, TooManyFrames
from messaging.store import connections as store
from shared.data import tombstones
from shared.http import ended_sessions
from shared.http.caller import Scope, TokenExpired, expiry_of, from_authorizer
from shared.live import connections
from shared.live.connections import Gone, NotPosted
from shared.live.websockets import PROTOCOL_HEADER, Handshake
from shared.platform.invocation import authorize

PROTOCOL = "artist-booking.v1"
BEARER = "bearer."

MAX_CONNECTIONS = 10  # per user; one more closes the oldest: dead ones must not lock the user out
WINDOW = timedelta(seconds=10)
FRAMES_IN_WINDOW = 100
TOLERATED_FRAMES = 3 * FRAMES_IN_WINDOW  # beyond, the client is broken and is disconnected


def open_connection(handshake: Handshake, now: datetime) -> str | None:
    """Open a connection. Return the subprotocol that was agreed on, None where none was offered.

    Raises:
        Unauthenticated: The handshake holds neither a valid ticket nor a valid access token, the
            session has ended, or the account was deleted.
        InvalidTicket: Its ticket was used or has expired.
        TokenExpired: Its access token has expired.
    """
    offered = _parse_protocols(handshake)
    grant = _authenticate(handshake, offered, now)
    if any(map(tombstones.is_deleted, {grant.user_id, grant.acting_id or grant.user_id})):
        raise Unauthenticated("The account was deleted.")
    others = store.find_by_users([grant.user_id])
    # An assistant closes connections of their own only.
    own = [other for other in others if other.acting_id == grant.acting_id]
    for surplus in own[: max(0, len(own) - MAX_CONNECTIONS + 1)]:
        fanout.close(surplus, now)
    connection = Connection(
        id=handshake.connection_id,
        user_id=grant.user_id,
        role=grant.role,
        session_id=grant.session_id,
        opened_at=now,
        last_seen_at=now,
        expires_at=grant.expires_at,
        window_at=now,
        acting_id=grant.acting_id,
        acting_session_id=grant.acting_session_id,
    )
    store.add(connection)
    # After it was stored: whoever ends the session first marks it, and then looks for connections.
    if any(map(store.has_ended, grant.session_ids)):
        store.delete(connection.id)
        raise _session_ended()
    presence.announce_online(connection, others, now)
    return PROTOCOL if PROTOCOL in offered else None


def admit_frame(connection_id: str, now: datetime) -> Connection:
    """Count a frame against the rate limit of its connection, and return the connection.

    Raises:
        NotConnected: The connection is not known; it is closed.
        TokenExpired: Its access token has expired; it is closed.
        TooManyFrames: It sent more than 100 frames in ten seconds; it is closed beyond 300.
    """
    connection = store.count_frame(connection_id, now, WINDOW)
    if connection is None:
        _close_unknown(connection_id)
        raise NotConnected("Open a new WebSocket.")
    if connection.expires_at <= now:
        fanout.close(connection, now)
        raise TokenExpired("The access token has expired.")
    if connection.frames > TOLERATED_FRAMES:
        fanout.close(connection, now)
    if connection.frames > FRAMES_IN_WINDOW:
        raise TooManyFrames(
            f"At most {FRAMES_IN_WINDOW} frames are accepted in {WINDOW.seconds} seconds."
        )
    return connection


def renew(connection: Connection, token: str, now: datetime) -> datetime:
    """Extend a connection to the expiry of a newer token of the same person, and return that time.

    Raises:
        Unauthenticated: The token is not valid, or another user's; nothing is changed. Or its
            session has ended; the connection is closed.
        TokenExpired: The token has expired; nothing is changed.
    """
    grant = _verify_token(f"Bearer {token}", now)
    if (grant.user_id, grant.acting_id) != (connection.user_id, connection.acting_id):
        raise Unauthenticated("The access token is not valid.")
    store.extend(connection.id, grant.session_id, grant.acting_session_id, grant.expires_at)
    if any(map(store.has_ended, grant.session_ids)):
        fanout.close(connection, now)
        raise _session_ended()
    return grant.expires_at


def handle_disconnect(connection_id: str, now: datetime) -> None:
    """Delete the record of a connection that was closed."""
    fanout.delete(connection_id, now)


def close_all(user_id: str, now: datetime) -> None:
    """Close all connections of a user, as an assistant too, and delete their tickets."""
    store.delete_tickets(user_id)
    for connection in store.find_of_person(user_id):
        fanout.close(connection, now)


def close_session(user_id: str, session_id: str, now: datetime) -> None:
    """Close the connections of a session, and let it open no others.

    The mark outlives the access tokens of the session, one of which a container of the authorizer
    may still allow.
    """
    store.add_ended_session(EndedSession(id=session_id, expires_at=now + ended_sessions.KEPT_FOR))
    store.delete_tickets_of_session(user_id, session_id)
    for connection in store.find_of_person(user_id):
        if connection.is_of_session(session_id):
            fanout.close(connection, now)


def close_expired(now: datetime) -> None:
    """Close connections whose token has expired: one batch, so that a sweep ends."""
    for connection in store.find_expired(now, limit=100):
        fanout.close(connection, now)


def _parse_protocols(handshake: Handshake) -> list[str]:
    return [name.strip() for name in handshake.headers.get(PROTOCOL_HEADER, "").split(",")]


def _authenticate(handshake: Handshake, offered: list[str], now: datetime) -> ConnectionGrant:
    if "ticket" in handshake.query:
        return tickets.redeem(handshake.query["ticket"], now)
    if "authorization" in handshake.headers:
        return _verify_token(handshake.headers["authorization"], now)
    token = next((name.removeprefix(BEARER) for name in offered if name.startswith(BEARER)), None)
    # Without PROTOCOL the only subprotocol to agree on would be the token itself.
    if token is None or PROTOCOL not in offered:
        raise Unauthenticated("A ticket or an access token is needed.")
    return _verify_token(f"Bearer {token}", now)


def _verify_token(authorization: str, now: datetime) -> ConnectionGrant:
    context = authorize(authorization, scope=Scope.MESSAGES)
    if context is None:
        raise Unauthenticated("The access token is not valid.")
    caller = from_authorizer(context, now)
    return ConnectionGrant(
        user_id=caller.user_id,
        role=caller.role,
        session_id=caller.session_id,
        expires_at=expiry_of(context),
        acting_id=caller.acting_id,
        acting_session_id=caller.acting_session_id,
    )


def _session_ended() -> Unauthenticated:
    return Unauthenticated("The session has ended.")


def _close_unknown(connection_id: str) -> None:
    try:
        connections.close(connection_id)
    except (Gone, NotPosted):
        return  # API Gateway closes a connection that is silent for ten minutes
