"""Links to the pages on which clients write a review."""

import re
from collections.abc import Iterator
from urllib.parse import parse_qs, quote, urlsplit

from domain.errors import FieldError
from notifications.models import ReviewLinks

# Google's "Ask for reviews" gives out the first; the second is made of the id of a place
# (https://developers.google.com/maps/documentation/places/web-service/place-id).
_GOOGLE_PROFILE = re.compile(r"/(r/)?[\w-]+/review/?")
_GOOGLE_FORM = "/local/writereview"
_GOOGLE_ERROR = (
    "must be a link to write a review: https://g.page/r/…/review, or "
    "https://search.google.com/local/writereview?placeid=…"
)
# Of a language too (`de-de`); others lead on to elsewhere, as `l` does.
_FACEBOOK_HOST = re.compile(r"(www\.|m\.|web\.|[a-z]{2}-[a-z]{2}\.)?facebook\.com")
_FACEBOOK_REVIEWS = re.compile(r"/(pg/)?[\w.%-]+/reviews/?")
_FACEBOOK_ERROR = "must be the reviews of a page: https://www.facebook.com/…/reviews"


def find_errors(links: ReviewLinks, field: str) -> Iterator[FieldError]:
    """Yield an error for each link that does not lead to where a review is written.

    Args:
        links: The links.
        field: Path of the field that contains them.
    """
    if links.google is not None and not _is_google_review(links.google):
        yield FieldError(f"{field}.google", _GOOGLE_ERROR)
    if links.google is not None and links.google_place_id is not None:
        yield FieldError(f"{field}.googlePlaceId", "is not allowed together with google")
    if links.facebook is not None and not _is_facebook_review(links.facebook):
        yield FieldError(f"{field}.facebook", _FACEBOOK_ERROR)


def get_google_link(links: ReviewLinks) -> str | None:
    """Return the link to write a review at Google, made of the place's id where it has one."""
    if links.google_place_id is None:
        return links.google
    return f"https://search.google.com{_GOOGLE_FORM}?placeid={quote(links.google_place_id)}"


def _is_google_review(url: str) -> bool:
    parts = urlsplit(url)
    host = parts.netloc.lower()
    if host == "g.page":
        return _GOOGLE_PROFILE.fullmatch(parts.path) is not None
    is_form = host == "search.google.com" and parts.path == _GOOGLE_FORM
    return is_form and bool(parse_qs(parts.query).get("placeid"))


def _is_facebook_review(url: str) -> bool:
    parts = urlsplit(url)
    if _FACEBOOK_HOST.fullmatch(parts.netloc.lower()) is None:
        return False
    # A page without a name of its own is known by its number.
    asked = parse_qs(parts.query)
    is_numbered = parts.path == "/profile.php" and "id" in asked and asked.get("sk") == ["reviews"]
    return is_numbered or _FACEBOOK_REVIEWS.fullmatch(parts.path) is not None
