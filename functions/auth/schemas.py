"""Requests and responses of auth."""

from typing import Annotated, Literal

from msgspec import Meta

from domain import types
from domain.types import FilledLine, Instant, UserId
from shared.http.caller import Role
from shared.http.decoding import Input, Output

Email = Annotated[
    types.Email, Meta(pattern=r"^[^@\s]{1,64}@[^@\s.]+(\.[^@\s.]+)+$", max_length=254)
]
# At least 8 characters, long enough for a passphrase, and no rules of composition
# (OWASP ASVS 6.2.1, 6.2.5, 6.2.9).
Password = Annotated[
    str,
    Meta(
        min_length=8,
        max_length=128,
        description="Password of the account.",
        examples=["correct horse battery staple"],
    ),
]
# A password that is compared with a hash has no minimum: a short one is merely wrong.
EnteredPassword = Annotated[
    str,
    Meta(
        max_length=128,
        description="Password of the account.",
        examples=["correct horse battery staple"],
    ),
]
UserName = Annotated[
    str, Meta(description="Name of the user, as other users see it.", examples=["Ada Keller"])
]
RefreshTokenText = Annotated[
    str,
    Meta(
        description="Token that can be exchanged once for new tokens.",
        examples=["usr_01JD2Z5Q0V8XKM3F7T9B4N6RWC.ses_01JD2ZK5V7M0Q4X8T6N3R9W1YB.0.q83vEjRWeJA"],
    ),
]
NewName = Annotated[
    FilledLine,
    Meta(
        max_length=100,
        description="Name of the user, as other users see it.",
        examples=["Ada Keller"],
    ),
]


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


class DeleteAccountRequest(Input, frozen=True):
    """The confirmation that deletes an account."""

    password: EnteredPassword


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


class JsonWebKey(Output, frozen=True):
    """A public key (RFC 7517).

    Attributes:
        kty: Key type. Example: EC
        crv: Curve. Example: P-256
        x: First coordinate, base64url.
            Example: f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU
        y: Second coordinate, base64url.
            Example: x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0
        kid: Id of the key, its thumbprint (RFC 7638). Tokens name it in their header.
            Example: oKIywvGUpTVTyxMQ3bwIIeQUudfr_CkLMjCE19ECD-U
        use: What the key is for: signatures. Example: sig
    """

    kty: str
    crv: str
    x: str
    y: str
    kid: str
    use: str


class JsonWebKeySet(Output, frozen=True):
    """The public keys that verify access tokens (RFC 7517).

    Attributes:
        keys: The key that signs now, then those that only verify.
    """

    keys: list[JsonWebKey]


class ProvisionRequest(Input, frozen=True):
    """An operator's request to create a verified account.

    Attributes:
        role: Role of the user; operators may create administrators.
    """

    email: Email
    password: Password
    name: NewName
    role: Role
