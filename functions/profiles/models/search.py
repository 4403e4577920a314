"""Search entries: data of artists that searches show and filter by."""

from msgspec import Struct

from profiles.models.artist_pages import Coordinates


class SearchEntry(Struct, frozen=True):
    """The public part of a page, as searches filter and show it.

    Attributes:
        prices: Lowest price by currency, in minor units.
        words: All words a text search may match.
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
