"""Requests and responses of the functions that operators invoke."""

from typing import Annotated, Any

import msgspec
from msgspec import Meta

from shared.http.caller import Role

Position = tuple[int, str | None]  # number of a shard, and the last user id read in it


class RebuildRequest(msgspec.Struct, frozen=True):
    """A batch of people to process.

    Attributes:
        next: `next` of the response before; None starts with the first person.
        limit: Largest number of people to process.
    """

    next: Position | None = None
    limit: Annotated[int, Meta(ge=1, le=500)] = 200


class OriginalPerson(msgspec.Struct, frozen=True, rename="camel"):
    """A person as every copy of them must look."""

    user_id: str
    role: Role
    name: str
    avatar: str | None
    handle: str | None
    record_version: int


class OriginalPersonList(msgspec.Struct, frozen=True):
    """A batch of people, and where the next one starts; None after the last."""

    items: list[OriginalPerson]
    next: Position | None


class RebuildDifference(msgspec.Struct, frozen=True):
    """A value that differed from its source and was corrected; a handle, where only people can."""

    what: str
    found: Any
    expected: Any


class RebuildResponse(msgspec.Struct, frozen=True):
    """The number of people processed, the corrections, and the start of the next batch."""

    people: int
    differences: list[RebuildDifference]
    next: Position | None
