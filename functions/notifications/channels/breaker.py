"""A circuit breaker per provider: one that is down is not asked again and again."""

from collections.abc import Callable

import pybreaker

from notifications.channels import NotConfigured, Rejected, RetrySettings, Throttled, Unavailable
from notifications.models import Delivery
from shared.platform.config import from_environment

FAILURES = 5

Send = Callable[[Delivery], str | None]


class Breaker:
    """Opens after five failures in a row for as long as a delivery waits for its second try.

    Then one try goes through, and closes it or opens it anew. A provider that refuses or throttles
    is up, so that does not count. Each container has its own.
    """

    def __init__(self, provider: str) -> None:
        self._circuit = pybreaker.CircuitBreaker(
            fail_max=FAILURES,
            reset_timeout=from_environment(RetrySettings).retry_base_seconds,
            exclude=[NotConfigured, Rejected, Throttled],
            throw_new_error_on_trip=False,
            name=provider,
        )

    def call(self, send: Send, delivery: Delivery) -> str | None:
        """Send, or raise Unavailable at once while open."""
        try:
            return self._circuit.call(send, delivery)
        except pybreaker.CircuitBreakerError:
            raise Unavailable("circuit open") from None
