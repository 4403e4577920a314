"""Search: what is known of an artist who can be found, and the segments of the search index."""

from datetime import date

from msgspec import Struct

from profiles.models.artist_pages import Coordinates
from profiles.models.reviews import Rating


class FoundSpot(Struct, frozen=True, array_like=True):
    """A guest spot, as searches find and show it."""

    location: str
    time_zone: str
    first_date: date
    last_date: date


class SearchEntry(Struct, frozen=True):
    """The public part of a page, as searches filter and show it.

    Attributes:
        prices: Lowest price by currency, in minor units.
        words: All search terms of its texts; empty where an entry is stored to be shown only.
        guest_spots: The next guest spots, those included that ended since the entry was written.
    """

    artist_id: str
    name: str
    handle: str
    avatar: str | None
    business_name: str
    styles: tuple[str, ...]
    city: str
    coordinates: Coordinates | None
    prices: dict[str, int]
    books_open: bool
    words: tuple[str, ...]
    guest_spots: tuple[FoundSpot, ...] = ()


class Standing(Struct, frozen=True):
    """What changes about an artist without a change of their page.

    Attributes:
        rating: Ratings the artist received.
        next_free: Next date on which something can be booked; None where that is not known.
    """

    rating: Rating = Rating()
    next_free: date | None = None


class NextFree(Struct, frozen=True):
    """An artist's next free date, copied from appointments.

    Attributes:
        day: The date at the artist's place; None where nothing can be booked.
    """

    day: date | None
    version: int


class SearchDocument(Struct, frozen=True):
    """All that the index knows of an artist.

    Attributes:
        cell: Geohash cell of the place; empty without one.
        words: Search terms.
        city: Name of the city as the artist writes it.
        digest: Checksum of the entry it was made of.
    """

    artist_id: str
    cell: str
    words: tuple[str, ...]
    styles: tuple[str, ...]
    city: str
    books_open: bool
    coordinates: Coordinates | None
    prices: dict[str, int]
    guest_spots: tuple[FoundSpot, ...]
    digest: int
    standing: Standing = Standing()


class IndexedArtist(Struct, frozen=True):
    """An artist in the index: the checksum of their entry, and their standing."""

    digest: int
    standing: Standing


class SegmentPlace(Struct, frozen=True, array_like=True):
    """Where a segment of the index is stored.

    Attributes:
        first: Cell of its first artist; those of its other artists follow, up to the next segment.
        size: Number of artists.
        terms: Key of its terms: pages as they are searched.
        standings: Key of its standings: ratings and next free dates, in the same order.
    """

    first: str
    size: int
    terms: str
    standings: str


class Manifest(Struct, frozen=True):
    """The segments that make up the index.

    Attributes:
        segments: The segments, ordered by cell.
        replaced: Keys of records that no search reads any more, to be deleted.
        sealed_at: Epoch seconds of the last time that changes were sealed.
        version: Number of times that changes were sealed.
    """

    segments: tuple[SegmentPlace, ...] = ()
    replaced: tuple[str, ...] = ()
    sealed_at: int = 0
    version: int = 0


class PendingPage(Struct, frozen=True, array_like=True):
    """A changed page, and the standing of its artist when it was changed."""

    entry: SearchEntry
    standing: Standing


class PendingChanges(Struct, frozen=True):
    """What changed since the segments were sealed, by artist.

    Attributes:
        pages: Changed pages; None where a page is not found any more.
        ratings: Changed ratings; they are newer than those of `pages`.
        next_free: Changed next free dates; they are newer than those of `pages`.
    """

    pages: dict[str, PendingPage | None] = {}
    ratings: dict[str, Rating] = {}
    next_free: dict[str, date | None] = {}

    def update(self, artist_id: str, standing: Standing) -> Standing:
        """Return the standing of an artist with its changes."""
        return Standing(
            self.ratings.get(artist_id, standing.rating),
            self.next_free.get(artist_id, standing.next_free),
        )
