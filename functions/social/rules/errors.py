"""Expected errors of social, one class per code."""

from domain.errors import StateConflict, Unavailable


class NeedsReconnect(StateConflict):
    """Raised when an account cannot be used until its artist connects it again."""

    code = "needs_reconnect"


class ProviderUnavailable(Unavailable):
    """Raised when a provider does not respond as it should."""

    code = "provider_unavailable"
