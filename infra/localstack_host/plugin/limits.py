"""Limits of usage plans and stages: requests at once, per second, and per day, week or month."""

import threading
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

_PERIODS = {"DAY": "%Y-%m-%d", "WEEK": "%G-%V", "MONTH": "%Y-%m"}


class Rate(NamedTuple):
    """Steady rate, in requests per second, and the requests that may come at once."""

    per_second: float
    burst: int


class Quota(NamedTuple):
    """Requests per period: DAY, WEEK or MONTH."""

    limit: int
    period: str


def rate_of(settings: Mapping[str, Any], per_second: str, burst: str) -> Rate | None:
    """Return the rate that the settings name, None if they name none.

    Args:
        settings: Throttle of a usage plan, or the settings of a method.
        per_second: Key of the steady rate in them.
        burst: Key of the burst in them.
    """
    if settings.get(per_second) is None:
        return None
    rate = float(settings[per_second])
    return Rate(rate, int(settings.get(burst) or max(1, int(rate))))


def quota_of(plan: Mapping[str, Any]) -> Quota | None:
    """Return the quota of a usage plan, None if it has none."""
    quota = plan.get("quota")
    return Quota(int(quota["limit"]), quota["period"]) if quota else None


class Throttle:
    """Token buckets: each fills at its rate, up to its burst, and a request takes one token."""

    def __init__(self, clock: Callable[[], float]) -> None:
        """Take a clock that never goes back, in seconds."""
        self._clock = clock
        self._lock = threading.Lock()
        self._buckets: dict[object, tuple[float, float]] = {}

    def admits(self, key: object, rate: Rate) -> bool:
        """Take a token from the bucket; return False if there is none."""
        with self._lock:
            now = self._clock()
            tokens, filled_at = self._buckets.get(key, (float(rate.burst), now))
            tokens = min(float(rate.burst), tokens + (now - filled_at) * rate.per_second)
            admitted = tokens >= 1
            self._buckets[key] = (tokens - admitted, now)
            return admitted


class Quotas:
    """Requests counted per key and period."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        """Take a clock of UTC."""
        self._clock = clock
        self._lock = threading.Lock()
        self._used: dict[tuple[object, str], int] = {}

    def admits(self, key: object, quota: Quota) -> bool:
        """Count the request; return False if the period's requests are used up."""
        period = (key, self._clock().strftime(_PERIODS[quota.period]))
        with self._lock:
            used = self._used.get(period, 0)
            if used >= quota.limit:
                return False
            self._used[period] = used + 1
            return True
