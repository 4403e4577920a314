"""Links that show a place on a map, and how to get there."""

from urllib.parse import urlencode

from domain import quotation

# https://developers.google.com/maps/documentation/urls/get-started: it opens the map application of
# a phone, or a browser, and needs no key.
SEARCH = "https://www.google.com/maps/search/"
MAX_CHARACTERS = 400  # a reminder must fit into an SMS


def build(location: str) -> str | None:
    """Build the link to a place, as an artist wrote it.

    Returns:
        The link; None where nothing of the place is left, or the link would be too long.
    """
    query = quotation.flatten(location, quotation.MAX_PLACE)
    link = f"{SEARCH}?{urlencode({'api': 1, 'query': query})}"
    return link if query and len(link) <= MAX_CHARACTERS else None
