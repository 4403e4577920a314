"""A deposit is what its ledger adds up to: who may write what into it, and when it is due."""

from datetime import timedelta
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appointments.models import Deposit, DepositRule, DepositState, Money, Side, Status
from appointments.rules import deposit_ledger
from appointments.use_cases import presenter
from domain.errors import DomainError
from domain.policy_terms import in_force
from shared.http.problems import from_error
from tests.support import repeatable  # noqa: F401  # the profile
from tests.unit.appointments import made
from tests.unit.appointments.made import ARTIST, NOON, SERVICE_ID

ASKED, PROVED = DepositState.REQUESTED, DepositState.PROOF_SUBMITTED
CONFIRMED, REJECTED = DepositState.CONFIRMED, DepositState.REJECTED
REFUNDED, FORFEITED = DepositState.REFUNDED, DepositState.FORFEITED
TRANSFERRED = DepositState.TRANSFERRED

# A deposit for each state that it can be in last, and what may then be written by its side.
LAST: dict[DepositState, tuple[Deposit, set[DepositState]]] = {
    ASKED: (made.deposit(ASKED), {PROVED, CONFIRMED}),
    PROVED: (made.deposit(ASKED, PROVED), {CONFIRMED, REJECTED}),
    REJECTED: (made.deposit(ASKED, PROVED, REJECTED), {PROVED, CONFIRMED}),
    CONFIRMED: (made.deposit(ASKED, CONFIRMED), {REFUNDED, FORFEITED, TRANSFERRED}),
    REFUNDED: (made.deposit(ASKED, CONFIRMED, REFUNDED), set()),
    FORFEITED: (made.deposit(ASKED, CONFIRMED, FORFEITED), set()),
    TRANSFERRED: (made.deposit(ASKED, CONFIRMED, TRANSFERRED), set()),
}
OVER = set(Status) - {Status.PENDING, Status.CONFIRMED}


def code_of(refused: pytest.ExceptionInfo[DomainError]) -> tuple[int, str]:
    return from_error(refused.value).status, refused.value.code


@pytest.mark.parametrize(("before", "after"), [*product(DepositState, DepositState)])
def test_what_may_follow_what(before: DepositState, after: DepositState) -> None:
    deposit, allowed = LAST[before]
    entry = made.ledger_entry(after)
    if after in allowed:
        assert deposit_ledger.added(deposit, entry).entries == (*deposit.entries, entry)
        return
    with pytest.raises(DomainError) as refused:
        deposit_ledger.added(deposit, entry)
    is_outgoing = after in (REFUNDED, FORFEITED, TRANSFERRED)
    assert code_of(refused) == (409, "not_held" if is_outgoing else "wrong_deposit_state")


def test_every_state_that_can_be_last_is_looked_at() -> None:
    assert {deposit_ledger.state(deposit) for deposit, _ in LAST.values()} == set(DepositState)


@pytest.mark.parametrize(
    ("deposit", "held"),
    [
        (made.deposit(ASKED), 0),
        (made.deposit(ASKED, PROVED), 0),
        (made.deposit(ASKED, CONFIRMED), 5000),
        (made.deposit(ASKED, CONFIRMED, (REFUNDED, 1200)), 3800),
        (made.deposit(ASKED, CONFIRMED, (REFUNDED, 1200), (FORFEITED, 3800)), 0),
        (made.deposit(ASKED, CONFIRMED, TRANSFERRED), 0),
        (made.deposit(ASKED, CONFIRMED, TRANSFERRED, CONFIRMED), 5000),
        (None, 0),
    ],
)
def test_what_is_held_is_what_came_in_and_did_not_go_out(deposit: Any, held: int) -> None:
    assert deposit_ledger.held(deposit) == held


@pytest.mark.parametrize("amount", [0, -1, 3801, 5000])
def test_no_more_goes_out_than_is_held(amount: int) -> None:
    deposit = made.deposit(ASKED, CONFIRMED, (REFUNDED, 1200))
    with pytest.raises(DomainError) as refused:
        deposit_ledger.added(deposit, made.ledger_entry(REFUNDED, amount))
    assert code_of(refused) == (409, "not_held")
    assert (
        deposit_ledger.held(deposit_ledger.added(deposit, made.ledger_entry(REFUNDED, 3800))) == 0
    )


@settings(max_examples=300)
@given(st.lists(st.tuples(st.sampled_from(DepositState), st.integers(-10, 6000)), max_size=12))
def test_whatever_is_tried_the_ledger_only_grows_and_never_goes_below_nothing(tried: Any) -> None:
    deposit = made.deposit(ASKED)
    for state, amount in tried:
        entry = made.ledger_entry(state, amount if state in deposit_ledger.OUTGOING else 5000)
        try:
            after = deposit_ledger.added(deposit, entry)
        except DomainError:
            continue
        assert after.entries[:-1] == deposit.entries
        assert 0 <= deposit_ledger.held(after) <= 5000
        deposit = after


# ---- who and when ------------------------------------------------------------------------------


@pytest.mark.parametrize(("state", "side"), [*product(DepositState, Side)])
def test_who_may_say_what(state: DepositState, side: Side) -> None:
    appointment = made.appointment(deposit=made.deposit(ASKED))
    by_client, by_artist = {PROVED}, {CONFIRMED, REJECTED, REFUNDED, TRANSFERRED}
    if (side is Side.CLIENT and state in by_client) or (side is Side.ARTIST and state in by_artist):
        assert deposit_ledger.open_to(appointment, state, side) is appointment.deposit
        return
    with pytest.raises(DomainError) as refused:
        deposit_ledger.open_to(appointment, state, side)
    assert code_of(refused) == (403, "forbidden")


