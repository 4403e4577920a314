"""Search entries of artists' pages.

Entries hold public data only. A page has an entry once its artist lists it and it has a name and a
handle; listing requires a handle.
"""

from collections.abc import Iterable

from domain.search_words import list_index_terms
from profiles.models.artist_pages import ArtistPage
from profiles.models.search import SearchEntry
from profiles.rules import guest_spots
from profiles.rules.visibility import Viewer, hide_fields

MAX_WORDS = 150
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
    """Return the first distinct search terms of the texts."""
    words = dict.fromkeys(word for text in texts for word in list_index_terms(text))
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
