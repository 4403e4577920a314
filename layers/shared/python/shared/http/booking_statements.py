"""Booking statements: price and terms of one booking in words, signed by appointments.

appointments writes them by the functions that charge, from the terms that the booking is bound to.
quick_actions sends them on: it keeps no copy of a booking, and a text about money is not taken from
whoever calls.
"""

from datetime import datetime, timedelta

import msgspec

from shared.platform import signing

VALID_FOR = timedelta(minutes=15)  # to be previewed and sent; a later change may cost otherwise
_KEY, _SCOPE = "cursors", "booking-statement"


class BookingStatement(msgspec.Struct, frozen=True, array_like=True):
    """What the booking costs, and what cancelling it would cost its client.

    Attributes:
        appointment_id: The booking.
        price: Its price, in words.
        deposit: Its deposit, in words.
        cancellation: What cancelling it costs, in words.
        expires_at: When the statement can no longer be sent.
    """

    appointment_id: str
    artist_id: str
    client_id: str | None
    price: str
    deposit: str
    cancellation: str
    expires_at: datetime


def seal(statement: BookingStatement) -> str:
    """Return a statement with its signature, as text."""
    return signing.sign(msgspec.json.encode(statement), _KEY, _SCOPE)


def read(token: str) -> BookingStatement | None:
    """Return the statement in a text, expired or not; None if appointments did not write it."""
    body = signing.verify(token, _KEY, _SCOPE)
    return None if body is None else msgspec.json.decode(body, type=BookingStatement)
