"""Exact request limits: so many requests per subject in a window, counted in DynamoDB.

API Gateway's usage plans are best effort and per application; these are atomic and per IP address
or per user. A window opens with the first request (not at a fixed minute), so a subject never gets
two allowances at once.
"""

from datetime import datetime, timedelta
from hashlib import sha256

import msgspec

from shared.http.problems import Problem

WINDOW = timedelta(minutes=15)


class Allowance(msgspec.Struct, frozen=True):
    """What is left to a subject after a request was counted."""

    name: str
    limit: int
    used: int
    reset_seconds: int

    @property
    def exceeded(self) -> bool:
        """Whether this request was one too many."""
        return self.used > self.limit

    def headers(self) -> dict[str, str]:
        """RateLimit fields as in draft-ietf-httpapi-ratelimit-headers-10."""
        window = int(WINDOW.total_seconds())
        remaining = max(0, self.limit - self.used)
        return {
            "RateLimit-Policy": f'"{self.name}";q={self.limit};w={window}',
            "RateLimit": f'"{self.name}";r={remaining};t={self.reset_seconds}',
        }


def count(name: str, subject: str, limit: int, now: datetime) -> Allowance:
    """Count one request of `subject` under the limit `name`: one write.

    The second write happens only when a new window opens.
    """
    # Imported here because pynamodb takes its time and only functions that count need it.
    from shared.data import rate_limit_store  # noqa: PLC0415

    key = f"{name}#{sha256(subject.encode()).hexdigest()}"
    instant = int(now.timestamp())
    hits, expires_at = rate_limit_store.hit(key, instant, int(WINDOW.total_seconds()))
    return Allowance(name, limit, hits, max(1, expires_at - instant))


def enforce(allowance: Allowance) -> None:
    """Raise a 429 Problem with Retry-After where the allowance is used up."""
    if allowance.exceeded:
        raise Problem(
            429,
            "too_many_requests",
            f"At most {allowance.limit} requests in 15 minutes; "
            f"try again in {allowance.reset_seconds} seconds.",
            headers={"Retry-After": str(allowance.reset_seconds)},
        )
