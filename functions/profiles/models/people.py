"""People, as the other features know them."""

from msgspec import Struct

from shared.http.caller import Role


class Person(Struct, frozen=True):
    """A user's name, avatar, role and handle.

    Attributes:
        name: Empty until it is known.
        handle: Copy of the handle of an artist's page.
        version: Number of changes, published as `recordVersion`.
    """

    user_id: str
    role: Role
    name: str = ""
    avatar: str | None = None
    handle: str | None = None
    version: int = 0
