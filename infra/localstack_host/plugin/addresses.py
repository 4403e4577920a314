"""Addresses that LocalStack may listen at."""

import ipaddress


class NotLoopback(Exception):
    """An address that others could reach."""


def require_loopback(host: str) -> str:
    """Return the address; refuse all that are not loopback addresses, names included.

    LocalStack takes any request for an administrator's, and runs the code it is given.

    Raises:
        NotLoopback: Others could reach it, or the system could resolve it to anything.
    """
    try:
        is_loopback = ipaddress.ip_address(host).is_loopback
    except ValueError:
        is_loopback = False
    if not is_loopback:
        raise NotLoopback(
            f"LocalStack would listen at {host or 'every address'}. It takes any request for an "
            "administrator's, so it listens at loopback addresses only: "
            "GATEWAY_LISTEN=127.0.0.1:4566"
        )
    return host
