"""The balance of an appointment: every entry moves an amount from one sum to another."""

from contextlib import suppress
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appointments.models import (
    Appointment,
    AppointmentCharge,
    AppointmentSide,
    ChargeEntry,
    ChargeEntryKind,
    DepositState,
)
from appointments.rules import balances, charges, deposit_ledger
from appointments.rules.balances import Balance
from domain.errors import DomainError
from tests.support import repeatable  # noqa: F401  # the profile
from tests.unit.appointments import factories
from tests.unit.appointments.factories import NOON

REQUESTED, CONFIRMED = DepositState.REQUESTED, DepositState.CONFIRMED
PAID, REFUNDED = ChargeEntryKind.PAID, ChargeEntryKind.REFUNDED
SETTLED, WAIVED = ChargeEntryKind.SETTLED, ChargeEntryKind.WAIVED
REVERSED = ChargeEntryKind.REVERSED
NOTHING = Balance(0, 0, 0, 0, 0, 0, 0)


def charge(
    due: int, *entries: tuple[ChargeEntryKind, int], action: str = "reschedule", forfeited: int = 0
) -> AppointmentCharge:
    """Return a charge with ledger entries."""
    return AppointmentCharge(
        action=action,
        fee=due + forfeited,
        deposit_forfeited=forfeited,
        due=due,
        currency="EUR",
        explanation="",
        at=NOON,
        entries=tuple(entry(*one) for one in entries),
    )


def entry(kind: ChargeEntryKind, amount: int) -> ChargeEntry:
    return ChargeEntry(kind, amount, NOON, AppointmentSide.ARTIST, "")


def balance(**sums: int) -> Balance:
    return msgspec.structs.replace(NOTHING, **sums)


@pytest.mark.parametrize(
    ("deposit", "charged", "expected"),
    [
        (None, [], NOTHING),
        (factories.deposit(REQUESTED), [], balance(requested=5000)),
        (factories.deposit(REQUESTED, DepositState.PROOF_SUBMITTED), [], balance(requested=5000)),
        (factories.deposit(REQUESTED, DepositState.OVERDUE), [], balance(requested=5000)),
        (factories.deposit(REQUESTED, DepositState.WAIVED), [], NOTHING),
        (factories.deposit(REQUESTED, CONFIRMED), [], balance(held=5000)),
        (
            factories.deposit(
                *(REQUESTED, CONFIRMED, (DepositState.REFUNDED, 1000)),
                *((DepositState.FORFEITED, 3000), (DepositState.REINSTATED, 500)),
                (DepositState.TRANSFERRED, 700),
            ),
            [],
            balance(held=800, returned=1000, forfeited=2500, transferred=700),
        ),
        (None, [charge(1000), charge(500)], balance(due=1500)),
        (None, [charge(1000, (PAID, 300), (WAIVED, 200))], balance(due=500, paid=300)),
        (None, [charge(1000, (PAID, 1000), (REFUNDED, 400))], balance(paid=600, returned=400)),
        (None, [charge(1000, (PAID, 300), (REVERSED, 700))], balance(paid=300)),
        (
            factories.deposit(REQUESTED, CONFIRMED, (DepositState.SETTLED, 1000)),
            [charge(1500, (SETTLED, 1000))],
            balance(held=4000, paid=1000, due=500),
        ),
    ],
)
def test_the_sums_of_a_ledger(deposit: Any, charged: Any, expected: Balance) -> None:
    assert balances.compute(deposit, charged) == expected


# ---- any sequence ------------------------------------------------------------------------------


def assert_sums_match(appointment: Appointment) -> None:
    """Assert the two equations that hold for every ledger."""
    result = balances.compute(appointment.deposit, appointment.charges)
    entries = appointment.deposit.entries if appointment.deposit else ()
    of_charges = [each for charge in appointment.charges for each in charge.entries]

    def charged(*kinds: ChargeEntryKind) -> int:
        return sum(each.amount for each in of_charges if each.kind in kinds)

    received = sum(each.amount for each in entries if each.state is CONFIRMED) + charged(PAID)
    assert received == (
        result.held + result.returned + result.forfeited + result.paid + result.transferred
    )
    assert sum(each.due for each in appointment.charges) == (
        result.due + result.paid + charged(WAIVED, REVERSED, REFUNDED)
    )
    assert min(msgspec.structs.astuple(result)) >= 0


