"""Calendar objects of CalDAV servers (RFC 4791, 4.1): an event with its changes, or one of ours.

What we write says so in three places, because programs that change an event keep some of them only:
its name on the server, its UID, and a property of its own.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from domain.icalendar import parser
from domain.icalendar.lines import unfold
from domain.icalendar.recurrence import TooMuchWork, WorkBudget
from domain.icalendar.time_zones import from_tzinfo
from social.models.calendars import OwnEvent
from social.providers.calendars import WrittenEvent
from social.rules import event_keys

OWN_PROPERTY, ARTIST_PROPERTY = "X-ARTIST-BOOKING", "X-ARTIST-BOOKING-ARTIST"
# Not that of feeds and mails: a calendar that has the appointment from there takes no second object
# with its UID (RFC 4791, 5.3.2.1).
UID_DOMAIN = "social.artist-booking"
PRODUCT = "-//artist-booking//social//EN"
_EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST = datetime(2200, 1, 1, tzinfo=UTC)
_MAX_WORK_DAYS = 10_000
# Of an event of ours it does not matter how it is shown, but when it is.
_SHOWN = ("TRANSP", "STATUS")


def write(event: WrittenEvent, now: datetime) -> bytes:
    """Write an event of ours as an object."""
    import icalendar  # noqa: PLC0415  # 75 ms, and only what writes needs it

    component = icalendar.Event()
    component.add("uid", f"{event.appointment_id}@{UID_DOMAIN}")
    component.add("dtstamp", now.astimezone(UTC))
    component.add("dtstart", event.starts_at.astimezone(UTC))
    component.add("dtend", event.ends_at.astimezone(UTC))
    component.add("summary", event.title)
    if event.description:
        component.add("description", event.description)
    if event.url:
        component.add("url", event.url)
    component.add(OWN_PROPERTY, event.appointment_id)
    if event.artist_id:
        component.add(ARTIST_PROPERTY, event.artist_id)
    calendar = icalendar.Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add_component(component)
    text: bytes = calendar.to_ical()
    return text


def read_own(key: str, text: str, etag: str) -> OwnEvent | None:
    """Return what an object says about the appointment that we wrote; None if we did not.

    Args:
        key: Its name on the server, without `.ics`.
        text: The object.
        etag: Its version.
    """
    appointment_id = event_keys.find_appointment(key)
    lines = list(unfold([text.encode()]))
    if appointment_id is None:
        appointment_id = next((found for line in lines if (found := _find_own(line))), None)
    if appointment_id is None:
        return None
    starts_at, ends_at = _read_time(lines)
    return OwnEvent(
        key=key,
        appointment_id=appointment_id,
        artist_id=next((found for line in lines if (found := _find_artist(line))), ""),
        etag=etag,
        starts_at=starts_at,
        ends_at=ends_at,
    )


def extract_components(text: str, addresses: tuple[str, ...]) -> str:
    """Return the components that say when an object's event is.

    Args:
        text: The object.
        addresses: Those of the user: what they declined takes no time.
    """
    components: list[list[str]] = []
    depth: list[str] = []
    for line in unfold([text.encode()]):
        name, _, value = line.partition(":")
        kind = value.strip().upper()
        if name.upper() == "BEGIN":
            depth.append(kind)
            if len(depth) == 2 and kind in ("VEVENT", "VTIMEZONE"):
                components.append([])
        if components and len(depth) > 1 and depth[1] in ("VEVENT", "VTIMEZONE"):
            components[-1].append(line)
        if name.upper() == "END" and depth:
            depth.pop()
    return "".join(
        f"{line}\r\n" for lines in components for line in _mark_declined(lines, addresses)
    )


def _mark_declined(lines: list[str], addresses: tuple[str, ...]) -> list[str]:
    """Return the lines of an event, as free time where its user declined it."""
    if not any(_is_declined(line, addresses) for line in lines):
        return lines
    others = [line for line in lines if not line.upper().startswith("TRANSP")]
    return [*others[:1], "TRANSP:TRANSPARENT", *others[1:]]


def _is_declined(line: str, addresses: tuple[str, ...]) -> bool:
    upper = line.upper()
    return (
        upper.startswith("ATTENDEE")
        and "PARTSTAT=DECLINED" in upper
        and line.lower().endswith(addresses)
    )


def _find_own(line: str) -> str | None:
    """Return the appointment that a line names as ours."""
    name, _, value = line.partition(":")
    value = value.strip()
    match name.partition(";")[0].upper():
        case "X-ARTIST-BOOKING":
            found = value
        case "UID" if value.endswith(f"@{UID_DOMAIN}"):
            found = value.removesuffix(f"@{UID_DOMAIN}")
        case _:
            return None
    key = event_keys.build(found)
    return event_keys.find_appointment(key)


def _find_artist(line: str) -> str:
    """Return the artist whom a line names as that of the appointment."""
    name, _, value = line.partition(":")
    return value.strip() if name.partition(";")[0].upper() == ARTIST_PROPERTY else ""


def _read_time(lines: list[str]) -> tuple[datetime | None, datetime | None]:
    """Return when an event of ours is; None where that cannot be read, or it repeats."""
    shown = (f"{line}\r\n".encode() for line in _without_shown(lines))
    try:
        calendar = parser.parse(
            shown, _EARLIEST, _LATEST, from_tzinfo(UTC), WorkBudget(_MAX_WORK_DAYS)
        )
    except (ValueError, TooMuchWork):
        return None, None
    if len(calendar.events) != 1 or calendar.events[0].rules or calendar.events[0].extra_starts:
        return None, None
    event = calendar.events[0]
    if event.start.is_date or event.length.longest > timedelta(days=366):
        return None, None
    return event.start.utc, event.length.end(event.start.local, event.start.zone)


def _without_shown(lines: list[str]) -> Iterator[str]:
    for line in lines:
        if not line.upper().startswith(_SHOWN):
            yield line
