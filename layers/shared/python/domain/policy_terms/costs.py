"""Costs of an action under the terms that a booking is bound to, and the clause that sets them."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum

import msgspec

from domain.money import Currency, MinorUnits, format_money
from domain.policy_terms.rules import (
    CancellationRules,
    DepositRules,
    Fee,
    LateArrivalRules,
    NoShowRules,
    Percent,
    PolicyKind,
    RescheduleRules,
    Tier,
)
from domain.policy_terms.versions import PolicyVersionId, Terms
from domain.values import Value


class Action(StrEnum):
    """Something that a client does, or fails to do, and that may cost them."""

    CANCEL = "cancel"
    RESCHEDULE = "reschedule"
    NO_SHOW = "no_show"
    LATE_ARRIVAL = "late_arrival"


class Situation(msgspec.Struct, frozen=True, kw_only=True):
    """The state of a booking that its costs depend on.

    Attributes:
        price: Price of the booking.
        deposit_held: Deposit that the artist holds.
        deposit_refundable_until_hours: Hours before the start until which the deposit is
            refunded; None if it always is.
        reschedules: Number of earlier moves by the client.
        charges_open: Sum of the charges that the client still owes.
    """

    price: int
    currency: str
    starts_at: datetime
    deposit_held: int = 0
    deposit_refundable_until_hours: int | None = None
    reschedules: int = 0
    charges_open: int = 0


class Clause(Value, frozen=True):
    """The clause of a policy that sets a cost.

    Attributes:
        kind: What the policy is about.
        version_id: Id of the policy version; null if the deposit's term is the service's own.
            Example: pol_01JD2Z5Q0V8XKM3F7T9B4N6RWC_cancellation_2
        number: Number of the version; null if `versionId` is. Example: 2
        hours_before: Hours before the start of the tier, or of the deposit's term, that applies;
            null if the cost does not depend on the time left. Example: 48
    """

    kind: PolicyKind
    version_id: PolicyVersionId | None
    number: int | None
    hours_before: int | None = None


class Cost(Value, frozen=True):
    """The cost of an action for the client: `depositForfeited` plus `due`.

    Attributes:
        fee: Fee for the action itself; a forfeited deposit counts towards it. Example: 5000
        deposit_forfeited: Part of the deposit that the artist keeps. Example: 3000
        deposit_returned: Part of the deposit that the client gets back. Example: 0
        due: Amount that the client still has to pay. Example: 2000
        clause: Clause that sets the cost; null if no policy covers the action.
        explanation: The cost in a sentence for people.
            Example: Moving the booking costs 20.00 EUR (20 % of the price).
        charges_settled: Part of the deposit that pays earlier charges which are still open.
            Example: 0
    """

    fee: MinorUnits
    deposit_forfeited: MinorUnits
    deposit_returned: MinorUnits
    due: MinorUnits
    currency: Currency
    clause: Clause | None
    explanation: str
    charges_settled: MinorUnits = 0


class _Charge(msgspec.Struct, frozen=True):
    """A fee that applies, the clause that sets it, and the action in words."""

    amount: int
    fee: Fee | None
    clause: Clause | None
    action: str  # the subject of a sentence: "Cancelling less than 48 hours before the start"


def amount_of(fee: Fee, price: int) -> int:
    """Return the amount of a fee at this price, rounded half up and capped at the price."""
    if isinstance(fee, Percent):
        return (price * fee.percent + 50) // 100
    return min(fee.amount, price)


def evaluate(
    terms: Mapping[PolicyKind, Terms], action: Action, situation: Situation, at: datetime
) -> Cost:
    """Return the cost of a client's action.

    A cancellation or a no-show settles the deposit: once it is no longer refundable it is
    forfeited whole, before that only as much of it as the fee comes to. The client pays the fee or
    the forfeited deposit, whichever is more. Earlier charges that are still open are taken out of
    what would be returned. Moving a booking or arriving late leaves the deposit with the booking.

    Args:
        terms: The terms that the booking is bound to, by kind.
        action: What the client does.
        situation: The booking before the action.
        at: Instant of the action; for a late arrival, when the client arrives.
    """
    match action:
        case Action.CANCEL:
            return _settle_deposit(terms, _charge_cancellation(terms, situation, at), situation, at)
        case Action.NO_SHOW:
            return _settle_deposit(terms, _charge_no_show(terms, situation), situation, at)
        case Action.RESCHEDULE:
            return _retain_deposit(_charge_reschedule(terms, situation, at), situation)
        case Action.LATE_ARRIVAL:
            return _retain_deposit(_charge_late_arrival(terms, situation, at), situation)


def evaluate_by_artist(action: Action, situation: Situation) -> Cost:
    """Return the cost of the artist's own action for the client: nothing, whatever the policies.

    A cancellation returns the deposit, less the client's earlier charges that are still open;
    moving a booking leaves it with the booking.

    Raises:
        ValueError: Only a client can do this.
    """
    held = situation.deposit_held
    match action:
        case Action.CANCEL:
            settled = min(held, situation.charges_open)
            text = "Cancelled by the artist: this is free of charge"
            if settled:
                text += _explain_return(settled, held - settled, situation)
            elif held:
                text += f"; the deposit of {format_money(held, situation.currency)} is returned"
            return Cost(0, 0, held - settled, 0, situation.currency, None, f"{text}.", settled)
        case Action.RESCHEDULE:
            text = "Moved by the artist: this is free of charge"
            text += _explain_retained_deposit(situation)
            return Cost(0, 0, 0, 0, situation.currency, None, f"{text}.")
    raise ValueError(f"an artist's {action}")


def _settle_deposit(
    terms: Mapping[PolicyKind, Terms], charge: _Charge, situation: Situation, at: datetime
) -> Cost:
    """Return the cost of an action that ends the booking and settles its deposit."""
    held = situation.deposit_held
    term = situation.deposit_refundable_until_hours
    too_late = term is not None and _is_within(term, situation, at)
    forfeited = held if too_late else min(held, charge.amount)
    due = max(charge.amount, forfeited) - forfeited
    if forfeited > charge.amount:
        clause: Clause | None = _create_deposit_clause(terms, term)
        amount = format_money(forfeited, situation.currency)
        text = f"{charge.action} forfeits the deposit of {amount}"
        if term is not None:
            text += f", which is returned only until {_format_deadline(term)}"
    else:
        clause = charge.clause
        text = _explain_fee(charge, situation)
        if forfeited:
            text += (
                f", of which {format_money(forfeited, situation.currency)} is kept from the deposit"
            )
        if due:
            text += f"; {format_money(due, situation.currency)} is due"
    settled = min(held - forfeited, situation.charges_open)
    returned = held - forfeited - settled
    text += _explain_return(settled, returned, situation)
    currency = situation.currency
    return Cost(charge.amount, forfeited, returned, due, currency, clause, f"{text}.", settled)


def _retain_deposit(charge: _Charge, situation: Situation) -> Cost:
    """Return the cost of an action after which the booking, with its deposit, continues."""
    text = f"{_explain_fee(charge, situation)}{_explain_retained_deposit(situation)}."
    return Cost(charge.amount, 0, 0, charge.amount, situation.currency, charge.clause, text)


def _charge_cancellation(
    terms: Mapping[PolicyKind, Terms], situation: Situation, at: datetime
) -> _Charge:
    policy = terms.get(PolicyKind.CANCELLATION)
    if policy is None or not isinstance(policy.rules, CancellationRules):
        return _Charge(0, None, None, "Cancelling")
    return _charge_by_tier(policy, policy.rules.tiers, situation, at, "Cancelling")


def _charge_no_show(terms: Mapping[PolicyKind, Terms], situation: Situation) -> _Charge:
    policy = terms.get(PolicyKind.NO_SHOW)
    if policy is None or not isinstance(policy.rules, NoShowRules):
        return _Charge(0, None, None, "Not showing up")
    fee = policy.rules.fee
    return _Charge(amount_of(fee, situation.price), fee, _create_clause(policy), "Not showing up")


def _charge_reschedule(
    terms: Mapping[PolicyKind, Terms], situation: Situation, at: datetime
) -> _Charge:
    policy = terms.get(PolicyKind.RESCHEDULE)
    if policy is None or not isinstance(policy.rules, RescheduleRules):
        return _Charge(0, None, None, "Moving the booking")
    rules = policy.rules
    by_tier = _charge_by_tier(policy, rules.tiers, situation, at, "Moving the booking")
    fee, free = rules.fee_when_used_up, rules.free_count
    if fee is None or free is None or situation.reschedules < free:
        return by_tier
    amount = amount_of(fee, situation.price)
    if amount <= by_tier.amount:
        return by_tier
    action = "Moving the booking"
    if free:
        action += f" more than {_format_count(free, 'time')}"
    return _Charge(amount, fee, _create_clause(policy), action)


def _charge_late_arrival(
    terms: Mapping[PolicyKind, Terms], situation: Situation, at: datetime
) -> _Charge:
    policy = terms.get(PolicyKind.LATE_ARRIVAL)
    if policy is None or not isinstance(policy.rules, LateArrivalRules):
        return _Charge(0, None, None, "Arriving late")
    rules = policy.rules
    grace = _format_count(rules.grace_minutes, "minute")
    delay = at - situation.starts_at
    if delay <= timedelta(minutes=rules.grace_minutes):
        return _Charge(0, None, _create_clause(policy), f"Arriving up to {grace} late")
    action = f"Arriving more than {grace} late"
    limit = rules.cancelled_after_minutes
    if limit is not None and delay > timedelta(minutes=limit):
        wait = _format_count(limit, "minute")
        action = f"Arriving more than {wait} late, when the artist need not wait,"
    amount = amount_of(rules.fee, situation.price)
    return _Charge(amount, rules.fee, _create_clause(policy), action)


def _charge_by_tier(
    terms: Terms, tiers: tuple[Tier, ...], situation: Situation, at: datetime, action: str
) -> _Charge:
    applicable = [tier for tier in tiers if _is_within(tier.hours_before, situation, at)]
    if not applicable:
        return _Charge(0, None, _create_clause(terms), action)
    tier = min(applicable, key=lambda tier: tier.hours_before)
    amount = amount_of(tier.fee, situation.price)
    when = "after the start"
    if tier.hours_before:
        when = f"less than {_format_deadline(tier.hours_before)}"
    return _Charge(amount, tier.fee, _create_clause(terms, tier.hours_before), f"{action} {when}")


def _is_within(hours: int, situation: Situation, at: datetime) -> bool:
    """Return whether fewer than so many hours are left before the start."""
    return situation.starts_at - at < timedelta(hours=hours)


def _create_clause(terms: Terms, hours_before: int | None = None) -> Clause:
    return Clause(terms.kind, terms.version_id, terms.number, hours_before)


def _create_deposit_clause(terms: Mapping[PolicyKind, Terms], term: int | None) -> Clause:
    """Return the policy's clause if the deposit was taken by it, or else the service's own."""
    policy = terms.get(PolicyKind.DEPOSIT)
    if (
        policy is not None
        and isinstance(policy.rules, DepositRules)
        and policy.rules.refundable_until_hours == term
    ):
        return _create_clause(policy, term)
    return Clause(PolicyKind.DEPOSIT, None, None, term)


def _explain_fee(charge: _Charge, situation: Situation) -> str:
    if not charge.amount:
        return f"{charge.action} is free of charge"
    text = f"{charge.action} costs {format_money(charge.amount, situation.currency)}"
    if isinstance(charge.fee, Percent):
        text += f" ({charge.fee.percent} % of the price)"
    return text


def _explain_return(settled: int, returned: int, situation: Situation) -> str:
    text = ""
    if settled:
        amount = format_money(settled, situation.currency)
        text += f"; {amount} of the deposit pays earlier charges"
    if returned:
        text += f"; {format_money(returned, situation.currency)} of the deposit is returned"
    return text


def _explain_retained_deposit(situation: Situation) -> str:
    if not situation.deposit_held:
        return ""
    held = format_money(situation.deposit_held, situation.currency)
    return f"; the deposit of {held} stays with the booking"


def _format_deadline(hours: int) -> str:
    return f"{_format_count(hours, 'hour')} before the start" if hours else "the start"


def _format_count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
