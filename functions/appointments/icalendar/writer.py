"""Writing calendars for other people's calendar programs: RFC 5545, in the library's hand.

What goes in is the text of artists and clients. The library escapes it; what no calendar may hold
at all is taken out here. So a name stays a name and cannot become a property.
"""

import unicodedata
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Literal

import msgspec

if TYPE_CHECKING:
    import icalendar

# The library is imported inside the functions: 75 ms that only requests for a calendar need.

PRODUCT = "-//artist-booking//appointments//EN"
REFRESH = timedelta(hours=1)  # how long a program may show a feed before it asks again
# An organizer is an address (RFC 5545, 3.8.4.3), and people's addresses are nobody's business.
NO_ADDRESS = "invalid:nomail"
# Control characters (3.1), separators of lines, and halves of surrogate pairs: UTF-8 has none.
_UNFIT = {"Cc", "Zl", "Zp", "Cs"}

Status = Literal["tentative", "confirmed", "cancelled"]
# What a program shall do with the events: show them, ask for an answer, strike them out (RFC 5546).
Method = Literal["PUBLISH", "REQUEST", "CANCEL"]


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """What a calendar shows of an appointment. Instants are aware.

    Programs tell by `uid` which event it is, and take the higher `sequence` for the newer state.
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


def document(events: Iterable[Event], *, method: Method, name: str | None = None) -> str:
    """The text of a calendar with these events; one with a name is a feed to subscribe to.

    The same events make the same text: for the time of writing stands that of their last change.
    """
    import icalendar  # noqa: PLC0415

    calendar = icalendar.Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("method", method)
    if name is not None:
        # Each by its name of RFC 7986 and by the one that programs knew before.
        calendar.add("name", icalendar.vText(_line(name)))
        calendar.add("x-wr-calname", icalendar.vText(_line(name)))
        calendar.add("refresh-interval", REFRESH, {"VALUE": "DURATION"})
        calendar.add("x-published-ttl", icalendar.vDuration(REFRESH))
    for event in events:
        calendar.add_component(_component(event))
    text: str = calendar.to_ical().decode()
    return text


def _component(event: Event) -> "icalendar.Event":
    import icalendar  # noqa: PLC0415

    component = icalendar.Event()
    component.add("uid", _line(event.uid))
    component.add("sequence", event.sequence)
    component.add("dtstamp", event.updated_at.astimezone(UTC))
    component.add("last-modified", event.updated_at.astimezone(UTC))
    component.add("dtstart", event.starts_at.astimezone(UTC))
    component.add("dtend", event.ends_at.astimezone(UTC))
    component.add("status", event.status.upper())
    component.add("summary", _line(event.summary))
    component.add("description", _text(event.description))
    if event.location:
        component.add("location", _line(event.location))
    if event.url:
        component.add("url", _line(event.url))
    if event.organizer_name:
        organizer = icalendar.vCalAddress(NO_ADDRESS)
        # Some readers, the library among them, take a backslash there for an escape.
        organizer.params["CN"] = _line(event.organizer_name.replace("\\", " "))
        component.add("organizer", organizer)
    return component


def _text(text: str) -> str:
    """The text as far as a calendar can hold it, with one kind of line break."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(c if c in "\n\t" or unicodedata.category(c) not in _UNFIT else " " for c in text)


def _line(text: str) -> str:
    return " ".join(_text(text).split())
