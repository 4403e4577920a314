"""The deposit's ledger: entries are added, and what they say is added up."""

from datetime import datetime

import msgspec

from appointments.records import Deposit, DepositRule, DepositState, LedgerEntry, Service, Side
from shared.policy_terms import DepositRules, Kind, Terms, amount_of
from shared.problems import conflict

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
            raise conflict("not_held", f"The artist holds {held(deposit)}, not {entry.amount}.")
    elif state(deposit) not in FOLLOWS.get(entry.state, frozenset()):
        raise conflict("wrong_deposit_state", f"The deposit is {state(deposit)}.")
    return msgspec.structs.replace(deposit, entries=(*deposit.entries, entry))


def _asked(rule: DepositRule, terms: dict[Kind, Terms], total: int) -> tuple[int, int | None]:
    if rule.fixed is not None:
        return min(rule.fixed, total), rule.refundable_until_hours
    if rule.percent is not None:
        return (total * rule.percent + 50) // 100, rule.refundable_until_hours
    rules = terms[Kind.DEPOSIT].rules
    assert isinstance(rules, DepositRules)
    return amount_of(rules.deposit, total), rules.refundable_until_hours