@pytest.mark.parametrize(("status", "state"), [*product(Status, deposit_ledger.SAID_BY)])
def test_when_the_appointment_is_over_only_a_refund_is_left(status: Any, state: Any) -> None:
    appointment = made.appointment(status=status, deposit=made.deposit(ASKED, CONFIRMED))
    side = deposit_ledger.SAID_BY[state]
    if status not in OVER or state is REFUNDED:
        assert deposit_ledger.open_to(appointment, state, side) is appointment.deposit
        return
    with pytest.raises(DomainError) as refused:
        deposit_ledger.open_to(appointment, state, side)
    assert code_of(refused) == (409, "wrong_status")


@pytest.mark.parametrize(("status", "state"), [*product(Status, deposit_ledger.SAID_BY)])
def test_where_no_deposit_was_asked_for_nothing_happens_to_it(status: Any, state: Any) -> None:
    with pytest.raises(DomainError) as refused:
        deposit_ledger.open_to(
            made.appointment(status=status), state, deposit_ledger.SAID_BY[state]
        )
    assert code_of(refused) == (409, "no_deposit")


@pytest.mark.parametrize(("status", "last", "side"), [*product(Status, DepositState, Side)])
def test_where_to_pay_is_for_the_client_alone_and_only_while_it_is_due(
    status: Any, last: Any, side: Any
) -> None:
    appointment = made.appointment(status=status, deposit=LAST[last][0])
    is_due = status not in OVER and last in {ASKED, REJECTED}
    assert presenter.shows_bank_details(appointment, side) is (side is Side.CLIENT and is_due)


@pytest.mark.parametrize("side", Side)
def test_without_a_deposit_nobody_is_shown_where_to_pay(side: Side) -> None:
    assert not presenter.shows_bank_details(made.appointment(), side)


# ---- to another sitting ------------------------------------------------------------------------

FIRST, SECOND = "apt_01JD0000000000000000000001", "apt_01JD0000000000000000000002"


def moved(source: Deposit, target: Deposit | None) -> tuple[Deposit, Deposit]:
    one = made.appointment(id=FIRST, deposit=source)
    other = made.appointment(id=SECOND, deposit=target)
    return deposit_ledger.moved(one, source, other, Side.ARTIST, NOON)


def test_all_that_is_held_goes_to_a_sitting_without_a_deposit() -> None:
    source = made.deposit(ASKED, CONFIRMED, (REFUNDED, 1200))
    left, received = moved(source, None)
    gone = made.ledger_entry(TRANSFERRED, 3800, appointment_id=SECOND)
    come = made.ledger_entry(CONFIRMED, 3800, appointment_id=FIRST)
    assert left.entries == (*source.entries, gone)
    assert received == Deposit(3800, "EUR", 48, (come,))


@pytest.mark.parametrize("last", DepositState)
def test_what_comes_is_held_whatever_happened_there_before(last: DepositState) -> None:
    target = LAST[last][0]
    left, received = moved(made.deposit(ASKED, CONFIRMED), target)
    assert deposit_ledger.held(left) == 0
    assert deposit_ledger.held(received) == deposit_ledger.held(target) + 5000
    assert received.entries[:-1] == target.entries
    assert deposit_ledger.state(received) is CONFIRMED


@pytest.mark.parametrize("last", sorted(set(DepositState) - {CONFIRMED}))
def test_nothing_goes_where_nothing_is_held(last: DepositState) -> None:
    with pytest.raises(DomainError) as refused:
        moved(LAST[last][0], None)
    assert code_of(refused) == (409, "not_held")


# ---- asking for it -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "total", "amount", "until"),
    [
        (DepositRule(fixed=5000, refundable_until_hours=24), 12000, 5000, 24),
        (DepositRule(fixed=5000), 3000, 3000, 48),
        (DepositRule(percent=33), 10001, 3300, 48),
        (DepositRule(percent=50), 10001, 5001, 48),
        (DepositRule(percent=50), 10000 * 12, 60000, 48),
        (DepositRule(by_policy=True), 12000, 6000, 48),  # the default policy: half of it
        (DepositRule(percent=1), 40, None, None),
        (DepositRule(fixed=5000), 0, None, None),
        (None, 12000, None, None),
    ],
)
def test_how_much_is_asked_for(
    rule: Any, total: int, amount: int | None, until: int | None
) -> None:
    terms = in_force((), ARTIST, SERVICE_ID)
    asked = deposit_ledger.requested(
        made.service(deposit=rule, price=Money(total, "EUR")), terms, total, Side.ARTIST, NOON
    )
    if amount is None:
        assert asked is None
    else:
        assert asked == Deposit(amount, "EUR", until, (made.ledger_entry(ASKED, amount),))


def test_a_deposit_can_be_asked_for_later_than_it_was_agreed() -> None:
    later = NOON + timedelta(days=2)
    asked = deposit_ledger.asked_at(made.deposit(ASKED), later)
    (entry,) = asked.entries
    assert (entry.state, entry.at, entry.amount, asked.amount) == (ASKED, later, 5000, 5000)
