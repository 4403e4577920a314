"""Deposits: the form in which services and policies state them, and their amount for a price."""

from collections.abc import Mapping

import msgspec

from domain.policy_terms.costs import amount_of
from domain.policy_terms.rules import DepositRules, Fixed, Percent, PolicyKind
from domain.policy_terms.versions import Terms
from domain.values import StrictValue


class ByPolicy(StrictValue, frozen=True, tag_field="type", tag="by_policy"):
    """The deposit of the artist's policy, with its term for refunds."""


# What a service asks for. A policy states the same amounts, in its rules.
DepositAmount = Fixed | Percent | ByPolicy


class DepositDemand(msgspec.Struct, frozen=True):
    """The deposit for one booking.

    Attributes:
        amount: Amount in minor units of the booking's currency.
        refundable_until_hours: Hours before the start until which it is refunded; None if it
            always is.
    """

    amount: int
    refundable_until_hours: int | None


def evaluate_deposit(
    deposit: DepositAmount | None,
    refundable_until_hours: int | None,
    terms: Mapping[PolicyKind, Terms],
    total: int,
) -> DepositDemand | None:
    """Return the deposit that a service asks for.

    Args:
        deposit: Deposit of the service; None if it asks for none.
        refundable_until_hours: Term of the service for refunds. That of the policy applies where
            the policy decides about the deposit.
        terms: The artist's policies in force for the service, by kind.
        total: Price of the booking, in minor units.

    Returns:
        The deposit, or None if there is none to pay.
    """
    if deposit is None:
        return None
    if isinstance(deposit, ByPolicy):
        rules = terms[PolicyKind.DEPOSIT].rules
        assert isinstance(rules, DepositRules)
        demand = DepositDemand(amount_of(rules.deposit, total), rules.refundable_until_hours)
    else:
        demand = DepositDemand(amount_of(deposit, total), refundable_until_hours)
    return demand if demand.amount else None
