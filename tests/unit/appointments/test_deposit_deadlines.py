"""Deadlines of deposits: when one is due, when people are reminded, and what stops the time."""

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from appointments.models import (
    Appointment,
    AppointmentSide,
    AppointmentStatus,
    BookedService,
    BookingMode,
    DepositState,
)
from appointments.rules import deposit_deadlines as rules
from appointments.rules import deposit_ledger
from domain.policy_terms import DepositRules, Kind, Percent, Terms, WhenUnpaid, in_force
from tests.unit.appointments import factories
from tests.unit.appointments.factories import ARTIST, NOON, SERVICE_ID

HOUR = timedelta(hours=1)
REQUESTED, PROVED = DepositState.REQUESTED, DepositState.PROOF_SUBMITTED
REJECTED, OVERDUE = DepositState.REJECTED, DepositState.OVERDUE
REQUEST = BookedService(SERVICE_ID, "Fine line tattoo", "", 60, 0, 0, BookingMode.REQUEST)


def terms(**rules_of_deposit: Any) -> dict[Kind, Terms]:
    """Return the default policies with these rules of the deposit."""
    versions = in_force((), ARTIST, SERVICE_ID)
    changed = DepositRules(Percent(50), 48, **rules_of_deposit)
    versions[Kind.DEPOSIT] = msgspec.structs.replace(versions[Kind.DEPOSIT], rules=changed)
    return versions


def booked(*entries: Any, hours_ahead: float = 24 * 7, **fields: Any) -> Appointment:
    """Return an appointment whose deposit has these entries, and whose time to pay runs."""
    appointment = factories.appointment(
        **{
            "deposit": factories.deposit(*entries or (REQUESTED,)),
            "starts_at": NOON + hours_ahead * HOUR,
            **fields,
        }
    )
    return rules.start_if_stopped(appointment, NOON)


def deadlines(appointment: Appointment) -> tuple[float | None, float | None]:
    """Return after how many hours people are reminded, and the deposit is due."""
    deposit = deposit_ledger.require_deposit(appointment)
    return tuple(at and (at - NOON) / HOUR for at in (deposit.remind_at, deposit.due_at))  # type: ignore[return-value]  # two


@pytest.mark.parametrize(
    ("policy", "hours_ahead", "expected"),
    [
        ({}, 24 * 7, (24, 48)),
        (terms(), 24 * 7, (24, 48)),
        (terms(due_within_hours=72), 24 * 7, (48, 72)),
        (terms(due_within_hours=3), 24 * 7, (1.5, 3)),
        ({}, 48, (24, 48)),
        ({}, 10, (5, 10)),  # never after the start
        (terms(due_within_hours=24 * 30), 24 * 7, (24 * 6, 24 * 7)),
    ],
)
def test_a_deposit_is_due_as_the_policy_says_and_never_after_the_start(
    policy: Any, hours_ahead: float, expected: Any
) -> None:
    assert deadlines(booked(terms=policy, hours_ahead=hours_ahead)) == expected


@pytest.mark.parametrize("hours_ahead", [0, -1])
def test_nothing_is_due_once_the_appointment_has_started(hours_ahead: float) -> None:
    assert deadlines(booked(REQUESTED, PROVED, REJECTED, hours_ahead=hours_ahead)) == (None, None)


@pytest.mark.parametrize(
    ("entries", "fields", "runs"),
    [
        ((REQUESTED,), {}, True),
        ((REQUESTED,), {"status": AppointmentStatus.PENDING}, True),
        ((REQUESTED,), {"service": REQUEST}, True),
        ((REQUESTED,), {"status": AppointmentStatus.PENDING, "service": REQUEST}, False),
        ((REQUESTED, PROVED), {}, False),
        ((REQUESTED, PROVED, REJECTED), {}, True),
        ((REQUESTED, OVERDUE), {}, False),
        ((REQUESTED, DepositState.WAIVED), {}, False),
        ((REQUESTED, DepositState.CONFIRMED), {}, False),
    ],
)
def test_the_time_to_pay_runs_while_the_client_is_asked(
    entries: Any, fields: Any, runs: bool
) -> None:
    assert (deadlines(booked(*entries, **fields))[1] is not None) is runs


def test_a_running_deadline_is_not_moved() -> None:
    appointment = booked()
    assert rules.start_if_stopped(appointment, NOON + HOUR) == appointment
    without = factories.appointment()
    assert rules.start_if_stopped(without, NOON) == without


