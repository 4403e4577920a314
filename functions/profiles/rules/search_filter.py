"""The question of a search for artists, and the answer of an index."""

from datetime import date
from enum import StrEnum

from msgspec import Struct

from profiles.models.artist_pages import Coordinates
from profiles.models.reviews import Rating


class Sort(StrEnum):
    """The order of results. Where it leaves artists equal, their ids decide.

    Members:
        DISTANCE: Nearest first.
        RATING: Highest average first, then most reviews; artists without reviews are last.
        NEXT_FREE: Earliest next free date first; artists whose date is not known are last.
        PRICE: Lowest price in the currency first; artists without one are last.
    """

    DISTANCE = "distance"
    RATING = "rating"
    NEXT_FREE = "nextFree"
    PRICE = "price"


class SearchFilter(Struct, frozen=True):
    """The criteria of a search. All that are not None apply.

    Attributes:
        words: Search terms; an artist matches with a word that begins with each of them.
        city: Normalized name of the city.
        max_price: Highest price to start from, in minor units of `currency`.
        currency: Currency of prices, which `max_price` and an order by price need.
        with_facets: Whether the matching artists are counted by style, city, price and books.
    """

    words: tuple[str, ...]
    style: str | None
    city: str | None
    place: Coordinates | None
    radius_km: float
    max_price: int | None
    currency: str | None
    books_open: bool | None
    sort: Sort = Sort.RATING
    with_facets: bool = False


# What the order of results compares, with the artist's id as its last element.
Rank = tuple[float | int | str, ...]


class Position(Struct, frozen=True, array_like=True):
    """Where a page of results ends.

    Attributes:
        tolerant: Whether results match with typing errors, because nobody matches without.
        rank: Rank of the last artist.
    """

    tolerant: bool
    rank: Rank


class Hit(Struct, frozen=True):
    """An artist who matches."""

    artist_id: str
    rank: Rank
    rating: Rating
    next_free: date | None


class PriceBand(Struct, frozen=True, order=True):
    """A band of prices in minor units of a currency; it ends before `below`, the last nowhere."""

    currency: str
    start: int
    below: int | None


class Facets(Struct, frozen=True):
    """Numbers of artists by each value of a facet.

    Each facet counts the artists who match all criteria except the facet's own, so it says how many
    there would be with another choice.

    Attributes:
        styles: By style.
        cities: By the city of their studio, as artists write it.
        prices: By the lowest price in a currency.
        books: By whether the books are open.
    """

    styles: dict[str, int]
    cities: dict[str, int]
    prices: dict[PriceBand, int]
    books: dict[bool, int]


class Answer(Struct, frozen=True):
    """A page of results.

    Attributes:
        hits: The artists, in the order that was asked for.
        end: Where to continue; None where nobody follows.
        total: Number of artists who match.
        facets: The facets, if they were asked for.
    """

    hits: list[Hit]
    end: Position | None
    total: int
    facets: Facets | None
