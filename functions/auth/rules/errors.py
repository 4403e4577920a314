"""Expected errors of auth: one class per code."""

from domain.errors import Unauthenticated


class InvalidCode(Unauthenticated):
    """The code is wrong or no longer good."""

    code = "invalid_code"


class InvalidCredentials(Unauthenticated):
    """Email or password is wrong."""

    code = "invalid_credentials"


class InvalidRefreshToken(Unauthenticated):
    """Sign in again."""

    code = "invalid_refresh_token"


class SessionEnded(Unauthenticated):
    """Sign in again."""

    code = "session_ended"
