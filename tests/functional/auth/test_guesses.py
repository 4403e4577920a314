"""The counter of wrong passwords and codes: exact, with growing delays, locking no owner out."""

from datetime import timedelta

import pytest
from time_machine import TimeMachineFixture

from auth.rules.errors import TooManyGuesses
from auth.store import guesses as store
from auth.use_cases import guesses
from domain.devices import Device
from shared.platform import clock as shared_clock
from tests.functional.auth.people import EMAIL, OTHER_PASSWORD, PASSWORD, People, stored_items
from tests.support.threads import together

OWNER = Device("203.0.113.9", "Phone")


@pytest.fixture(autouse=True)
def _stack(aws: None, clock: TimeMachineFixture) -> None:
    """Run every test on AWS in memory, at noon."""


def guess(device: Device, right: bool = False, user_id: str | None = "usr_1") -> bool:
    """Guess once."""
    now = shared_clock.now()
    ticket = guesses.admit(device, now, user_id=user_id, unknown="" if user_id else "a@b.example")
    return guesses.settle(ticket, right=right, now=now)


def sign_in(device: Device) -> None:
    """Give the right secret, and start a session, which makes the device known."""
    assert guess(device, right=True)
    store.note_sign_in("usr_1", device.fingerprint, shared_clock.now())


def outcome(device: Device, right: bool = False, user_id: str | None = "usr_1") -> str:
    """Return whether a guess is answered, or how long it has to wait."""
    try:
        return str(guess(device, right, user_id))
    except TooManyGuesses as error:
        return f"wait {error.retry_after_seconds}"


def stranger(number: int) -> Device:
    """Return a device in a network of its own."""
    return Device(f"198.{18 + number // 250}.{number % 250}.1", "Stranger")


@pytest.mark.parametrize("user_id", ["usr_1", None], ids=["account", "unknown address"])
def test_strangers_wait_longer_and_longer_wherever_they_are(
    clock: TimeMachineFixture, user_id: str | None
) -> None:
    answers = [outcome(stranger(number), user_id=user_id) for number in range(40)]
    assert answers == ["False"] * 5 + ["wait 30"] * 35
    clock.shift(timedelta(seconds=30))
    assert outcome(stranger(50), user_id=user_id) == "False"
    assert outcome(stranger(51), right=True, user_id=user_id) == "wait 60"


def test_strangers_lock_no_known_device_out() -> None:
    sign_in(OWNER)
    for number in range(40):
        outcome(stranger(number))
    assert outcome(stranger(41), right=True) == "wait 30"
    assert guess(Device("203.0.113.200", "Phone"), right=True)


def test_a_known_device_has_an_allowance_of_its_own_that_ends() -> None:
    sign_in(OWNER)
    assert [outcome(OWNER) for _ in range(7)] == ["False"] * 5 + ["wait 30"] * 2


def test_a_right_secret_and_a_day_without_a_wrong_one_start_again(
    clock: TimeMachineFixture,
) -> None:
    for _ in range(4):
        guess(OWNER)
    assert guess(OWNER, right=True)
    assert [outcome(stranger(1)) for _ in range(6)] == ["False"] * 5 + ["wait 30"]
    clock.shift(timedelta(days=1))
    assert [outcome(stranger(1)) for _ in range(6)] == ["False"] * 5 + ["wait 30"]


def test_a_device_is_known_for_half_a_year(clock: TimeMachineFixture) -> None:
    sign_in(OWNER)
    clock.shift(timedelta(days=180) - timedelta(seconds=1))
    assert guesses.admit(OWNER, shared_clock.now(), user_id="usr_1").known
    clock.shift(timedelta(seconds=1))
    assert not guesses.admit(OWNER, shared_clock.now(), user_id="usr_1").known


def test_an_address_waits_after_thirty_wrong_secrets_over_all_accounts() -> None:
    here = stranger(1)
    answers = [outcome(here, user_id=f"usr_{number}") for number in range(32)]
    assert answers == ["False"] * 30 + ["wait 30"] * 2
    assert outcome(stranger(2), user_id="usr_99") == "False"


def test_of_guesses_at_the_same_moment_one_counts_and_is_answered() -> None:
    now = shared_clock.now()
    tickets = [guesses.admit(stranger(number), now, user_id="usr_1") for number in range(8)]

    def settle() -> bool | None:
        ticket = tickets.pop()
        try:
            return guesses.settle(ticket, right=len(tickets) == 0, now=now)
        except TooManyGuesses:
            return None

    answers = together(8, settle)
    assert len([answer for answer in answers if answer is not None]) == 1


def test_right_secrets_at_the_same_moment_all_count() -> None:
    assert together(4, lambda: outcome(OWNER, right=True)) == ["True"] * 4


def test_forty_wrong_passwords_from_forty_addresses_close_the_account_to_strangers_only(
    people: People,
) -> None:
    people.sign_up()
    owner = people.client
    statuses = []
    for number in range(40):
        people.client = owner.from_address(f"203.{number}.113.9")
        statuses.append(people.login(EMAIL, OTHER_PASSWORD).status_code)
    assert statuses == [401] * 5 + [429] * 35
    people.client = owner.from_address("192.0.2.1")
    answer = people.login(EMAIL, PASSWORD)
    assert (answer.status_code, answer.json_body["code"]) == (429, "too_many_guesses")
    assert answer.headers["Retry-After"] == "30"
    people.client = owner.from_address("198.51.100.250")  # another address of the same network
    assert people.login(EMAIL, PASSWORD).status_code == 200


def test_an_address_without_an_account_is_answered_like_one_with(people: People) -> None:
    people.sign_up()
    owner, answers = people.client, []
    for email in (EMAIL, "nobody@example.com"):
        people.client = owner.from_address("192.0.2.1")
        tried = [people.login(email, OTHER_PASSWORD) for _ in range(7)]
        answers.append([(one.status_code, one.headers.get("Retry-After")) for one in tried])
    assert answers[0] == answers[1] == [(401, None)] * 5 + [(429, "30")] * 2


def test_sign_ins_to_unknown_addresses_are_counted_in_several_items(people: People) -> None:
    for number in range(20):
        people.from_elsewhere(number).login(f"nobody{number}@example.com", "wrong")
    counts = [item for item in stored_items("FAILURES") if item["pk"]["S"].startswith("AUDIT#")]
    assert sum(int(item["failed_sign_ins"]["N"]) for item in counts) == 20
    assert len(counts) >= 4
