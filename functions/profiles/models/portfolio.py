"""Portfolio items, their order, and albums of them."""

from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from domain.social_media import MediaSource
from domain.types import FileId
from domain.values import StrictValue
from profiles.models.moderation import Moderation


class HealingState(StrEnum):
    """The state of a photographed work: healed, or fresh after the appointment."""

    HEALED = "healed"
    FRESH = "fresh"


class HealedPair(StrictValue, frozen=True):
    """The same work before and after it healed: two pictures of an item.

    Attributes:
        fresh: Id of the picture after the appointment.
        healed: Id of the picture of the healed work.
            Example: fil_01JD2Z5Q0V8XKM3F7T9B4N6RWD
    """

    fresh: FileId
    healed: FileId


class PortfolioItem(Struct, frozen=True):
    """A work in an artist's portfolio.

    Attributes:
        file_id: File of its cover.
        likes: Number of likes. It is counted in an attribute of its own, not in the record.
        version: Number of changes, published as `recordVersion`.
        source: Where it was imported from; None for an item that the artist added.
        import_id: Id of its import.
        import_attempt: Which attempt of the import it was.
        import_version: Version of the import that said last whether it was removed there.
        more_files: Files of its other pictures, in order.
        pair: Which two of its pictures show it fresh and healed.
        moderation: The newest decision of an admin about it; None if there is none.
    """

    id: str
    artist_id: str
    file_id: str
    caption: str
    style: str | None
    state: HealingState | None
    created_at: datetime
    likes: int = 0
    version: int = 1
    source: MediaSource | None = None
    import_id: str | None = None
    import_attempt: int | None = None
    import_version: int = 0
    more_files: tuple[str, ...] = ()
    pair: HealedPair | None = None
    moderation: Moderation | None = None

    @property
    def file_ids(self) -> tuple[str, ...]:
        """Files of all its pictures, the cover first."""
        return (self.file_id, *self.more_files)

    @property
    def is_hidden(self) -> bool:
        """Whether an admin hides it from all but its author."""
        return self.moderation is not None and self.moderation.hidden


class PortfolioOrder(Struct, frozen=True):
    """How many items a portfolio has, and in which order. Items are named by their sort keys.

    Attributes:
        order: All items in the artist's order; None as long as the artist chose none: the newest
            is first then.
        recent: The newest items, newest first, as the feeds of followers show them. Items of
            versions up to 0.3 are not among them.
        changes: Number of changes.
    """

    number: int = 0
    order: tuple[str, ...] | None = None
    recent: tuple[str, ...] = ()
    changes: int = 0


class Album(Struct, frozen=True):
    """Items of a portfolio under a name, in an order of their own.

    Attributes:
        public: Whether everybody sees it; its items are public anyway.
        item_ids: Ids of its items, in order. Some may have been deleted a moment ago.
        cover: Id of the item whose picture stands for it; None for the first one.
    """

    id: str
    artist_id: str
    name: str
    public: bool
    item_ids: tuple[str, ...]
    cover: str | None
    created_at: datetime
    version: int = 1

    @property
    def cover_item(self) -> str | None:
        """Id of the item whose picture stands for it; None while it is empty."""
        first = self.item_ids[0] if self.item_ids else None
        return self.cover if self.cover in self.item_ids else first


class AlbumOrder(Struct, frozen=True):
    """The albums of an artist, in the artist's order."""

    album_ids: tuple[str, ...] = ()
    version: int = 0
