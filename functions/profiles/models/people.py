"""People, as the other features know them."""

from msgspec import Struct

from shared.http.caller import Role


class Person(Struct, frozen=True):
    """A user's name, avatar, role and handle.

    Attributes:
        name: Empty until it is known.
        handle: Copy of the handle of an artist's page.
        version: Number of changes, published as `recordVersion`.
        banned: Whether the account is banned.
        account_version: Number of the change of role or ban that `role` and `banned` are from.
    """

    user_id: str
    role: Role
    name: str = ""
    avatar: str | None = None
    handle: str | None = None
    version: int = 0
    banned: bool = False
    account_version: int = 0

    @property
    def has_shown_page(self) -> bool:
        """Whether the page of this user may be shown: it is one of an artist who is not banned."""
        return self.role is Role.ARTIST and not self.banned
