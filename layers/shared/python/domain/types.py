"""Types that many schemas share. Each carries its description and an example once.

A field of one of these types needs no description of its own unless it means something more
special: `artist_id: UserId` may be described in the `Attributes` section of its struct.
"""

from datetime import date, datetime
from typing import Annotated

from msgspec import Meta

from domain import web_addresses
from domain.text import find_line_fault

_ULID = "01JD2Z5Q0V8XKM3F7T9B4N6RWC"


def _id(prefix: str, what: str) -> Meta:
    return Meta(description=f"Id of {what}.", examples=[f"{prefix}_{_ULID}"])


UserId = Annotated[str, _id("usr", "a user")]
ArtistId = Annotated[str, _id("usr", "the artist")]
ClientId = Annotated[str, _id("usr", "the client")]
AppointmentId = Annotated[str, _id("apt", "the appointment")]
ServiceId = Annotated[
    str, Meta(description="Id of the service.", examples=[f"svc_{_ULID}_{_ULID}"])
]
ConsultationId = Annotated[str, _id("cns", "the consultation")]
ConversationId = Annotated[str, _id("cnv", "the conversation")]
GuestId = Annotated[str, _id("gst", "the guest")]
MessageId = Annotated[str, _id("msg", "the message")]
FileId = Annotated[str, _id("fil", "the file")]

# Texts: `shared.http.decoding` holds every text of a request to the rule of `domain.text`; these
# types say what else a field asks for. `$` alone would let a line break follow in Python.
Line = Annotated[str, Meta(pattern=r"^[^\t\n]*$(?!\n)")]
FilledLine = Annotated[str, Meta(min_length=1, pattern=r"^(?=.*\S)[^\t\n]*$(?!\n)")]
# `requested` is a rule of requests only, which returns what is wrong with a text: a record that is
# stored in the form of its request may break it from before, so the type allows what
# `shared.http.decoding` does not.
REQUESTED_LINE = Meta(
    extra={"requested": find_line_fault}, extra_json_schema={"pattern": r"^(?=.*\S)[^\t\n]*$"}
)
REQUESTED_URL = Meta(extra={"requested": web_addresses.find_fault})
FilledText = Annotated[str, Meta(min_length=1, pattern=r"\S")]

Instant = Annotated[
    datetime,
    Meta(
        tz=True,
        description="Instant in UTC (RFC 3339).",
        examples=["2030-01-31T09:30:00Z"],
    ),
]
LocalInstant = Annotated[
    str,
    Meta(
        description="Instant in local time, with its offset from UTC (RFC 3339).",
        examples=["2030-01-31T10:30:00+01:00"],
        extra_json_schema={"format": "date-time"},
    ),
]
LocalDate = Annotated[
    date, Meta(description="Date of the calendar (RFC 3339).", examples=["2030-01-31"])
]
TimeZone = Annotated[
    str, Meta(description="Name of an IANA time zone.", examples=["Europe/Berlin"])
]
Email = Annotated[str, Meta(description="Email address.", examples=["ada@example.com"])]
Locale = Annotated[str, Meta(description="Language tag (BCP 47).", examples=["en"])]
Cursor = Annotated[
    str,
    Meta(
        description="Position in a list, as `nextCursor` of the page before gave it.",
        examples=["q83vEjRWeJA"],
    ),
]
NextCursor = Annotated[
    str | None,
    Meta(
        description="Send it as `cursor` to get the next page; null on the last page.",
        examples=["q83vEjRWeJA"],
    ),
]
Version = Annotated[
    int, Meta(description="Version of the record; it grows with every change.", examples=[3])
]