@pytest.mark.parametrize("state", sorted(DepositState))
def test_an_entry_ends_the_time_to_pay(state: DepositState) -> None:
    deposit = deposit_ledger.require_deposit(booked())
    if state not in (PROVED, DepositState.CONFIRMED, DepositState.WAIVED, OVERDUE):
        return  # cannot follow a request
    after = deposit_ledger.add_entry(deposit, factories.ledger_entry(state))
    assert after.due_at == (deposit.due_at if state is OVERDUE else None)
    assert after.remind_at is None


@pytest.mark.parametrize(
    ("new_start", "expected"),
    [
        (24 * 14, (24, 48)),  # a later start gives no more time
        (48, (24, 48)),
        (47, (24, 47)),
        (10, (6, 10)),
    ],
)
def test_a_moved_appointment_is_paid_before_its_new_start(new_start: int, expected: Any) -> None:
    deposit = deposit_ledger.require_deposit(booked())
    moved = rules.limit(deposit, NOON + new_start * HOUR, NOON + 2 * HOUR)
    assert deadlines(booked(deposit=moved)) == expected


def test_a_move_repeats_no_reminder() -> None:
    deposit = deposit_ledger.require_deposit(booked())
    reminded = msgspec.structs.replace(deposit, remind_at=None)
    moved = rules.limit(reminded, NOON + 40 * HOUR, NOON + 30 * HOUR)
    assert deadlines(booked(deposit=moved)) == (None, 40)


def test_a_deposit_without_a_deadline_stays_so_when_it_is_moved() -> None:
    deposit = factories.deposit(REQUESTED, PROVED)
    assert rules.limit(deposit, NOON + HOUR, NOON) == deposit


@pytest.mark.parametrize(
    ("policy", "keeps"),
    [
        ({}, False),
        (terms(), False),
        (terms(when_unpaid=WhenUnpaid.RELEASE), False),
        (terms(when_unpaid=WhenUnpaid.KEEP), True),
    ],
)
def test_the_policy_decides_whether_the_dates_are_kept(policy: Any, keeps: bool) -> None:
    assert rules.keeps_dates(policy) is keeps


def test_what_has_passed_is_due() -> None:
    appointment, second = booked(), timedelta(seconds=1)
    assert not rules.is_to_be_reminded(appointment, NOON + 24 * HOUR - second)
    assert rules.is_to_be_reminded(appointment, NOON + 24 * HOUR)
    assert not rules.is_overdue(appointment, NOON + 48 * HOUR - second)
    assert rules.is_overdue(appointment, NOON + 48 * HOUR)


PENDING: dict[str, Any] = {"status": AppointmentStatus.PENDING, "answer_by": NOON + 72 * HOUR}


@pytest.mark.parametrize(
    ("appointment", "hours"),
    [
        (booked(), 24),
        (booked(**PENDING), 24),
        (booked(**PENDING, service=REQUEST), 72),
        (booked(REQUESTED, PROVED, **PENDING), 72),
        (booked(REQUESTED, PROVED), None),
        (booked(REQUESTED, OVERDUE), None),
        (factories.appointment(), None),
        (factories.appointment(**PENDING), 72),
        (booked(status=AppointmentStatus.CANCELLED), None),
        (booked(status=AppointmentStatus.COMPLETED), None),
    ],
)
def test_the_earliest_deadline_counts(appointment: Appointment, hours: int | None) -> None:
    expected = None if hours is None else NOON + hours * HOUR
    assert rules.get_next(appointment) == expected


def test_a_reminded_deposit_is_next_due_when_it_is_to_be_paid() -> None:
    appointment = booked(**PENDING)
    deposit = msgspec.structs.replace(deposit_ledger.require_deposit(appointment), remind_at=None)
    reminded = msgspec.structs.replace(appointment, deposit=deposit)
    assert rules.get_next(reminded) == NOON + 48 * HOUR


def test_a_booking_does_not_expire_before_its_deposit_is_due() -> None:
    long, short = terms(due_within_hours=100), terms(due_within_hours=10)
    assert rules.extend_answer(booked(**PENDING, terms=long)) == NOON + 100 * HOUR
    assert rules.extend_answer(booked(**PENDING, terms=short)) == NOON + 72 * HOUR
    assert rules.extend_answer(factories.appointment(**PENDING)) == NOON + 72 * HOUR
    assert rules.extend_answer(booked()) is None


def test_a_transfer_ends_the_time_to_pay_of_the_other_sitting() -> None:
    source = factories.appointment(deposit=factories.deposit(REQUESTED, DepositState.CONFIRMED))
    _, received = deposit_ledger.transfer(
        source, deposit_ledger.require_deposit(source), booked(), AppointmentSide.ARTIST, NOON
    )
    assert (received.due_at, received.remind_at) == (None, None)
