"""Statements about bookings, which their artists send to their clients by quick actions."""

from datetime import datetime

from appointments.rules import statements
from appointments.schemas import BookingStatementView
from appointments.use_cases import queries
from shared.http import booking_statements
from shared.http.booking_statements import VALID_FOR, BookingStatement
from shared.http.caller import Caller
from shared.platform import time_zones


def get(caller: Caller, appointment_id: str, now: datetime) -> BookingStatementView:
    """State price, deposit and cancellation costs of a booking, as they are charged.

    Raises:
        NotFound: The caller takes no part in it.
        WrongStatus: It is over, or was declined or cancelled.
        AlreadyStarted: It has started.
    """
    appointment, _ = queries.require_own(caller, appointment_id)
    statements.require_statable(appointment, now)
    start = time_zones.format_local(appointment.starts_at, appointment.time_zone)
    name = f"{appointment.service.name}, {start}"
    statement = BookingStatement(
        appointment_id=appointment.id,
        artist_id=appointment.artist_id,
        client_id=appointment.client_id,
        price=f"{name}: {statements.state_price(appointment)}",
        deposit=f"{name}: {statements.state_deposit(appointment)}",
        cancellation=f"{name}: {statements.state_cancellation(appointment)}",
        expires_at=now + VALID_FOR,
    )
    return BookingStatementView(
        price=statement.price,
        deposit=statement.deposit,
        cancellation=statement.cancellation,
        expires_at=statement.expires_at,
        statement=booking_statements.seal(statement),
    )
