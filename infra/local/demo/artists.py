"""Artists of the demo data besides the first one: their pages, hours, services and work."""

from dataclasses import dataclass, field
from typing import Any

from infra.local.demo import pictures
from infra.local.demo.books import PAGE
from infra.local.demo.requests import Caller


@dataclass(frozen=True)
class Work:
    """Item of a portfolio.

    Attributes:
        picture: Name of its picture.
        caption: What the artist writes about it.
        shows: What it shows, for those who do not see it.
        style: Its style, if it has one.
        state: Whether a tattoo is fresh or healed.
    """

    picture: str
    caption: str
    shows: str
    style: str | None = None
    state: str | None = None


@dataclass(frozen=True)
class Artist:
    """Artist and what is open to everybody of them."""

    key: str
    name: str
    page: dict[str, Any]
    works: tuple[Work, ...]
    services: tuple[dict[str, Any], ...] = ()
    days: tuple[str, ...] = ("tuesday", "wednesday", "thursday", "friday", "saturday")
    hours: tuple[str, str] = ("10:00", "18:00")
    avatar_shows: str = field(default="A portrait, drawn in flat colours")

    @property
    def email(self) -> str:
        """Address that the artist signs in with."""
        return f"{self.key}@example.com"


def _euros(amount: int) -> dict[str, Any]:
    return {"amount": amount * 100, "currency": "EUR"}


ARI = Artist(
    "artist",
    "Ari Artist",
    {
        "bio": "Fine lines and small blackwork, mostly plants. I draw each piece for one person, "
        "and we talk it through before a needle moves.",
        "tags": ["botanical", "small", "custom"],
        "priceFloor": _euros(60),
        "socials": {"instagram": "https://instagram.com/ari.ink.example"},
    },
    (
        Work("ari-fern", "Fern for Lena, two hours.", "A fern on a forearm", "fine-line", "healed"),
        Work("ari-branch", "Flash: olive branch.", "An olive branch in black lines", "fine-line"),
        Work("ari-carrot", "Wild carrot.", "A wild carrot on a forearm", "fine-line", "fresh"),
        Work("ari-peony", "A peony, with a little colour.", "A pink peony", "botanical"),
        Work("ari-moon", "Moons over a ridge, for a back.", "Moons above fine waves", "blackwork"),
        Work("ari-stones", "Two stones in a river.", "Lines around two circles", "blackwork"),
    ),
)

