"""A device is its network and its user agent; an address is what one link has."""

import pytest

from domain.devices import Device


@pytest.mark.parametrize(
    ("ip", "address", "network"),
    [
        ("203.0.113.9", "203.0.113.9/32", "203.0.113.0/24"),
        ("::ffff:203.0.113.9", "203.0.113.9/32", "203.0.113.0/24"),
        ("2001:db8:1:2:3::4", "2001:db8:1:2::/64", "2001:db8:1::/48"),
        ("nonsense", "nonsense", "nonsense"),
    ],
)
def test_addresses_are_grouped(ip: str, address: str, network: str) -> None:
    device = Device(ip)
    assert (device.address, device.network) == (address, network)


def test_a_device_is_known_by_network_and_user_agent() -> None:
    phone = Device("203.0.113.9", "Phone")
    assert Device("203.0.113.77", "Phone").fingerprint == phone.fingerprint
    assert Device("203.0.114.9", "Phone").fingerprint != phone.fingerprint
    assert Device("203.0.113.9", "Laptop").fingerprint != phone.fingerprint


def test_only_the_beginning_of_a_user_agent_counts() -> None:
    assert (
        Device("203.0.113.9", "x" * 256).fingerprint == Device("203.0.113.9", "x" * 900).fingerprint
    )
