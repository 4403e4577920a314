"""Passwords: requests to reset and to change one."""

from typing import Annotated, Literal

from msgspec import Meta

from auth.schemas.fields import Email, EnteredPassword, Password
from shared.http.decoding import Input, Output


class ForgotPasswordRequest(Input, frozen=True):
    """An address whose owner forgot the password."""

    email: Email


class ResetMailAccepted(Output, frozen=True):
    """A code was mailed if the address has an account.

    Attributes:
        status: Always `reset_requested`.
    """

    status: Literal["reset_requested"] = "reset_requested"


class ResetPasswordRequest(Input, frozen=True):
    """The code from a mail, and the new password.

    Attributes:
        code: The ten digits from the mail; spaces do not count. Example: "1234567890"
    """

    email: Email
    code: Annotated[str, Meta(max_length=32)]
    password: Password


class ChangePasswordRequest(Input, frozen=True):
    """The current password, and the one that replaces it.

    Attributes:
        current_password: The password that the account has now.
        new_password: The password that replaces it.
    """

    current_password: EnteredPassword
    new_password: Password
