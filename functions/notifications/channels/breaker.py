"""Circuit breaker: a provider that is down is not called again and again."""

from collections.abc import Callable

import pybreaker

from notifications.channels import (
    NotConfigured,
    ProviderUnavailable,
    Rejected,
    RetrySettings,
    Throttled,
)
from notifications.models import Delivery
from shared.platform.config import from_environment

MAX_FAILURES = 5

Send = Callable[[Delivery], str | None]


class Breaker:
    """The circuit breaker of a provider, one per container.

    It opens after five failures in a row, for as long as a delivery waits for its second attempt.
    Then one attempt passes, and closes it or opens it again. A provider that rejects or throttles
    is up, so that does not count.
    """

    def __init__(self, provider: str) -> None:
        self._circuit = pybreaker.CircuitBreaker(
            fail_max=MAX_FAILURES,
            reset_timeout=from_environment(RetrySettings).retry_base_seconds,
            exclude=[NotConfigured, Rejected, Throttled],
            throw_new_error_on_trip=False,
            name=provider,
        )

    def call(self, send: Send, delivery: Delivery) -> str | None:
        """Send a delivery.

        Raises:
            ProviderError: It was not sent; ProviderUnavailable at once while the circuit is open.
        """
        try:
            return self._circuit.call(send, delivery)
        except pybreaker.CircuitBreakerError:
            raise ProviderUnavailable("circuit open") from None
