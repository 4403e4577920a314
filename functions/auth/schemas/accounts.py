"""Accounts: requests and responses, those of operators included."""

from auth.schemas.fields import Email, EnteredPassword, NewName, Password, UserName
from domain import types
from domain.types import Instant, UserId
from shared.http.caller import Role
from shared.http.decoding import Input, Output


class DeleteAccountRequest(Input, frozen=True):
    """The confirmation that deletes an account.

    Attributes:
        password: Password of the account; not needed if it has none.
    """

    password: EnteredPassword | None = None


class User(Output, frozen=True):
    """A user, as they see their own account.

    Attributes:
        role: Role of the user.
        created_at: When the account was created.
    """

    id: UserId
    email: types.Email
    name: UserName
    role: Role
    created_at: Instant


class ProvisionRequest(Input, frozen=True):
    """An operator's request to create a verified account.

    Attributes:
        role: Role of the user; operators may create administrators.
    """

    email: Email
    password: Password
    name: NewName
    role: Role
