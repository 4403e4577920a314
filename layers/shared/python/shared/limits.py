"""Exact request limits: so many requests per subject in a window, counted in DynamoDB.

API Gateway's usage plans are best effort and per application; these are atomic and per IP address
or per user. A window opens with the first request (not at a fixed minute), so a subject never gets
two allowances at once.
"""

from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

import msgspec
from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.exceptions import UpdateError
from pynamodb.expressions.condition import Condition
from pynamodb.models import Model

from shared.problems import Problem
from shared.tables import is_refused, table_meta

WINDOW = timedelta(minutes=15)


class Window(Model):
    """The requests of one subject in its current window. Subjects are kept as hashes."""

    Meta = table_meta("limits")
    id = UnicodeAttribute(hash_key=True)
    hits = NumberAttribute(default=0)
    expires_at = NumberAttribute()


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

    The second write happens only when a new window opens; when two requests race to open it, the
    loser finds it open and is counted in it.
    """
    key = f"{name}#{sha256(subject.encode()).hexdigest()}"
    instant = int(now.timestamp())
    window = Window(key)
    opened = _add_hit(window, instant) or _open_window(window, instant) or _add_hit(window, instant)
    if not opened:
        raise RuntimeError("a rate window could neither be opened nor found open")
    reset_seconds = max(1, int(window.expires_at) - instant)
    return Allowance(name, limit, int(window.hits), reset_seconds)


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


def _add_hit(window: Window, instant: int) -> bool:
    return _update(window, [Window.hits.add(1)], Window.expires_at > instant)


def _open_window(window: Window, instant: int) -> bool:
    closed = Window.expires_at.does_not_exist() | (Window.expires_at <= instant)
    expires_at = instant + int(WINDOW.total_seconds())
    return _update(window, [Window.hits.set(1), Window.expires_at.set(expires_at)], closed)


def _update(window: Window, actions: list[Any], condition: Condition) -> bool:
    try:
        window.update(actions=actions, condition=condition)
    except UpdateError as error:
        if is_refused(error):
            return False
        raise
    return True
