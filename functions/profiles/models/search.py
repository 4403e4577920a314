"""Search entries: data of artists that searches show and filter by."""

from datetime import date

from msgspec import Struct

from profiles.models.artist_pages import Coordinates


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
        words: All words a text search may match.
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
