"""Sessions: requests, and the tokens that they are answered with."""

from typing import Annotated, Literal

from msgspec import Meta

from auth.schemas.accounts import User
from auth.schemas.fields import Email, EnteredPassword, RefreshTokenText
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
