"""Guest spots: which of an artist's are still ahead, or now, and in which city each is."""

from collections.abc import Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

from domain.search_words import normalize, split_words
from profiles.models.artist_pages import GuestSpot
from profiles.models.search import FoundSpot

# A location is an address in the artist's words. The city is in one of its last parts, beside a
# postal code or before a country: `Rua da Rosa 12, 1200-383 Lisboa, Portugal`.
_CITY_PARTS = 2


def list_ahead(spots: Iterable[GuestSpot], now: datetime) -> list[GuestSpot]:
    """Return the guest spots that are not over, the next one first."""
    ahead = [
        (spot.first_date, spot.id, spot)
        for spot in spots
        if spot.first_date is not None and not is_over(spot, now)
    ]
    return [spot for _, _, spot in sorted(ahead, key=lambda one: one[:2])]


def list_findable(spots: Iterable[GuestSpot], max_cities: int) -> tuple[FoundSpot, ...]:
    """Return the next guest spots that searches find, with so many cities together at most."""
    cities: dict[str, None] = {}
    found = []
    dated = (spot for spot in spots if spot.first_date is not None and spot.last_date is not None)
    for spot in sorted(dated, key=lambda one: (one.first_date, one.id)):
        assert spot.first_date is not None
        assert spot.last_date is not None
        named = list_cities(spot.location)
        if not named or len(cities | dict.fromkeys(named)) > max_cities:
            continue
        cities |= dict.fromkeys(named)
        found.append(FoundSpot(spot.location, spot.time_zone, spot.first_date, spot.last_date))
    return tuple(found[:max_cities])


def list_cities(location: str) -> list[str]:
    """Return what may be the city of a location, normalized: its last parts, without numbers."""
    parts = location.replace("\n", ",").split(",")
    words = [
        [word for word in split_words(part) if not any(letter.isdigit() for letter in word)]
        for part in parts
    ]
    return [" ".join(named) for named in words if named][-_CITY_PARTS:]


def find_in_city(spots: Iterable[FoundSpot], city: str, now: datetime) -> FoundSpot | None:
    """Return the first guest spot in a city that is not over; None without one."""
    here = (spot for spot in spots if normalize(city) in list_cities(spot.location))
    return next((spot for spot in here if not is_over(spot, now)), None)


def is_over(spot: GuestSpot | FoundSpot, now: datetime) -> bool:
    """Return whether the last date of a guest spot is over at its place."""
    today = now.astimezone(ZoneInfo(spot.time_zone)).date()
    return spot.last_date is not None and spot.last_date < today
