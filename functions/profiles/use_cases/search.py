"""Looking for artists: the keys that a search reads, in what portions, and what fits.

A search reads one key that narrows it most, or the cells around a place, in the order of the
artists' ids, and lets through what fits all of it. That order never changes and an artist stands
under a key once, so a cursor (the last id that was looked at) neither repeats nor skips anybody,
whatever others change meanwhile. How much is read for one page is bounded: where little fits, a
page is short and its cursor leads on.
"""

from msgspec import Struct
from msgspec.structs import asdict

from domain.errors import FieldError, InvalidFields
from profiles.models.pages import Coordinates, Found
from profiles.rules import geo, search_keys
from profiles.rules.search_words import folded, words
from profiles.schemas.search import ArtistsQuery, FoundArtists
from profiles.store import pages as store
from profiles.store import reviews
from profiles.use_cases import presenter
from shared.http import cursors

PORTION = 100  # artists read of one key at once
MAX_READS = 12  # portions read for one page
USUAL_RADIUS_KM = 25.0
_NOT_THE_LIST = {"cursor", "limit"}


class Wanted(Struct, frozen=True):
    """What somebody looks for, as it is compared."""

    words: tuple[str, ...]
    style: str | None
    city: str | None
    place: Coordinates | None
    radius_km: float
    max_price: int | None
    currency: str | None
    books_open: bool | None


def search(query: ArtistsQuery) -> FoundArtists:
    """A page of the artists who fit.

    Raises a 422 Problem for half a place or price, and a cursor that is not of this search.
    """
    wanted = _wanted(query)
    asked = {name: value for name, value in asdict(query).items() if name not in _NOT_THE_LIST}
    scope = f"artists {asked}"
    after = cursors.decode(query.cursor, scope) if query.cursor else None
    found, position = _page(wanted, after, query.limit)
    ratings = reviews.find_ratings([artist.artist_id for artist in found])
    return FoundArtists(
        items=[presenter.found(artist, ratings, wanted.place) for artist in found],
        next_cursor=cursors.encode(position, scope) if position else None,
    )


def fits(artist: Found, wanted: Wanted) -> bool:
    """Whether the artist is one of those who are looked for."""
    return (
        set(wanted.words) <= set(artist.words)
        and wanted.style in (None, *artist.styles)
        and wanted.city in (None, folded(artist.city))
        and wanted.books_open in (None, artist.books_open)
        and _is_near(artist, wanted)
        and _is_affordable(artist, wanted)
    )


def _is_near(artist: Found, wanted: Wanted) -> bool:
    if wanted.place is None:
        return True
    place = artist.coordinates
    return place is not None and geo.distance_km(wanted.place, place) <= wanted.radius_km


def _is_affordable(artist: Found, wanted: Wanted) -> bool:
    if wanted.max_price is None:
        return True
    price = artist.prices.get(wanted.currency or "")
    return price is not None and price <= wanted.max_price


def _wanted(query: ArtistsQuery) -> Wanted:
    errors = []
    if (query.lat is None) is not (query.lon is None):
        missing = "lat" if query.lat is None else "lon"
        errors.append(FieldError(f"query.{missing}", "is required beside the other"))
    if query.radius_km is not None and query.lat is None and query.lon is None:
        errors.append(FieldError("query.radiusKm", "needs lat and lon"))
    if (query.max_price is None) is not (query.currency is None):
        missing = "maxPrice" if query.max_price is None else "currency"
        errors.append(FieldError(f"query.{missing}", "is required beside the other"))
    for name, given in (("text", query.text), ("city", query.city)):
        if given is not None and not words(given):
            errors.append(FieldError(f"query.{name}", "holds no word"))
    if errors:
        raise InvalidFields(*errors)
    place = None
    if query.lat is not None and query.lon is not None:
        place = Coordinates(query.lat, query.lon)
    return Wanted(
        words=tuple(words(query.text or "")),
        style=query.style,
        city=folded(query.city) if query.city is not None else None,
        place=place,
        radius_km=query.radius_km or USUAL_RADIUS_KM,
        max_price=query.max_price,
        currency=query.currency,
        books_open=query.books_open,
    )


def _keys(wanted: Wanted) -> list[str]:
    """Under which keys everybody who fits is found, each of them under one of these."""
    if wanted.words:
        return [search_keys.word_key(max(wanted.words, key=len))]  # long words are rare
    if wanted.place is not None:
        return [search_keys.cell_key(cell) for cell in geo.covering(wanted.place, wanted.radius_km)]
    if wanted.city is not None:
        return [search_keys.city_key(wanted.city)]
    return [search_keys.style_key(wanted.style) if wanted.style is not None else search_keys.ALL]


def _page(wanted: Wanted, after: str | None, limit: int) -> tuple[list[Found], str | None]:
    """So many who fit after a position, and the position to go on from, if there may be more."""
    keys = _keys(wanted)
    found: list[Found] = []
    for _ in range(MAX_READS // len(keys)):
        portion, after = _portion(keys, after)
        fitting = [artist for artist in portion if fits(artist, wanted)]
        room = limit - len(found)
        found += fitting[:room]
        if len(fitting) > room:
            return found, found[-1].artist_id
        if after is None or len(found) == limit:
            break
    return found, after


def _portion(keys: list[str], after: str | None) -> tuple[list[Found], str | None]:
    """Who comes next under these keys together, by their ids, and where to go on, if there is more.

    Of a key that may hold more than was read, nobody is known behind the last that was read.
    """
    read = [store.search(key, after, PORTION) for key in keys]
    ends = [part[-1].artist_id for part in read if len(part) == PORTION]
    known = min(ends, default=None)
    artists = {artist.artist_id: artist for part in read for artist in part}
    inside = sorted(who for who in artists if known is None or who <= known)
    return [artists[who] for who in inside], known
