"""Codes by mail: to sign in without a password, and to change the address."""

from typing import Annotated, Literal

from msgspec import Meta

from auth.schemas.fields import AttemptId, Email, EnteredAttemptId, EnteredPassword, NewName
from shared.http.decoding import Input, Output

Code = Annotated[str, Meta(pattern=r"^\d{6}$")]


class SignInCodeRequest(Input, frozen=True):
    """An address to sign in with, without a password.

    Attributes:
        name: Name of the user, if the address has no account yet; an existing one keeps its own.
    """

    email: Email
    name: NewName | None = None


class CodeSent(Output, frozen=True):
    """A code was mailed, whether or not the address has an account.

    Attributes:
        attempt_id: What the code from the mail has to be sent with. Only this device knows it.
        status: Always `code_sent`.
    """

    attempt_id: AttemptId
    status: Literal["code_sent"] = "code_sent"


class SignInByCodeRequest(Input, frozen=True):
    """The code from a mail, and the attempt that it completes.

    Attributes:
        code: The six digits from the mail. Example: "123456"
    """

    attempt_id: EnteredAttemptId
    code: Code


class ChangeEmailRequest(Input, frozen=True):
    """Another address for the account.

    Attributes:
        email: The new address.
        password: Password of the account; left out if it has none.
    """

    email: Email
    password: EnteredPassword | None = None


class ConfirmEmailRequest(Input, frozen=True):
    """The codes that both addresses got.

    Attributes:
        new_address_code: The six digits mailed to the new address. Example: "123456"
        current_address_code: The six digits mailed to the current address. Example: "654321"
    """

    attempt_id: EnteredAttemptId
    new_address_code: Code
    current_address_code: Code


class ReportRequest(Input, frozen=True):
    """The report of a change or a sign-in that was not the owner's.

    Attributes:
        token: The token from the link of the mail.
            Example: WyJ1c3JfMDFKRDIi.c2lnbmF0dXJl
    """

    token: Annotated[str, Meta(min_length=1, max_length=1024)]
