"""Rate limits: a maximum of requests per subject and window, counted in DynamoDB.

Usage plans of API Gateway are best effort and per application; these limits are atomic and per IP
address or user. A window opens with the first request, not at a fixed minute, so a subject never
has two allowances at once.

Each budget has its own windows, so that reading never uses up what signing in needs::

    @app.route("/v1/auth/login", methods=["POST"], public=True, limit="sign-in")
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import lru_cache
from hashlib import sha256
from ipaddress import IPv6Address, IPv6Network, ip_address
from typing import Any

import msgspec

from shared.http.leases import Count, Leases
from shared.http.problems import Problem
from shared.http.windows import LocalWindows
from shared.platform.config import Limits, from_environment

WINDOW = timedelta(minutes=15)
_SECONDS = int(WINDOW.total_seconds())


class Budget(msgspec.Struct, frozen=True):
    """What the requests to some routes count against, per user or address and window.

    Attributes:
        name: Name of the limit, in `limit=` of the routes and in the RateLimit headers.
        leased: Whether a container may take several tokens with one call (`shared.http.leases`).
            Not where the limit guards passwords, mails or money: there each request is counted.
        local: Whether each container counts for itself, without a call. Only for routes that must
            answer while DynamoDB does not.
        by_use_case: Whether the use case counts, because only it knows whom the request is from.
    """

    name: str
    leased: bool = False
    local: bool = False
    by_use_case: bool = False

    @property
    def limit(self) -> int:
        """Requests per window, as configured: for `sign-in` in `sign_in_limit`."""
        limit: int = getattr(from_environment(Limits), f"{self.name.replace('-', '_')}_limit")
        return limit


USER = Budget("user", leased=True)
PUBLIC_READ = Budget("public-read", leased=True)
REFRESH = Budget("refresh", by_use_case=True)
READINESS = Budget("readiness")
BUDGETS = {
    budget.name: budget
    for budget in (
        USER,
        PUBLIC_READ,
        Budget("sign-in"),
        REFRESH,
        Budget("documents", leased=True),
        Budget("calendar-feeds", leased=True),
        Budget("one-tap"),
        Budget("callbacks", leased=True),
        Budget("unowned"),
        Budget("health", local=True),
        READINESS,
    )
}


class Allowance(msgspec.Struct, frozen=True):
    """The allowance of a subject after a request was counted.

    Attributes:
        name: Name of the limit.
        limit: Requests per window.
        remaining: Requests that are certain to be admitted in the current window; None if
            unknown, because other containers count too.
        reset_seconds: Seconds until the window closes.
        exceeded: Whether this request exceeds the limit.
    """

    name: str
    limit: int
    remaining: int | None
    reset_seconds: int
    exceeded: bool

    def headers(self) -> dict[str, str]:
        """Return the RateLimit headers (draft-ietf-httpapi-ratelimit-headers-10)."""
        headers = {"RateLimit-Policy": f'"{self.name}";q={self.limit};w={_SECONDS}'}
        if self.remaining is not None:
            headers["RateLimit"] = f'"{self.name}";r={self.remaining};t={self.reset_seconds}'
        return headers


def spend(budget: Budget, subject: str, now: datetime) -> Allowance:
    """Count a request of a subject against a budget.

    Args:
        budget: The budget.
        subject: Id of a user or session, or IP address as `group_address` returns it.
        now: The current instant.
    """
    if budget.local:
        instant = int(now.timestamp())
        limit = budget.limit
        window = _local_windows.count(f"{budget.name}#{subject}", instant, _SECONDS)
        reset_seconds = window.closes_at - instant
        return Allowance(budget.name, limit, None, reset_seconds, window.requests > limit)
    return _count(budget.name, subject, budget.limit, now, WINDOW, leased=budget.leased)


def count(
    name: str, subject: str, limit: int, now: datetime, window: timedelta = WINDOW
) -> Allowance:
    """Count a request against a limit of a use case: each that is admitted is one write.

    Args:
        name: Name of the limit; each has its own windows.
        subject: IP address, user id or email address. It is stored as a hash.
        limit: Requests per window.
        now: The current instant.
        window: How long a window is open.
    """
    return _count(name, subject, limit, now, window, leased=False)


def enforce(allowance: Allowance) -> None:
    """Refuse a request that exceeds its limit.

    Raises:
        Problem: 429 with Retry-After, the limit is exceeded.
    """
    if allowance.exceeded:
        raise Problem(
            429,
            "too_many_requests",
            f"At most {allowance.limit} requests are allowed in 15 minutes. "
            f"Try again in {allowance.reset_seconds} seconds.",
            headers={"Retry-After": str(allowance.reset_seconds), **allowance.headers()},
        )


def address_of(context: Mapping[str, Any]) -> str:
    """Return the address to limit, from `requestContext`: the one that API Gateway saw.

    Whatever a header says of it is the caller's invention.
    """
    return group_address(context["identity"]["sourceIp"])


@lru_cache(maxsize=1024)
def group_address(address: str) -> str:
    """Return what an IP address is limited as.

    IPv4 is limited whole, IPv6 by its /64, which one link has (RFC 4291, 2.5.1), and IPv4-mapped
    IPv6 as IPv4.
    """
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, IPv6Address):
        if parsed.ipv4_mapped:
            return str(parsed.ipv4_mapped)
        return str(IPv6Network((int(parsed) >> 64 << 64, 64)))
    return str(parsed)


def forget() -> None:
    """Lose all leases and windows of this container, so that tests can play another one."""
    _leases().forget()
    _local_windows.forget()


def _count(
    name: str, subject: str, limit: int, now: datetime, window: timedelta, *, leased: bool
) -> Allowance:
    key = f"{name}#{sha256(subject.encode()).hexdigest()}"
    instant = int(now.timestamp())
    counted: Count = _leases().count(
        key, limit, instant, int(window.total_seconds()), leased=leased
    )
    reset_seconds = max(1, counted.closes_at - instant)
    return Allowance(name, limit, counted.remaining, reset_seconds, not counted.admitted)


@lru_cache
def _leases() -> Leases:
    # Imported here because importing botocore is slow and only functions that count need it.
    from shared.data import rate_limit_store  # noqa: PLC0415

    return Leases(rate_limit_store)


_local_windows = LocalWindows()
