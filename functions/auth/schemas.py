"""What auth is asked, answers and tells."""

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from shared.events.domain_events import EventData
from shared.http.caller import Role
from shared.http.decoding import Input, Output

Email = Annotated[str, Meta(pattern=r"^[^@\s]{1,64}@[^@\s.]+(\.[^@\s.]+)+$", max_length=254)]
# At least 8 and room for a passphrase, no rules of composition (OWASP ASVS 6.2.1, 6.2.5, 6.2.9).
Password = Annotated[str, Meta(min_length=8, max_length=128)]
Name = Annotated[str, Meta(min_length=1, max_length=100, pattern=r"\S")]


class RegisterRequest(Input, frozen=True):
    """Ask for an account."""

    email: Email
    password: Password
    name: Name
    role: Literal["client", "artist"]


class Registered(Output, frozen=True):
    """The same answer whoever asked: look into your mail."""

    status: Literal["verification_sent"] = "verification_sent"


class VerifyEmailRequest(Input, frozen=True):
    """The code from the mail."""

    email: Email
    code: Annotated[str, Meta(pattern=r"^\d{6}$")]


class LoginRequest(Input, frozen=True):
    """Prove who you are."""

    email: Email
    password: Annotated[str, Meta(max_length=128)]


class RefreshRequest(Input, frozen=True):
    """Exchange a refresh token for its successor."""

    refresh_token: Annotated[str, Meta(max_length=512)]


class LogoutQuery(Input, frozen=True):
    """`everywhere=true` ends the sessions of all devices."""

    everywhere: bool = False


class DeleteAccountRequest(Input, frozen=True):
    """Prove it is you before everything goes."""

    password: Annotated[str, Meta(max_length=128)]


class User(Output, frozen=True):
    """A person with an account."""

    id: str
    email: str
    name: str
    role: Role
    created_at: datetime


class Tokens(Output, frozen=True):
    """A session's tokens. `expiresIn` is the access token's life in seconds."""

    access_token: str
    refresh_token: str
    expires_in: int
    user: User
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105


class JsonWebKeySet(Output, frozen=True):
    """The public keys that verify access tokens (RFC 7517)."""

    keys: list[dict[str, str]]


class ProvisionRequest(Input, frozen=True):
    """An operator's order for a ready account of any role, an admin's included."""

    email: Email
    password: Password
    name: Name
    role: Role


class UserRegistered(EventData, frozen=True):
    """Somebody asked for an account; the address is not proven yet."""

    type = "user.registered"

    user_id: str
    role: Role
    name: str


class UserVerified(EventData, frozen=True):
    """The address is proven: from now on this is a user."""

    type = "user.verified"

    user_id: str
    email: str
    name: str
    role: Role


class UserDeleted(EventData, frozen=True):
    """The account is gone; whoever keeps data of this person erases it."""

    type = "user.deleted"

    user_id: str


class VerificationRequested(EventData, frozen=True):
    """A code must reach this address. The code dies with its first use or after 15 minutes."""

    type = "user.verification_requested"

    user_id: str
    email: str
    name: str
    code: str
    expires_at: datetime


class RegistrationRepeated(EventData, frozen=True):
    """Somebody tried to register an address that already has an account; its owner is told."""

    type = "user.registration_repeated"

    user_id: str
    email: str
    name: str


class ProfileUpdated(msgspec.Struct, frozen=True, rename="camel"):
    """`user.profile.updated`, as far as it is read here: the name that its user goes by now."""

    user_id: str
    name: str
    record_version: int


def normalized(email: str) -> str:
    """The address as we compare it: case does not distinguish people in practice."""
    return email.strip().lower()
