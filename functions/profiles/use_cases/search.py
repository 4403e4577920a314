"""Search for artists.

Results are in the order that was asked for, and the cursor is the rank of the last artist of a
page. So artists who stay as they are appear once, whatever changes between two pages, and every
page but the last is full.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import msgspec
from msgspec.structs import asdict

from domain.errors import FieldError, InvalidFields
from domain.search_words import normalize, split_terms, split_words
from profiles.models.artist_pages import Coordinates
from profiles.rules.search_filter import Position, SearchFilter, Sort
from profiles.schemas.search import ArtistSearchQuery, FoundArtistList
from profiles.store import search as store
from profiles.use_cases import presenter, search_engines
from shared.http import cursors

DEFAULT_RADIUS_KM = 25.0
_PAGING = {"cursor", "limit", "facets"}


def search(query: ArtistSearchQuery, now: datetime) -> FoundArtistList:
    """Return a page of the artists that match.

    An artist is in the city of their studio, and in those of guest spots that are not over.

    Raises:
        InvalidFields: Criteria are incomplete, or the cursor belongs to another search.
    """
    criteria = _read_filter(query)
    values = {name: value for name, value in asdict(query).items() if name not in _PAGING}
    scope = f"artists {values}"
    after = _read_position(cursors.decode(query.cursor, scope)) if query.cursor else None
    answer = search_engines.get_engine().find(criteria, after, query.limit, now)
    entries = store.find_entries([hit.artist_id for hit in answer.hits])
    return FoundArtistList(
        items=[
            presenter.present_found_artist(entries[hit.artist_id], hit, criteria, now)
            for hit in answer.hits
            if hit.artist_id in entries  # others are found no more since
        ],
        next_cursor=cursors.encode(answer.end, scope) if answer.end else None,
        total=answer.total,
        facets=presenter.present_facets(answer.facets) if answer.facets else None,
    )


def _read_position(position: Any) -> Position:
    return msgspec.convert(position, Position)


def _read_filter(query: ArtistSearchQuery) -> SearchFilter:
    errors = list(_list_errors(query))
    if errors:
        raise InvalidFields(*errors)
    place = None
    if query.lat is not None and query.lon is not None:
        place = Coordinates(query.lat, query.lon)
    return SearchFilter(
        words=tuple(split_terms(query.text or "")),
        style=query.style,
        city=normalize(query.city) if query.city is not None else None,
        place=place,
        radius_km=query.radius_km or DEFAULT_RADIUS_KM,
        max_price=query.max_price,
        currency=query.currency,
        books_open=query.books_open,
        sort=query.sort or (Sort.DISTANCE if place else Sort.RATING),
        with_facets=query.facets,
    )


def _list_errors(query: ArtistSearchQuery) -> Iterable[FieldError]:
    if (query.lat is None) is not (query.lon is None):
        missing = "lat" if query.lat is None else "lon"
        yield FieldError(f"query.{missing}", "is required beside the other")
    if query.radius_km is not None and query.lat is None and query.lon is None:
        yield FieldError("query.radiusKm", "needs lat and lon")
    if query.sort is Sort.DISTANCE and query.lat is None and query.lon is None:
        yield FieldError("query.sort", "needs lat and lon to be distance")
    needs_currency = query.max_price is not None or query.sort is Sort.PRICE
    if query.currency is None and needs_currency:
        yield FieldError("query.currency", "is required with maxPrice and to sort by price")
    if query.currency is not None and not (needs_currency or query.facets):
        yield FieldError("query.maxPrice", "is required beside currency")
    for name, text in (("text", query.text), ("city", query.city)):
        if text is not None and not split_words(text):
            yield FieldError(f"query.{name}", "holds no word")
