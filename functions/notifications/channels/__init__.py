"""The channels' providers: what they have in common, and how they fail.

Each provider's module imports its library, so only the channel's own worker imports the module.
Messages of these exceptions hold no address and no text: they reach logs and timelines.
"""

from typing import Protocol

import msgspec

from notifications.models import Delivery

TIMEOUT_SECONDS = 5  # of each connection and answer
SEND_SECONDS = 35  # the longest that one message takes: SMTP answers seven times


class RetrySettings(msgspec.Struct, frozen=True):
    """Seconds that a delivery waits for its second try; each further wait doubles."""

    retry_base_seconds: int = 30


class Provider(Protocol):
    """Hands deliveries to the world."""

    def send(self, delivery: Delivery) -> str | None:
        """Hand it over; the provider's reference where it gives one.

        Raises one of the exceptions below.
        """


class ProviderError(Exception):
    """It was not sent. `reason` is a stable word, `detail` what the provider said in its code."""

    reason = ""

    def __init__(self, detail: str = "") -> None:
        super().__init__(detail)
        self.detail = detail


class NotConfigured(ProviderError):
    """The provider has no credentials here."""

    reason = "not_configured"


class Rejected(ProviderError):
    """The provider will never take it: a wrong address, a refused text."""

    reason = "rejected"


class SubscriptionGone(Rejected):
    """The browser takes no messages any more."""

    reason = "subscription_gone"


class Passing(ProviderError):
    """It may be taken later; `after_seconds` is the wait that the provider asked for."""

    def __init__(self, detail: str, after_seconds: int = 0) -> None:
        super().__init__(detail)
        self.after_seconds = after_seconds


class Throttled(Passing):
    """Too much at once."""

    reason = "throttled"


class Unavailable(Passing):
    """It could not be reached, or failed in a way that passes or that an operator mends."""

    reason = "provider_unavailable"
