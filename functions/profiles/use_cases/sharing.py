"""Share pages: the HTML that link previews, search engines and people get of an artist."""

from hashlib import sha256
from typing import Annotated

import msgspec
from msgspec import Meta

from domain.errors import NotFound
from profiles.models.artist_pages import ArtistPage
from profiles.models.reviews import Rating
from profiles.share_pages import content, html
from profiles.share_pages.content import Addresses, Work
from profiles.store import reviews
from profiles.use_cases import artist_pages, files, portfolio
from shared.platform.config import from_environment, secret

SHOWN_ITEMS = 10  # the first ones of the portfolio
MAX_SHARED = 20  # pictures of them


class WebSettings(msgspec.Struct, frozen=True):
    """Settings of links to the web application.

    Attributes:
        web_app_url: Its base URL; empty where pages link to nothing.
    """

    web_app_url: Annotated[str, Meta(pattern=r"^(https?://[^\s?#]+)?$")] = ""


class Rendered(msgspec.Struct, frozen=True):
    """A share page as HTML, with the version that a cache compares (RFC 9110, 8.8.3)."""

    html: str
    etag: str

    def is_known(self, if_none_match: str | None) -> bool:
        """Return whether a cache has this version (RFC 9110, 13.1.2)."""
        known = {each.strip().removeprefix("W/") for each in (if_none_match or "").split(",")}
        return "*" in known or self.etag in known


def render(handle: str) -> Rendered:
    """Render the share page of an artist, by handle or id.

    Raises:
        NotFound: There is no such artist, or searches do not find them.
        PageMoved: The artist's current handle is another one.
    """
    page = artist_pages.find_listed(handle)
    if page is None or page.handle is None:
        raise NotFound("There is no such artist.")
    artist_pages.require_current(page, handle)
    rating = reviews.find_ratings([page.artist_id]).get(page.artist_id, Rating())
    shown = content.build(page, page.handle, rating, _list_works(page), _read_addresses())
    text = html.render(shown)
    return Rendered(text, f'"{sha256(text.encode()).hexdigest()[:32]}"')


def _list_works(page: ArtistPage) -> list[Work]:
    """Return the first pictures of the portfolio, in its order, with their captions."""
    items, _ = portfolio.list_page(page.artist_id, None, SHOWN_ITEMS)
    shown = [item for item in items if not item.is_hidden]
    captions = {file_id: item.caption for item in shown for file_id in item.file_ids}
    images = files.list_images(list(captions)[: files.MAX_FOUND])[:MAX_SHARED]
    return [Work(image.id, captions[image.id], image.alt_text) for image in images]


def _read_addresses() -> Addresses:
    return Addresses(
        api=secret("api").get("API_URL", "").rstrip("/"),
        web=from_environment(WebSettings).web_app_url.rstrip("/"),
    )
