"""Charges: how what a client owes is paid, settled from the deposit, waived or reversed."""

import re
from datetime import datetime

import msgspec

from appointments.models import (
    Appointment,
    AppointmentCharge,
    AppointmentSide,
    ChargeEntry,
    ChargeEntryKind,
    DepositState,
    LedgerEntry,
)
from appointments.rules import balances, deposit_ledger
from appointments.rules.errors import ChargePaid, NotDue, NotPaid
from domain.errors import Forbidden, NotFound
from domain.policy_terms import Action

# The notes of settlements that nobody asked for, because the rest of the deposit leaves.
SETTLED_WITH_RETURN = "Paid out of the deposit that is returned."
SETTLED_WITH_TRANSFER = "Paid out of the deposit that is transferred."


def require_recordable(
    appointment: Appointment, number: int, side: AppointmentSide
) -> AppointmentCharge:
    """Return a charge if a side may record what happened to it. Only the artist may.

    Args:
        appointment: The appointment.
        number: Number of the charge, from 1.
        side: The side that records something.

    Raises:
        Forbidden: It is not the artist.
        NotFound: There is no such charge.
    """
    if side is not AppointmentSide.ARTIST:
        raise Forbidden(f"The {side} may not do this to a charge.")
    if not 1 <= number <= len(appointment.charges):
        raise NotFound("There is no such charge.")
    return appointment.charges[number - 1]


def parse_number(number: str) -> int:
    """Return the number of a charge in a path.

    Raises:
        NotFound: No charge can have it.
    """
    if not re.fullmatch("[1-9][0-9]{0,5}", number):
        raise NotFound("There is no such charge.")
    return int(number)


def cover(appointment: Appointment, number: int, entry: ChargeEntry) -> Appointment:
    """Return the appointment after a part of what is open of a charge was paid or waived.

    Raises:
        NotDue: Less than the amount is open.
    """
    charge = appointment.charges[number - 1]
    still_open = balances.get_open_amount(charge)
    if not 0 < entry.amount <= still_open:
        raise NotDue(f"{still_open} of this charge is open.")
    return _add_entry(appointment, number, entry)


def return_payment(appointment: Appointment, number: int, entry: ChargeEntry) -> Appointment:
    """Return the appointment after a part of what was paid for a charge was given back.

    Raises:
        NotPaid: The client paid less than the amount, or got it back already.
    """
    paid = balances.get_paid_amount(appointment.charges[number - 1])
    if not 0 < entry.amount <= paid:
        raise NotPaid(f"The client paid {paid} for this charge.")
    return _add_entry(appointment, number, entry)


def settle(appointment: Appointment, number: int, entry: ChargeEntry) -> Appointment:
    """Return the appointment after a charge was paid, in part or whole, out of the deposit.

    Raises:
        NoDeposit: The appointment has no deposit.
        NotDue: Less than the amount is open.
        NotHeld: The artist holds less than the amount.
    """
    covered = cover(appointment, number, entry)
    deposit = deposit_ledger.require_deposit(appointment)
    taken = LedgerEntry(
        state=DepositState.SETTLED, amount=entry.amount, at=entry.at, by=entry.by, note=entry.note
    )
    return msgspec.structs.replace(covered, deposit=deposit_ledger.add_entry(deposit, taken))


def settle_all(
    appointment: Appointment, most: int, by: AppointmentSide, note: str, now: datetime
) -> Appointment:
    """Settle open charges out of the deposit, oldest first.

    Args:
        appointment: The appointment.
        most: Greatest amount to take from the deposit.
        by: The side whose action returns the deposit.
        note: Why they are settled.
        now: When.
    """
    for number, charge in enumerate(appointment.charges, 1):
        amount = min(most, balances.get_open_amount(charge))
        if amount > 0:
            entry = ChargeEntry(ChargeEntryKind.SETTLED, amount, now, by, note)
            appointment = settle(appointment, number, entry)
            most -= amount
    return appointment


def reverse_no_show(
    appointment: Appointment, by: AppointmentSide, reason: str, now: datetime
) -> Appointment:
    """Undo what a no-show cost: what is open is owed no more, what was forfeited is held again.

    An appointment without a no-show, or whose no-show cost nothing, stays as it is.

    Raises:
        ChargePaid: Something of it was paid, by the client or out of the deposit.
    """
    number = len(appointment.charges)
    # Nothing can be charged after a no-show: if it was charged for, that is the last charge.
    charge = appointment.charges[-1] if appointment.charges else None
    if charge is None or charge.action != Action.NO_SHOW or _is_reversed(charge):
        return appointment
    if balances.get_paid_amount(charge):
        raise ChargePaid("This no-show was paid for: return that to the client first.")
    entry = ChargeEntry(ChargeEntryKind.REVERSED, balances.get_open_amount(charge), now, by, reason)
    forfeited = balances.compute(appointment.deposit, ()).forfeited
    if appointment.deposit is not None and forfeited:
        back = LedgerEntry(DepositState.REINSTATED, forfeited, now, by, reason)
        deposit = deposit_ledger.add_entry(appointment.deposit, back)
        appointment = msgspec.structs.replace(appointment, deposit=deposit)
    return _add_entry(appointment, number, entry)


def _is_reversed(charge: AppointmentCharge) -> bool:
    return any(entry.kind is ChargeEntryKind.REVERSED for entry in charge.entries)


def _add_entry(appointment: Appointment, number: int, entry: ChargeEntry) -> Appointment:
    charges = list(appointment.charges)
    before = charges[number - 1]
    charges[number - 1] = msgspec.structs.replace(before, entries=(*before.entries, entry))
    return msgspec.structs.replace(appointment, charges=tuple(charges))
