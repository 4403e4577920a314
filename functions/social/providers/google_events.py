"""Events of Google Calendar as iCalendar components (RFC 5545).

Google writes what repeats in the words of RFC 5545 already: `recurrence` has its lines. What
replaces or cancels an occurrence is an event of its own, with `recurringEventId` and
`originalStartTime`, of which a cancelled one has nothing else
(https://developers.google.com/workspace/calendar/api/v3/reference/events).
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import msgspec

from social.models.calendars import Entry, OwnEvent

# Private extended properties of the events that we write: the appointment, and its artist.
OWN_PROPERTY, ARTIST_PROPERTY = "artistBooking", "artistBookingArtist"
MAX_LINE_CHARACTERS = 32 * 1024  # of `recurrence`; a longer one is left out

_REPETITION = ("RRULE", "RDATE", "EXDATE")
# They are shown, and take no time, whatever they say about transparency.
_TIMELESS = {"workingLocation", "birthday"}


class When(msgspec.Struct, frozen=True, rename="camel"):
    """A date, or an instant with the name of a time zone."""

    date: str | None = None
    date_time: datetime | None = None
    time_zone: str | None = None


class Attendee(msgspec.Struct, frozen=True, rename="camel"):
    """Somebody who is invited."""

    is_self: bool = msgspec.field(name="self", default=False)
    response_status: str = ""


class ExtendedProperties(msgspec.Struct, frozen=True):
    """What programs keep at an event."""

    private: dict[str, str] = {}


class GoogleEvent(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """An event as Google sends it, as far as it is about time."""

    id: str
    etag: str = ""
    status: str = "confirmed"
    start: When | None = None
    end: When | None = None
    recurrence: list[str] = []
    recurring_event_id: str | None = None
    original_start_time: When | None = None
    transparency: str = "opaque"
    event_type: str = "default"
    attendees: list[Attendee] = []
    extended_properties: ExtendedProperties | None = None

    @property
    def is_cancelled(self) -> bool:
        """Whether it was deleted, or an occurrence that does not take place."""
        return self.status == "cancelled"

    @property
    def is_free(self) -> bool:
        """Whether it takes no time: cancelled, shown as free, or declined."""
        return (
            self.is_cancelled
            or self.transparency == "transparent"
            or self.event_type in _TIMELESS
            or any(each.is_self and each.response_status == "declined" for each in self.attendees)
        )


def read(event: GoogleEvent, time_zone: str) -> Entry | None:
    """Return an event as it is now; None if it is not there any more.

    Args:
        event: The event.
        time_zone: That of its calendar, for a series that names none.
    """
    if event.is_cancelled and event.recurring_event_id is None:
        return None
    series = event.recurring_event_id or event.id
    own = read_own(event, time_zone)
    if own is not None and not own.artist_id:
        return Entry(key=event.id, series=series, own=own)
    lines: tuple[str, ...] = ()
    # A series that takes no time keeps its occurrences: it may take time later.
    if event.recurring_event_id is not None or event.recurrence or not event.is_free:
        lines = ("BEGIN:VEVENT", *_list_lines(event, series, time_zone), "END:VEVENT")
    components = "".join(f"{line}\r\n" for line in lines)
    return Entry(key=event.id, series=series, components=components, own=own)


def read_own(event: GoogleEvent, time_zone: str) -> OwnEvent | None:
    """Return what an event says about the appointment that we wrote; None if we did not."""
    properties = event.extended_properties
    appointment_id = properties.private.get(OWN_PROPERTY) if properties else None
    if properties is None or not appointment_id:
        return None
    return OwnEvent(
        key=event.id,
        appointment_id=appointment_id,
        artist_id=properties.private.get(ARTIST_PROPERTY, ""),
        etag=event.etag,
        starts_at=_find_instant(event.start, time_zone),
        ends_at=_find_instant(event.end, time_zone),
        is_deleted=event.is_cancelled,
    )


def _list_lines(event: GoogleEvent, series: str, time_zone: str) -> Iterator[str]:
    yield f"UID:{_clean(series)}"
    if event.original_start_time is not None:
        yield from _list_moment("RECURRENCE-ID", event.original_start_time, time_zone)
    if event.is_free:
        yield "STATUS:CANCELLED" if event.is_cancelled else "TRANSP:TRANSPARENT"
    start, end = event.start, event.end
    if start is None:
        return
    if not event.recurrence:
        yield from _list_moment("DTSTART", start, time_zone)
        if end is not None:
            yield from _list_moment("DTEND", end, time_zone)
        return
    yield from _list_first(start, time_zone)
    yield from _list_length(start, end, time_zone)
    for line in map(_clean, event.recurrence):
        if line.upper().startswith(_REPETITION) and len(line) <= MAX_LINE_CHARACTERS:
            yield line


def _list_moment(name: str, when: When, time_zone: str) -> Iterator[str]:
    """Yield the line of a date or an instant, which is in UTC: the clock may show a time twice."""
    instant = _find_instant(when, time_zone)
    if instant is not None:
        yield f"{name}:{instant:%Y%m%dT%H%M%SZ}"
    elif when.date is not None:
        yield f"{name};VALUE=DATE:{_clean(when.date)}"


def _list_first(start: When, time_zone: str) -> Iterator[str]:
    """Yield the line of the first start of a series, in the time zone in which it repeats."""
    instant = _find_instant(start, time_zone)
    if instant is None:
        yield from _list_moment("DTSTART", start, time_zone)
        return
    name = _clean(start.time_zone or time_zone or "UTC").replace('"', "")
    zone = _find_zone(name)
    # The reader notes that it does not know the zone.
    local = instant.astimezone(zone) if zone else start.date_time
    yield f'DTSTART;TZID="{name}":{local:%Y%m%dT%H%M%S}'


def _list_length(start: When, end: When | None, time_zone: str) -> Iterator[str]:
    """Yield the line of the length of a series: of days as they come, or of an exact time."""
    if end is None:
        return
    begins, ends = _find_instant(start, time_zone), _find_instant(end, time_zone)
    if begins is not None and ends is not None:
        yield f"DURATION:PT{max(0, int((ends - begins).total_seconds()))}S"
    elif start.date is not None and end.date is not None:
        try:
            days = (date.fromisoformat(end.date) - date.fromisoformat(start.date)).days
        except ValueError:
            return
        yield f"DURATION:P{max(1, days)}D"


def _find_instant(when: When | None, time_zone: str) -> datetime | None:
    """Return an instant in UTC; None for a date. A time without an offset is one of its zone."""
    if when is None or when.date_time is None:
        return None
    if when.date_time.tzinfo is not None:
        return when.date_time.astimezone(UTC)
    zone = _find_zone(when.time_zone or time_zone) or UTC
    return when.date_time.replace(tzinfo=zone).astimezone(UTC)


def _find_zone(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return None


def _clean(text: str) -> str:
    """Return a text that cannot end its line."""
    return "".join(character for character in text if character.isprintable())
