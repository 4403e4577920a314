"""Request and response of the search for artists."""

from datetime import date
from typing import Annotated

from msgspec import Meta

from domain import types
from domain.money import Currency, MinorUnits, Money
from domain.types import FilledLine
from profiles.models.artist_pages import Coordinates
from profiles.rules.geo import MAX_RADIUS_KM
from profiles.rules.search_filter import Sort
from profiles.schemas.artist_pages import GuestSpotView, RatingSummary, StyleSlug
from profiles.schemas.common import Cursor, Limit
from shared.http.decoding import Input, Output

SearchText = Annotated[FilledLine, Meta(max_length=100)]


class ArtistSearchQuery(Input, frozen=True):
    """Criteria of a search; artists match all of them. Without any, all listed artists match.

    Attributes:
        text: Words to find in name, handle, styles, tags, city, services or bio, each of them whole
            or as a beginning; if nobody matches, with one typing error in each. Case, accents and
            other spellings of a letter make no difference. Example: fine line berlin
        style: Style as a slug. Example: fine-line
        city: Name of the city of the studio, or of a guest spot that is not over. Example: Berlin
        lat: Latitude of the centre, in degrees; requires `lon`. Example: 52.52
        lon: Longitude of the centre, in degrees; requires `lat`. Example: 13.405
        radius_km: Radius around the centre in kilometres; 25 by default. Example: 25
        max_price: Highest price to start from, in minor units; requires `currency`. Example: 20000
        currency: Currency of `maxPrice`, of an order by price, or of the price bands that are
            counted (ISO 4217). Example: EUR
        books_open: True for artists who take new bookings, false for those who do not.
        sort: Order of the artists: `distance` (nearest first; requires `lat` and `lon`), `rating`
            (best first), `nextFree` (earliest next free date first) or `price` (lowest first;
            requires `currency`). By default `distance` with a place, else `rating`. Artists of whom
            it is not known are last. Example: rating
        facets: True to count the artists by style, city, price and open books.
    """

    text: SearchText | None = None
    style: StyleSlug | None = None
    city: Annotated[str, Meta(min_length=1, max_length=80, pattern=r"\w")] | None = None
    lat: Annotated[float, Meta(ge=-90, le=90)] | None = None
    lon: Annotated[float, Meta(ge=-180, le=180)] | None = None
    radius_km: Annotated[float, Meta(gt=0, le=MAX_RADIUS_KM)] | None = None
    max_price: MinorUnits | None = None
    currency: Currency | None = None
    books_open: bool | None = None
    sort: Sort | None = None
    facets: bool = False
    cursor: Cursor | None = None
    limit: Limit = 20


class FoundArtist(Output, frozen=True):
    """An artist in the results of a search.

    Attributes:
        handle: Handle of the artist. Example: maravoss
        name: Name of the artist. Example: Mara Voss
        avatar: Id of the avatar's image, if there is one.
        business_name: Name of the business. Example: Voss Tattoo
        styles: Styles the artist works in, as slugs. Example: ["fine-line"]
        city: City of the studio. Example: Berlin
        coordinates: Place of the studio, if the artist shows it.
        books_open: Whether the artist takes new bookings, holds and consultations.
        from_prices: Lowest price of a service with all its sittings, in each currency.
        rating: Ratings the artist received.
        distance_km: Distance from the centre of the search in kilometres, if it has one.
            Example: 3.2
        guest_spot: Guest spot in the city that was searched for, if the studio is elsewhere.
            Example: null
        next_free: Next date on which something of the artist can be booked, at the artist's place;
            null if it is not known. Example: 2026-12-14
    """

    artist_id: types.ArtistId
    handle: str
    name: str
    avatar: types.FileId | None
    business_name: str
    styles: tuple[str, ...]
    city: str
    coordinates: Coordinates | None
    books_open: bool
    from_prices: list[Money]
    rating: RatingSummary
    distance_km: float | None = None
    guest_spot: GuestSpotView | None = None
    next_free: date | None = None


class ValueCount(Output, frozen=True):
    """Number of artists with a value.

    Attributes:
        value: The value. Example: fine-line
        count: Number of artists. Example: 41
    """

    value: str
    count: int


class PriceBandCount(Output, frozen=True):
    """Number of artists whose lowest price is in a band, in minor units of a currency.

    Attributes:
        currency: Currency of the band. Example: EUR
        start: Lowest amount of the band. Example: 10000
        below: Amount that the band ends before; null for the last band. Example: 20000
        count: Number of artists. Example: 17
    """

    currency: Currency
    start: int
    below: int | None
    count: int


class BooksCount(Output, frozen=True):
    """Number of artists by whether they take new bookings.

    Attributes:
        open: Artists who do. Example: 35
        closed: Artists who do not. Example: 6
    """

    open: int
    closed: int


class SearchFacets(Output, frozen=True):
    """Exact numbers of artists who match all criteria except the facet's own.

    Attributes:
        styles: By style; the 50 most frequent, most frequent first.
        cities: By city of the studio; the 50 most frequent, most frequent first.
        prices: By lowest price, in each currency or in that of the search; at most 50.
        books_open: By open books.
    """

    styles: list[ValueCount]
    cities: list[ValueCount]
    prices: list[PriceBandCount]
    books_open: BooksCount


class FoundArtistList(Output, frozen=True):
    """Found artists, in the order of the search. Every page but the last is full.

    Attributes:
        items: Artists that match.
        total: Number of all artists that match. Example: 41
        facets: Numbers of artists by facet; null unless the search asked for them.
    """

    items: list[FoundArtist]
    next_cursor: types.NextCursor
    total: int
    facets: SearchFacets | None = None
