"""What operators ask of a rebuild, and what they are told."""

from typing import Annotated, Any

import msgspec
from msgspec import Meta

from shared.http.caller import Role


class Portion(msgspec.Struct, frozen=True):
    """Where a walk over all people goes on: at `next` of the answer before, at first null."""

    next: tuple[int, str | None] | None = None
    limit: Annotated[int, Meta(ge=1, le=500)] = 200


class TrueCard(msgspec.Struct, frozen=True, rename="camel"):
    """A card as everybody who copied it must have it."""

    user_id: str
    role: Role
    name: str
    avatar: str | None
    handle: str | None
    record_version: int


class TrueCards(msgspec.Struct, frozen=True):
    """Cards, and where to go on."""

    items: list[TrueCard]
    next: tuple[int, str | None] | None


class Difference(msgspec.Struct, frozen=True):
    """Something that was not what its records add up to; it is now."""

    what: str
    found: Any
    expected: Any


class Rebuilt(msgspec.Struct, frozen=True):
    """How many people were gone over, what was put right, and where to go on."""

    people: int
    differences: list[Difference]
    next: tuple[int, str | None] | None
