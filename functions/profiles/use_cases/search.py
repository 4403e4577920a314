"""Search for artists.

A search reads the one key that narrows it most, or the cells around a place, ordered by artist id,
and keeps the entries that match all criteria. That order is fixed, and an artist has one entry per
key. A cursor, which is the last id examined, therefore neither repeats nor skips artists, whatever
changes meanwhile. The number of entries read per page is bounded: when few match, a page is short
and its cursor continues the search.
"""

from datetime import datetime

from msgspec.structs import asdict

from domain.errors import FieldError, InvalidFields
from domain.search_words import normalize, split_words
from profiles.models.artist_pages import Coordinates
from profiles.models.search import SearchEntry
from profiles.rules import geo, search_keys
from profiles.rules.search_filter import SearchFilter, matches
from profiles.schemas.search import ArtistSearchQuery, FoundArtistList
from profiles.store import reviews
from profiles.store import search as store
from profiles.use_cases import presenter
from shared.http import cursors

BATCH = 100  # entries read per key at once
MAX_READS = 12  # batches read per page
DEFAULT_RADIUS_KM = 25.0
_PAGING = {"cursor", "limit"}


def search(query: ArtistSearchQuery, now: datetime) -> FoundArtistList:
    """Return a page of the artists that match.

    An artist is in the city of their studio, and in those of guest spots that are not over.

    Raises:
        InvalidFields: Criteria are incomplete, or the cursor belongs to another search.
    """
    criteria = _read_filter(query)
    values = {name: value for name, value in asdict(query).items() if name not in _PAGING}
    scope = f"artists {values}"
    after = cursors.decode(query.cursor, scope) if query.cursor else None
    entries, position = _find_page(criteria, after, query.limit, now)
    ratings = reviews.find_ratings([entry.artist_id for entry in entries])
    return FoundArtistList(
        items=[presenter.present_found_artist(each, ratings, criteria, now) for each in entries],
        next_cursor=cursors.encode(position, scope) if position else None,
    )


def _read_filter(query: ArtistSearchQuery) -> SearchFilter:
    errors = []
    if (query.lat is None) is not (query.lon is None):
        missing = "lat" if query.lat is None else "lon"
        errors.append(FieldError(f"query.{missing}", "is required beside the other"))
    if query.radius_km is not None and query.lat is None and query.lon is None:
        errors.append(FieldError("query.radiusKm", "needs lat and lon"))
    if (query.max_price is None) is not (query.currency is None):
        missing = "maxPrice" if query.max_price is None else "currency"
        errors.append(FieldError(f"query.{missing}", "is required beside the other"))
    for name, text in (("text", query.text), ("city", query.city)):
        if text is not None and not split_words(text):
            errors.append(FieldError(f"query.{name}", "holds no word"))
    if errors:
        raise InvalidFields(*errors)
    place = None
    if query.lat is not None and query.lon is not None:
        place = Coordinates(query.lat, query.lon)
    return SearchFilter(
        words=tuple(split_words(query.text or "")),
        style=query.style,
        city=normalize(query.city) if query.city is not None else None,
        place=place,
        radius_km=query.radius_km or DEFAULT_RADIUS_KM,
        max_price=query.max_price,
        currency=query.currency,
        books_open=query.books_open,
    )


def _choose_keys(criteria: SearchFilter) -> list[str]:
    """Return keys such that every matching artist has an entry under exactly one of them."""
    if criteria.words:
        return [search_keys.build_word_key(max(criteria.words, key=len))]  # long words are rare
    if criteria.place is not None:
        cells = geo.list_covering_cells(criteria.place, criteria.radius_km)
        return [search_keys.build_cell_key(cell) for cell in cells]
    if criteria.city is not None:
        return [search_keys.build_city_key(criteria.city)]
    if criteria.style is not None:
        return [search_keys.build_style_key(criteria.style)]
    return [search_keys.ALL]


def _find_page(
    criteria: SearchFilter, after: str | None, limit: int, now: datetime
) -> tuple[list[SearchEntry], str | None]:
    """Return up to `limit` matches after a position, and where to continue if there may be more."""
    keys = _choose_keys(criteria)
    page: list[SearchEntry] = []
    for _ in range(MAX_READS // len(keys)):
        batch, after = _read_batch(keys, after)
        matching = [entry for entry in batch if matches(entry, criteria, now)]
        remaining = limit - len(page)
        page += matching[:remaining]
        if len(matching) > remaining:
            return page, page[-1].artist_id
        if after is None or len(page) == limit:
            break
    return page, after


def _read_batch(keys: list[str], after: str | None) -> tuple[list[SearchEntry], str | None]:
    """Read the next entries under all keys, ordered by artist id.

    A key with more entries than were read is only known up to the last one read, so the batch ends
    at the first of these positions.

    Returns:
        The entries, and where to continue if there may be more.
    """
    batches = [store.list_entries(key, after, BATCH) for key in keys]
    ends = [batch[-1].artist_id for batch in batches if len(batch) == BATCH]
    end = min(ends, default=None)
    entries = {entry.artist_id: entry for batch in batches for entry in batch}
    artist_ids = sorted(artist_id for artist_id in entries if end is None or artist_id <= end)
    return [entries[artist_id] for artist_id in artist_ids], end
