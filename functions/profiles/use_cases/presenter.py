"""Presentation of artists' pages and search results."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from msgspec.structs import asdict

from domain.money import Money
from domain.search_words import normalize
from profiles.models.artist_pages import ArtistPage, GuestSpot, OfferedService, ResponseTime
from profiles.models.reviews import Rating
from profiles.models.search import SearchEntry
from profiles.rules import geo, guest_spots, search_entries
from profiles.rules.search_filter import Facets, Hit, SearchFilter
from profiles.rules.visibility import Viewer, hide_fields
from profiles.schemas.artist_pages import (
    ArtistPageView,
    GuestSpotView,
    OfferedServiceView,
    RatingSummary,
    ResponseTimeView,
)
from profiles.schemas.search import (
    BooksCount,
    FoundArtist,
    PriceBandCount,
    SearchFacets,
    ValueCount,
)

MAX_FACET_VALUES = 50
_SETTINGS = {"listed", "privacy"}


def present_page(
    page: ArtistPage, viewer: Viewer, rating: Rating, followers: int, now: datetime
) -> ArtistPageView:
    """Return a page with the fields that the viewer may see."""
    details = asdict(hide_fields(page.details, viewer))
    return ArtistPageView(
        artist_id=page.artist_id,
        handle=page.handle,
        name=page.name,
        avatar=page.avatar,
        services=[
            OfferedServiceView(**_get_fields(service), total=service.total)
            for service in sorted(page.services.values(), key=lambda service: service.id)
        ],
        guest_spots=[
            _present_guest_spot(spot)
            for spot in guest_spots.list_ahead(page.guest_spots.values(), now)
        ],
        from_prices=_present_prices(search_entries.get_lowest_prices(page, viewer)),
        rating=_present_rating(rating),
        followers=followers,
        response_time=_present_response_time(page.response_time),
        **{name: value for name, value in details.items() if name not in _SETTINGS},
    )


def _present_response_time(known: ResponseTime | None) -> ResponseTimeView | None:
    if known is None or known.typical_minutes is None or known.answered_share is None:
        return None
    return ResponseTimeView(known.typical_minutes, known.answered_share)


def _present_guest_spot(spot: GuestSpot) -> GuestSpotView:
    assert spot.first_date is not None
    assert spot.last_date is not None
    return GuestSpotView(spot.location, spot.time_zone, spot.first_date, spot.last_date)


def present_found_artist(
    entry: SearchEntry, hit: Hit, criteria: SearchFilter, now: datetime
) -> FoundArtist:
    """Return a search result, with the distance from the centre of the search if it has one.

    An artist who was found by a guest spot is shown with it.
    """
    distance, center, spot = None, criteria.place, None
    if criteria.city is not None and normalize(entry.city) != criteria.city:
        spot = guest_spots.find_in_city(entry.guest_spots, criteria.city, now)
    if center is not None and entry.coordinates is not None:
        distance = round(geo.get_distance_km(center, entry.coordinates), 1)
    return FoundArtist(
        artist_id=entry.artist_id,
        handle=entry.handle,
        name=entry.name,
        avatar=entry.avatar,
        business_name=entry.business_name,
        styles=entry.styles,
        city=entry.city,
        coordinates=entry.coordinates,
        books_open=entry.books_open,
        from_prices=_present_prices(entry.prices),
        rating=_present_rating(hit.rating),
        distance_km=distance,
        next_free=hit.next_free,
        guest_spot=GuestSpotView(spot.location, spot.time_zone, spot.first_date, spot.last_date)
        if spot
        else None,
    )


def present_facets(facets: Facets) -> SearchFacets:
    """Return the facets of a search, the most frequent values first."""
    return SearchFacets(
        styles=_list_most_frequent(facets.styles),
        cities=_list_most_frequent(facets.cities),
        prices=[
            PriceBandCount(band.currency, band.start, band.below, count)
            for band, count in sorted(
                facets.prices.items(), key=lambda item: (item[0].currency, item[0].start)
            )
        ][:MAX_FACET_VALUES],
        books_open=BooksCount(facets.books[True], facets.books[False]),
    )


def _list_most_frequent(counts: Mapping[str, int]) -> list[ValueCount]:
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return [ValueCount(value, count) for value, count in ordered[:MAX_FACET_VALUES]]


def _get_fields(service: OfferedService) -> dict[str, Any]:
    return {name: getattr(service, name) for name in service.__struct_fields__}


def _present_prices(amounts: Mapping[str, int]) -> list[Money]:
    return [Money(amount, currency) for currency, amount in amounts.items()]


def _present_rating(rating: Rating | None) -> RatingSummary:
    return RatingSummary(rating.count, rating.average) if rating else RatingSummary(0, None)
