"""Accounts of an earlier system, as an operator's command imports them."""

from typing import Literal

from auth.schemas.fields import Email, NewName
from domain.imported_rows import ImportedRow
from domain.types import Instant


class ImportedUser(ImportedRow, frozen=True, rename="camel"):
    """An account.

    Attributes:
        role: Role of the user. Administrators are not imported.
        created_at: When the account was created.
        password_hash: Hash of bcrypt; None for an account without a password.
    """

    email: Email
    name: NewName
    role: Literal["client", "artist"]
    created_at: Instant
    password_hash: str | None = None
