"""Who is calling: what the authorizer established, and nothing the outside may claim."""

from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

import msgspec

from domain.errors import Unauthenticated


class TokenExpired(Unauthenticated):
    """The access token is valid no more."""

    code = "token_expired"


class Role(StrEnum):
    """What a person is here."""

    CLIENT = "client"
    ARTIST = "artist"
    ADMIN = "admin"


class Caller(msgspec.Struct, frozen=True):
    """The authenticated person behind a request."""

    user_id: str
    email: str
    role: Role
    session_id: str

    @property
    def is_admin(self) -> bool:
        """Whether the person runs the platform."""
        return self.role is Role.ADMIN


def from_authorizer(context: Mapping[str, Any], now: datetime) -> Caller:
    """Read the authorizer's context out of `requestContext.authorizer`.

    API Gateway caches the authorizer's answer beyond the life of the token, so its expiry is
    checked here again. Raises a 401 Problem.
    """
    try:
        if float(context["expiresAt"]) <= now.timestamp():
            raise TokenExpired("The access token has expired.")
        return Caller(
            user_id=context["userId"],
            email=context["email"],
            role=Role(context["role"]),
            session_id=context["sessionId"],
        )
    except (KeyError, ValueError):
        raise Unauthenticated("An access token is needed.") from None


def expiry_of(context: Mapping[str, Any]) -> datetime:
    """When the token expires that the authorizer's context was read from."""
    return datetime.fromtimestamp(float(context["expiresAt"]), UTC)
