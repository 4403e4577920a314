"""Portfolio items."""

from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from domain.social_media import MediaSource
from profiles.models.moderation import Moderation


class HealingState(StrEnum):
    """The state of a photographed work: healed, or fresh after the appointment."""

    HEALED = "healed"
    FRESH = "fresh"


class PortfolioItem(Struct, frozen=True):
    """A work in an artist's portfolio.

    Attributes:
        likes: Number of likes. It is counted in an attribute of its own, not in the record.
        version: Number of changes, published as `recordVersion`.
        source: Where it was imported from; None for an item that the artist added.
        import_id: Id of its import.
        import_attempt: Which attempt of the import it was.
        import_version: Version of the import that said last whether it was removed there.
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
    moderation: Moderation | None = None

    @property
    def is_hidden(self) -> bool:
        """Whether an admin hides it from all but its author."""
        return self.moderation is not None and self.moderation.hidden
