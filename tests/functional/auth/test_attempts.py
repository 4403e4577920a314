"""Attempts: a code works once, for its own attempt and purpose, and for five tries."""

from datetime import timedelta

import msgspec
import pytest
from time_machine import TimeMachineFixture

from auth.rules.errors import AttemptEnded, InvalidCode
from auth.store import attempts as store
from auth.use_cases import attempts
from auth.use_cases.attempts import Attempt, Purpose
from domain.devices import Device
from shared.data.conflicts import WriteConflict
from shared.platform import clock as shared_clock
from tests.functional.auth.people import stored_items
from tests.support.threads import together

HERE = Device("203.0.113.9", "Phone")


class Wish(msgspec.Struct, frozen=True):
    """What an attempt of these tests waits with."""

    email: str


@pytest.fixture(autouse=True)
def _stack(aws: None, clock: TimeMachineFixture) -> None:
    """Run every test on AWS in memory, at noon."""


def begun(purpose: Purpose = Purpose.SIGN_IN) -> Attempt:
    """Begin and store an attempt."""
    attempt = attempts.begin(purpose, "usr_1", shared_clock.now(), data=Wish("canary@example.com"))
    store.save(attempt.item, [])
    return attempt


def enter(attempt_id: str, code: str | None, purpose: Purpose = Purpose.SIGN_IN) -> Attempt:
    """Enter a code."""
    return attempts.check(attempt_id, code or "", purpose, HERE, shared_clock.now())


def wrong(code: str | None) -> str:
    """Return another code."""
    return "000000" if code != "000000" else "000001"


def test_the_code_returns_the_data_and_can_be_used_once() -> None:
    attempt = begun()
    entered = enter(attempt.id, attempt.code)
    assert (entered.item.subject, entered.read_data(Wish).email) == (
        "usr_1",
        "canary@example.com",
    )
    store.delete(entered.item)
    with pytest.raises(WriteConflict):
        store.delete(entered.item)
    with pytest.raises(InvalidCode):
        enter(attempt.id, attempt.code)


def test_a_code_works_neither_for_another_attempt_nor_for_another_purpose() -> None:
    first, second = begun(), begun()
    for attempt_id, code, purpose in (
        (second.id, first.code, Purpose.SIGN_IN),
        (first.id, first.code, Purpose.RESET_PASSWORD),
        ("unknown", first.code, Purpose.SIGN_IN),
    ):
        with pytest.raises(InvalidCode):
            enter(attempt_id, wrong(code) if first.code == second.code else code, purpose)


def test_the_sixth_try_fails_even_if_it_is_right() -> None:
    fifth, sixth = begun(), begun()
    for attempt, tries in ((fifth, 4), (sixth, 5)):
        for _ in range(tries):
            with pytest.raises(InvalidCode):
                enter(attempt.id, wrong(attempt.code))
    assert enter(fifth.id, fifth.code).id == fifth.id
    with pytest.raises(InvalidCode):
        enter(sixth.id, sixth.code)


def test_tries_at_the_same_moment_are_counted_one_by_one() -> None:
    attempt = begun()
    taken = together(12, lambda: attempts.take_try(attempt.id, Purpose.SIGN_IN, shared_clock.now()))
    assert sum(one is not None for one in taken) == 5


@pytest.mark.parametrize(("age", "works"), [(599, True), (600, False)])
def test_a_code_expires_after_ten_minutes(clock: TimeMachineFixture, age: int, works: bool) -> None:
    attempt = begun()
    clock.shift(timedelta(seconds=age))
    if works:
        enter(attempt.id, attempt.code)
    else:
        with pytest.raises(InvalidCode):
            enter(attempt.id, attempt.code)


def test_another_code_replaces_the_first_and_brings_new_tries() -> None:
    attempt = begun()
    for _ in range(5):
        with pytest.raises(InvalidCode):
            enter(attempt.id, wrong(attempt.code))
    renewed = attempts.renew(
        attempts.find(attempt.id, Purpose.SIGN_IN, shared_clock.now()), shared_clock.now()
    )
    store.replace_code(renewed.item, [])
    assert enter(attempt.id, renewed.code).id == attempt.id


def test_there_are_three_further_codes() -> None:
    attempt = begun()
    for _ in range(3):
        found = attempts.find(attempt.id, Purpose.SIGN_IN, shared_clock.now())
        store.replace_code(attempts.renew(found, shared_clock.now()).item, [])
    found = attempts.find(attempt.id, Purpose.SIGN_IN, shared_clock.now())
    with pytest.raises(AttemptEnded):
        attempts.renew(found, shared_clock.now())


def test_no_code_fits_an_attempt_that_leads_nowhere() -> None:
    attempt = attempts.begin(Purpose.SIGN_IN, "", shared_clock.now(), code=None)
    store.save(attempt.item, [])
    for code in ("", "None", "000000"):
        with pytest.raises(InvalidCode):
            enter(attempt.id, code)


def test_the_table_holds_neither_id_nor_code_nor_data() -> None:
    attempt = begun()
    stored = repr(stored_items("ATTEMPT"))
    assert [
        secret for secret in (attempt.id, attempt.code, "canary") if str(secret) in stored
    ] == []
