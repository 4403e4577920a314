"""Circuit breaker: a provider that is down is not called again and again."""

from collections.abc import Callable
from typing import TypeVar

import pybreaker

from social.models import ProviderId
from social.providers.failures import ProviderFailed
from social.providers.meta_messaging import SendFailed

MAX_FAILURES = 5
RESET_SECONDS = 30

Result = TypeVar("Result")


class CircuitOpen(ProviderFailed):
    """The provider is not called for a while, because it did not work lately."""

    def __init__(self) -> None:
        super().__init__("circuit open", was_sent=False)


class Breaker:
    """The circuit breaker of a provider, one per container.

    It opens after five failures in a row, for half a minute. Then one call passes, and closes it or
    opens it again. A provider that refuses a call is up, so that does not count.
    """

    def __init__(self, provider: ProviderId) -> None:
        self._circuit = pybreaker.CircuitBreaker(
            fail_max=MAX_FAILURES,
            reset_timeout=RESET_SECONDS,
            exclude=[SendFailed],
            throw_new_error_on_trip=False,
            name=provider,
        )

    def call(self, call: Callable[[], Result]) -> Result:
        """Call the provider.

        Raises:
            CircuitOpen: At once, while the circuit is open.
        """
        try:
            return self._circuit.call(call)
        except pybreaker.CircuitBreakerError:
            raise CircuitOpen from None


_breakers: dict[ProviderId, Breaker] = {}


def get(provider: ProviderId) -> Breaker:
    """Return the breaker of a provider."""
    found = _breakers.get(provider)
    if found is None:
        found = _breakers[provider] = Breaker(provider)
    return found


def forget() -> None:
    """Close all circuits, as in a new container."""
    _breakers.clear()
