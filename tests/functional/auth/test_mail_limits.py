"""Mails to an address are bounded, and strangers do not use up what the owner's device has."""

from datetime import timedelta

import pytest
from time_machine import TimeMachineFixture

from auth.rules.devices import Device
from auth.use_cases import guesses, mail_limits
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


def test_a_hundred_mails_a_day_reach_an_address_whoever_asks(clock: TimeMachineFixture) -> None:
    admitted = sum(admit(stranger(number)) for number in range(110))
    assert admitted == 100
    clock.shift(timedelta(days=1))
    assert admit(stranger(0))


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
