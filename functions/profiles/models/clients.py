"""Clients of artists, with the totals of their visits."""

from datetime import datetime

from msgspec import Struct, field


class Block(Struct, frozen=True):
    """Whether one of the two blocks the other.

    Attributes:
        record_version: Version of the conversation in which it was set, 0 for never.
    """

    blocked: bool = False
    record_version: int = 0


class Client(Struct, frozen=True):
    """A client of an artist, with the totals of their visits.

    Attributes:
        since: Time of their first contact.
        visits: Number of completed visits.
        spend: Prices of completed visits in minor units, by currency.
        artist_block: Whether the artist blocks the client, with the version of that.
        client_block: Whether the client blocks the artist.
        upcoming: Start of each confirmed visit that is not over, by appointment.
        is_listed: Whether the list of the client's artists holds this one. Records before 0.4 are
            in the index `by-list` instead.
    """

    artist_id: str
    client_id: str
    since: datetime
    visits: int = 0
    no_shows: int = 0
    cancelled: int = 0
    spend: dict[str, int] = {}
    upcoming: dict[str, datetime] = field(default_factory=dict, name="ahead")
    last_visit_at: datetime | None = None
    artist_block: Block = Block()
    client_block: Block = Block()
    is_listed: bool = False
    version: int = 0

    @property
    def is_blocked(self) -> bool:
        """Whether one of the two blocks the other."""
        return self.artist_block.blocked or self.client_block.blocked

    def get_next_visit(self, now: datetime) -> datetime | None:
        """Return the start of the next visit, if there is one."""
        return min((start for start in self.upcoming.values() if start > now), default=None)
