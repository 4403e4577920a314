"""Slot search: the free slots of a service, in the time zone of the person who asks."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

from appointments import store
from appointments.models import Service
from appointments.rules import ids, projects, slots
from appointments.rules.calendar import Calendar
from appointments.rules.timetable import Place
from appointments.schemas import Slot, SlotList, SlotsQuery
from appointments.use_cases import consent
from domain.errors import FieldError, InvalidFields, NotFound
from shared.http import cursors
from shared.platform import time_zones

MAX_RANGE = timedelta(days=62)
DEFAULT_RANGE = timedelta(days=31)
PAGE = timedelta(days=32)  # a month of dates, even where clocks are put back in it


def find_free(query: SlotsQuery, now: datetime) -> SlotList:
    """Return the slots that can be booked now. Only the days that decide are read.

    There are none while the artist's books are closed.

    Raises:
        NotFound: The artist does not offer the service.
        InvalidFields: The range is too long or too far away, or the time zone is unknown.
    """
    requested_zone = (
        time_zones.parse_zone(query.time_zone, "query.timeZone") if query.time_zone else None
    )
    if ids.get_artist_id(query.service_id) != query.artist_id:
        raise NotFound("There is no such service.")
    # What is shown may lag behind by a moment: whoever books decides on consistent reads.
    calendar = store.read_shown_catalogue(query.artist_id, query.service_id)
    service = calendar.require_service(query.service_id)
    price, total = service.price, projects.get_total(service)
    if calendar.timetable.is_empty:
        return SlotList([], None, price, service.sittings, total)
    zone = requested_zone or ZoneInfo(calendar.time_zone)
    since, until = _parse_range(query, zone, now)
    # The scope holds the query as it was sent: what it leaves out is counted from now, and now
    # moves on from page to page.
    scope = f"slots {query.service_id} {query.from_} {query.to} {zone.key}"
    after = datetime.fromisoformat(cursors.decode(query.cursor, scope)) if query.cursor else since
    if not consent.has_open_books(query.artist_id):
        return SlotList([], None, price, service.sittings, total)
    found = _find_starts(calendar, service, after, until, now)
    starts = list(islice(found, query.limit + 1))
    items = [
        _create_slot(calendar.timetable.get_place(service, start), service, start, requested_zone)
        for start in starts[: query.limit]
    ]
    has_more = len(starts) > query.limit
    next_cursor = cursors.encode(starts[-1].isoformat(), scope) if has_more else None
    return SlotList(items, next_cursor, price, service.sittings, total)


def _find_starts(
    calendar: Calendar, service: Service, since: datetime, until: datetime, now: datetime
) -> Iterator[datetime]:
    """Yield the starts in a range. The days of each page are read when it is reached."""
    while since < until:
        page_ends = min(since + PAGE, until)
        days = slots.find_deciding_days(calendar, service, since, page_ends, now)
        calendar = store.read_shown_days(calendar, service.id, days)
        yield from slots.find_starts(calendar, service, since, page_ends, now)
        since = page_ends


def _create_slot(
    place: Place, service: Service, start: datetime, requested_zone: ZoneInfo | None
) -> Slot:
    zone = requested_zone.key if requested_zone else place.time_zone
    return Slot(
        start,
        start + timedelta(minutes=service.duration_minutes),
        time_zones.format_local(start, zone),
        time_zone=place.time_zone,
        location=place.location,
    )


def _parse_range(query: SlotsQuery, zone: ZoneInfo, now: datetime) -> tuple[datetime, datetime]:
    since = _parse_moment(query.from_, zone, "query.from", is_end=False) if query.from_ else now
    if not now - slots.MAX_DISTANCE <= since <= now + slots.MAX_DISTANCE:
        raise InvalidFields(FieldError("query.from", "is too far away"))
    until = (
        _parse_moment(query.to, zone, "query.to", is_end=True)
        if query.to
        else since + DEFAULT_RANGE
    )
    if until < since:
        raise InvalidFields(FieldError("query.to", "must not be before from"))
    # A range of 62 dates is allowed even where clocks are put back in it.
    local_length = until.astimezone(zone).replace(tzinfo=None) - since.astimezone(zone).replace(
        tzinfo=None
    )
    if min(until - since, local_length) > MAX_RANGE:
        raise InvalidFields(FieldError("query.to", f"must be within {MAX_RANGE.days} days"))
    return since, until


def _parse_moment(text: str, zone: ZoneInfo, field: str, *, is_end: bool) -> datetime:
    """Return an instant, or of a date its first instant or its end in the time zone."""
    try:
        if "T" in text:
            return datetime.fromisoformat(text).astimezone(UTC)
        day = date.fromisoformat(text) + timedelta(days=is_end)
        return datetime.combine(day, time(), zone).astimezone(UTC)
    except (ValueError, OverflowError):
        raise InvalidFields(FieldError(field, "is no date")) from None
