"""Administration of accounts: requests and responses."""

from typing import Annotated

from msgspec import Meta

from auth.schemas.fields import Email, UserName
from domain import types
from domain.types import Cursor, FilledText, Instant, NextCursor, UserId
from shared.http.caller import Role
from shared.http.decoding import Input, Output

Reason = Annotated[FilledText, Meta(max_length=500)]


class ReasonRequest(Input, frozen=True):
    """Why an admin acts.

    Attributes:
        reason: Why you do this. It is written into the audit logs of the account and of yours,
            which the user can read. Name nobody in it: it outlives the account.
            Example: Sent advertisements to 40 artists
    """

    reason: Reason


class ChangeRoleRequest(ReasonRequest, frozen=True):
    """Another role for an account.

    Attributes:
        role: The role that the account gets.
        reason: Why you do this. It is written into the audit logs of the account and of yours,
            which the user can read. Name nobody in it: it outlives the account.
            Example: Registered as a client by mistake
    """

    role: Role


class AccountQuery(Input, frozen=True):
    """Accounts to look for: one by its address, or those whose names begin alike.

    Attributes:
        email: The address of the account. Other parameters are ignored with it.
        name: What the name begins with. Upper and lower case and accents make no difference.
            Example: ada k
        role: The role of the accounts; all roles by default.
        limit: Number of accounts on a page. Example: 20
    """

    email: Email | None = None
    name: Annotated[str, Meta(max_length=100)] = ""
    role: Role | None = None
    cursor: Cursor | None = None
    limit: Annotated[int, Meta(ge=1, le=100)] = 20


class Account(Output, frozen=True):
    """An account, as admins see it.

    Attributes:
        role: Role of the user.
        created_at: When the account was created.
        banned_at: When it was banned; null for one that is not.
        ban_reason: Why it was banned. Example: Sent advertisements to 40 artists
        ban_ends_at: When the ban is lifted; null where an admin lifts it. Example: null
    """

    id: UserId
    email: types.Email
    name: UserName
    role: Role
    created_at: Instant
    banned_at: Instant | None
    ban_reason: str | None
    ban_ends_at: Instant | None


class AccountList(Output, frozen=True):
    """A page of accounts: admins, then artists, then clients, each by name.

    Attributes:
        items: The accounts. A page may hold fewer than asked for although another one follows.
    """

    items: list[Account]
    next_cursor: NextCursor
