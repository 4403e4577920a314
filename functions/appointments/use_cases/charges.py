"""Charges: what the artist records about what a client owes, and the events about it.

`rules/charges.py` decides what may be recorded. Every use case raises `Forbidden` for the client,
and `NotFound` for an appointment that the caller takes no part in or a charge that does not exist.
"""

from datetime import datetime

from appointments import events, store
from appointments.models import (
    Appointment,
    AppointmentCharge,
    ChargeEntry,
    ChargeEntryKind,
    DepositState,
)
from appointments.rules import balances
from appointments.rules import charges as rules
from appointments.rules.transitions import create_next_version
from appointments.schemas import (
    AppointmentView,
    ChargeRequest,
    SettleChargeRequest,
    SettlementSource,
)
from appointments.use_cases import queries
from domain.ids import new_id
from shared.data.conflicts import retry_on_conflict
from shared.events.domain_events import DomainEvent
from shared.http.caller import Caller
from shared.http.repetition import find_made

# The entries of a deposit's ledger that charges cause.
_CAUSED_BY_CHARGES = frozenset(
    {DepositState.FORFEITED, DepositState.REINSTATED, DepositState.SETTLED}
)
_CHANGES = {
    ChargeEntryKind.PAID: rules.cover,
    ChargeEntryKind.WAIVED: rules.cover,
    ChargeEntryKind.SETTLED: rules.settle,
    ChargeEntryKind.REFUNDED: rules.return_payment,
}


def settle(
    caller: Caller, appointment_id: str, number: str, request: SettleChargeRequest, now: datetime
) -> AppointmentView:
    """Record that a charge was paid, in part or whole, by the client or out of the deposit.

    Raises:
        NoDeposit: There is no deposit to take it from.
        NotDue: Less than the amount is open.
        NotHeld: The artist holds less than the amount.
    """
    is_from_deposit = request.source is SettlementSource.DEPOSIT
    kind = ChargeEntryKind.SETTLED if is_from_deposit else ChargeEntryKind.PAID
    return _record(caller, appointment_id, number, request, now, kind=kind)


def waive(
    caller: Caller, appointment_id: str, number: str, request: ChargeRequest, now: datetime
) -> AppointmentView:
    """Do without a charge, in part or whole.

    Raises:
        NotDue: Less than the amount is open.
    """
    return _record(caller, appointment_id, number, request, now, kind=ChargeEntryKind.WAIVED)


def refund(
    caller: Caller, appointment_id: str, number: str, request: ChargeRequest, now: datetime
) -> AppointmentView:
    """Record that what was paid for a charge was returned, in part or whole.

    Raises:
        NotPaid: Less than the amount was paid.
    """
    return _record(caller, appointment_id, number, request, now, kind=ChargeEntryKind.REFUNDED)


def create_events(before: Appointment, after: Appointment, now: datetime) -> list[DomainEvent]:
    """Create the events about what charges caused between two states of an appointment."""
    known = len(before.deposit.entries) if before.deposit else 0
    new = after.deposit.entries[known:] if after.deposit else ()
    published = [
        events.create_event(after.id, events.deposit_data(after, entry), now)
        for entry in new
        if entry.state in _CAUSED_BY_CHARGES
    ]
    for number, charge in enumerate(after.charges, 1):
        earlier = before.charges[number - 1].entries if number <= len(before.charges) else ()
        for entry in charge.entries[len(earlier) :]:
            data = events.charge_data(after, number, entry)
            published.append(events.create_event(after.id, data, now))
    return published


@retry_on_conflict
def _record(
    caller: Caller,
    appointment_id: str,
    number: str,
    request: ChargeRequest,
    now: datetime,
    *,
    kind: ChargeEntryKind,
) -> AppointmentView:
    """Add an entry to the ledger of a charge and publish it.

    Without an amount it is of all that is open or, for a refund, of all that was paid.
    """
    appointment, side = queries.require_own(caller, appointment_id)
    position = rules.parse_number(number)
    charge = rules.require_recordable(appointment, position, side)
    recorded = {entry.id: appointment for entry in charge.entries}
    if made := find_made("che", recorded.get):
        return queries.present(made, side)
    amount = request.amount if request.amount is not None else _get_whole(charge, kind)
    entry = ChargeEntry(kind, amount, now, side, request.reason, new_id("che"))
    changed = create_next_version(_CHANGES[kind](appointment, position, entry), now)
    store.commit(records=[changed], events=create_events(appointment, changed, now))
    return queries.present(changed, side)


def _get_whole(charge: AppointmentCharge, kind: ChargeEntryKind) -> int:
    if kind is ChargeEntryKind.REFUNDED:
        return balances.get_paid_amount(charge)
    return balances.get_open_amount(charge)
