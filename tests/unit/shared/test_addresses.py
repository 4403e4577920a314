"""Addresses as they are limited."""

import pytest

from shared.http.rate_limits import group_address


@pytest.mark.parametrize(
    ("address", "limited"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("2001:db8:1:2::1", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff:ffff:ffff:ffff", "2001:db8:1:2::/64"),
        ("2001:DB8:1:2:0:0:0:1", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::1", "2001:db8:1:3::/64"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("::ffff:cb00:7109", "203.0.113.9"),
        ("test-invoke-source-ip", "test-invoke-source-ip"),  # the console's test of a method
    ],
)
def test_an_address_is_limited_with_its_network(address: str, limited: str) -> None:
    assert group_address(address) == limited
