"""Tickets: how a browser, which cannot send headers, opens a WebSocket without a token in the URL.

URLs end up in logs, histories and proxies. A ticket opens one WebSocket within a minute and only
its hash is stored, so nothing that can be read there, or in the database, gives access.
"""

import hashlib
import secrets
from datetime import datetime, timedelta

import msgspec

from messaging.models import Ticket
from messaging.rules.errors import InvalidTicket, LiveUnavailable
from messaging.schemas import TicketView
from messaging.store import connections as store
from shared.http.caller import Caller, Role
from shared.live import connections

LIFETIME = timedelta(seconds=60)


class ConnectionGrant(msgspec.Struct, frozen=True):
    """A user who may open a connection, and the time until which it may last.

    Attributes:
        acting_id: The assistant who acts for the user; None when it is the user.
        acting_session_id: Session of the assistant.
    """

    user_id: str
    role: Role
    session_id: str
    expires_at: datetime
    acting_id: str | None = None
    acting_session_id: str | None = None

    @property
    def session_ids(self) -> tuple[str, ...]:
        """The sessions that the connection ends with."""
        return tuple(filter(None, (self.session_id, self.acting_session_id)))


def issue(caller: Caller, token_expires_at: datetime, now: datetime) -> TicketView:
    """Issue a ticket to the caller, or to an assistant who acts for them.

    Raises:
        LiveUnavailable: This environment has no WebSocket.
    """
    url = connections.url()
    if url is None:
        raise LiveUnavailable("There is no WebSocket here; poll for messages with `after=`.")
    ticket = secrets.token_urlsafe(32)
    store.add_ticket(
        Ticket(
            id=_hash(ticket),
            user_id=caller.user_id,
            role=caller.role,
            session_id=caller.session_id,
            token_expires_at=token_expires_at,
            expires_at=now + LIFETIME,
            acting_id=caller.acting_id,
            acting_session_id=caller.acting_session_id,
        )
    )
    return TicketView(ticket, now + LIFETIME, f"{url}?ticket={ticket}")


def redeem(ticket: str, now: datetime) -> ConnectionGrant:
    """Use up a ticket.

    Raises:
        InvalidTicket: It was used, or it or its access token has expired.
    """
    stored = store.take_ticket(_hash(ticket), now)
    if stored is None or stored.token_expires_at <= now:
        raise InvalidTicket("The ticket was already used, or it has expired.")
    return ConnectionGrant(
        user_id=stored.user_id,
        role=stored.role,
        session_id=stored.session_id,
        expires_at=stored.token_expires_at,
        acting_id=stored.acting_id,
        acting_session_id=stored.acting_session_id,
    )


def _hash(ticket: str) -> str:
    # A ticket holds 256 random bits, which cannot be guessed: a slow hash would add nothing.
    return hashlib.sha256(ticket.encode()).hexdigest()
