"""Errors that auth raises, one class per code."""

from datetime import timedelta

from domain.errors import (
    Forbidden,
    Gone,
    LimitExceeded,
    StateConflict,
    Unauthenticated,
    Unavailable,
)


class AccountBanned(Forbidden):
    """The account was banned by an administrator."""

    code = "account_banned"


class OwnAccount(Forbidden):
    """Admins do not ban themselves, change their own role or end their own sessions here.

    So there is always an admin left: the one who acts.
    """

    code = "own_account"


class TooManyAssistants(StateConflict):
    """The artist has, or has invited, ten assistants. Remove one first."""

    code = "too_many_assistants"


class AssistantExists(StateConflict):
    """This address is an assistant of the artist, or is invited, already."""

    code = "assistant_exists"


class InvalidCode(Unauthenticated):
    """The verification code is wrong, used or expired, or it was guessed too often."""

    code = "invalid_code"


class InvalidCredentials(Unauthenticated):
    """No account has this email address and password."""

    code = "invalid_credentials"


class InvalidRefreshToken(Unauthenticated):
    """The refresh token is forged, expired or replaced, or its session has ended."""

    code = "invalid_refresh_token"


class TooManyGuesses(LimitExceeded):
    """Too many wrong passwords or codes: wait for as long as `Retry-After` says."""

    code = "too_many_guesses"

    def __init__(self, wait: timedelta) -> None:
        seconds = int(wait.total_seconds())
        super().__init__(f"Too many wrong passwords or codes. Try again in {seconds} seconds.")
        self.retry_after_seconds = seconds


class ExportRequestedRecently(StateConflict):
    """An export was requested within the last day."""

    code = "export_requested_recently"


class AttemptEnded(Gone):
    """The attempt is used, expired or unknown. Begin another one."""

    code = "attempt_ended"


class TotpEnabled(StateConflict):
    """The account has an authenticator app already."""

    code = "totp_enabled"


class TotpMissing(StateConflict):
    """The account has no authenticator app, or none that waits for its first code."""

    code = "totp_missing"


class InvalidPasskey(Unauthenticated):
    """The passkey is unknown, or what the browser answered does not belong to the challenge."""

    code = "invalid_passkey"


class PasskeyLimit(StateConflict):
    """The account has as many passkeys as it may have."""

    code = "passkey_limit"


class IdentityRefused(Unauthenticated):
    """The answer of the provider does not prove who the user is. Begin again."""

    code = "identity_refused"


class IdentityNotLinked(StateConflict):
    """The address has an account that is not linked. Sign in to it, then link the provider."""

    code = "identity_not_linked"


class IdentityTaken(StateConflict):
    """The identity belongs to another account, or the account has one of this provider."""

    code = "identity_taken"


class EmailNotVerified(StateConflict):
    """The provider gives no verified address. Register with one, then link the provider."""

    code = "email_not_verified"


class LastSignInWay(StateConflict):
    """The account would have no way to sign in but codes by mail."""

    code = "last_sign_in_way"


class ProviderUnavailable(Unavailable):
    """The provider does not respond as it should."""

    code = "provider_unavailable"
