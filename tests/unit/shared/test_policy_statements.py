"""Statements of deposits and cancellations: they say what would be charged, at every moment."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from domain.policy_terms import (
    Action,
    CancellationRules,
    DepositDemand,
    Fixed,
    Percent,
    Situation,
    Tier,
    describe_cancellation,
    describe_deposit,
    evaluate,
    list_cancellation_steps,
)
from tests.unit.shared.test_policy_terms import START, bound

PRICE = 12_000
TWO_DAYS = CancellationRules(tiers=(Tier(48, Percent(50)),))
NO_TIERS = CancellationRules(tiers=())


@st.composite
def cancellations(draw: st.DrawFn) -> CancellationRules:
    hours = sorted(draw(st.sets(st.integers(0, 100), max_size=4)), reverse=True)
    percents = sorted(draw(st.lists(st.integers(0, 100), min_size=4, max_size=4)))
    return CancellationRules(
        tiers=tuple(
            Tier(left, Percent(percent)) for left, percent in zip(hours, percents, strict=False)
        )
    )


deposits = st.none() | st.builds(
    DepositDemand, st.integers(1, 2 * PRICE), st.none() | st.integers(0, 100)
)


@given(cancellations(), deposits, st.integers(0, 110 * 60))
def test_each_step_is_what_would_be_charged(
    rules: CancellationRules, deposit: DepositDemand | None, minutes_left: int
) -> None:
    terms = bound(rules)
    steps = list_cancellation_steps(terms, PRICE, "EUR", deposit)
    (step,) = [step for step in steps if step.hours_left * 60 <= minutes_left][:1]
    situation = Situation(
        price=PRICE,
        currency="EUR",
        starts_at=START,
        deposit_held=deposit.amount if deposit else 0,
        deposit_refundable_until_hours=deposit.refundable_until_hours if deposit else None,
    )
    at = START - timedelta(minutes=minutes_left)
    charged = evaluate(terms, Action.CANCEL, situation, at)
    assert (step.cost.due, step.cost.deposit_forfeited, step.cost.deposit_returned) == (
        charged.due,
        charged.deposit_forfeited,
        charged.deposit_returned,
    )
    says_free = "free of charge" in describe_cancellation(terms, PRICE, "EUR", deposit)
    assert says_free == any(step.cost.due == step.cost.deposit_forfeited == 0 for step in steps)


def describe(rules: CancellationRules, deposit: DepositDemand | None = None) -> str:
    return describe_cancellation(bound(rules), PRICE, "EUR", deposit)


def test_a_cancellation_in_words() -> None:
    assert describe(NO_TIERS) == "free of charge"
    assert describe(TWO_DAYS) == (
        "until 48 hours before the start free of charge; after that 60.00 EUR"
    )
    tiers = CancellationRules(tiers=(Tier(48, Percent(25)), Tier(24, Fixed(12_000))))
    assert describe(tiers) == (
        "until 48 hours before the start free of charge; then until 24 hours before the start "
        "30.00 EUR; after that 120.00 EUR"
    )


def test_a_forfeited_deposit_is_never_free_of_charge() -> None:
    assert describe(NO_TIERS, DepositDemand(6_000, 48)) == (
        "until 48 hours before the start free of charge, and the deposit of 60.00 EUR is returned; "
        "after that 60.00 EUR, kept from the deposit"
    )
    assert describe(TWO_DAYS, DepositDemand(3_600, 72)) == (
        "until 72 hours before the start free of charge, and the deposit of 36.00 EUR is returned; "
        "then until 48 hours before the start 36.00 EUR, kept from the deposit; "
        "after that 60.00 EUR, of which 36.00 EUR is kept from the deposit"
    )
    assert describe(TWO_DAYS, DepositDemand(10_000, None)) == (
        "until 48 hours before the start free of charge, and the deposit of 100.00 EUR is "
        "returned; after that 60.00 EUR, kept from the deposit, and 40.00 EUR of the deposit is "
        "returned"
    )


def test_a_deposit_in_words() -> None:
    def describe(rules: CancellationRules, deposit: DepositDemand | None) -> str:
        return describe_deposit(bound(rules), PRICE, "EUR", deposit)

    assert describe(TWO_DAYS, None) == "no deposit"
    assert describe(NO_TIERS, DepositDemand(6_000, 72)) == (
        "60.00 EUR, returned if you cancel until 72 hours before the start"
    )
    assert describe(NO_TIERS, DepositDemand(6_000, None)) == (
        "60.00 EUR, returned if you cancel until the start"
    )
    # A fee is kept from the deposit, although its own term is not over.
    assert describe(TWO_DAYS, DepositDemand(6_000, 24)) == (
        "60.00 EUR, returned if you cancel until 48 hours before the start"
    )
