"""What an act costs by the terms that a booking is bound to, and by which clause."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum

import msgspec

from domain.money import format_money
from domain.policy_terms.rules import (
    CancellationRules,
    DepositRules,
    Fee,
    Kind,
    LateArrivalRules,
    NoShowRules,
    Percent,
    RescheduleRules,
    Tier,
)
from domain.policy_terms.versions import Terms
from domain.values import Value


class Action(StrEnum):
    """What a client does, or fails to do."""

    CANCEL = "cancel"
    RESCHEDULE = "reschedule"
    NO_SHOW = "no_show"
    LATE_ARRIVAL = "late_arrival"


class Situation(msgspec.Struct, frozen=True, kw_only=True):
    """What of a booking its costs depend on."""

    price: int
    currency: str
    starts_at: datetime
    deposit_held: int = 0
    deposit_refundable_until_hours: int | None = None  # None: however late
    reschedules: int = 0  # by the client, before this one


class Clause(Value, frozen=True):
    """By which clause something costs what it does.

    `version_id` and `number` are None where a deposit's term is the service's own, not a policy's;
    `hours_before` is that of the tier, or of the deposit's term, that applies.
    """

    kind: Kind
    version_id: str | None
    number: int | None
    hours_before: int | None = None


class Cost(Value, frozen=True):
    """What an act costs the client: `deposit_forfeited` + `due`, which is what is still to be paid.

    `fee` is what the act itself costs; a forfeited deposit counts towards it. `clause` is None
    where no policy speaks of it.
    """

    fee: int
    deposit_forfeited: int
    deposit_returned: int
    due: int
    currency: str
    clause: Clause | None
    explanation: str


class _Charge(msgspec.Struct, frozen=True):
    """A fee that applies: how much, by what, and the act in words ('Cancelling … the start')."""

    amount: int
    fee: Fee | None
    clause: Clause | None
    act: str


def amount_of(fee: Fee, price: int) -> int:
    """What a fee comes to at this price, rounded half up: never more than the price."""
    if isinstance(fee, Percent):
        return (price * fee.percent + 50) // 100
    return min(fee.amount, price)


def evaluate(
    terms: Mapping[Kind, Terms], action: Action, situation: Situation, at: datetime
) -> Cost:
    """What the client's act at this instant costs; of a late arrival, the instant of arriving.

    Cancelling and not coming: too late for it to be refundable, the held deposit is forfeited
    whole, else as much of it as the fee comes to. The client pays the fee or the forfeited
    deposit, whichever is more. Moving and being late leave the deposit with the booking.
    """
    match action:
        case Action.CANCEL:
            return _ended(terms, _cancelling(terms, situation, at), situation, at)
        case Action.NO_SHOW:
            return _ended(terms, _not_coming(terms, situation), situation, at)
        case Action.RESCHEDULE:
            return _kept(_moving(terms, situation, at), situation)
        case Action.LATE_ARRIVAL:
            return _kept(_being_late(terms, situation, at), situation)


def evaluate_by_artist(action: Action, situation: Situation) -> Cost:
    """What the artist's own act costs the client: nothing, whatever the policies say.

    Cancelling gives back the whole held deposit; moving leaves it with the booking. Raises
    ValueError for what only a client can do.
    """
    held = situation.deposit_held
    match action:
        case Action.CANCEL:
            text = "Cancelled by the artist: this is free of charge"
            if held:
                text += f"; the deposit of {format_money(held, situation.currency)} is returned"
            return Cost(0, 0, held, 0, situation.currency, None, f"{text}.")
        case Action.RESCHEDULE:
            text = "Moved by the artist: this is free of charge"
            return Cost(0, 0, 0, 0, situation.currency, None, f"{text}{_staying(situation)}.")
    raise ValueError(f"an artist's {action}")


def _ended(
    terms: Mapping[Kind, Terms], charge: _Charge, situation: Situation, at: datetime
) -> Cost:
    """The cost where the booking is over and the deposit is settled."""
    held = situation.deposit_held
    term = situation.deposit_refundable_until_hours
    too_late = term is not None and _inside(term, situation, at)
    forfeited = held if too_late else min(held, charge.amount)
    due = max(charge.amount, forfeited) - forfeited
    if forfeited > charge.amount:
        clause: Clause | None = _deposit_clause(terms, term)
        text = f"{charge.act} forfeits the deposit of {format_money(forfeited, situation.currency)}"
        if term is not None:
            text += f", which is returned only until {_before(term)}"
    else:
        clause = charge.clause
        text = _costs(charge, situation)
        if forfeited:
            text += (
                f", of which {format_money(forfeited, situation.currency)} is kept from the deposit"
            )
        if due:
            text += f"; {format_money(due, situation.currency)} is due"
    returned = held - forfeited
    if returned:
        text += f"; {format_money(returned, situation.currency)} of the deposit is returned"
    return Cost(charge.amount, forfeited, returned, due, situation.currency, clause, f"{text}.")


def _kept(charge: _Charge, situation: Situation) -> Cost:
    """The cost where the booking, and the deposit with it, goes on."""
    text = f"{_costs(charge, situation)}{_staying(situation)}."
    return Cost(charge.amount, 0, 0, charge.amount, situation.currency, charge.clause, text)


def _cancelling(terms: Mapping[Kind, Terms], situation: Situation, at: datetime) -> _Charge:
    found = terms.get(Kind.CANCELLATION)
    if found is None or not isinstance(found.rules, CancellationRules):
        return _Charge(0, None, None, "Cancelling")
    return _by_tier(found, found.rules.tiers, situation, at, "Cancelling")


def _not_coming(terms: Mapping[Kind, Terms], situation: Situation) -> _Charge:
    found = terms.get(Kind.NO_SHOW)
    if found is None or not isinstance(found.rules, NoShowRules):
        return _Charge(0, None, None, "Not coming")
    fee = found.rules.fee
    return _Charge(amount_of(fee, situation.price), fee, _clause(found), "Not coming")


def _moving(terms: Mapping[Kind, Terms], situation: Situation, at: datetime) -> _Charge:
    found = terms.get(Kind.RESCHEDULE)
    if found is None or not isinstance(found.rules, RescheduleRules):
        return _Charge(0, None, None, "Moving the booking")
    rules = found.rules
    by_tier = _by_tier(found, rules.tiers, situation, at, "Moving the booking")
    fee, free = rules.fee_when_used_up, rules.free_count
    if fee is None or free is None or situation.reschedules < free:
        return by_tier
    amount = amount_of(fee, situation.price)
    if amount <= by_tier.amount:
        return by_tier
    act = f"Moving the booking more than {_counted(free, 'time')}" if free else "Moving the booking"
    return _Charge(amount, fee, _clause(found), act)


def _being_late(terms: Mapping[Kind, Terms], situation: Situation, at: datetime) -> _Charge:
    found = terms.get(Kind.LATE_ARRIVAL)
    if found is None or not isinstance(found.rules, LateArrivalRules):
        return _Charge(0, None, None, "Arriving late")
    rules = found.rules
    grace = _counted(rules.grace_minutes, "minute")
    late = at - situation.starts_at
    if late <= timedelta(minutes=rules.grace_minutes):
        return _Charge(0, None, _clause(found), f"Arriving up to {grace} late")
    act = f"Arriving more than {grace} late"
    limit = rules.cancelled_after_minutes
    if limit is not None and late > timedelta(minutes=limit):
        act = f"Arriving more than {_counted(limit, 'minute')} late, when the artist need not wait,"
    amount = amount_of(rules.fee, situation.price)
    return _Charge(amount, rules.fee, _clause(found), act)


def _by_tier(
    terms: Terms, tiers: tuple[Tier, ...], situation: Situation, at: datetime, act: str
) -> _Charge:
    applying = [tier for tier in tiers if _inside(tier.hours_before, situation, at)]
    if not applying:
        return _Charge(0, None, _clause(terms), act)
    tier = min(applying, key=lambda tier: tier.hours_before)
    amount = amount_of(tier.fee, situation.price)
    when = f"less than {_before(tier.hours_before)}" if tier.hours_before else "after the start"
    return _Charge(amount, tier.fee, _clause(terms, tier.hours_before), f"{act} {when}")


def _inside(hours: int, situation: Situation, at: datetime) -> bool:
    """Whether fewer than so many hours are left."""
    return situation.starts_at - at < timedelta(hours=hours)


def _clause(terms: Terms, hours_before: int | None = None) -> Clause:
    return Clause(terms.kind, terms.version_id, terms.number, hours_before)


def _deposit_clause(terms: Mapping[Kind, Terms], term: int | None) -> Clause:
    """The policy's clause if the deposit was taken by its term, else the service's own."""
    found = terms.get(Kind.DEPOSIT)
    if (
        found is not None
        and isinstance(found.rules, DepositRules)
        and found.rules.refundable_until_hours == term
    ):
        return _clause(found, term)
    return Clause(Kind.DEPOSIT, None, None, term)


def _costs(charge: _Charge, situation: Situation) -> str:
    if not charge.amount:
        return f"{charge.act} is free of charge"
    text = f"{charge.act} costs {format_money(charge.amount, situation.currency)}"
    if isinstance(charge.fee, Percent):
        text += f" ({charge.fee.percent} % of the price)"
    return text


def _staying(situation: Situation) -> str:
    if not situation.deposit_held:
        return ""
    held = format_money(situation.deposit_held, situation.currency)
    return f"; the deposit of {held} stays with the booking"


def _before(hours: int) -> str:
    return f"{_counted(hours, 'hour')} before the start" if hours else "the start"


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
