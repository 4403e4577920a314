"""The deposit ledger: allowed entries, sums, and when payment is due."""

from datetime import timedelta
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appointments.models import (
    AppointmentSide,
    AppointmentStatus,
    Deposit,
    DepositState,
)
from appointments.rules import deposit_ledger
from appointments.use_cases import presenter
from domain.errors import DomainError
from domain.money import Money
from domain.policy_terms import ByPolicy, DepositAmount, Fixed, Percent, in_force
from shared.http.problems import from_error
from tests.support import repeatable  # noqa: F401  # the profile
from tests.unit.appointments import factories
from tests.unit.appointments.factories import ARTIST, NOON, SERVICE_ID

REQUESTED, PROVED = DepositState.REQUESTED, DepositState.PROOF_SUBMITTED
CONFIRMED, REJECTED = DepositState.CONFIRMED, DepositState.REJECTED
REFUNDED, FORFEITED = DepositState.REFUNDED, DepositState.FORFEITED
TRANSFERRED, SETTLED = DepositState.TRANSFERRED, DepositState.SETTLED
OVERDUE, WAIVED = DepositState.OVERDUE, DepositState.WAIVED
REINSTATED = DepositState.REINSTATED
OUT = {REFUNDED, FORFEITED, SETTLED, TRANSFERRED}

# A deposit in each state, and the states that may follow.
LAST: dict[DepositState, tuple[Deposit, set[DepositState]]] = {
    REQUESTED: (factories.deposit(REQUESTED), {PROVED, CONFIRMED, OVERDUE, WAIVED}),
    PROVED: (factories.deposit(REQUESTED, PROVED), {CONFIRMED, REJECTED, WAIVED}),
    REJECTED: (
        factories.deposit(REQUESTED, PROVED, REJECTED),
        {PROVED, CONFIRMED, OVERDUE, WAIVED},
    ),
    OVERDUE: (factories.deposit(REQUESTED, OVERDUE), {PROVED, CONFIRMED, WAIVED}),
    WAIVED: (factories.deposit(REQUESTED, WAIVED), set()),
    CONFIRMED: (factories.deposit(REQUESTED, CONFIRMED), OUT),
    REFUNDED: (factories.deposit(REQUESTED, CONFIRMED, REFUNDED), set()),
    FORFEITED: (factories.deposit(REQUESTED, CONFIRMED, FORFEITED), {REINSTATED}),
    REINSTATED: (factories.deposit(REQUESTED, CONFIRMED, FORFEITED, REINSTATED), OUT),
    SETTLED: (factories.deposit(REQUESTED, CONFIRMED, SETTLED), set()),
    TRANSFERRED: (factories.deposit(REQUESTED, CONFIRMED, TRANSFERRED), set()),
}
OVER = set(AppointmentStatus) - {AppointmentStatus.PENDING, AppointmentStatus.CONFIRMED}


def code_of(refused: pytest.ExceptionInfo[DomainError]) -> tuple[int, str]:
    return from_error(refused.value).status, refused.value.code


@pytest.mark.parametrize(("before", "after"), [*product(DepositState, DepositState)])
def test_which_entry_may_follow_which(before: DepositState, after: DepositState) -> None:
    deposit, allowed = LAST[before]
    entry = factories.ledger_entry(after)
    if after in allowed:
        assert deposit_ledger.add_entry(deposit, entry).entries == (*deposit.entries, entry)
        return
    with pytest.raises(DomainError) as refused:
        deposit_ledger.add_entry(deposit, entry)
    is_of_money = after in OUT | {REINSTATED}
    assert code_of(refused) == (409, "not_held" if is_of_money else "wrong_deposit_state")


def test_the_cases_cover_every_state() -> None:
    assert {deposit_ledger.get_state(deposit) for deposit, _ in LAST.values()} == set(DepositState)


