"""Assistants: requests and responses."""

from typing import Annotated, Literal

from msgspec import Meta

from auth.schemas.fields import Email, UserName
from domain import types
from domain.types import ArtistId, Instant, UserId
from shared.http.caller import Scope
from shared.http.decoding import Input, Output

AssistanceId = Annotated[
    str,
    Meta(
        description="Id of what connects an assistant with the studio of an artist.",
        examples=["ast_01JD2ZK5V7M0Q4X8T6N3R9W1YB"],
    ),
]
Scopes = Annotated[list[Scope], Meta(min_length=1, max_length=2)]


class InviteAssistantRequest(Input, frozen=True):
    """An address whose account shall act in your studio.

    Attributes:
        scopes: What the account may do there. Money, your account and its security are never part
            of it. Example: ["messages"]
    """

    email: Email
    scopes: Scopes


class ChangeAssistantRequest(Input, frozen=True):
    """Other scopes for an assistant.

    Attributes:
        scopes: What the account may do from now on. Example: ["messages", "calendar"]
    """

    scopes: Scopes


class Assistant(Output, frozen=True):
    """An account that may act in your studio, or is invited to.

    Attributes:
        email: The address that you invited.
        assistant_id: The account that accepted; null until one does.
        name: Its name; null until one accepts. Example: Noa Lind
        scopes: What it may do. Example: ["messages"]
        accepted_at: When it accepted; null until it does.
        expires_at: When the invitation ends; null once it was accepted.
    """

    id: AssistanceId
    email: types.Email
    assistant_id: UserId | None
    name: str | None
    scopes: list[Scope]
    invited_at: Instant
    accepted_at: Instant | None
    expires_at: Instant | None


class AssistantList(Output, frozen=True):
    """The assistants of an artist.

    Attributes:
        items: The assistants and invitations, the oldest first; at most ten.
    """

    items: list[Assistant]


class Studio(Output, frozen=True):
    """The studio of an artist in which you may act, or are invited to.

    Attributes:
        name: Name of the artist. Example: Mara Voss
        scopes: What you may do there. Example: ["messages"]
        accepted_at: When you accepted; null until you do.
        expires_at: When the invitation ends; null once it was accepted.
    """

    id: AssistanceId
    artist_id: ArtistId
    name: UserName
    scopes: list[Scope]
    invited_at: Instant
    accepted_at: Instant | None
    expires_at: Instant | None


class StudioList(Output, frozen=True):
    """The studios in which you may act, or are invited to.

    Attributes:
        items: The studios, the oldest first.
    """

    items: list[Studio]


class StudioToken(Output, frozen=True):
    """An access token for the studio of an artist. Ask for another one when it has expired.

    Attributes:
        access_token: JWT to send as `Authorization: Bearer ...`. Its subject is the artist; `act`
            names you.
            Example: eyJhbGciOiJFUzI1NiIsInR5cCI6ImF0K2p3dCJ9.eyJzdWIiOiJ1c3JfMSJ9.c2lnbmF0dXJl
        expires_in: Seconds until it expires. Example: 900
        scopes: What you may do with it. Example: ["messages"]
        token_type: Scheme of the Authorization header (RFC 6750).
    """

    access_token: str
    expires_in: int
    artist_id: ArtistId
    scopes: list[Scope]
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105
