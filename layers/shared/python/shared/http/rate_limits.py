"""Rate limits: a maximum of requests per subject and window, counted exactly in DynamoDB.

Usage plans of API Gateway are best effort and per application; these limits are atomic and per IP
address or user. A window opens with the first request, not at a fixed minute, so a subject never
has two allowances at once.
"""

from datetime import datetime, timedelta
from hashlib import sha256

import msgspec

from shared.http.problems import Problem

WINDOW = timedelta(minutes=15)


class Allowance(msgspec.Struct, frozen=True):
    """The allowance of a subject after a request was counted.

    Attributes:
        name: Name of the limit.
        limit: Requests per window.
        used: Requests in the current window, including this one.
        reset_seconds: Seconds until the window closes.
    """

    name: str
    limit: int
    used: int
    reset_seconds: int

    @property
    def exceeded(self) -> bool:
        """Whether this request exceeds the limit."""
        return self.used > self.limit

    def headers(self) -> dict[str, str]:
        """Return the RateLimit headers (draft-ietf-httpapi-ratelimit-headers-10)."""
        window = int(WINDOW.total_seconds())
        remaining = max(0, self.limit - self.used)
        return {
            "RateLimit-Policy": f'"{self.name}";q={self.limit};w={window}',
            "RateLimit": f'"{self.name}";r={remaining};t={self.reset_seconds}',
        }


def count(name: str, subject: str, limit: int, now: datetime) -> Allowance:
    """Count a request: one write, or two when a new window opens.

    Args:
        name: Name of the limit; each has its own windows.
        subject: IP address, user id or email address. It is stored as a hash.
        limit: Requests per window.
        now: The current instant.
    """
    # Imported here because importing pynamodb is slow and only functions that count need it.
    from shared.data import rate_limit_store  # noqa: PLC0415

    key = f"{name}#{sha256(subject.encode()).hexdigest()}"
    instant = int(now.timestamp())
    hits, expires_at = rate_limit_store.count_hit(key, instant, int(WINDOW.total_seconds()))
    return Allowance(name, limit, hits, max(1, expires_at - instant))


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
            headers={"Retry-After": str(allowance.reset_seconds)},
        )
