"""Channels: the providers that deliver messages, and how they fail.

The module of each provider imports its library, so only the channel's own worker imports the
module. The messages of these exceptions hold no address and no text, because they are logged and
shown in timelines.
"""

from typing import Protocol

import msgspec

from notifications.models import Delivery

TIMEOUT_SECONDS = 5  # of each connection and response
SEND_SECONDS = 35  # the longest that one message takes: an SMTP server responds seven times


class RetrySettings(msgspec.Struct, frozen=True):
    """Settings of retries.

    Attributes:
        retry_base_seconds: Wait before the second attempt; each further wait doubles.
    """

    retry_base_seconds: int = 30


class Provider(Protocol):
    """A provider that sends the deliveries of one channel."""

    def send(self, delivery: Delivery) -> str | None:
        """Send a delivery and return the provider's reference, if it gives one.

        Raises:
            ProviderError: One of the classes below.
        """


class ProviderError(Exception):
    """The delivery was not sent.

    Attributes:
        reason: Stable name of the reason.
        detail: The provider's code for it.
    """

    reason = ""

    def __init__(self, detail: str = "") -> None:
        super().__init__(detail)
        self.detail = detail


class NotConfigured(ProviderError):
    """This environment has no credentials for the provider."""

    reason = "not_configured"


class Rejected(ProviderError):
    """The provider will never accept the delivery: a wrong address or a refused text."""

    reason = "rejected"


class SubscriptionGone(Rejected):
    """The browser no longer receives push messages."""

    reason = "subscription_gone"


class TemporaryFailure(ProviderError):
    """A later attempt may succeed.

    Attributes:
        after_seconds: The wait that the provider asked for.
    """

    def __init__(self, detail: str, after_seconds: int = 0) -> None:
        super().__init__(detail)
        self.after_seconds = after_seconds


class Throttled(TemporaryFailure):
    """Too many messages at once."""

    reason = "throttled"


class ProviderUnavailable(TemporaryFailure):
    """The provider was not reached, or failed in a way that passes or that an operator repairs."""

    reason = "provider_unavailable"
