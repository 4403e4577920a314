"""Expected errors of social, one class per code."""

from domain.errors import StateConflict, Unavailable


class NeedsReconnect(StateConflict):
    """Raised when an account cannot be used until its artist connects it again."""

    code = "needs_reconnect"


class MediaNotAllowed(StateConflict):
    """Raised when an account has no media, or its artist did not allow to read it."""

    code = "media_not_allowed"


class ProviderLimited(Unavailable):
    """Raised when a provider takes no more calls for an account, for some time."""

    code = "provider_limited"


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
