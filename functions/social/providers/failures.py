"""Failures of calls of providers, by what can be done about them."""

from datetime import datetime


class ProviderError(Exception):
    """Base of all of them. The text is for the log, and holds nothing that the provider sent."""


class ProviderFailed(ProviderError):
    """The provider does not respond as it should; the same call may succeed later.

    Attributes:
        was_sent: Whether the provider may have carried the call out.
    """

    def __init__(self, reason: str, *, was_sent: bool = True) -> None:
        super().__init__(reason)
        self.was_sent = was_sent


class RateLimited(ProviderError):
    """The provider refuses calls for a while, because there were too many.

    Attributes:
        until: Until when, as far as it says.
    """

    def __init__(self, reason: str, until: datetime | None = None) -> None:
        super().__init__(reason)
        self.until = until


class TokenRefused(ProviderError):
    """The provider does not accept the token: it expired, or was revoked."""


class ProviderRefused(ProviderError):
    """The provider refuses this call, and would again.

    Attributes:
        status: Status of its answer; 0 if there was none.
        code: Its code of the error, as text; empty if it gave none.
    """

    def __init__(self, reason: str, *, status: int = 0, code: str = "") -> None:
        super().__init__(reason)
        self.status = status
        self.code = code
