"""The filter of a search for artists."""

from datetime import datetime

from msgspec import Struct

from domain.search_words import normalize
from profiles.models.artist_pages import Coordinates
from profiles.models.search import SearchEntry
from profiles.rules import geo, guest_spots


class SearchFilter(Struct, frozen=True):
    """The criteria of a search. All that are not None apply.

    Attributes:
        words: Words the entry must have, split and normalized.
        city: Normalized name of the city.
        max_price: Highest price to start from, in minor units of `currency`.
    """

    words: tuple[str, ...]
    style: str | None
    city: str | None
    place: Coordinates | None
    radius_km: float
    max_price: int | None
    currency: str | None
    books_open: bool | None


def matches(entry: SearchEntry, criteria: SearchFilter, now: datetime) -> bool:
    """Return whether an artist matches all criteria."""
    return (
        set(criteria.words) <= set(entry.words)
        and criteria.style in (None, *entry.styles)
        and _is_in_city(entry, criteria.city, now)
        and criteria.books_open in (None, entry.books_open)
        and _is_near(entry, criteria)
        and _is_affordable(entry, criteria)
    )


def _is_in_city(entry: SearchEntry, city: str | None, now: datetime) -> bool:
    """Return whether an artist works in a city: at home there, or as a guest now or later."""
    if city in (None, normalize(entry.city)):
        return True
    return guest_spots.find_in_city(entry.guest_spots, city, now) is not None


def _is_near(entry: SearchEntry, criteria: SearchFilter) -> bool:
    if criteria.place is None:
        return True
    place = entry.coordinates
    return place is not None and geo.get_distance_km(criteria.place, place) <= criteria.radius_km


def _is_affordable(entry: SearchEntry, criteria: SearchFilter) -> bool:
    if criteria.max_price is None:
        return True
    price = entry.prices.get(criteria.currency or "")
    return price is not None and price <= criteria.max_price
