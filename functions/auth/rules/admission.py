"""Who may be signed in. Every way of signing in asks here, and so does every refresh."""

from datetime import datetime
from typing import Protocol

from auth.rules.errors import AccountBanned


class Account(Protocol):
    """An account, as far as signing in is concerned."""

    @property
    def banned_at(self) -> datetime | None:
        """When it was banned; None for all others."""
        ...


def require_admitted(account: Account) -> None:
    """Refuse to sign in to an account that was banned.

    Raises:
        AccountBanned: It was.
    """
    if account.banned_at is not None:
        raise AccountBanned("This account was banned. Write to us if you think that is a mistake.")
