"""Statements: what a deposit and a cancellation cost, in words.

Every amount comes from the functions that charge it, `evaluate_deposit` and `evaluate`, for the
price of one booking. So a statement never promises less, or more, than is charged.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import msgspec

from domain.money import format_money
from domain.policy_terms.costs import Action, Cost, Situation, evaluate
from domain.policy_terms.deposits import DepositDemand
from domain.policy_terms.rules import CancellationRules, PolicyKind
from domain.policy_terms.versions import Terms

# Costs depend on the time left only, so any start will do.
_START = datetime(2000, 1, 1, tzinfo=UTC)


class CancellationStep(msgspec.Struct, frozen=True):
    """The cost of cancelling a confirmed booking whose deposit is paid.

    Attributes:
        hours_left: It applies while at least so many hours are left before the start, and fewer
            than in the step before.
        cost: The cost for the client.
    """

    hours_left: int
    cost: Cost


def list_cancellation_steps(
    terms: Mapping[PolicyKind, Terms],
    price: int,
    currency: str,
    deposit: DepositDemand | None,
    charges_open: int = 0,
) -> list[CancellationStep]:
    """List what cancelling costs the client, from early to late; each step costs something else.

    Args:
        terms: The policies that the booking is bound to, by kind.
        price: Price of the booking, in minor units.
        currency: Currency of the price.
        deposit: Deposit of the booking that is paid; None if there is none.
        charges_open: What is still owed for earlier changes of the booking.
    """
    situation = Situation(
        price=price,
        currency=currency,
        starts_at=_START,
        deposit_held=deposit.amount if deposit else 0,
        deposit_refundable_until_hours=deposit.refundable_until_hours if deposit else None,
        charges_open=charges_open,
    )
    steps: list[CancellationStep] = []
    for hours in sorted({0, *_list_terms(terms, deposit)}, reverse=True):
        cost = evaluate(terms, Action.CANCEL, situation, _START - timedelta(hours=hours))
        if steps and _get_amounts(steps[-1].cost) == _get_amounts(cost):
            steps.pop()
        steps.append(CancellationStep(hours, cost))
    return steps


def describe_cancellation(
    terms: Mapping[PolicyKind, Terms],
    price: int,
    currency: str,
    deposit: DepositDemand | None,
    charges_open: int = 0,
) -> str:
    """Describe what cancelling costs: `until 48 hours before the start free of charge; …`.

    Arguments are those of `list_cancellation_steps`.
    """
    steps = list_cancellation_steps(terms, price, currency, deposit, charges_open)
    if len(steps) == 1:
        return _describe_cost(steps[0].cost)
    parts = []
    for number, step in enumerate(steps):
        when = f"until {step.hours_left} hours before the start"
        if number:
            when = f"then {when}" if step.hours_left else "after that"
        parts.append(f"{when} {_describe_cost(step.cost)}")
    return "; ".join(parts)


def describe_deposit(
    terms: Mapping[PolicyKind, Terms],
    price: int,
    currency: str,
    deposit: DepositDemand | None,
    charges_open: int = 0,
) -> str:
    """Describe a deposit, and until when a cancellation returns the whole of it.

    Arguments are those of `list_cancellation_steps`; the price is that of the appointment that is
    cancelled, the deposit that of the whole booking.
    """
    if deposit is None:
        return "no deposit"
    amount = format_money(deposit.amount, currency)
    returning = [
        step.hours_left
        for step in list_cancellation_steps(terms, price, currency, deposit, charges_open)
        if step.cost.deposit_returned == deposit.amount
    ]
    if not returning:
        return amount
    until = f"{returning[-1]} hours before the start" if returning[-1] else "the start"
    return f"{amount}, returned if you cancel until {until}"


def _list_terms(terms: Mapping[PolicyKind, Terms], deposit: DepositDemand | None) -> list[int]:
    """List the hours before the start at which the cost may change."""
    policy = terms.get(PolicyKind.CANCELLATION)
    hours = []
    if policy is not None and isinstance(policy.rules, CancellationRules):
        hours += [tier.hours_before for tier in policy.rules.tiers]
    if deposit is not None and deposit.refundable_until_hours is not None:
        hours.append(deposit.refundable_until_hours)
    return hours


def _get_amounts(cost: Cost) -> tuple[int, int, int]:
    return cost.deposit_forfeited, cost.deposit_returned, cost.due


def _describe_cost(cost: Cost) -> str:
    kept, returned, due = (format_money(amount, cost.currency) for amount in _get_amounts(cost))
    if cost.deposit_forfeited and cost.due:
        total = format_money(cost.deposit_forfeited + cost.due, cost.currency)
        text = f"{total}, of which {kept} is kept from the deposit"
    elif cost.deposit_forfeited:
        text = f"{kept}, kept from the deposit"
    else:
        text = due if cost.due else "free of charge"
    if cost.charges_settled:
        text += f", {format_money(cost.charges_settled, cost.currency)} of the deposit pays earlier"
        text += " charges"
    if not cost.deposit_returned:
        return text
    is_part = cost.deposit_forfeited or cost.charges_settled
    part = f"{returned} of the deposit" if is_part else f"the deposit of {returned}"
    return f"{text}, and {part} is returned"
