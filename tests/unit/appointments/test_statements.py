"""Statements: what a client reads about the deposit and the costs of their booking."""

import pytest

from appointments.models import DepositState
from appointments.rules import statements
from tests.unit.appointments import factories

RETURNED = "returned if you cancel until 48 hours before the start"


@pytest.mark.parametrize(
    ("happened", "deposit", "cancellation"),
    [
        (None, "no deposit", "free of charge"),
        ((DepositState.REQUESTED,), f"50.00 EUR, {RETURNED}; it is not paid yet", "free of charge"),
        (
            (DepositState.REQUESTED, DepositState.CONFIRMED),
            f"50.00 EUR, {RETURNED}; it is paid",
            "until 48 hours before the start free of charge, and the deposit of 50.00 EUR is "
            "returned; after that 50.00 EUR, kept from the deposit",
        ),
    ],
)
def test_only_a_deposit_that_is_paid_can_be_returned_or_kept(
    happened: tuple[DepositState, ...] | None, deposit: str, cancellation: str
) -> None:
    asked = None if happened is None else factories.deposit(*happened)
    booked = factories.appointment(deposit=asked)
    assert statements.state_deposit(booked) == deposit
    assert statements.state_cancellation(booked) == cancellation
