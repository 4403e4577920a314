"""Requests and responses for people."""

from msgspec import UNSET, UnsetType

from domain import types
from profiles.schemas.common import FileId, Name
from shared.http.caller import Role
from shared.http.decoding import Input, Output


class UpdatePersonRequest(Input, frozen=True):
    """Changes of the caller's name and avatar. Omitted fields stay as they are.

    Attributes:
        name: Name shown to others. Example: Mara Voss
        avatar: Id of the avatar's image; null removes it.
    """

    name: Name | UnsetType = UNSET
    avatar: FileId | UnsetType | None = UNSET


class PersonDetails(Output, frozen=True):
    """A user as others see them.

    Attributes:
        name: Name; empty for a moment after registration. Example: Mara Voss
        avatar: Id of the avatar's image, if there is one.
        role: Role of the user.
        handle: Handle of an artist's page, once it has one. Example: maravoss
    """

    user_id: types.UserId
    name: str
    avatar: types.FileId | None
    role: Role
    handle: str | None
