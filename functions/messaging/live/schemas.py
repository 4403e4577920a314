"""What the live part answers over HTTP."""

from datetime import datetime

from shared.http.decoding import Output


class TicketView(Output, frozen=True):
    """A way to open the WebSocket.

    ticket: opens once, until expiresAt. url: complete, the ticket in it.
    """

    ticket: str
    expires_at: datetime
    url: str
