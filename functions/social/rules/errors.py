"""Expected errors of social, one class per code."""

from domain.errors import StateConflict, Unavailable


class NeedsReconnect(StateConflict):
    """Raised when an account cannot be used until its artist connects it again."""

    code = "needs_reconnect"


class ProviderUnavailable(Unavailable):
    """Raised when a provider does not respond as it should."""

    code = "provider_unavailable"


class ProviderNotConfigured(StateConflict):
    """Raised when the operator of this environment did not set a provider up."""

    code = "provider_not_configured"


class TooManyAccounts(StateConflict):
    """Raised when an artist would have more social accounts than are allowed."""

    code = "too_many_accounts"


class AccountTaken(StateConflict):
    """Raised when an account of a provider is connected by another artist."""

    code = "account_taken"
