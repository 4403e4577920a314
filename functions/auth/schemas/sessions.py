"""Sessions: requests, and the tokens that they are answered with."""

from typing import Annotated, Literal

from msgspec import Meta

from auth.schemas.accounts import User
from auth.schemas.fields import Email, EnteredPassword, RefreshTokenText, SessionId
from domain.types import Instant
from shared.http.decoding import Input, Output


class LoginRequest(Input, frozen=True):
    """The credentials of a user."""

    email: Email
    password: EnteredPassword


class RefreshRequest(Input, frozen=True):
    """A refresh token to exchange."""

    refresh_token: Annotated[RefreshTokenText, Meta(max_length=512)]


class LogoutQuery(Input, frozen=True):
    """The sessions to end.

    Attributes:
        everywhere: Whether to end the sessions of all devices.
    """

    everywhere: bool = False


class EndSessionsQuery(Input, frozen=True):
    """The sessions to end.

    Attributes:
        current: Whether to end the current session as well as all others.
    """

    current: bool = False


class SessionView(Output, frozen=True):
    """A device that is signed in to your account.

    Attributes:
        device: Browser and system of the device that signed in. Example: Firefox on Linux
        network: Network of its last use, in CIDR notation: roughly a place. Null if
            it is not known yet.
            Example: 198.51.100.0/24
        amr: How you signed in on it, as names of authentication methods (RFC 8176).
            Example: ["pwd"]
        started_at: When you signed in on it.
        last_used_at: When it last refreshed its tokens.
        expires_at: When it is signed out unless it is used before: 30 days after its last use, 90
            days after signing in at the latest.
        current: Whether this request was sent by it.
    """

    id: SessionId
    device: str
    network: str | None
    amr: list[str]
    started_at: Instant
    last_used_at: Instant
    expires_at: Instant
    current: bool


class SessionList(Output, frozen=True):
    """The devices that are signed in to your account.

    Attributes:
        items: The sessions, the one used last first; at most 20.
    """

    items: list[SessionView]


class Tokens(Output, frozen=True):
    """The tokens of a session.

    Attributes:
        access_token: JWT to send as `Authorization: Bearer ...`.
            Example: eyJhbGciOiJFUzI1NiIsInR5cCI6ImF0K2p3dCJ9.eyJzdWIiOiJ1c3JfMSJ9.c2lnbmF0dXJl
        expires_in: Seconds until the access token expires. Example: 900
        user: The user who is signed in.
        token_type: Scheme of the Authorization header (RFC 6750).
    """

    access_token: str
    refresh_token: RefreshTokenText
    expires_in: int
    user: User
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105
