"""A circuit breaker per provider: one that is down is not asked again and again."""

from collections.abc import Callable

import pybreaker

from notifications.channels import NotConfigured, Rejected, Throttled, Unavailable
from notifications.records import Delivery

FAILURES = 5
RESET_SECONDS = 30

Send = Callable[[Delivery], str | None]


class Breaker:
    """Opens after five failures in a row for half a minute, then lets one try through.

    A provider that refuses or throttles is up, so that does not count. Each container has its own.
    """

    def __init__(self, provider: str) -> None:
        self._circuit = pybreaker.CircuitBreaker(
            fail_max=FAILURES,
            reset_timeout=RESET_SECONDS,
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
