"""Tokens of social accounts. They are stored sealed, in one attribute, and nowhere else."""

from datetime import datetime

import msgspec

from domain.values import Value
from social.models.accounts import ProviderId


class Tokens(Value, frozen=True):
    """The tokens of a social account, which nobody but its provider may see.

    Attributes:
        access_token: Is sent with each call.
        refresh_token: Gets the next access token; None where the access token itself does.
        expires_at: When the access token expires; None for never.
        login_token: Token of the person who allowed it, where the account has another one: a
            Facebook page's is derived from it.
    """

    access_token: str
    refresh_token: str | None = None
    expires_at: datetime | None = None
    login_token: str | None = None

    def __repr__(self) -> str:
        """Return a text without the tokens, because texts get into logs and traces."""
        return f"Tokens(expires_at={self.expires_at!r})"


class TokenState(msgspec.Struct, frozen=True):
    """What is known of sealed tokens without opening them.

    Attributes:
        account_id: Their account.
        artist_id: Its artist.
        provider: Its provider.
        expires_at: When the access token expires; None for never.
        version: Version of this record, which the next write has to name.
    """

    account_id: str
    artist_id: str
    provider: ProviderId
    expires_at: datetime | None
    version: int
