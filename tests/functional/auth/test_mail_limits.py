"""Mails to an address are bounded, and strangers do not use up what the owner's device has."""

from datetime import timedelta

import pytest
from time_machine import TimeMachineFixture

from auth.use_cases import guesses, mail_limits
from domain.devices import Device
from shared.platform import clock as shared_clock
from tests.functional.auth.people import EMAIL, People

OWNER = Device("203.0.113.9", "Phone")


@pytest.fixture(autouse=True)
def _stack(aws: None, clock: TimeMachineFixture) -> None:
    """Run every test on AWS in memory, at noon."""


def stranger(number: int) -> Device:
    """Return a device in a network of its own."""
    return Device(f"198.18.{number}.1", "Stranger")


def admit(device: Device, user_id: str | None = None) -> bool:
    """Ask whether a mail may be sent."""
    return mail_limits.admit(EMAIL, device, shared_clock.now(), user_id=user_id)


def test_strangers_of_twenty_networks_use_up_nothing_of_another_one(
    clock: TimeMachineFixture,
) -> None:
    for hour in range(3):
        for _ in range(11):
            asked = [admit(stranger(number)) for number in range(20)]
        assert not any(asked)
        assert admit(Device(f"203.0.{hour}.9", "Phone"))
        clock.shift(timedelta(hours=1))


def test_whoever_has_more_networks_uses_up_an_hour_with_25_of_them(
    clock: TimeMachineFixture,
) -> None:
    for _ in range(3):
        assert sum(admit(stranger(number)) for number in range(30)) == 25
        assert not admit(OWNER)
        clock.shift(timedelta(hours=1))
    # All of their first mails of the day are spent: only mails that are not the first are left.
    assert sum(admit(stranger(number)) for number in range(30)) == 30
    assert admit(Device("203.0.114.9", "Laptop"))


def test_the_network_that_was_refused_is_not_counted(clock: TimeMachineFixture) -> None:
    for number in range(25):
        admit(stranger(number))
    assert not admit(OWNER)
    clock.shift(timedelta(hours=1))
    assert admit(OWNER)


def test_a_network_uses_up_its_own_mails_only() -> None:
    assert [admit(stranger(1)) for _ in range(11)] == [True] * 10 + [False]
    assert admit(OWNER)


def test_a_known_device_has_an_allowance_of_its_own(people: People) -> None:
    user_id = people.sign_up()["user"]["id"]
    known = Device(people.client.address)
    assert guesses.is_known(user_id, known, shared_clock.now())
    for number in range(101):
        admit(stranger(number), user_id)
    assert not admit(OWNER, user_id)
    assert [admit(known, user_id) for _ in range(11)] == [True] * 10 + [False]
