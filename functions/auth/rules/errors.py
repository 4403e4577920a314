"""Errors that auth raises, one class per code."""

from domain.errors import Unauthenticated


class InvalidCode(Unauthenticated):
    """The verification code is wrong, used or expired, or it was guessed too often."""

    code = "invalid_code"


class InvalidCredentials(Unauthenticated):
    """No account has this email address and password."""

    code = "invalid_credentials"


class InvalidRefreshToken(Unauthenticated):
    """The refresh token is forged, expired or replaced, or its session has ended."""

    code = "invalid_refresh_token"
