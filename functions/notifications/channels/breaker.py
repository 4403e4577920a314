"""Circuit breaker: a provider that is down is not called again and again."""

from collections.abc import Callable, Iterator

import pybreaker

from notifications.channels import (
    DeliveryOutcome,
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

    def call_all(
        self, send_all: Callable[[], Iterator[DeliveryOutcome]]
    ) -> Iterator[DeliveryOutcome]:
        """Send a batch, which fails as a whole if `send_all` raises an exception in the end.

        Raises:
            ProviderError: What `send_all` raises; ProviderUnavailable at once while the circuit is
                open.
        """
        try:
            yield from self._circuit.call(send_all)
        except pybreaker.CircuitBreakerError:
            raise ProviderUnavailable("circuit open") from None


_breakers: dict[str, Breaker] = {}


def get(provider: str) -> Breaker:
    """Return the breaker of a provider."""
    found = _breakers.get(provider)
    if found is None:
        found = _breakers[provider] = Breaker(provider)
    return found


def forget() -> None:
    """Close all circuits, as in a new container."""
    _breakers.clear()
