"""Devices: where a request came from and what sent it."""

import re
from functools import cached_property
from hashlib import sha256
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import msgspec

MAX_USER_AGENT = 256
_NUMBERS = re.compile(r"[\d._]+")


class Device(msgspec.Struct, frozen=True, dict=True):
    """The device that a request came from, as far as a request reveals it.

    Attributes:
        ip: IP address of the connection, as API Gateway saw it.
        user_agent: What the `User-Agent` header says; at most 256 characters count.
    """

    ip: str
    user_agent: str = ""

    @cached_property
    def address(self) -> str:
        """What the IP address is limited as: IPv4 whole, IPv6 by the /64 that one link has.

        IPv4 that is mapped into IPv6 is IPv4 (RFC 4291, 2.5.5.2).
        """
        return _group(self.ip, 32, 64)

    @cached_property
    def network(self) -> str:
        """The network of the IP address: a /24, or a /48, which one site has (RFC 6177)."""
        return _group(self.ip, 24, 48)

    @cached_property
    def fingerprint(self) -> str:
        """Digest of network and user agent: the same for the same device at the same place.

        Without numbers, because each release of a browser has others.
        """
        agent = _NUMBERS.sub("", self.user_agent[:MAX_USER_AGENT])
        return sha256(f"{self.network}\n{agent}".encode()).hexdigest()[:32]


def _group(ip: str, ipv4_bits: int, ipv6_bits: int) -> str:
    try:
        parsed: IPv4Address | IPv6Address = ip_address(ip)
    except ValueError:
        return ip
    if isinstance(parsed, IPv6Address):
        if parsed.ipv4_mapped is None:
            return str(ip_network((int(parsed), ipv6_bits), strict=False))
        parsed = parsed.ipv4_mapped
    return str(ip_network((int(parsed), ipv4_bits), strict=False))
