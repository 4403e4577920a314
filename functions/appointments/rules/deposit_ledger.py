"""The deposit's ledger: entries are added, and what they say is added up."""

from datetime import datetime

import msgspec

from appointments.models import (
    Appointment,
    Deposit,
    DepositRule,
    DepositState,
    LedgerEntry,
    Service,
    Side,
)
from appointments.rules.errors import NoDeposit, NotHeld, WrongDepositState, WrongStatus
from appointments.rules.transitions import LIVE
from domain.errors import Forbidden
from domain.policy_terms import DepositRules, Kind, Terms, amount_of

# From which states a deposit may go on to which. Money that is held can always be given back, lost
# or moved, so those do not depend on what happened last.
FOLLOWS: dict[DepositState, frozenset[DepositState]] = {
    DepositState.PROOF_SUBMITTED: frozenset({DepositState.REQUESTED, DepositState.REJECTED}),
    DepositState.CONFIRMED: frozenset(
        {DepositState.REQUESTED, DepositState.PROOF_SUBMITTED, DepositState.REJECTED}
    ),
    DepositState.REJECTED: frozenset({DepositState.PROOF_SUBMITTED}),
}
OUTGOING = frozenset({DepositState.REFUNDED, DepositState.FORFEITED, DepositState.TRANSFERRED})
# Who says that it happened. What is asked for and what is forfeited follows from other acts.
SAID_BY: dict[DepositState, Side] = {
    DepositState.PROOF_SUBMITTED: Side.CLIENT,
    DepositState.CONFIRMED: Side.ARTIST,
    DepositState.REJECTED: Side.ARTIST,
    DepositState.REFUNDED: Side.ARTIST,
    DepositState.TRANSFERRED: Side.ARTIST,
}
# While it stands so, the client has to pay.
DUE = frozenset({DepositState.REQUESTED, DepositState.REJECTED})


def requested(
    service: Service, terms: dict[Kind, Terms], total: int, by: Side, now: datetime
) -> Deposit | None:
    """The deposit that a service asks for a booking of this price; None where it asks for none."""
    rule = service.deposit
    if rule is None:
        return None
    amount, until_hours = _asked(rule, terms, total)
    if amount == 0:
        return None
    first = LedgerEntry(state=DepositState.REQUESTED, amount=amount, at=now, by=by)
    return Deposit(amount, service.price.currency, until_hours, (first,))


def open_to(appointment: Appointment, happened: DepositState, side: Side) -> Deposit:
    """The appointment's deposit, where this side may say that this happened to it.

    When the appointment is over, what is still held can be refunded, and nothing else. Raises a 403
    Problem for the wrong side, a 409 one where there is no deposit or the appointment is over.
    """
    if SAID_BY.get(happened) is not side:
        raise Forbidden(f"The {side} may not do this to a deposit.")
    if appointment.deposit is None:
        raise NoDeposit("There is no deposit for this appointment.")
    if happened is not DepositState.REFUNDED:
        check_live(appointment)
    return appointment.deposit


def check_live(appointment: Appointment) -> None:
    """Raise a 409 Problem for an appointment that does not take place (any more)."""
    if appointment.status not in LIVE:
        raise WrongStatus(f"Not possible: the appointment is {appointment.status}.")


def state(deposit: Deposit) -> DepositState:
    """What happened last."""
    return deposit.entries[-1].state


def held(deposit: Deposit | None) -> int:
    """What the artist has of it now, in minor units."""
    if deposit is None:
        return 0
    return sum(
        entry.amount if entry.state is DepositState.CONFIRMED else -entry.amount
        for entry in deposit.entries
        if entry.state is DepositState.CONFIRMED or entry.state in OUTGOING
    )


def added(deposit: Deposit, entry: LedgerEntry) -> Deposit:
    """The deposit with one entry more.

    Raises a 409 Problem where its state does not allow that, or less is held than would go out.
    """
    if entry.state in OUTGOING:
        if not 0 < entry.amount <= held(deposit):
            raise NotHeld(f"The artist holds {held(deposit)} of this deposit.")
    elif state(deposit) not in FOLLOWS.get(entry.state, frozenset()):
        raise WrongDepositState(f"The deposit is {state(deposit)}.")
    return msgspec.structs.replace(deposit, entries=(*deposit.entries, entry))


def moved(
    source: Appointment, deposit: Deposit, target: Appointment, by: Side, now: datetime
) -> tuple[Deposit, Deposit]:
    """The deposits of both appointments once all that is held of the source's is the target's.

    What comes from another sitting is held at once, whatever was asked for or happened there
    before. Raises a 409 Problem where nothing is held.
    """
    gone = LedgerEntry(
        state=DepositState.TRANSFERRED,
        amount=held(deposit),
        at=now,
        by=by,
        appointment_id=target.id,
    )
    come = msgspec.structs.replace(gone, state=DepositState.CONFIRMED, appointment_id=source.id)
    before = target.deposit or msgspec.structs.replace(deposit, amount=gone.amount, entries=())
    received = msgspec.structs.replace(before, entries=(*before.entries, come))
    return added(deposit, gone), received


def asked_at(deposit: Deposit, now: datetime) -> Deposit:
    """A deposit that nothing happened to yet, asked for at this instant instead."""
    (asked,) = deposit.entries
    return msgspec.structs.replace(deposit, entries=(msgspec.structs.replace(asked, at=now),))


def _asked(rule: DepositRule, terms: dict[Kind, Terms], total: int) -> tuple[int, int | None]:
    if rule.fixed is not None:
        return min(rule.fixed, total), rule.refundable_until_hours
    if rule.percent is not None:
        return (total * rule.percent + 50) // 100, rule.refundable_until_hours
    rules = terms[Kind.DEPOSIT].rules
    assert isinstance(rules, DepositRules)
    return amount_of(rules.deposit, total), rules.refundable_until_hours
