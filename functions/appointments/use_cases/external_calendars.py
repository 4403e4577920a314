"""External calendars: the busy times of other programs, which block slots here."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from functools import partial
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import msgspec

from appointments import store
from appointments.events import CalendarRefresh, ExternalCalendarFailed, create_event
from appointments.icalendar import fetch
from appointments.icalendar.fetch import FetchFailed, Validators
from appointments.models import ExternalCalendar
from appointments.rules import calendar_reading
from appointments.rules.errors import TooManyCalendars
from appointments.schemas import (
    ExternalCalendarList,
    ExternalCalendarRequest,
    ExternalCalendarView,
)
from domain.errors import FieldError, InvalidFields, NotFound
from domain.icalendar.busy_times import UnreadableCalendar, read_busy_times
from domain.ids import new_id
from domain.opening_hours import Span, to_seconds
from shared.data.conflicts import WriteConflict, retry_on_conflict
from shared.events import queues
from shared.events.domain_events import DomainEvent
from shared.events.sweeper import DueRecord
from shared.http.caller import Caller
from shared.http.repetition import find_made

QUEUE = "appointments-external-calendars"
MAX_CALENDARS = 5
REFRESH_INTERVAL = timedelta(minutes=30)
MAX_WAITING = 1_000  # calendars on the queue, which the worker reads within a minute
BEHIND = timedelta(days=2)  # a booking that begins today may have a buffer before it
# As far ahead as clients can book, until the calendar is read the next time.
AHEAD = timedelta(days=742)


def add(caller: Caller, request: ExternalCalendarRequest, now: datetime) -> ExternalCalendarView:
    """Add an external calendar. A worker reads it at once, and every half hour after that.

    Raises:
        TooManyCalendars: The caller has five already.
        InvalidFields: The URL is not one that may be fetched.
    """
    if made := find_made("cal", partial(store.find_external_calendar, caller.user_id)):
        _send_refresh(made)
        return _present(made)
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
def delete(caller: Caller, calendar_id: str, now: datetime) -> None:
    """Delete an external calendar and its busy times.

    Raises:
        NotFound: It is not the caller's.
    """
    external = store.find_external_calendar(caller.user_id, calendar_id)
    if external is None:
        raise NotFound("There is no such calendar.")
    store.delete_busy_times(caller.user_id, calendar_id, _get_first_day(now))
    store.commit(removed=[external])


def list_due(now: datetime, limit: int) -> list[DueRecord]:
    """List the calendars that are due, the longest due first; none while the worker lags.

    They stay due. On the queue, those that wait there for half an hour would be due again, and be
    put on it twice, so that the worker never caught up.
    """
    due = store.list_due_calendars(now, limit)
    return [] if due and queues.count_waiting(QUEUE) >= MAX_WAITING else due


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
    if external is None:  # it was deleted, maybe while a run before this one was writing
        store.delete_busy_times(message.artist_id, message.calendar_id, _get_first_day(now))
        return
    zone = _get_zone(external.artist_id)
    updated, spans = _read(external, zone, now)
    if spans is not None:
        store.save_busy_times(external.artist_id, external.id, spans, _get_first_day(now))
    updated = _create_next_version(updated, refresh_at=now + REFRESH_INTERVAL)
    must_notify = calendar_reading.must_notify(updated)
    events = [_create_failed_event(updated, zone, now)] if must_notify else []
    try:
        store.commit(records=[updated], events=events)
    except WriteConflict:
        if spans is not None:
            _forget_version(external.artist_id, external.id)
        raise


@retry_on_conflict
def _forget_version(artist_id: str, calendar_id: str) -> None:
    """Have a calendar read as a whole the next time.

    Two runs have written its days, and the older times of one may have replaced the newer ones of
    the other, whose version is known: the server would say that nothing has changed.
    """
    external = store.find_external_calendar(artist_id, calendar_id)
    if external is not None:
        forgotten = msgspec.structs.replace(external, read_at=None, version=external.version + 1)
        store.commit(records=[forgotten])


def _read(
    external: ExternalCalendar, zone: ZoneInfo, now: datetime
) -> tuple[ExternalCalendar, Sequence[Span] | None]:
    """Read a calendar.

    Returns:
        The calendar with the outcome, and the busy times to store; None where they stay.
    """
    try:
        with fetch.fetch(external.url, _get_known_validators(external, zone, now)) as response:
            readable = calendar_reading.record_success(external, now)
            if response.parts is None:
                return _move_busy_times(readable), external.busy or None
            found = read_busy_times(response.parts, now - BEHIND, now + AHEAD, zone)
    except (FetchFailed, UnreadableCalendar) as error:
        failed = calendar_reading.record_failure(external, error.reason, now)
        return _move_busy_times(failed), external.busy or None
    spans = [(to_seconds(begins), to_seconds(ends)) for begins, ends in found.spans]
    read = msgspec.structs.replace(
        readable,
        blocks=len(spans),
        busy=(),
        unclear_count=found.unclear_count,
        unclear=found.unclear,
        etag=response.validators.etag,
        last_modified=response.validators.last_modified,
        read_at=now,
        read_in=zone.key,
    )
    return read, spans


def _move_busy_times(external: ExternalCalendar) -> ExternalCalendar:
    """Return a calendar whose busy times, if it has any in itself, lie in the days."""
    blocks = len(external.busy) or external.blocks
    return msgspec.structs.replace(external, blocks=blocks, busy=())


def _get_first_day(now: datetime) -> date:
    """Return the first UTC day whose busy times matter: a booking reaches back a day at most."""
    return (now - timedelta(days=2)).astimezone(UTC).date()


def _get_known_validators(
    external: ExternalCalendar, zone: ZoneInfo, now: datetime
) -> Validators | None:
    """Return the validators of the version that was read, unless it has to be read again."""
    if calendar_reading.must_reread(external, zone.key, now):
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
        blocks=len(external.busy) or external.blocks,
        refreshed_at=external.refreshed_at,
        problem=external.problem,
        failing_since=external.failing_since,
        unclear_count=external.unclear_count,
        unclear=list(external.unclear),
    )