amounts = st.integers(-5, 6000)
steps = st.one_of(
    st.tuples(st.just("charge"), amounts, st.just(0)),
    st.tuples(st.sampled_from(DepositState), amounts, st.just(0)),
    st.tuples(st.sampled_from([PAID, REFUNDED, SETTLED, WAIVED]), amounts, st.integers(1, 3)),
    st.tuples(st.just("return"), amounts, st.just(0)),
    st.tuples(st.just("no_show"), amounts, st.just(0)),
    st.tuples(st.just("correct"), amounts, st.just(0)),
)


def apply_step(appointment: Appointment, what: Any, amount: int, number: int) -> Appointment:
    """Return the appointment after a step, which may be refused."""
    replace = msgspec.structs.replace
    deposit = deposit_ledger.require_deposit(appointment)
    if isinstance(what, DepositState) and what is not DepositState.SETTLED:
        whole = what in deposit_ledger.PREVIOUS_STATES or what is REQUESTED
        added = factories.ledger_entry(what, 5000 if whole else amount)
        return replace(appointment, deposit=deposit_ledger.add_entry(deposit, added))
    if isinstance(what, ChargeEntryKind):
        charges.require_recordable(appointment, number, AppointmentSide.ARTIST)
        change = {PAID: charges.cover, WAIVED: charges.cover, SETTLED: charges.settle}
        return change.get(what, charges.return_payment)(appointment, number, entry(what, amount))
    if what == "return":
        planned = deposit_ledger.plan_return(appointment, amount if amount > 0 else None)
        if planned.reinstated:
            back = factories.ledger_entry(DepositState.REINSTATED, planned.reinstated)
            appointment = replace(appointment, deposit=deposit_ledger.add_entry(deposit, back))
        appointment = charges.settle_all(
            appointment, planned.settled, AppointmentSide.ARTIST, "", NOON
        )
        out = factories.ledger_entry(DepositState.REFUNDED, planned.refunded)
        deposit = deposit_ledger.require_deposit(appointment)
        return replace(appointment, deposit=deposit_ledger.add_entry(deposit, out))
    if what == "correct":
        return charges.reverse_no_show(appointment, AppointmentSide.ARTIST, "", NOON)
    forfeited = deposit_ledger.get_held_amount(deposit) if what == "no_show" else 0
    if forfeited:
        lost = factories.ledger_entry(DepositState.FORFEITED, forfeited)
        deposit = deposit_ledger.add_entry(deposit, lost)
    new = charge(max(amount, 0), action="no_show" if what == "no_show" else "reschedule")
    return replace(appointment, deposit=deposit, charges=(*appointment.charges, new))


@settings(max_examples=300)
@given(st.lists(steps, max_size=14))
def test_no_sequence_of_entries_makes_or_loses_money(sequence: Any) -> None:
    appointment = factories.appointment(deposit=factories.deposit(REQUESTED))
    for what, amount, number in [(CONFIRMED, 0, 0), *sequence]:
        with suppress(DomainError):
            appointment = apply_step(appointment, what, amount, number)
        assert_sums_match(appointment)


