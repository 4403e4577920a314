"""External calendars: the busy times of other programs, which block slots here."""

from datetime import datetime, timedelta
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import msgspec

from appointments import store
from appointments.events import CalendarRefresh, ExternalCalendarFailed, create_event
from appointments.icalendar import fetch
from appointments.icalendar.busy_times import UnreadableCalendar, read_busy_times
from appointments.icalendar.fetch import FetchFailed, Validators
from appointments.models import ExternalCalendar
from appointments.rules.errors import TooManyCalendars
from appointments.rules.opening_hours import to_seconds
from appointments.schemas import (
    ExternalCalendarList,
    ExternalCalendarRequest,
    ExternalCalendarView,
)
from domain.errors import FieldError, InvalidFields, NotFound
from domain.ids import new_id
from shared.data.conflicts import retry_on_conflict
from shared.events import queues
from shared.events.domain_events import DomainEvent
from shared.http.caller import Caller

QUEUE = "appointments-external-calendars"
MAX_CALENDARS = 5
REFRESH_INTERVAL = timedelta(minutes=30)
REREAD_INTERVAL = timedelta(days=1)  # after which even a calendar without changes is read
BEHIND = timedelta(days=2)  # a booking that begins today may have a buffer before it
# As far ahead as clients can book, until the calendar is read the next time.
AHEAD = timedelta(days=742)
TOLERATED = 1  # failures in a row, before the artist is notified


def add(caller: Caller, request: ExternalCalendarRequest, now: datetime) -> ExternalCalendarView:
    """Add an external calendar. A worker reads it at once, and every half hour after that.

    Raises:
        TooManyCalendars: The caller has five already.
        InvalidFields: The URL is not one that may be fetched.
    """
    try:
        fetch.check_address(request.url)
    except FetchFailed as error:
        raise InvalidFields(FieldError("body.url", error.reason)) from None
    if len(store.list_external_calendars(caller.user_id)) >= MAX_CALENDARS:
        raise TooManyCalendars(f"At most {MAX_CALENDARS} calendars can be added.")
    external = ExternalCalendar(
        id=new_id("cal"),
        artist_id=caller.user_id,
        name=request.name,
        url=request.url,
        created_at=now,
        refresh_at=now,
    )
    store.commit(records=[external])
    _send_refresh(external)
    return _present(external)


def list_own(caller: Caller) -> ExternalCalendarList:
    """List the caller's external calendars, oldest first."""
    calendars = store.list_external_calendars(caller.user_id)
    return ExternalCalendarList([_present(external) for external in calendars])


@retry_on_conflict
def delete(caller: Caller, calendar_id: str) -> None:
    """Delete an external calendar and its busy times.

    Raises:
        NotFound: It is not the caller's.
    """
    external = store.find_external_calendar(caller.user_id, calendar_id)
    if external is None:
        raise NotFound("There is no such calendar.")
    store.commit(removed=[external])


def enqueue_refresh(external: ExternalCalendar, now: datetime) -> None:
    """Have the worker read a calendar that is due: unlike the sweeper it may wait for a server.

    Raises:
        WriteConflict: It has changed meanwhile.
    """
    store.commit(records=[_create_next_version(external, refresh_at=now + REFRESH_INTERVAL)])
    _send_refresh(external)


def refresh(message: CalendarRefresh, now: datetime) -> None:
    """Read a calendar.

    If that fails, its busy times stay, and the artist is shown why. After the second failure in a
    row the artist is notified, once until it can be read again.

    Raises:
        WriteConflict: It has changed meanwhile; the message then comes again.
    """
    external = store.find_external_calendar(message.artist_id, message.calendar_id)
    if external is None:
        return
    zone = _get_zone(external.artist_id)
    updated = _read(external, zone, now)
    updated = _create_next_version(updated, refresh_at=now + REFRESH_INTERVAL)
    events = [_create_failed_event(updated, zone, now)] if updated.failures == TOLERATED + 1 else []
    store.commit(records=[updated], events=events)


def _read(external: ExternalCalendar, zone: ZoneInfo, now: datetime) -> ExternalCalendar:
    """Return a calendar with the outcome of reading it."""
    try:
        with fetch.fetch(external.url, _get_known_validators(external, zone, now)) as response:
            readable = msgspec.structs.replace(
                external, refreshed_at=now, problem=None, failures=0, failing_since=None
            )
            if response.parts is None:
                return readable
            found = read_busy_times(response.parts, now - BEHIND, now + AHEAD, zone)
    except (FetchFailed, UnreadableCalendar) as error:
        return msgspec.structs.replace(
            external,
            problem=error.reason,
            failures=external.failures + 1,
            failing_since=external.failing_since or now,
        )
    return msgspec.structs.replace(
        readable,
        busy=tuple((to_seconds(begins), to_seconds(ends)) for begins, ends in found.spans),
        unclear_count=found.unclear_count,
        unclear=found.unclear,
        etag=response.validators.etag,
        last_modified=response.validators.last_modified,
        read_at=now,
        read_in=zone.key,
    )


def _get_known_validators(
    external: ExternalCalendar, zone: ZoneInfo, now: datetime
) -> Validators | None:
    """Return the validators of the version that was read, unless it has to be read again."""
    is_recent = external.read_at is not None and now < external.read_at + REREAD_INTERVAL
    if not is_recent or external.read_in != zone.key:
        return None
    return Validators(external.etag, external.last_modified)


def _create_failed_event(external: ExternalCalendar, zone: ZoneInfo, now: datetime) -> DomainEvent:
    data = ExternalCalendarFailed(
        calendar_id=external.id,
        artist_id=external.artist_id,
        name=external.name,
        problem=external.problem or "",
        failing_since=external.failing_since or now,
        time_zone=zone.key,
        record_version=external.version,
    )
    return create_event(external.id, data, now)


def _get_zone(artist_id: str) -> ZoneInfo:
    availability = store.find_availability(artist_id)
    return ZoneInfo(availability.time_zone if availability else "UTC")


def _send_refresh(external: ExternalCalendar) -> None:
    queues.send(QUEUE, [CalendarRefresh(external.artist_id, external.id)])


def _create_next_version(external: ExternalCalendar, **fields: datetime) -> ExternalCalendar:
    return msgspec.structs.replace(external, version=external.version + 1, **fields)


def _present(external: ExternalCalendar) -> ExternalCalendarView:
    return ExternalCalendarView(
        id=external.id,
        name=external.name,
        host=urlsplit(external.url).hostname or "",
        blocks=len(external.busy),
        refreshed_at=external.refreshed_at,
        problem=external.problem,
        failing_since=external.failing_since,
        unclear_count=external.unclear_count,
        unclear=list(external.unclear),
    )
