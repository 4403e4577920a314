"""Registration: requests and responses."""

from typing import Annotated, Literal

from msgspec import Meta

from auth.schemas.fields import AttemptId, Email, EnteredAttemptId, NewName, Password
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
        attempt_id: What the code from the mail has to be sent with. Only this device knows it.
        status: Always `verification_sent`.
    """

    attempt_id: AttemptId
    status: Literal["verification_sent"] = "verification_sent"


class VerifyEmailRequest(Input, frozen=True):
    """The code from a verification mail, and the registration that it completes.

    Attributes:
        code: The six digits from the mail. Example: "123456"
    """

    attempt_id: EnteredAttemptId
    code: Annotated[str, Meta(pattern=r"^\d{6}$")]


class ResendRequest(Input, frozen=True):
    """A registration whose mail did not arrive."""

    attempt_id: EnteredAttemptId
