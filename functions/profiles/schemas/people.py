"""What is asked and answered about cards."""

from typing import Annotated

from msgspec import UNSET, Meta, UnsetType

from profiles.schemas.common import FileId
from shared.http.caller import Role
from shared.http.decoding import Input, Output

Name = Annotated[str, Meta(min_length=1, max_length=100, pattern=r"\S")]


class CardChange(Input, frozen=True):
    """What changes of the caller's card; what is left out stays. `avatar` null takes it away."""

    name: Name | UnsetType = UNSET
    avatar: FileId | UnsetType | None = UNSET


class CardView(Output, frozen=True):
    """Who somebody is. `name` is empty for the moment in which it is not known here yet.

    handle: of an artist's page, once it has one.
    """

    user_id: str
    name: str
    avatar: str | None
    role: Role
    handle: str | None
