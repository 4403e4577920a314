"""Portfolio items."""

from datetime import datetime
from enum import StrEnum

from msgspec import Struct


class HealingState(StrEnum):
    """The state of a photographed work: healed, or fresh after the appointment."""

    HEALED = "healed"
    FRESH = "fresh"


class PortfolioItem(Struct, frozen=True):
    """A work in an artist's portfolio.

    Attributes:
        likes: Number of likes. It is counted in an attribute of its own, not in the record.
        version: Number of changes, published as `recordVersion`.
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
