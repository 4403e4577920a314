"""Search entries of artists' pages, and the keys they are stored under.

Entries hold public data only. A page has an entry once its artist lists it and it has a name and a
handle; listing requires a handle.
"""

from collections.abc import Iterable

from domain.search_words import normalize, split_words
from profiles.models.artist_pages import ArtistPage
from profiles.models.search import SearchEntry
from profiles.rules import geo, guest_spots
from profiles.rules.visibility import Viewer, hide_fields

ALL = "ALL"
# Old and new keys together stay below the 100 writes of a DynamoDB transaction.
MAX_WORDS = 24
MAX_GUEST_CITIES = 6


def build_entry(page: ArtistPage) -> SearchEntry | None:
    """Build the search entry of a page; None while searches must not find it."""
    is_listed = page.details.listed and not page.is_hidden
    if not is_listed or page.handle is None or not page.name:
        return None
    public = hide_fields(page.details, Viewer.ANYBODY)
    texts = (
        *(page.name, public.business_name, page.handle, *public.styles, *public.tags, public.city),
        *(service.name for service in page.services.values()),
        public.bio,
    )
    return SearchEntry(
        artist_id=page.artist_id,
        name=page.name,
        handle=page.handle,
        avatar=page.avatar,
        business_name=public.business_name,
        styles=public.styles,
        city=public.city,
        coordinates=public.coordinates,
        prices=get_lowest_prices(page, Viewer.ANYBODY),
        books_open=public.books_open,
        words=_get_first_words(texts),
        guest_spots=guest_spots.list_findable(page.guest_spots.values(), MAX_GUEST_CITIES),
    )


def _get_first_words(texts: Iterable[str]) -> tuple[str, ...]:
    """Return the first distinct words of the texts."""
    words = dict.fromkeys(word for text in texts for word in split_words(text))
    return tuple(words)[:MAX_WORDS]


def get_lowest_prices(page: ArtistPage, viewer: Viewer) -> dict[str, int]:
    """Return the lowest price by currency: the artist's price floor, else the cheapest service.

    A service costs the total of its sittings.
    """
    prices: dict[str, int] = {}
    for service in page.services.values():
        price = service.total
        prices[price.currency] = min(price.amount, prices.get(price.currency, price.amount))
    floor = hide_fields(page.details, viewer).price_floor
    if floor is not None:
        prices[floor.currency] = floor.amount
    return dict(sorted(prices.items()))


def list_keys(entry: SearchEntry | None) -> tuple[str, ...]:
    """Return all keys that an entry is stored under."""
    if entry is None:
        return ()
    keys = [ALL, *map(build_word_key, entry.words), *map(build_style_key, entry.styles)]
    cities = [entry.city] if normalize(entry.city) else []
    for spot in entry.guest_spots:
        cities += guest_spots.list_cities(spot.location)
    keys += dict.fromkeys(map(build_city_key, cities))
    if entry.coordinates is not None:
        cells = [geo.get_cell(entry.coordinates, length) for length in geo.PRECISIONS]
        keys += map(build_cell_key, cells)
    return tuple(keys)


def build_word_key(word: str) -> str:
    """Build the key of all artists with this word."""
    return f"WORD#{word}"


def build_style_key(style: str) -> str:
    """Build the key of all artists who work in this style."""
    return f"STYLE#{style}"


def build_city_key(city: str) -> str:
    """Build the key of all artists in this city, or with a guest spot there; in any spelling."""
    return f"CITY#{normalize(city)}"


def build_cell_key(cell: str) -> str:
    """Build the key of all artists in this geohash cell."""
    return f"CELL#{cell}"
