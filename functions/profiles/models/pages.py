"""What profiles keeps of people and pages. Instants are UTC; money is in minor units."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct

from shared.http.caller import Role
from shared.http.decoding import Input, Output

Currency = Annotated[str, Meta(pattern=r"^[A-Z]{3}$(?!\n)")]


class Money(Input, frozen=True):
    """An amount in minor units of its currency (ISO 4217)."""

    amount: Annotated[int, Meta(ge=0, le=10**12)]
    currency: Currency


# ---- cards -------------------------------------------------------------------------------------


class Card(Struct, frozen=True):
    """Who somebody is to others. `name` is empty until it is known.

    handle: a copy of the artist's. version: counts what others were told, as `recordVersion`.
    """

    user_id: str
    role: Role
    name: str = ""
    avatar: str | None = None
    handle: str | None = None
    version: int = 0


# ---- pages -------------------------------------------------------------------------------------


class Visibility(StrEnum):
    """Who may see a field: everybody, clients of the artist, or nobody else."""

    PUBLIC = "public"
    CLIENTS = "clients"
    PRIVATE = "private"


class Field(StrEnum):
    """The fields of a page that its artist may hide, by their names in JSON."""

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


class Coordinates(Input, frozen=True):
    """A place on earth, in degrees (WGS 84)."""

    lat: Annotated[float, Meta(ge=-90, le=90)]
    lon: Annotated[float, Meta(ge=-180, le=180)]


Url = Annotated[str, Meta(pattern=r"^https://[^\s/]+\.[^\s]+$(?!\n)", max_length=200)]


class Socials(Input, frozen=True, omit_defaults=True):
    """Where else the artist is found."""

    website: Url | None = None
    instagram: Url | None = None
    facebook: Url | None = None
    tiktok: Url | None = None
    youtube: Url | None = None


class Details(Struct, frozen=True, rename="camel"):
    """What an artist says on their page. `privacy`: of the fields that are not as usual.

    listed: whether searches find the page.
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
    privacy: dict[Field, Visibility] = {}


class OfferedService(Output, frozen=True):
    """A service as appointments last told of it. `price` is that of one sitting."""

    id: str
    name: str
    duration_minutes: int
    price: Money
    sittings: int
    mode: str
    version: int


class Page(Struct, frozen=True):
    """An artist's page, with copies of what it shows of their card and of appointments.

    handles: all they ever had, the first to the last; the last is theirs now. revision: counts the
    artist's own edits. index: the keys under which searches find it. version: of everything.
    """

    artist_id: str
    name: str = ""
    avatar: str | None = None
    handles: tuple[str, ...] = ()
    details: Details = Details()
    services: dict[str, OfferedService] = {}
    index: tuple[str, ...] = ()
    revision: int = 0
    version: int = 0

    @property
    def handle(self) -> str | None:
        """The handle that is theirs now."""
        return self.handles[-1] if self.handles else None


class Handle(Struct, frozen=True):
    """Whose handle it is; None while it is kept from everybody, after its owner left."""

    artist_id: str | None


class Found(Struct, frozen=True):
    """An artist as searches show and filter them: only what everybody may see.

    prices: from how much on, by currency. words: all that a search by text may ask for.
    """

    artist_id: str
    name: str
    handle: str
    avatar: str | None
    business_name: str
    styles: tuple[str, ...]
    city: str
    coordinates: Coordinates | None
    prices: dict[str, int]
    books_open: bool
    words: tuple[str, ...]


# ---- deleted accounts --------------------------------------------------------------------------


class Erasure(Struct, frozen=True):
    """An account is gone, and what is kept of it has to go.

    due_at: when to look again, for what came after the first look or was not finished by it.
    """

    user_id: str
    deleted_at: datetime
    due_at: datetime
