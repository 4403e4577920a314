"""Content of a share page: what everybody may see of an artist, and the addresses it links to."""

from collections.abc import Iterable
from urllib.parse import quote

from msgspec import Struct
from msgspec.structs import replace

from profiles.models.artist_pages import ArtistPage, OfferedService, PageDetails
from profiles.models.reviews import Rating
from profiles.rules.visibility import Viewer, hide_fields

MAX_DESCRIPTION = 200


class Addresses(Struct, frozen=True):
    """Where the product is reached.

    Attributes:
        api: Base URL of the API; empty if it is not known yet.
        web: Base URL of the web application; empty if there is none.
    """

    api: str
    web: str

    def build_share_url(self, handle: str) -> str | None:
        """Return the address of an artist's share page."""
        return f"{self.api}/v1/profiles/artists/{quote(handle)}/share" if self.api else None

    def build_picture_url(self, file_id: str) -> str | None:
        """Return the address of the picture of a public image; it stays the same."""
        return f"{self.api}/v1/files/public/{quote(file_id)}/picture" if self.api else None

    def build_artist_url(self, handle: str) -> str | None:
        """Return the address of an artist's page in the web application."""
        return f"{self.web}/artists/{quote(handle)}" if self.web else None

    def build_booking_url(self, handle: str, service_id: str) -> str | None:
        """Return the address at which a service of the artist is chosen already."""
        page = self.build_artist_url(handle)
        return f"{page}?service={quote(service_id)}" if page else None


class SharedService(Struct, frozen=True):
    """A service on a share page.

    Attributes:
        booking_url: Where it is booked; None while the books are closed.
    """

    service: OfferedService
    booking_url: str | None


class Work(Struct, frozen=True):
    """A picture of the portfolio.

    Attributes:
        file_id: Id of its file.
        caption: What the artist wrote below it.
        alt_text: What it shows, in the words of the artist.
    """

    file_id: str
    caption: str
    alt_text: str | None = None


class SharedPicture(Struct, frozen=True):
    """A picture on a share page, with what is written below it and what it shows, in one line."""

    url: str
    caption: str
    alt_text: str


class SharePage(Struct, frozen=True):
    """What everybody may see of an artist who is listed.

    Attributes:
        details: What the artist wrote; hidden fields are empty.
        title: Name of the business, or of the artist.
        description: The beginning of the bio, or else styles and city, in one line.
        url: Address of the share page, the canonical one.
        artist_url: The artist's page in the web application.
        pictures: The first pictures of the portfolio, in its order.
    """

    name: str
    details: PageDetails
    services: tuple[SharedService, ...]
    rating: Rating
    title: str
    description: str
    url: str | None
    artist_url: str | None
    pictures: tuple[SharedPicture, ...]

    @property
    def picture_url(self) -> str | None:
        """The picture that stands for the artist."""
        return self.pictures[0].url if self.pictures else None

    @property
    def picture_alt(self) -> str:
        """What that picture shows; the title, where the artist did not say."""
        shown = self.pictures[0].alt_text if self.pictures else ""
        return shown or self.title

    @property
    def booking_url(self) -> str | None:
        """Where the artist is booked; None while the books are closed."""
        return self.artist_url if self.details.books_open else None


def build(
    page: ArtistPage, handle: str, rating: Rating, works: Iterable[Work], addresses: Addresses
) -> SharePage:
    """Build the content of the share page of an artist.

    Args:
        page: The artist's page.
        handle: The current handle.
        rating: Ratings the artist received.
        works: Pictures of the portfolio.
        addresses: Where the product is reached.
    """
    details = hide_fields(page.details, Viewer.ANYBODY)
    services = sorted(page.services.values(), key=lambda service: service.id)
    return SharePage(
        name=page.name,
        details=replace(details, bio=_to_one_line(details.bio)),
        services=tuple(
            SharedService(
                service,
                addresses.build_booking_url(handle, service.id) if details.books_open else None,
            )
            for service in services
        ),
        rating=rating,
        title=details.business_name or page.name,
        description=_describe(details),
        url=addresses.build_share_url(handle),
        artist_url=addresses.build_artist_url(handle),
        pictures=tuple(
            SharedPicture(url, _to_one_line(work.caption), _to_one_line(work.alt_text or ""))
            for work in works
            if (url := addresses.build_picture_url(work.file_id))
        ),
    )


def _describe(details: PageDetails) -> str:
    styles = ", ".join(style.replace("-", " ") for style in details.styles)
    text = _to_one_line(details.bio) or " · ".join(filter(None, (styles, details.city)))
    is_short = len(text) <= MAX_DESCRIPTION
    return text if is_short else f"{text[: MAX_DESCRIPTION - 1].rstrip()}…"


def _to_one_line(text: str) -> str:
    return " ".join(text.split())
