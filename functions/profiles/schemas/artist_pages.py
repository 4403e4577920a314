"""Requests and responses for artists' pages."""

from typing import Annotated

from msgspec import UNSET, Meta, UnsetType

from domain import types
from domain.money import Money
from domain.types import FilledLine, Line
from profiles.models.artist_pages import (
    Coordinates,
    OfferedService,
    PageField,
    Socials,
    Visibility,
)
from profiles.schemas.moderation import ContentHidingView
from shared.http.decoding import Input, Output

StyleSlug = Annotated[
    str,
    Meta(
        pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$(?!\n)",
        max_length=30,
        description="Style as a slug.",
        examples=["fine-line"],
    ),
]
Tag = Annotated[FilledLine, Meta(max_length=30, description="Free tag.", examples=["flowers"])]
LanguageTag = Annotated[
    str,
    Meta(
        pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}$(?!\n)",
        max_length=35,
        description="Language tag (BCP 47).",
        examples=["en"],
    ),
]


class UpdateArtistPageRequest(Input, frozen=True):
    """Changes of the caller's page. Omitted fields stay as they are.

    Attributes:
        version: Version of the page that was read; the request is refused if it has changed since.
        handle: New handle; former handles keep redirecting to the page. Example: maravoss
        business_name: Name of the business. Example: Voss Tattoo
        bio: Text about the artist.
            Example: Botanical fine line tattoos in Berlin.
        styles: Styles the artist works in, as slugs. Example: ["fine-line", "botanical"]
        tags: Free tags. Example: ["flowers", "vegan ink"]
        address: Street address of the studio. Example: Oranienstr. 1, 10999 Berlin
        city: City of the studio. Example: Berlin
        coordinates: Place of the studio; null removes it.
        time_zone: IANA time zone of the studio; null removes it. Example: Europe/Berlin
        languages: Languages the artist speaks (BCP 47). Example: ["de", "en"]
        price_floor: Lowest price the artist works for; null removes it.
        books_open: Whether the artist takes new bookings, holds and consultations.
        listed: Whether searches find the page, which requires a handle.
        socials: Links to the artist elsewhere; replaces all of them.
        privacy: Visibility of fields by name; omitted fields keep theirs.
            Example: {"address": "clients"}
    """

    version: Annotated[types.Version, Meta(ge=0)]
    handle: Annotated[str, Meta(max_length=64)] | UnsetType = UNSET
    business_name: Annotated[Line, Meta(max_length=100)] | UnsetType = UNSET
    bio: Annotated[str, Meta(max_length=500)] | UnsetType = UNSET
    styles: Annotated[tuple[StyleSlug, ...], Meta(max_length=8)] | UnsetType = UNSET
    tags: Annotated[tuple[Tag, ...], Meta(max_length=10)] | UnsetType = UNSET
    address: Annotated[Line, Meta(max_length=200)] | UnsetType = UNSET
    city: Annotated[Line, Meta(max_length=80)] | UnsetType = UNSET
    coordinates: Coordinates | UnsetType | None = UNSET
    time_zone: Annotated[types.TimeZone, Meta(min_length=1, max_length=64)] | UnsetType | None = (
        UNSET
    )
    languages: Annotated[tuple[LanguageTag, ...], Meta(max_length=10)] | UnsetType = UNSET
    price_floor: Money | UnsetType | None = UNSET
    books_open: bool | UnsetType = UNSET
    listed: bool | UnsetType = UNSET
    socials: Socials | UnsetType = UNSET
    privacy: dict[PageField, Visibility] | UnsetType = UNSET


class RatingSummary(Output, frozen=True):
    """The ratings an artist received.

    Attributes:
        count: Number of reviews. Example: 12
        average: Mean rating to one decimal place; null without reviews. Example: 4.8
    """

    count: int
    average: float | None


class OfferedServiceView(OfferedService, frozen=True, kw_only=True):
    """A service of the artist, copied from appointments.

    Attributes:
        total: Price of all sittings, which are booked together.
    """

    total: Money


class GuestSpotView(Output, frozen=True):
    """Dates on which the artist works at another place, and on no other.

    Attributes:
        location: Where the appointments take place. Example: Rua da Rosa 12, Lisbon
        time_zone: IANA time zone of that place. Example: Europe/Lisbon
        first_date: First date there. Example: 2030-03-04
        last_date: Last date there. Example: 2030-03-10
    """

    location: str
    time_zone: types.TimeZone
    first_date: types.LocalDate
    last_date: types.LocalDate


class ResponseTimeView(Output, frozen=True):
    """How soon the artist answered messages of clients and guests in the last 90 days.

    Attributes:
        typical_minutes: Half of the answers came within this time: 15, 60, 180, 360, 720, 1440,
            2880 or 10080 minutes. Example: 60
        answered_share: Share of the messages that were answered, in tenths. Example: 0.9
    """

    typical_minutes: int
    answered_share: float


class ArtistPageView(Output, frozen=True):
    """An artist's page as the viewer may see it. Hidden fields look as if they were empty.

    Attributes:
        handle: Current handle; null before the artist chose one. Example: maravoss
        name: Name of the artist. Example: Mara Voss
        avatar: Id of the avatar's image, if there is one.
        business_name: Name of the business. Example: Voss Tattoo
        bio: Text about the artist.
            Example: Botanical fine line tattoos in Berlin.
        styles: Styles the artist works in, as slugs. Example: ["fine-line", "botanical"]
        tags: Free tags. Example: ["flowers", "vegan ink"]
        address: Street address of the studio. Example: Oranienstr. 1, 10999 Berlin
        city: City of the studio. Example: Berlin
        coordinates: Place of the studio; to about a kilometre for viewers who do not see the
            address.
        time_zone: IANA time zone of the studio. Example: Europe/Berlin
        languages: Languages the artist speaks (BCP 47). Example: ["de", "en"]
        price_floor: Lowest price the artist works for.
        books_open: Whether the artist takes new bookings, holds and consultations.
        socials: Links to the artist elsewhere.
        services: Services the artist offers.
        guest_spots: Guest spots that are not over, the next one first.
        from_prices: Lowest price of a service with all its sittings, in each currency.
        rating: Ratings the artist received.
        followers: Number of users who follow the artist. Example: 120
        response_time: How soon the artist answers; null where too few answers are known.
    """

    artist_id: types.ArtistId
    handle: str | None
    name: str
    avatar: types.FileId | None
    business_name: str
    bio: str
    styles: tuple[str, ...]
    tags: tuple[str, ...]
    address: str
    city: str
    coordinates: Coordinates | None
    time_zone: types.TimeZone | None
    languages: tuple[str, ...]
    price_floor: Money | None
    books_open: bool
    socials: Socials
    services: list[OfferedServiceView]
    guest_spots: list[GuestSpotView]
    from_prices: list[Money]
    rating: RatingSummary
    followers: int
    response_time: ResponseTimeView | None = None


class OwnArtistPageView(Output, frozen=True):
    """The caller's own page, with its settings.

    Attributes:
        page: The page with all its fields.
        listed: Whether searches find the page.
        privacy: Visibility of each field. Example: {"address": "clients", "bio": "public"}
        former_handles: Former handles, which redirect to the page and stay reserved for the artist.
            Example: ["mara-ink"]
        version: Version of the page; a change names it.
        hidden: Since when and why an admin hides it from everybody else, or null. Example: null
    """

    page: ArtistPageView
    listed: bool
    privacy: dict[PageField, Visibility]
    former_handles: list[str]
    version: types.Version
    hidden: ContentHidingView | None
