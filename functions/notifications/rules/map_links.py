"""Links that show a place on a map, and how to get there."""

from urllib.parse import urlencode

from domain import quotation

# https://developers.google.com/maps/documentation/urls/get-started: it opens the map application of
# a phone, or a browser, and needs no key.
SEARCH = "https://www.google.com/maps/search/"


def build(location: str) -> str | None:
    """Build the link to a place, as an artist wrote it; None where nothing of it is left."""
    query = quotation.flatten(location, quotation.MAX_PLACE)
    return f"{SEARCH}?{urlencode({'api': 1, 'query': query})}" if query else None
