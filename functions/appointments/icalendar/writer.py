"""Writer of iCalendar documents (RFC 5545), by the icalendar library.

The texts come from artists and clients. The library escapes them; characters that no calendar may
contain are removed here. So a name stays a name and cannot become a property.
"""

import unicodedata
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Literal

import msgspec

if TYPE_CHECKING:
    import icalendar

# The library is imported inside the functions: it takes 75 ms, and only calendar routes need it.

PRODUCT = "-//artist-booking//appointments//EN"
REFRESH = timedelta(hours=1)  # how long a program may show a feed before it reads it again
# An organizer needs an address (RFC 5545, 3.8.4.3), and addresses of people are private.
NO_ADDRESS = "invalid:nomail"
# Control characters (3.1), line separators, and halves of surrogate pairs, which UTF-8 excludes.
_FORBIDDEN = {"Cc", "Zl", "Zp", "Cs"}

Status = Literal["tentative", "confirmed", "cancelled"]
# What a program should do with the events: show them, ask for an answer, remove them (RFC 5546).
Method = Literal["PUBLISH", "REQUEST", "CANCEL"]


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """An appointment as a calendar shows it.

    Attributes:
        uid: Identifies the event across documents.
        sequence: Programs take the event with the higher sequence for the newer one.
    """

    uid: str
    sequence: int
    starts_at: datetime
    ends_at: datetime
    status: Status
    summary: str
    description: str
    location: str | None = None
    url: str | None = None
    updated_at: datetime
    organizer_name: str | None = None


def write_calendar(events: Iterable[Event], *, method: Method, name: str | None = None) -> str:
    """Write a calendar with some events; one with a name is a feed to subscribe to.

    The same events make the same text, because DTSTAMP is the time of their last change.
    """
    import icalendar  # noqa: PLC0415

    calendar = icalendar.Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("method", method)
    if name is not None:
        # Each by its name in RFC 7986 and by the name that older programs know.
        calendar.add("name", icalendar.vText(_clean_line(name)))
        calendar.add("x-wr-calname", icalendar.vText(_clean_line(name)))
        calendar.add("refresh-interval", REFRESH, {"VALUE": "DURATION"})
        calendar.add("x-published-ttl", icalendar.vDuration(REFRESH))
    for event in events:
        calendar.add_component(_create_component(event))
    text: str = calendar.to_ical().decode()
    return text


def _create_component(event: Event) -> "icalendar.Event":
    import icalendar  # noqa: PLC0415

    component = icalendar.Event()
    component.add("uid", _clean_line(event.uid))
    component.add("sequence", event.sequence)
    component.add("dtstamp", event.updated_at.astimezone(UTC))
    component.add("last-modified", event.updated_at.astimezone(UTC))
    component.add("dtstart", event.starts_at.astimezone(UTC))
    component.add("dtend", event.ends_at.astimezone(UTC))
    component.add("status", event.status.upper())
    component.add("summary", _clean_line(event.summary))
    component.add("description", _clean_text(event.description))
    if event.location:
        component.add("location", _clean_line(event.location))
    if event.url:
        component.add("url", _clean_line(event.url))
    if event.organizer_name:
        organizer = icalendar.vCalAddress(NO_ADDRESS)
        # Some readers, the library among them, read a backslash there as an escape.
        organizer.params["CN"] = _clean_line(event.organizer_name.replace("\\", " "))
        component.add("organizer", organizer)
    return component


def _clean_text(text: str) -> str:
    """Return a text without characters that a calendar may not contain, with LF line breaks."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(
        c if c in "\n\t" or unicodedata.category(c) not in _FORBIDDEN else " " for c in text
    )


def _clean_line(text: str) -> str:
    return " ".join(_clean_text(text).split())