@pytest.mark.parametrize(
    ("deposit", "held"),
    [
        (factories.deposit(REQUESTED), 0),
        (factories.deposit(REQUESTED, PROVED), 0),
        (factories.deposit(REQUESTED, CONFIRMED), 5000),
        (factories.deposit(REQUESTED, CONFIRMED, (REFUNDED, 1200)), 3800),
        (factories.deposit(REQUESTED, CONFIRMED, (REFUNDED, 1200), (FORFEITED, 3800)), 0),
        (factories.deposit(REQUESTED, CONFIRMED, TRANSFERRED), 0),
        (factories.deposit(REQUESTED, CONFIRMED, TRANSFERRED, CONFIRMED), 5000),
        (factories.deposit(REQUESTED, CONFIRMED, (SETTLED, 1200)), 3800),
        (factories.deposit(REQUESTED, CONFIRMED, FORFEITED, (REINSTATED, 1200)), 1200),
        (factories.deposit(REQUESTED, WAIVED), 0),
        (None, 0),
    ],
)
def test_the_held_amount_is_what_came_in_minus_what_went_out(deposit: Any, held: int) -> None:
    assert deposit_ledger.get_held_amount(deposit) == held


@pytest.mark.parametrize("amount", [0, -1, 3801, 5000])
def test_an_amount_greater_than_what_is_held_is_refused(amount: int) -> None:
    deposit = factories.deposit(REQUESTED, CONFIRMED, (REFUNDED, 1200))
    with pytest.raises(DomainError) as refused:
        deposit_ledger.add_entry(deposit, factories.ledger_entry(REFUNDED, amount))
    assert code_of(refused) == (409, "not_held")
    assert (
        deposit_ledger.get_held_amount(
            deposit_ledger.add_entry(deposit, factories.ledger_entry(REFUNDED, 3800))
        )
        == 0
    )


@settings(max_examples=300)
@given(st.lists(st.tuples(st.sampled_from(DepositState), st.integers(-10, 6000)), max_size=12))
def test_the_ledger_only_grows_and_never_falls_below_zero(tried: Any) -> None:
    deposit = factories.deposit(REQUESTED)
    for state, amount in tried:
        is_of_money = state in OUT | {REINSTATED}
        entry = factories.ledger_entry(state, amount if is_of_money else 5000)
        try:
            after = deposit_ledger.add_entry(deposit, entry)
        except DomainError:
            continue
        assert after.entries[:-1] == deposit.entries
        assert 0 <= deposit_ledger.get_held_amount(after) <= 5000
        deposit = after


# ---- sides and statuses --------------------------------------------------------------------------


@pytest.mark.parametrize(("state", "side"), [*product(DepositState, AppointmentSide)])
def test_which_side_may_record_which_state(state: DepositState, side: AppointmentSide) -> None:
    appointment = factories.appointment(deposit=factories.deposit(REQUESTED))
    by_client, by_artist = {PROVED}, {CONFIRMED, REJECTED, WAIVED, REFUNDED, TRANSFERRED}
    if (side is AppointmentSide.CLIENT and state in by_client) or (
        side is AppointmentSide.ARTIST and state in by_artist
    ):
        assert deposit_ledger.require_recordable(appointment, state, side) is appointment.deposit
        return
    with pytest.raises(DomainError) as refused:
        deposit_ledger.require_recordable(appointment, state, side)
    assert code_of(refused) == (403, "forbidden")


@pytest.mark.parametrize(
    ("status", "state"), [*product(AppointmentStatus, deposit_ledger.RECORDED_BY)]
)
def test_only_payments_and_refunds_are_possible_after_the_appointment(
    status: Any, state: Any
) -> None:
    appointment = factories.appointment(
        status=status, deposit=factories.deposit(REQUESTED, CONFIRMED)
    )
    side = deposit_ledger.RECORDED_BY[state]
    if status not in OVER or state in {PROVED, CONFIRMED, REJECTED, REFUNDED}:
        assert deposit_ledger.require_recordable(appointment, state, side) is appointment.deposit
        return
    with pytest.raises(DomainError) as refused:
        deposit_ledger.require_recordable(appointment, state, side)
    assert code_of(refused) == (409, "wrong_status")


@pytest.mark.parametrize(
    ("status", "state"), [*product(AppointmentStatus, deposit_ledger.RECORDED_BY)]
)
def test_nothing_can_be_recorded_without_a_deposit(status: Any, state: Any) -> None:
    with pytest.raises(DomainError) as refused:
        deposit_ledger.require_recordable(
            factories.appointment(status=status), state, deposit_ledger.RECORDED_BY[state]
        )
    assert code_of(refused) == (409, "no_deposit")


@pytest.mark.parametrize(
    ("status", "last", "side"), [*product(AppointmentStatus, DepositState, AppointmentSide)]
)
def test_bank_details_are_shown_to_the_client_while_payment_is_due(
    status: Any, last: Any, side: Any
) -> None:
    appointment = factories.appointment(status=status, deposit=LAST[last][0])
    is_due = status not in OVER and last in {REQUESTED, REJECTED, OVERDUE}
    assert presenter.shows_bank_details(appointment, side) is (
        side is AppointmentSide.CLIENT and is_due
    )


