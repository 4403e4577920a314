"""Tickets: how a browser, which cannot send headers, opens a WebSocket without its token in a URL.

URLs end in logs, histories and proxies. A ticket opens once, within a minute, and only its hash is
kept, so nobody who reads any of these, the database included, can enter with it.
"""

import hashlib
import secrets
from datetime import datetime, timedelta

import msgspec

from messaging.live.schemas import TicketView
from messaging.models import Ticket
from messaging.rules.errors import InvalidTicket, LiveUnavailable
from messaging.store import connections as store
from shared.http.caller import Caller, Role
from shared.live import connections

LIFETIME = timedelta(seconds=60)


class Pass(msgspec.Struct, frozen=True):
    """On whose behalf a connection is opened, and how long it may last."""

    user_id: str
    role: Role
    session_id: str
    expires_at: datetime


def issue(caller: Caller, token_expires_at: datetime, now: datetime) -> TicketView:
    """A ticket for the caller. Raises a 501 Problem where there is no WebSocket to open."""
    url = connections.url()
    if url is None:
        raise LiveUnavailable("Nothing is live here: ask for messages with `after=`.")
    ticket = secrets.token_urlsafe(32)
    store.keep_ticket(
        Ticket(
            id=_hash(ticket),
            user_id=caller.user_id,
            role=caller.role,
            session_id=caller.session_id,
            token_expires_at=token_expires_at,
            expires_at=now + LIFETIME,
        )
    )
    return TicketView(ticket, now + LIFETIME, f"{url}?ticket={ticket}")


def redeem(ticket: str, now: datetime) -> Pass:
    """On whose behalf the ticket opens, once. Raises a 401 Problem."""
    taken = store.take_ticket(_hash(ticket), now)
    if taken is None or taken.token_expires_at <= now:
        raise InvalidTicket("The ticket was used, or is out of date.")
    return Pass(
        user_id=taken.user_id,
        role=taken.role,
        session_id=taken.session_id,
        expires_at=taken.token_expires_at,
    )


def _hash(ticket: str) -> str:
    # It holds 256 random bits: there is nothing to guess, and so nothing to slow down.
    return hashlib.sha256(ticket.encode()).hexdigest()