ARTISTS = (
    Artist(
        "juno",
        "Juno Okafor",
        {
            "handle": "juno.dots",
            "businessName": "Juno Dotwork",
            "bio": "Dotwork and ornament on every skin tone. No machine, no hurry.",
            "styles": ["dotwork", "ornamental"],
            "tags": ["handpoke", "geometry"],
            "address": "Schanzenstrasse 20, Hamburg",
            "city": "Hamburg",
            "coordinates": {"lat": 53.5616, "lon": 9.9664},
            "timeZone": "Europe/Berlin",
            "languages": ["en", "de"],
            "priceFloor": _euros(90),
        },
        (
            Work("juno-arm", "Seed, 760 dots.", "A spiral of dots on an arm", "dotwork", "healed"),
            Work("juno-sunflower", "Flash: sunflower.", "A spiral of dots", "dotwork"),
            Work("juno-rosette", "Rosette with ochre.", "A rosette of petals", "ornamental"),
            Work("juno-blue", "Rosette in blue.", "A rosette in blue and red", "ornamental"),
        ),
        (
            {
                "name": "Handpoked ornament",
                "description": "Palm-sized, by hand. Includes a touch-up within three months.",
                "location": "Schanzenstrasse 20, Hamburg",
                "durationMinutes": 120,
                "bufferAfterMinutes": 30,
                "price": _euros(240),
                "deposit": {"type": "percent", "percent": 25},
                "waitlistMode": "all_notified",
            },
            {
                "name": "Consultation in the studio",
                "location": "Schanzenstrasse 20, Hamburg",
                "durationMinutes": 30,
                "price": _euros(0),
            },
        ),
    ),
    Artist(
        "mira",
        "Mira Solano",
        {
            "handle": "mira.solano",
            "businessName": "Mira Solano Make-up",
            "bio": "Make-up for weddings, stage and camera. Skin that looks like skin.",
            "styles": ["bridal", "editorial"],
            "tags": ["wedding", "stage", "natural"],
            "address": "Rua da Rosa 84, Lisboa",
            "city": "Lisbon",
            "coordinates": {"lat": 38.7126, "lon": -9.1453},
            "timeZone": "Europe/Lisbon",
            "languages": ["pt", "en", "es"],
        },
        (
            Work("mira-dusk", "Dusk, for an evening.", "An eye with violet shadow", "editorial"),
            Work("mira-study", "Study for a campaign.", "A face in profile", "editorial"),
            Work("mira-lips", "One red, three ways.", "Red lips", "bridal"),
            Work("mira-swatches", "This season's colours.", "Circles of colour", "editorial"),
            Work("mira-sage", "Sage for a garden wedding.", "An eye, green shadow", "bridal"),
            Work("mira-strokes", "Four pigments, unmixed.", "Four strokes of colour", "editorial"),
        ),
        (
            {
                "name": "Bridal make-up",
                "description": "On the day, where you get ready. A trial before it is included.",
                "location": "At your place in Lisbon",
                "durationMinutes": 120,
                "price": _euros(220),
                "deposit": {"type": "fixed", "amount": 5000},
                "mode": "request",
            },
            {
                "name": "Make-up for an evening",
                "location": "Rua da Rosa 84, Lisboa",
                "durationMinutes": 60,
                "price": _euros(75),
            },
        ),
        hours=("09:00", "19:00"),
    ),
    Artist(
        "halm",
        "Jonas Halm",
        {
            "handle": "jonas.halm",
            "businessName": "Jonas Halm, cello",
            "bio": "Cello for ceremonies and small rooms. Bach, film music, and the song that is "
            "only yours.",
            "styles": ["classical", "live-music"],
            "tags": ["wedding", "cello", "lessons"],
            "city": "Vienna",
            "coordinates": {"lat": 48.2082, "lon": 16.3738},
            "timeZone": "Europe/Vienna",
            "languages": ["de", "en"],
        },
        (
            Work("halm-concert", "At the power station.", "A musician on a stage", "live-music"),
            Work("halm-strings", "Nine strings.", "Strings that vibrate", "classical"),
            Work("halm-record", "The first record.", "A record on a player", "classical"),
            Work("halm-score", "A score for a wedding.", "Notes in many colours", "classical"),
        ),
        (
            {
                "name": "Music for a ceremony",
                "description": "Forty minutes, three wishes. Travel in Vienna is included.",
                "location": "Where you celebrate",
                "durationMinutes": 60,
                "bufferBeforeMinutes": 60,
                "bufferAfterMinutes": 60,
                "price": _euros(380),
                "deposit": {"type": "percent", "percent": 30},
                "mode": "request",
            },
            {
                "name": "Cello lessons, five times",
                "location": "Neubaugasse 12, Vienna",
                "durationMinutes": 45,
                "sittings": 5,
                "price": _euros(48),
            },
        ),
        days=("monday", "tuesday", "wednesday", "friday", "saturday", "sunday"),
    ),
    Artist(
        "noor",
        "Noor Haddad",
        {
            "handle": "noor.henna",
            "businessName": "Noor Henna",
            "bio": "Henna for weddings, Eid and ordinary Thursdays. Natural paste, made each week.",
            "styles": ["henna", "ornamental"],
            "tags": ["wedding", "natural"],
            "city": "London",
            "coordinates": {"lat": 51.5246, "lon": -0.0784},
            "timeZone": "Europe/London",
            "languages": ["en", "ar"],
        },
        (
            Work("noor-henna", "For a bride's palm.", "A brown rosette", "henna"),
            Work("noor-vine", "A vine for a wrist.", "A branch with leaves", "henna"),
            Work("noor-flower", "Practice sheet.", "A flower in line and colour", "ornamental"),
        ),
        (
            {
                "name": "Both hands",
                "location": "Calvert Avenue 9, London",
                "durationMinutes": 75,
                "price": {"amount": 6500, "currency": "GBP"},
            },
        ),
        days=("thursday", "friday", "saturday", "sunday"),
        hours=("11:00", "20:00"),
    ),
)


def open_studio(caller: Caller, artist: Artist) -> None:
    """Give an artist hours, services, a page and a portfolio with pictures.

    Raises:
        StackError: A function refused a request.
    """
    avatar = pictures.upload(caller, _avatar_of(artist), "avatar", artist.avatar_shows)
    files = [
        pictures.upload(caller, work.picture, "portfolio", work.shows) for work in artist.works
    ]
    if artist.services:
        start, end = artist.hours
        weekly = {key: [{"start": start, "end": end}] for key in artist.days}
        hours = {"timeZone": artist.page["timeZone"], "weekly": weekly}
        caller.send("PUT", "/v1/appointments/availability", hours)
    for service in artist.services:
        caller.until("POST", "/v1/appointments/services", service)
    page = caller.until("GET", "/v1/profiles/me/page")
    # Who has a page already keeps its handle, which is in links.
    wanted = {"listed": True, **({} if artist.services else PAGE), **artist.page}
    caller.send("PATCH", "/v1/profiles/me/page", {"version": page["version"], **wanted})
    items = []
    for work, file_id in zip(artist.works, files, strict=True):
        pictures.wait_for(caller, file_id)
        item = {"fileIds": [file_id], "caption": work.caption}
        item |= {"style": work.style} if work.style else {}
        item |= {"state": work.state} if work.state else {}
        items.append(caller.until("POST", "/v1/profiles/me/portfolio", item)["id"])
    order = {"itemIds": items}
    caller.send("PUT", "/v1/profiles/me/portfolio/order", order)
    pictures.wait_for(caller, avatar)
    caller.until("PATCH", "/v1/profiles/me", {"avatar": avatar})


def _avatar_of(artist: Artist) -> str:
    return "avatar-ari" if artist is ARI else f"avatar-{artist.key}"