@pytest.mark.parametrize("side", AppointmentSide)
def test_bank_details_are_hidden_without_a_deposit(side: AppointmentSide) -> None:
    assert not presenter.shows_bank_details(factories.appointment(), side)


# ---- transfers -----------------------------------------------------------------------------------

FIRST, SECOND = "apt_01JD0000000000000000000001", "apt_01JD0000000000000000000002"


def transfer(source: Deposit, target: Deposit | None) -> tuple[Deposit, Deposit]:
    one = factories.appointment(id=FIRST, deposit=source)
    other = factories.appointment(id=SECOND, deposit=target)
    return deposit_ledger.transfer(one, source, other, AppointmentSide.ARTIST, NOON)


def test_a_transfer_creates_a_deposit_for_the_other_sitting() -> None:
    source = factories.deposit(REQUESTED, CONFIRMED, (REFUNDED, 1200))
    left, received = transfer(source, None)
    gone = factories.ledger_entry(TRANSFERRED, 3800, appointment_id=SECOND)
    come = factories.ledger_entry(CONFIRMED, 3800, appointment_id=FIRST)
    assert left.entries == (*source.entries, gone)
    assert received == Deposit(3800, "EUR", 48, (come,))


@pytest.mark.parametrize("last", DepositState)
def test_a_received_transfer_is_held_whatever_the_state_before(last: DepositState) -> None:
    target = LAST[last][0]
    left, received = transfer(factories.deposit(REQUESTED, CONFIRMED), target)
    assert deposit_ledger.get_held_amount(left) == 0
    assert deposit_ledger.get_held_amount(received) == deposit_ledger.get_held_amount(target) + 5000
    assert received.entries[:-1] == target.entries
    assert deposit_ledger.get_state(received) is CONFIRMED


@pytest.mark.parametrize("last", sorted(set(DepositState) - {CONFIRMED, REINSTATED}))
def test_a_transfer_of_nothing_is_refused(last: DepositState) -> None:
    with pytest.raises(DomainError) as refused:
        transfer(LAST[last][0], None)
    assert code_of(refused) == (409, "not_held")


# ---- requests ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "total", "amount", "until"),
    [
        (Fixed(5000), 12000, 5000, 24),
        (Fixed(5000), 3000, 3000, 24),
        (Percent(33), 10001, 3300, 24),
        (Percent(50), 10001, 5001, 24),
        (Percent(50), 10000 * 12, 60000, 24),
        (ByPolicy(), 12000, 6000, 48),  # the default policy: half of it
        (Percent(1), 40, None, None),
        (Fixed(5000), 0, None, None),
        (Percent(0), 12000, None, None),
        (None, 12000, None, None),
    ],
)
def test_the_amount_of_a_deposit(
    asked: DepositAmount | None, total: int, amount: int | None, until: int | None
) -> None:
    terms = in_force((), ARTIST, SERVICE_ID)
    deposit = deposit_ledger.create_deposit(
        factories.service(
            deposit=asked, deposit_refundable_until_hours=24, price=Money(total, "EUR")
        ),
        terms,
        total,
        AppointmentSide.ARTIST,
        NOON,
    )
    if amount is None:
        assert deposit is None
    else:
        assert deposit == Deposit(
            amount, "EUR", until, (factories.ledger_entry(REQUESTED, amount),)
        )


def test_a_deposit_can_be_requested_again() -> None:
    later = NOON + timedelta(days=2)
    deposit = deposit_ledger.request_again(factories.deposit(REQUESTED), None, {}, 12000, later)
    assert deposit is not None
    (entry,) = deposit.entries
    assert (entry.state, entry.at, entry.amount, deposit.amount) == (REQUESTED, later, 5000, 5000)


def test_a_deposit_never_exceeds_what_a_discount_leaves() -> None:
    deposit = deposit_ledger.request_again(factories.deposit(REQUESTED), None, {}, 3000, NOON)
    assert deposit is not None
    assert (deposit.amount, deposit.entries[0].amount) == (3000, 3000)
    assert deposit_ledger.request_again(factories.deposit(REQUESTED), None, {}, 0, NOON) is None
