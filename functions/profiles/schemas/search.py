"""What is asked and answered when somebody looks for artists."""

from typing import Annotated

from msgspec import Meta

from profiles.models.pages import Coordinates, Currency, Money
from profiles.rules.geo import MAX_RADIUS_KM
from profiles.schemas.common import Cursor, Limit
from profiles.schemas.pages import RatingSummary, Slug
from shared.http.decoding import Input, Output

Text = Annotated[str, Meta(min_length=1, max_length=100, pattern=r"\S")]


class ArtistsQuery(Input, frozen=True):
    """Whom somebody looks for: all of it must fit. Without anything, all artists who are listed.

    text: every word of it, of name, handle, styles, tags, city, services or bio. lat, lon,
    radiusKm: within the radius, 25 km unless given. maxPrice: from no more than so many minor units
    of `currency` on. booksOpen: only those who take bookings, or only those who do not.
    """

    text: Text | None = None
    style: Slug | None = None
    city: Annotated[str, Meta(min_length=1, max_length=80, pattern=r"\w")] | None = None
    lat: Annotated[float, Meta(ge=-90, le=90)] | None = None
    lon: Annotated[float, Meta(ge=-180, le=180)] | None = None
    radius_km: Annotated[float, Meta(gt=0, le=MAX_RADIUS_KM)] | None = None
    max_price: Annotated[int, Meta(ge=0, le=10**12)] | None = None
    currency: Currency | None = None
    books_open: bool | None = None
    cursor: Cursor | None = None
    limit: Limit = 20


class FoundArtist(Output, frozen=True):
    """An artist who was found. distanceKm: from the place that was asked about, if one was."""

    artist_id: str
    handle: str
    name: str
    avatar: str | None
    business_name: str
    styles: tuple[str, ...]
    city: str
    coordinates: Coordinates | None
    books_open: bool
    from_prices: list[Money]
    rating: RatingSummary
    distance_km: float | None = None


class FoundArtists(Output, frozen=True):
    """Artists in the order of their ids, which never changes.

    A page may hold fewer than `limit`, or none, while there is a `nextCursor` to go on from: so
    many are looked at for one page, and no more.
    """

    items: list[FoundArtist]
    next_cursor: str | None
