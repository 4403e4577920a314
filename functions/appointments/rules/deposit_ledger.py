"""Deposit ledger: the order of its entries, and the side that may add each."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec

from appointments.models import (
    Appointment,
    AppointmentSide,
    Deposit,
    DepositState,
    LedgerEntry,
    Service,
)
from appointments.rules import balances
from appointments.rules.errors import NoDeposit, NotHeld, WrongDepositState, WrongStatus
from appointments.rules.transitions import LIVE
from domain.errors import Forbidden
from domain.policy_terms import DepositAmount, Kind, Terms, evaluate_deposit

# The states in which the client has to pay.
PAYMENT_DUE = balances.ASKED_FOR - {DepositState.PROOF_SUBMITTED}
# The states that may precede a state. Money that is held can always go out, and what was forfeited
# can always be reinstated, so those do not depend on the state before.
PREVIOUS_STATES: dict[DepositState, frozenset[DepositState]] = {
    DepositState.PROOF_SUBMITTED: PAYMENT_DUE,
    DepositState.CONFIRMED: balances.ASKED_FOR,
    DepositState.WAIVED: balances.ASKED_FOR,
    DepositState.REJECTED: frozenset({DepositState.PROOF_SUBMITTED}),
    DepositState.OVERDUE: frozenset({DepositState.REQUESTED, DepositState.REJECTED}),
}
# What can be recorded once the appointment is over or will not take place: that a payment arrived,
# and that it was returned.
AFTER_END = frozenset(
    {
        DepositState.PROOF_SUBMITTED,
        DepositState.CONFIRMED,
        DepositState.REJECTED,
        DepositState.REFUNDED,
    }
)
OUTGOING = frozenset(
    {
        DepositState.REFUNDED,
        DepositState.FORFEITED,
        DepositState.SETTLED,
        DepositState.TRANSFERRED,
    }
)
# The side that records an entry. The others follow from other actions, or from time.
RECORDED_BY: dict[DepositState, AppointmentSide] = {
    DepositState.PROOF_SUBMITTED: AppointmentSide.CLIENT,
    DepositState.CONFIRMED: AppointmentSide.ARTIST,
    DepositState.REJECTED: AppointmentSide.ARTIST,
    DepositState.WAIVED: AppointmentSide.ARTIST,
    DepositState.REFUNDED: AppointmentSide.ARTIST,
    DepositState.TRANSFERRED: AppointmentSide.ARTIST,
}


def create_deposit(
    service: Service, terms: dict[Kind, Terms], total: int, by: AppointmentSide, now: datetime
) -> Deposit | None:
    """Create the deposit that a service asks for.

    Args:
        service: The service to be booked.
        terms: The artist's policies in force.
        total: Price of the booking, in minor units.
        by: The side that books.
        now: When the deposit is requested.

    Returns:
        The deposit, or None where the service asks for none.
    """
    demand = evaluate_deposit(service.deposit, service.deposit_refundable_until_hours, terms, total)
    if demand is None:
        return None
    first = LedgerEntry(state=DepositState.REQUESTED, amount=demand.amount, at=now, by=by)
    return Deposit(demand.amount, service.price.currency, demand.refundable_until_hours, (first,))


def require_recordable(
    appointment: Appointment, state: DepositState, side: AppointmentSide
) -> Deposit:
    """Return the deposit of an appointment if one side may record this state for it.

    Once the appointment is over, or will not take place, a payment that arrives late can be
    recorded, and what is held can be refunded. Nothing else can.

    Raises:
        Forbidden: The other side records this state.
        NoDeposit: The appointment has no deposit.
        WrongStatus: The appointment is over, or was declined or cancelled.
    """
    if RECORDED_BY.get(state) is not side:
        raise Forbidden(f"The {side} may not do this to a deposit.")
    deposit = require_deposit(appointment)
    if state not in AFTER_END:
        require_live(appointment)
    return deposit


def require_deposit(appointment: Appointment) -> Deposit:
    """Return the deposit of an appointment.

    Raises:
        NoDeposit: It has none.
    """
    if appointment.deposit is None:
        raise NoDeposit("There is no deposit for this appointment.")
    return appointment.deposit


def require_live(appointment: Appointment) -> None:
    """Check that an appointment is still to take place.

    Raises:
        WrongStatus: It is over, or was declined or cancelled.
    """
    if appointment.status not in LIVE:
        raise WrongStatus(f"This is not possible: the appointment is {appointment.status}.")


def get_state(deposit: Deposit) -> DepositState:
    """Return the state after the latest entry."""
    return deposit.entries[-1].state


def get_held_amount(deposit: Deposit | None) -> int:
    """Return what the artist holds of a deposit, in minor units."""
    return balances.compute(deposit, ()).held


def add_entry(deposit: Deposit, entry: LedgerEntry) -> Deposit:
    """Return the deposit with one more entry. The time to pay does not run any more.

    Raises:
        NotHeld: The artist holds less than the amount of the entry, or less was forfeited.
        WrongDepositState: The entry cannot follow the latest one.
    """
    balance = balances.compute(deposit, ())
    if entry.state in OUTGOING:
        if not 0 < entry.amount <= balance.held:
            raise NotHeld(f"The artist holds {balance.held} of this deposit.")
    elif entry.state is DepositState.REINSTATED:
        if not 0 < entry.amount <= balance.forfeited:
            raise NotHeld(f"{balance.forfeited} of this deposit is forfeited.")
    elif get_state(deposit) not in PREVIOUS_STATES.get(entry.state, frozenset()):
        raise WrongDepositState(f"The state of the deposit is {get_state(deposit)}.")
    return _append(deposit, entry)


class Return(msgspec.Struct, frozen=True):
    """How an amount is returned to the client.

    Attributes:
        settled: What is taken from the deposit for open charges first.
        reinstated: What was forfeited and is held again, in order to be returned.
        refunded: What the client gets.
    """

    settled: int
    reinstated: int
    refunded: int


def plan_return(appointment: Appointment, amount: int | None) -> Return:
    """Plan how the artist returns an amount of the deposit, be it held or forfeited.

    Open charges come first: they are paid out of the same money, and the rest can be returned.

    Args:
        appointment: The appointment.
        amount: Amount to return; all that is held unless given or, where nothing is held, all that
            was forfeited.

    Raises:
        NotHeld: There is less to return.
    """
    balance = balances.compute(appointment.deposit, appointment.charges)
    there = balance.held + balance.forfeited
    settled = min(balance.due, there)
    wanted = amount if amount is not None else (balance.held or balance.forfeited) - settled
    if not 0 < wanted <= there - settled:
        raise NotHeld(
            f"The artist holds {balance.held} of this deposit, {balance.forfeited} is forfeited, "
            f"and {balance.due} of charges is open."
        )
    return Return(settled, max(0, settled + wanted - balance.held), wanted)


def plan_transfer(appointment: Appointment) -> int:
    """Return what open charges take of a deposit before the rest of it is transferred.

    Raises:
        NotHeld: Nothing would be left.
    """
    balance = balances.compute(appointment.deposit, appointment.charges)
    if balance.held <= balance.due:
        raise NotHeld(
            f"The artist holds {balance.held} of this deposit, and {balance.due} of charges is "
            "open: nothing is left to transfer."
        )
    return balance.due


def transfer(
    source: Appointment, deposit: Deposit, target: Appointment, by: AppointmentSide, now: datetime
) -> tuple[Deposit, Deposit]:
    """Transfer all that is held of a deposit to another sitting.

    What the other sitting receives counts as held at once, whatever its own ledger says so far.

    Returns:
        The deposits of the source and of the target.

    Raises:
        NotHeld: Nothing is held.
    """
    outgoing = LedgerEntry(
        state=DepositState.TRANSFERRED,
        amount=get_held_amount(deposit),
        at=now,
        by=by,
        appointment_id=target.id,
    )
    incoming = msgspec.structs.replace(
        outgoing, state=DepositState.CONFIRMED, appointment_id=source.id
    )
    before = target.deposit or msgspec.structs.replace(deposit, amount=outgoing.amount, entries=())
    return add_entry(deposit, outgoing), _append(before, incoming)


def request_again(
    deposit: Deposit,
    asked: DepositAmount | None,
    terms: Mapping[Kind, Terms],
    total: int,
    now: datetime,
) -> Deposit | None:
    """Return a deposit that was only requested so far, requested now instead.

    Args:
        deposit: The deposit.
        asked: What the service asked for; None if that is not known any more. Then the amount
            stays, but never exceeds the total.
        terms: The policies that the booking is bound to.
        total: Price of the booking that is left after a discount, in minor units.
        now: When it is requested.

    Returns:
        The deposit, or None where nothing is left to be asked for.
    """
    (request,) = deposit.entries
    amount = min(deposit.amount, total)
    if asked is not None:
        demand = evaluate_deposit(asked, deposit.refundable_until_hours, terms, total)
        amount = demand.amount if demand else 0
    if amount == 0:
        return None
    return msgspec.structs.replace(
        deposit,
        amount=amount,
        entries=(msgspec.structs.replace(request, amount=amount, at=now),),
    )


def pass_on(
    ended: Appointment, others: Sequence[Appointment]
) -> tuple[Appointment, Appointment] | None:
    """Pass the deposit of a project that is still asked for on to another of its sittings.

    The deposit is that of the whole project. It stays asked for when the sitting that has it ends
    before it was paid: with its ledger, and so with a proof of payment that was submitted.

    Args:
        ended: The sitting that ended without taking place.
        others: The other sittings that are still to take place.

    Returns:
        The sitting that ended, without a deposit, and the next one, with it; None where there is
        nothing to pass on. What is not paid yet never exceeds the price of the other sittings.
    """
    deposit, free = ended.deposit, [other for other in others if other.deposit is None]
    if deposit is None or get_state(deposit) not in balances.ASKED_FOR or not free:
        return None
    amount = deposit.amount
    if get_state(deposit) in PAYMENT_DUE:
        amount = min(amount, sum(other.price.amount for other in others))
    if amount == 0:
        return None
    heir = min(free, key=lambda other: other.starts_at)
    passed = msgspec.structs.replace(deposit, amount=amount)
    return (
        msgspec.structs.replace(ended, deposit=None),
        msgspec.structs.replace(heir, deposit=passed),
    )


def _append(deposit: Deposit, entry: LedgerEntry) -> Deposit:
    """Return the deposit with one more entry, and without a deadline that has been met."""
    due_at = deposit.due_at if entry.state is DepositState.OVERDUE else None
    return msgspec.structs.replace(
        deposit, entries=(*deposit.entries, entry), due_at=due_at, remind_at=None
    )
