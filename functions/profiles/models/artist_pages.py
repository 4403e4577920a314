"""Artists' pages and their handles."""

from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct, field

from domain.money import Money
from domain.types import REQUESTED_URL, LocalDate, ServiceId, TimeZone, Version
from domain.values import StrictValue, Value
from profiles.models.moderation import Moderation


class Visibility(StrEnum):
    """The audience of a field: everybody, the artist's clients, or only the artist."""

    PUBLIC = "public"
    CLIENTS = "clients"
    PRIVATE = "private"


class PageField(StrEnum):
    """A field of an artist's page that the artist may hide."""

    BUSINESS_NAME = "businessName"
    BIO = "bio"
    STYLES = "styles"
    TAGS = "tags"
    ADDRESS = "address"
    CITY = "city"
    COORDINATES = "coordinates"
    TIME_ZONE = "timeZone"
    LANGUAGES = "languages"
    PRICE_FLOOR = "priceFloor"
    SOCIALS = "socials"


class Coordinates(StrictValue, frozen=True):
    """A place on earth (WGS 84).

    Attributes:
        lat: Latitude in degrees; north is positive. Example: 52.52
        lon: Longitude in degrees; east is positive. Example: 13.405
    """

    lat: Annotated[float, Meta(ge=-90, le=90)]
    lon: Annotated[float, Meta(ge=-180, le=180)]


Url = Annotated[
    str, REQUESTED_URL, Meta(pattern=r"^https://[^\s/]+\.[^\s]+$(?!\n)", max_length=200)
]


class Socials(StrictValue, frozen=True, omit_defaults=True):
    """Links to the artist elsewhere; each is an https URL, and a page of the network it is for.

    Attributes:
        website: The artist's own website. Example: https://maravoss.example
        instagram: Instagram profile. Example: https://www.instagram.com/maravoss
        facebook: Facebook page. Example: https://www.facebook.com/maravoss
        tiktok: TikTok profile. Example: https://www.tiktok.com/@maravoss
        youtube: YouTube channel. Example: https://www.youtube.com/@maravoss
    """

    website: Url | None = None
    instagram: Url | None = None
    facebook: Url | None = None
    tiktok: Url | None = None
    youtube: Url | None = None


class PageDetails(Struct, frozen=True, rename="camel"):
    """The part of a page that its artist writes.

    Attributes:
        listed: Whether searches find the page.
        privacy: Visibility of the fields whose visibility is not the default.
    """

    business_name: str = ""
    bio: str = ""
    styles: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    address: str = ""
    city: str = ""
    coordinates: Coordinates | None = None
    time_zone: str | None = None
    languages: tuple[str, ...] = ()
    price_floor: Money | None = None
    books_open: bool = True
    listed: bool = False
    socials: Socials = Socials()
    privacy: dict[PageField, Visibility] = {}


class OfferedService(Value, frozen=True):
    """A service of the artist, copied from appointments.

    Attributes:
        id: Id of the service.
        name: Name of the service. Example: Fine line tattoo
        duration_minutes: Length of one sitting in minutes. Example: 120
        price: Price of one sitting.
        sittings: Number of sittings the service takes. Example: 1
        mode: How it is booked: `direct` without asking, or on `request`. Example: direct
    """

    id: ServiceId
    name: str
    duration_minutes: int
    price: Money
    sittings: int
    mode: str
    version: Version

    @property
    def total(self) -> Money:
        """The price of all sittings, which are booked together."""
        return Money(self.price.amount * self.sittings, self.price.currency)


class GuestSpot(Struct, frozen=True):
    """A schedule of the artist, copied from appointments: a guest spot, if it has dates.

    Attributes:
        id: Id of its schedule. Example: sch_01JD2Z5Q0V8XKM3F7T9B4N6RWC
        location: Where its appointments take place. Example: Rua da Rosa 12, Lisbon
        time_zone: IANA time zone of that place. Example: Europe/Lisbon
        first_date: First date there; None for a schedule without dates, which no page shows.
        last_date: Last date there.
    """

    id: str
    location: str
    time_zone: TimeZone
    first_date: LocalDate | None
    last_date: LocalDate | None
    version: Version


class ResponseTime(Struct, frozen=True):
    """How soon the artist answers clients, copied from messaging.

    Attributes:
        typical_minutes: Within how many minutes most answers come; None where too few are known.
        answered_share: Share of the clients who were answered.
    """

    typical_minutes: int | None
    answered_share: float | None
    version: Version


class ArtistPage(Struct, frozen=True):
    """An artist's page, with copies of their name, avatar, services and guest spots.

    Attributes:
        handles: All handles the artist ever had, oldest first; the last is the current one.
        services: Copies of the services, by id.
        guest_spots: Copies of the guest spots, by id.
        old_search_keys: Keys of search entries that versions up to 0.3 stored.
        revision: Number of the artist's own edits.
        version: Number of all changes.
        hidden: Whether nobody is shown the page: its artist is banned, or no artist any more.
        response_time: How soon the artist answers; None before messaging has said so.
        moderation: The newest decision of an admin about the page; None if there is none.
    """

    artist_id: str
    name: str = ""
    avatar: str | None = None
    handles: tuple[str, ...] = ()
    details: PageDetails = PageDetails()
    services: dict[str, OfferedService] = {}
    old_search_keys: tuple[str, ...] = field(default=(), name="index")
    revision: int = 0
    version: int = 0
    guest_spots: dict[str, GuestSpot] = {}
    hidden: bool = False
    response_time: ResponseTime | None = None
    moderation: Moderation | None = None

    @property
    def is_hidden(self) -> bool:
        """Whether nobody but the artist is shown the page, for whichever reason."""
        return self.hidden or (self.moderation is not None and self.moderation.hidden)

    @property
    def handle(self) -> str | None:
        """The current handle."""
        return self.handles[-1] if self.handles else None


class Handle(Struct, frozen=True):
    """A claimed handle; `artist_id` is None while it is reserved after its owner left."""

    artist_id: str | None
