"""Registration: requests and responses."""

from typing import Annotated, Literal

from msgspec import Meta

from auth.schemas.fields import Email, NewName, Password
from shared.http.decoding import Input, Output


class RegisterRequest(Input, frozen=True):
    """A request for an account.

    Attributes:
        role: Role of the user. Administrators cannot register.
    """

    email: Email
    password: Password
    name: NewName
    role: Literal["client", "artist"]


class RegistrationAccepted(Output, frozen=True):
    """A mail was sent, whether or not the address has an account.

    Attributes:
        status: Always `verification_sent`.
    """

    status: Literal["verification_sent"] = "verification_sent"


class VerifyEmailRequest(Input, frozen=True):
    """The code from a verification mail.

    Attributes:
        code: The six digits from the mail. Example: "123456"
    """

    email: Email
    code: Annotated[str, Meta(pattern=r"^\d{6}$")]
