"""The caller of a request, as established by the authorizer and never by request headers."""

from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

import msgspec

from domain import step_up
from domain.errors import Unauthenticated
from domain.step_up import StepUpRequired


class TokenExpired(Unauthenticated):
    """The access token has expired."""

    code = "token_expired"


class Role(StrEnum):
    """The role of a user."""

    CLIENT = "client"
    ARTIST = "artist"
    ADMIN = "admin"


class Scope(StrEnum):
    """What an assistant may do in the studio of an artist. No scope reaches money or security."""

    MESSAGES = "messages"
    CALENDAR = "calendar"


class Caller(msgspec.Struct, frozen=True):
    """The authenticated user who sent a request, or for whom an assistant sent it.

    Attributes:
        acting_id: The assistant who acts for the user; None when it is the user.
        acting_session_id: Session of the assistant.
        scopes: What the assistant may do: only routes that declare one of these are reached.
        authenticated_at: When the user last proved who they are; None if it is not known.
    """

    user_id: str
    email: str
    role: Role
    session_id: str
    acting_id: str | None = None
    scopes: frozenset[Scope] = frozenset()
    authenticated_at: datetime | None = None
    acting_session_id: str | None = None

    @property
    def person_id(self) -> str:
        """The user who sits at the device: limits of requests are theirs."""
        return self.acting_id or self.user_id

    def require_fresh(self, now: datetime) -> None:
        """Refuse a sensitive change unless the user proved lately who they are.

        Raises:
            StepUpRequired: They did not within the last ten minutes.
        """
        if not step_up.is_fresh(self.authenticated_at, now):
            raise StepUpRequired

    @property
    def is_admin(self) -> bool:
        """Whether the user administers the platform."""
        return self.role is Role.ADMIN


def from_authorizer(context: Mapping[str, Any], now: datetime) -> Caller:
    """Return the caller from the authorizer's context, `requestContext.authorizer`.

    The expiry of the token is checked again, because API Gateway caches the authorizer's answer
    for longer than the token may be valid.

    Raises:
        TokenExpired: The access token has expired.
        Unauthenticated: There is no access token.
    """
    try:
        if float(context["expiresAt"]) <= now.timestamp():
            raise TokenExpired("The access token has expired.")
        return Caller(
            user_id=context["userId"],
            email=context["email"],
            role=Role(context["role"]),
            session_id=context["sessionId"],
            acting_id=context.get("actingId"),
            scopes=_read_scopes(context),
            authenticated_at=_read_authenticated_at(context),
            acting_session_id=context.get("actingSessionId"),
        )
    except (KeyError, ValueError):
        raise Unauthenticated("An access token is needed.") from None


def is_acting(context: Mapping[str, Any]) -> bool:
    """Return whether a token is that of an assistant, from the authorizer's context."""
    return "actingId" in context


def _read_authenticated_at(context: Mapping[str, Any]) -> datetime | None:
    if "authTime" not in context:
        return None
    return datetime.fromtimestamp(float(context["authTime"]), UTC)


def _read_scopes(context: Mapping[str, Any]) -> frozenset[Scope]:
    return frozenset(map(Scope, context["scope"].split())) if is_acting(context) else frozenset()


def expiry_of(context: Mapping[str, Any]) -> datetime:
    """Return when the token expires, from the authorizer's context."""
    return datetime.fromtimestamp(float(context["expiresAt"]), UTC)
