"""Copies of people, as features return them for comparison with profiles.

Operators compare them with `infra.operate.rebuild`.
"""

from typing import Annotated

from msgspec import UNSET, Meta, UnsetType

from shared.http.decoding import Input, Output


class CopiesByUserQuery(Input, frozen=True):
    """The users whose copies are requested."""

    user_ids: Annotated[list[str], Meta(max_length=100)]


class CopiesPageQuery(Input, frozen=True):
    """A page of all copies, in the order of user ids.

    Attributes:
        next: Where the page begins, as the page before returned it.
        limit: Number of copies on a page.
    """

    next: str | None = None
    limit: Annotated[int, Meta(ge=1, le=500)] = 200


class PersonCopy(Output, frozen=True):
    """A person as a feature stores it. Fields that the feature does not copy are left out.

    Attributes:
        record_version: Version of the profile it was copied from; 0 if it comes from auth.
    """

    user_id: str
    name: str
    record_version: int
    avatar: str | UnsetType | None = UNSET
    handle: str | UnsetType | None = UNSET


class PersonCopies(Output, frozen=True):
    """Stored copies, without those of deleted users.

    Attributes:
        next: Where the next page begins; None on the last page.
    """

    items: list[PersonCopy]
    next: str | None = None
