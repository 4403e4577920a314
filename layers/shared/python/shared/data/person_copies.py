"""What features keep of people's cards, as operators compare it with what profiles says."""

from typing import Annotated

from msgspec import UNSET, Meta, UnsetType

from shared.http.decoding import Input, Output


class CopiesByUserQuery(Input, frozen=True):
    """The copies of these users, where a feature finds them by their ids only."""

    user_ids: Annotated[list[str], Meta(max_length=100)]


class CopiesPageQuery(Input, frozen=True):
    """So many of all copies, by id, after that one."""

    next: str | None = None
    limit: Annotated[int, Meta(ge=1, le=500)] = 200


class PersonCopy(Output, frozen=True):
    """A card as it is kept; what a feature does not copy is left out.

    `recordVersion` is 0 for what only auth has told.
    """

    user_id: str
    name: str
    record_version: int
    avatar: str | UnsetType | None = UNSET
    handle: str | UnsetType | None = UNSET


class PersonCopies(Output, frozen=True):
    """Those that are kept, without the erased; `next` asks for more, where there are pages."""

    items: list[PersonCopy]
    next: str | None = None
