"""Deadlines of a deposit: when it is due, when people are reminded, and what happens then.

The time to pay runs while the client is asked for the deposit and does not wait for the artist: it
stops with a proof of payment, and starts anew when that is rejected.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

import msgspec

from appointments.models import (
    Appointment,
    AppointmentStatus,
    BookingMode,
    Deposit,
    DepositState,
)
from appointments.rules import deposit_ledger
from appointments.rules.transitions import LIVE
from domain.policy_terms import DepositRules, Kind, Terms, WhenUnpaid

DUE_WITHIN_HOURS = 48  # unless the policy says otherwise
REMINDED_BEFORE = timedelta(hours=24)
# The states in which the time to pay runs out. An overdue deposit has no further deadline.
RUNNING = frozenset({DepositState.REQUESTED, DepositState.REJECTED})


def start(
    deposit: Deposit, terms: Mapping[Kind, Terms], starts_at: datetime, now: datetime
) -> Deposit:
    """Return a deposit that is due within the time that the policy gives from now on.

    Once the appointment has started, it has no deadline any more.

    Args:
        deposit: The deposit, which is asked for.
        terms: The policies that the appointment is bound to.
        starts_at: Start of the appointment, which the deposit is due at the latest.
        now: When the time begins.
    """
    if starts_at <= now:
        return stop(deposit)
    rules = _get_rules(terms)
    hours = rules.due_within_hours if rules and rules.due_within_hours else DUE_WITHIN_HOURS
    due_at = min(now + timedelta(hours=hours), starts_at)
    return msgspec.structs.replace(deposit, due_at=due_at, remind_at=_get_reminder(due_at, now))


def stop(deposit: Deposit) -> Deposit:
    """Return a deposit without a deadline."""
    return msgspec.structs.replace(deposit, due_at=None, remind_at=None)


def start_if_stopped(appointment: Appointment, now: datetime) -> Appointment:
    """Start the time to pay of an appointment's deposit, where it should run and does not.

    That is when something is booked or a request confirmed, and after a proof was rejected. It does
    not run while the artist has to answer a request, nor once the appointment has ended.
    """
    deposit = appointment.deposit
    if appointment.status not in LIVE:
        return appointment
    if deposit is None or deposit.due_at or deposit_ledger.get_state(deposit) not in RUNNING:
        return appointment
    is_request = appointment.service.mode is BookingMode.REQUEST
    if is_request and appointment.status is AppointmentStatus.PENDING:
        return appointment
    started = start(deposit, appointment.terms, appointment.starts_at, now)
    return msgspec.structs.replace(appointment, deposit=started)


def extend_answer(appointment: Appointment) -> datetime | None:
    """Return when a pending appointment expires: not before its deposit is due."""
    answer_by, deposit = appointment.answer_by, appointment.deposit
    if answer_by is None or deposit is None or deposit.due_at is None:
        return answer_by
    return max(answer_by, deposit.due_at)


def limit(deposit: Deposit, starts_at: datetime, now: datetime) -> Deposit:
    """Return the deposit of an appointment that was moved: due at its new start at the latest."""
    if deposit.due_at is None or deposit.due_at <= starts_at:
        return deposit
    remind_at = deposit.remind_at and min(deposit.remind_at, _get_reminder(starts_at, now))
    return msgspec.structs.replace(deposit, due_at=starts_at, remind_at=remind_at)


def is_overdue(appointment: Appointment, now: datetime) -> bool:
    """Return whether the time to pay is over and nothing was done about it yet."""
    deposit = _get_running(appointment)
    return deposit is not None and deposit.due_at is not None and deposit.due_at <= now


def is_to_be_reminded(appointment: Appointment, now: datetime) -> bool:
    """Return whether both sides are to be reminded of the deposit now."""
    deposit = _get_running(appointment)
    return deposit is not None and deposit.remind_at is not None and deposit.remind_at <= now


def keeps_dates(terms: Mapping[Kind, Terms]) -> bool:
    """Return whether the dates of a booking are kept although its deposit is overdue."""
    rules = _get_rules(terms)
    return rules is not None and rules.when_unpaid is WhenUnpaid.KEEP


def get_next(appointment: Appointment) -> datetime | None:
    """Return the earliest deadline of an appointment: when time alone changes it."""
    deadlines = []
    if appointment.status is AppointmentStatus.PENDING and appointment.answer_by:
        deadlines.append(appointment.answer_by)
    if deposit := _get_running(appointment):
        deadlines += [at for at in (deposit.remind_at, deposit.due_at) if at]
    return min(deadlines, default=None)


def _get_running(appointment: Appointment) -> Deposit | None:
    """Return the deposit of an appointment whose time to pay runs."""
    deposit = appointment.deposit
    if deposit is None or appointment.status not in LIVE or deposit.due_at is None:
        return None
    return deposit if deposit_ledger.get_state(deposit) in RUNNING else None


def _get_reminder(due_at: datetime, now: datetime) -> datetime:
    """Return a day before a deposit is due, or half of the time left where that is less."""
    return due_at - min(REMINDED_BEFORE, (due_at - now) / 2)


def _get_rules(terms: Mapping[Kind, Terms]) -> DepositRules | None:
    policy = terms.get(Kind.DEPOSIT)
    return policy.rules if policy and isinstance(policy.rules, DepositRules) else None
