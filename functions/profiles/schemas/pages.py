"""What is asked and answered about artists' pages."""

from typing import Annotated

from msgspec import UNSET, Meta, UnsetType

from profiles.models.pages import Coordinates, Field, Money, OfferedService, Socials, Visibility
from shared.http.decoding import Input, Output

Slug = Annotated[str, Meta(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$(?!\n)", max_length=30)]
Tag = Annotated[str, Meta(pattern=r"\S", max_length=30)]
Language = Annotated[
    str, Meta(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}$(?!\n)", max_length=35)
]


class PageChange(Input, frozen=True):
    """What changes of the caller's page; what is left out stays.

    version: that of the page as it was read; where it was changed since, the call is refused.
    styles: slugs, as `fine-line`. languages: BCP 47. handle: another one keeps the ones before as
    addresses that lead there. listed: whether searches find the page, which asks for a handle.
    privacy: of fields by their names; of those left out it stays.
    """

    version: Annotated[int, Meta(ge=0)]
    handle: Annotated[str, Meta(max_length=64)] | UnsetType = UNSET
    business_name: Annotated[str, Meta(max_length=100)] | UnsetType = UNSET
    bio: Annotated[str, Meta(max_length=500)] | UnsetType = UNSET
    styles: Annotated[tuple[Slug, ...], Meta(max_length=8)] | UnsetType = UNSET
    tags: Annotated[tuple[Tag, ...], Meta(max_length=10)] | UnsetType = UNSET
    address: Annotated[str, Meta(max_length=200)] | UnsetType = UNSET
    city: Annotated[str, Meta(max_length=80)] | UnsetType = UNSET
    coordinates: Coordinates | UnsetType | None = UNSET
    time_zone: Annotated[str, Meta(min_length=1, max_length=64)] | UnsetType | None = UNSET
    languages: Annotated[tuple[Language, ...], Meta(max_length=10)] | UnsetType = UNSET
    price_floor: Money | UnsetType | None = UNSET
    books_open: bool | UnsetType = UNSET
    listed: bool | UnsetType = UNSET
    socials: Socials | UnsetType = UNSET
    privacy: dict[Field, Visibility] | UnsetType = UNSET


class RatingSummary(Output, frozen=True):
    """How an artist was reviewed. `average` has one decimal; null without any review."""

    count: int
    average: float | None


class ArtistPage(Output, frozen=True):
    """An artist's page as the viewer may see it: what is hidden looks as if it was never said.

    fromPrices: from how much on the artist works, one for each currency.
    """

    artist_id: str
    handle: str | None
    name: str
    avatar: str | None
    business_name: str
    bio: str
    styles: tuple[str, ...]
    tags: tuple[str, ...]
    address: str
    city: str
    coordinates: Coordinates | None
    time_zone: str | None
    languages: tuple[str, ...]
    price_floor: Money | None
    books_open: bool
    socials: Socials
    services: list[OfferedService]
    from_prices: list[Money]
    rating: RatingSummary


class OwnPage(Output, frozen=True):
    """The caller's own page: all of it, who may see what, and the version that a change names.

    formerHandles: addresses that lead to the page, and that nobody else gets.
    """

    page: ArtistPage
    listed: bool
    privacy: dict[Field, Visibility]
    former_handles: list[str]
    version: int
