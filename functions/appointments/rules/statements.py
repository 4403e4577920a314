"""Statements about one booking, by the terms it is bound to and what is held for it now."""

from datetime import datetime

from appointments.models import Appointment, AppointmentStatus, Deposit
from appointments.rules import balances
from appointments.rules.deposit_ledger import require_live
from appointments.rules.errors import AlreadyStarted
from domain.money import format_money
from domain.policy_terms import DepositDemand, Kind, Terms, describe_cancellation, describe_deposit

UNTIL_CONFIRMED = "free of charge until it is confirmed; then "


def require_statable(appointment: Appointment, now: datetime) -> None:
    """Check that the client could still cancel an appointment.

    Raises:
        WrongStatus: It is over, or was declined or cancelled.
        AlreadyStarted: It has started.
    """
    require_live(appointment)
    if appointment.starts_at <= now:
        raise AlreadyStarted("The appointment has already started.")


def state_price(appointment: Appointment) -> str:
    """State the price of a booking and its length."""
    amount = format_money(appointment.price.amount, appointment.price.currency)
    return f"{amount} ({appointment.service.duration_minutes} min)"


def state_deposit(appointment: Appointment) -> str:
    """State the deposit of a booking, whether it is paid, and until when it is returned."""
    balance = balances.compute(appointment.deposit, appointment.charges)
    amount = balance.held or balance.requested
    deposit = appointment.deposit
    if deposit is None or not amount:
        return "no deposit"
    text = describe_deposit(*_get_terms(appointment), _demand(deposit, amount), balance.due)
    return f"{text}; {'it is paid' if balance.held else 'it is not paid yet'}"


def state_cancellation(appointment: Appointment) -> str:
    """State what cancelling a booking costs its client, with what is held of its deposit now."""
    balance = balances.compute(appointment.deposit, appointment.charges)
    deposit = appointment.deposit
    demand = _demand(deposit, balance.held) if deposit and balance.held else None
    text = describe_cancellation(*_get_terms(appointment), demand, balance.due)
    return f"{UNTIL_CONFIRMED}{text}" if _is_pending(appointment) else text


def _get_terms(appointment: Appointment) -> tuple[dict[Kind, Terms], int, str]:
    return appointment.terms, appointment.price.amount, appointment.price.currency


def _demand(deposit: Deposit, amount: int) -> DepositDemand:
    return DepositDemand(amount, deposit.refundable_until_hours)


def _is_pending(appointment: Appointment) -> bool:
    return appointment.status is AppointmentStatus.PENDING
