"""How searches find a page: what they show of it, and under which keys.

Only what everybody may see is in here. A page is found once its artist lists it and it has a
handle, which listing asks for, and a name.
"""

from profiles.models.pages import Found, Page
from profiles.rules import geo
from profiles.rules.search_words import first_words, folded
from profiles.rules.visibility import Viewer, seen

ALL = "ALL"
MAX_WORDS = 24  # with the other keys, twice, within the 100 writes of a transaction


def found_of(page: Page) -> Found | None:
    """The artist as searches show them; None while they are not to be found."""
    if not page.details.listed or page.handle is None or not page.name:
        return None
    shown = seen(page.details, Viewer.ANYBODY)
    said = (
        *(page.name, shown.business_name, page.handle, *shown.styles, *shown.tags, shown.city),
        *(service.name for service in page.services.values()),
        shown.bio,
    )
    return Found(
        artist_id=page.artist_id,
        name=page.name,
        handle=page.handle,
        avatar=page.avatar,
        business_name=shown.business_name,
        styles=shown.styles,
        city=shown.city,
        coordinates=shown.coordinates,
        prices=lowest_prices(page, Viewer.ANYBODY),
        books_open=shown.books_open,
        words=first_words(said, MAX_WORDS),
    )


def lowest_prices(page: Page, viewer: Viewer) -> dict[str, int]:
    """From how much on the artist works, by currency: their own word, else the cheapest service."""
    prices: dict[str, int] = {}
    for service in page.services.values():
        price = service.price
        prices[price.currency] = min(price.amount, prices.get(price.currency, price.amount))
    floor = seen(page.details, viewer).price_floor
    if floor is not None:
        prices[floor.currency] = floor.amount
    return dict(sorted(prices.items()))


def keys_of(found: Found | None) -> tuple[str, ...]:
    """All keys under which the artist is found."""
    if found is None:
        return ()
    keys = [ALL, *map(word_key, found.words), *map(style_key, found.styles)]
    if folded(found.city):
        keys.append(city_key(found.city))
    if found.coordinates is not None:
        keys += [cell_key(geo.cell(found.coordinates, length)) for length in geo.PRECISIONS]
    return tuple(keys)


def word_key(word: str) -> str:
    """The key of all who have this word."""
    return f"WORD#{word}"


def style_key(style: str) -> str:
    """The key of all who work in this style."""
    return f"STYLE#{style}"


def city_key(city: str) -> str:
    """The key of all who work in this city, however it is spelled."""
    return f"CITY#{folded(city)}"


def cell_key(cell: str) -> str:
    """The key of all who work in this cell of the geohash."""
    return f"CELL#{cell}"
