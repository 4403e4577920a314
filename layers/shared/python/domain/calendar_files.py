"""Calendar files: iCalendar documents (RFC 5545) of appointments, by the icalendar library.

The texts come from artists and clients. The library escapes them; characters that no calendar may
contain are removed here. So a name stays a name and cannot become a property.
"""

import unicodedata
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Literal

import msgspec

from domain import quotation

if TYPE_CHECKING:
    import icalendar

# The library is imported inside the functions: it takes 75 ms, and only what writes calendars needs
# it. The bundles of those features bring it.

PRODUCT = "-//artist-booking//appointments//EN"
REFRESH = timedelta(hours=1)  # how long a program may show a feed before it reads it again
# An organizer needs an address (RFC 5545, 3.8.4.3), and addresses of people are private.
NO_ADDRESS = "invalid:nomail"
UID_DOMAIN = "artist-booking"
UNNAMED = "Appointment"  # of a service whose name cannot be shown
# Control characters (3.1), line separators, and halves of surrogate pairs, which UTF-8 excludes.
_FORBIDDEN = {"Cc", "Zl", "Zp", "Cs"}

Status = Literal["tentative", "confirmed", "cancelled"]
# What a program should do with the events: show them, ask for an answer, remove them (RFC 5546).
Method = Literal["PUBLISH", "REQUEST", "CANCEL"]


class Participant(msgspec.Struct, frozen=True):
    """The organizer or an attendee of an event.

    Attributes:
        name: Their name; empty where it is not known.
        address: Their mail address; None where it must not be shown.
    """

    name: str
    address: str | None = None


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """An appointment as a calendar shows it.

    Attributes:
        uid: Identifies the event across documents.
        sequence: Programs take the event with the higher sequence for the newer one.
        updated_at: When it was last changed: of two events with one sequence, the later is newer.
        organizer: Who invites. REQUEST and CANCEL need one (RFC 5546, 3.2.2 and 3.2.5).
        attendees: Who is invited. REQUEST needs one at least, CANCEL those whom it concerns.
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
    organizer: Participant | None = None
    attendees: tuple[Participant, ...] = ()


def build_uid(appointment_id: str) -> str:
    """Build the UID of an appointment, which is the same in feeds, files and mails."""
    return f"{appointment_id}@{UID_DOMAIN}"


def build_summary(service_name: str, other: str, *, is_own: bool) -> str:
    """Build the summary of an appointment.

    Args:
        service_name: Name of the service, as the artist wrote it.
        other: Name of the other side in quotation marks; empty if it is not known.
        is_own: Whether the reader is the artist. To others the words of the artist are quoted.
    """
    show = quotation.flatten if is_own else quotation.quote
    name = show(service_name) or UNNAMED
    return f"{name} with {other}" if other else name


class CalendarFile(msgspec.Struct, frozen=True):
    """A calendar as text, with its method (RFC 5546)."""

    method: Method
    text: str


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
    if event.organizer is not None:
        component.add("organizer", _create_address(event.organizer))
    for attendee in event.attendees:
        address = _create_address(attendee)
        # Nobody has to answer in their calendar: appointments are agreed on in the product.
        address.params["PARTSTAT"] = "TENTATIVE" if event.status == "tentative" else "ACCEPTED"
        address.params["RSVP"] = "FALSE"
        component.add("attendee", address)
    return component


def _create_address(participant: Participant) -> "icalendar.vCalAddress":
    import icalendar  # noqa: PLC0415

    address = participant.address
    value = icalendar.vCalAddress(f"mailto:{_clean_line(address)}" if address else NO_ADDRESS)
    # Some readers, the library among them, read a backslash there as an escape.
    name = _clean_line(participant.name.replace("\\", " "))
    if name:
        value.params["CN"] = name
    return value


def _clean_text(text: str) -> str:
    """Return a text without characters that a calendar may not contain, with LF line breaks."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(
        c if c in "\n\t" or unicodedata.category(c) not in _FORBIDDEN else " " for c in text
    )


def _clean_line(text: str) -> str:
    return " ".join(_clean_text(text).split())