# ---- returns -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("entries", "due", "amount", "planned"),
    [
        ([CONFIRMED], 0, None, (0, 0, 5000)),
        ([CONFIRMED], 0, 1200, (0, 0, 1200)),
        ([CONFIRMED], 0, 5000, (0, 0, 5000)),
        ([CONFIRMED], 0, 5001, None),
        ([CONFIRMED], 1000, None, (1000, 0, 4000)),  # open charges come first
        ([CONFIRMED], 1000, 4000, (1000, 0, 4000)),
        ([CONFIRMED], 1000, 4001, None),
        ([CONFIRMED], 5000, None, None),
        ([CONFIRMED, DepositState.FORFEITED], 0, None, (0, 5000, 5000)),
        ([CONFIRMED, DepositState.FORFEITED], 0, 2000, (0, 2000, 2000)),
        ([CONFIRMED, DepositState.FORFEITED], 1000, None, (1000, 5000, 4000)),
        ([CONFIRMED, (DepositState.FORFEITED, 2000)], 0, None, (0, 0, 3000)),
        ([CONFIRMED, (DepositState.FORFEITED, 2000)], 0, 4000, (0, 1000, 4000)),
        ([CONFIRMED, DepositState.REFUNDED], 0, None, None),
        ([], 0, None, None),
    ],
)
def test_what_is_returned_of_what_is_held_or_forfeited(
    entries: Any, due: int, amount: int | None, planned: Any
) -> None:
    appointment = factories.appointment(
        deposit=factories.deposit(REQUESTED, *entries), charges=(charge(due),) if due else ()
    )
    if planned is None:
        with pytest.raises(DomainError) as refused:
            deposit_ledger.plan_return(appointment, amount)
        assert refused.value.code == "not_held"
        return
    result = deposit_ledger.plan_return(appointment, amount)
    assert (result.settled, result.reinstated, result.refunded) == planned


def test_the_oldest_charges_are_settled_first() -> None:
    appointment = factories.appointment(
        deposit=factories.deposit(REQUESTED, CONFIRMED),
        charges=(charge(1000, (WAIVED, 400)), charge(300, (PAID, 300)), charge(700), charge(10)),
    )
    settled = charges.settle_all(appointment, 800, AppointmentSide.CLIENT, "Why", NOON)
    assert [balances.get_open_amount(each) for each in settled.charges] == [0, 0, 500, 10]
    assert [len(each.entries) for each in settled.charges] == [2, 1, 1, 0]
    assert settled.deposit is not None
    assert [each.amount for each in settled.deposit.entries[2:]] == [600, 200]
    assert settled.charges[0].entries[-1] == ChargeEntry(
        SETTLED, 600, NOON, AppointmentSide.CLIENT, "Why"
    )


# ---- corrections -------------------------------------------------------------------------------


def test_a_corrected_no_show_costs_nothing() -> None:
    deposit = factories.deposit(REQUESTED, CONFIRMED, DepositState.FORFEITED)
    missed = factories.appointment(
        deposit=deposit, charges=(charge(300), charge(1000, action="no_show", forfeited=5000))
    )
    corrected = charges.reverse_no_show(missed, AppointmentSide.ARTIST, "Mine", NOON)
    assert balances.compute(corrected.deposit, corrected.charges) == balance(held=5000, due=300)
    again = charges.reverse_no_show(corrected, AppointmentSide.ARTIST, "Mine", NOON)
    assert again == corrected


def test_a_corrected_completion_leaves_the_charges_of_moves() -> None:
    completed = factories.appointment(charges=(charge(300, action="reschedule"),))
    corrected = charges.reverse_no_show(completed, AppointmentSide.ARTIST, "Mine", NOON)
    assert corrected == completed


@pytest.mark.parametrize("kind", [PAID, SETTLED])
def test_a_no_show_that_was_paid_for_is_not_corrected(kind: ChargeEntryKind) -> None:
    paid = charge(1000, (kind, 1000), action="no_show")
    missed = factories.appointment(charges=(paid,))
    with pytest.raises(DomainError) as refused:
        charges.reverse_no_show(missed, AppointmentSide.ARTIST, "Mine", NOON + timedelta(days=1))
    assert refused.value.code == "charge_paid"
    returned = charges.return_payment(missed, 1, entry(REFUNDED, 1000))
    corrected = charges.reverse_no_show(returned, AppointmentSide.ARTIST, "Mine", NOON)
    assert balances.compute(None, corrected.charges) == balance(returned=1000)


@pytest.mark.parametrize("number", ["0", "-1", "01", "1.0", "x", "", "\u0661", "1\n", "9" * 7])
def test_no_charge_has_a_malformed_number(number: str) -> None:
    with pytest.raises(DomainError) as refused:
        charges.parse_number(number)
    assert refused.value.code == "not_found"
