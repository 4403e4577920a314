"""Holds: slots that are kept for one caller for ten minutes."""

from datetime import date, datetime, timedelta

from appointments import store
from appointments.models import AppointmentSide, CalendarEntry, CalendarEntryKind
from appointments.rules import ids, placement, projects
from appointments.rules.calendar import Calendar, create_entry, list_days_between
from appointments.rules.errors import HoldExpired
from appointments.schemas import Hold, HoldRequest
from appointments.use_cases import calendars, consent, queries
from shared.data.conflicts import retry_on_conflict
from shared.http import rate_limits
from shared.http.caller import Caller
from shared.http.repetition import find_made

HOLD_DURATION = timedelta(minutes=10)
# A service lasts a day at most, and so does each of its buffers: three days touch four dates.
MAX_DAYS = 4
MAX_HOLDS = 30  # per person in a quarter of an hour, so that nobody holds a whole calendar


def create(caller: Caller, request: HoldRequest, now: datetime) -> Hold:
    """Hold a slot for the caller for ten minutes, at most until it starts.

    A caller can create thirty holds in a quarter of an hour.

    Raises:
        NotFound: The service does not exist.
        Blocked: The caller or the artist blocks the other.
        BooksClosed: The artist takes no new bookings.
        SlotTaken: Something overlaps the slot.
        SlotUnavailable: The slot has passed, or is not offered.
        InvalidFields: The start is not a whole minute.
    """
    rate_limits.enforce(rate_limits.count("holds", caller.user_id, MAX_HOLDS, now))
    return _create(caller, request, now)


@retry_on_conflict
def release(caller: Caller, hold_id: str, now: datetime) -> None:
    """Release the caller's hold before it expires.

    Raises:
        NotFound: No hold can have this id.
        HoldExpired: The hold has expired, or is not the caller's.
    """
    calendar = read_days(hold_id)
    require_own(calendar, hold_id, caller, now)
    store.commit(calendar=calendar.remove(hold_id))


def read_days(hold_id: str) -> Calendar:
    """Read the days that a hold can lie on, whether it is there or not.

    Raises:
        NotFound: No hold can have this id.
    """
    artist_id, _ = ids.parse_hold_id(hold_id)
    return store.read_days(Calendar(artist_id), list_days_of(hold_id))


def list_days_of(hold_id: str) -> list[date]:
    """Return the UTC days that a hold can lie on.

    Raises:
        NotFound: No hold can have this id.
    """
    _, day = ids.parse_hold_id(hold_id)
    return list_days_between(day, day + timedelta(days=MAX_DAYS - 1))


def require_own(
    calendar: Calendar,
    hold_id: str,
    caller: Caller,
    now: datetime,
    *,
    service_id: str | None = None,
) -> CalendarEntry:
    """Return the caller's live hold, for a service if one is given.

    Raises:
        HoldExpired: There is none. Another person's hold gets the same answer.
    """
    entry = calendar.find_complete_entry(hold_id)
    if entry is None or entry.owner_id != caller.user_id or not entry.is_live(now):
        raise HoldExpired("This hold has expired.")
    if service_id not in (None, entry.service_id):
        raise HoldExpired("This hold is for another service.")
    return entry


def _find(hold_id: str) -> CalendarEntry | None:
    return read_days(hold_id).find_complete_entry(hold_id)


@retry_on_conflict
def _create(caller: Caller, request: HoldRequest, now: datetime) -> Hold:
    artist_id = ids.get_artist_id(request.service_id)
    starts_at = placement.parse_start(request.starts_at)
    side = queries.get_booking_side(caller, artist_id)
    if side is AppointmentSide.CLIENT:
        consent.require_bookable(artist_id, caller.user_id)
    expires_at = min(now + HOLD_DURATION, starts_at)
    calendar = store.read_catalogue(artist_id, [request.service_id], terms=False)
    service = calendar.require_service(request.service_id)
    busy_from = starts_at - timedelta(minutes=service.buffer_before_minutes)
    entry = find_made(ids.hold_prefix(artist_id, busy_from), _find)
    if entry is None:
        entry = create_entry(
            service,
            starts_at,
            entry_id=ids.new_hold_id(artist_id, busy_from),
            kind=CalendarEntryKind.HOLD,
            owner_id=caller.user_id,
            until=expires_at,
        )
        calendar = calendars.read_to_place(calendar, service, entry, side)
        store.commit(calendar=placement.place(calendar, service, entry, side, now))
    place = calendar.timetable.get_place(service, starts_at)
    return Hold(
        id=entry.id,
        service_id=service.id,
        starts_at=starts_at,
        ends_at=entry.ends_at,
        expires_at=expires_at,
        time_zone=place.time_zone,
        location=place.location,
        price=service.price,
        sittings=service.sittings,
        total=projects.get_total(service),
    )
