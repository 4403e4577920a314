"""Calendars elsewhere: what an artist is busy with there keeps slots free here."""

from datetime import datetime, timedelta
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import msgspec

from appointments import store
from appointments.icalendar import fetch
from appointments.icalendar.busy_times import UnreadableCalendar, busy
from appointments.icalendar.fetch import NotFetched
from appointments.models import ExternalCalendar
from appointments.rules.errors import TooManyCalendars
from appointments.rules.opening_hours import seconds
from appointments.schemas import (
    ExternalCalendarRequest,
    ExternalCalendars,
    ExternalCalendarView,
    RefreshOrder,
)
from domain.errors import FieldError, InvalidFields, NotFound
from domain.ids import new_id
from shared.data.conflicts import retry_on_conflict
from shared.events import queues
from shared.http.caller import Caller

QUEUE = "appointments-external-calendars"
MAX_CALENDARS = 5
REFRESH_EVERY = timedelta(minutes=30)
AHEAD = timedelta(days=740)  # as far as anybody can book


def add(caller: Caller, request: ExternalCalendarRequest, now: datetime) -> ExternalCalendarView:
    """Add a calendar; a worker reads it in a moment, and from then on every half hour.

    Raises a 409 Problem where there are five already, a 422 one for an address that is none for us.
    """
    try:
        fetch.check_address(request.url)
    except NotFetched as error:
        raise InvalidFields(FieldError("body.url", error.reason)) from None
    if len(store.find_external_calendars(caller.user_id)) >= MAX_CALENDARS:
        raise TooManyCalendars(f"At most {MAX_CALENDARS} calendars can be added.")
    added = ExternalCalendar(
        id=new_id("cal"),
        artist_id=caller.user_id,
        name=request.name,
        url=request.url,
        created_at=now,
        refresh_at=now,
    )
    store.commit(records=[added])
    _order(added)
    return _view(added)


def list_for(caller: Caller) -> ExternalCalendars:
    """The caller's calendars elsewhere."""
    return ExternalCalendars([_view(one) for one in store.find_external_calendars(caller.user_id)])


@retry_on_conflict
def remove(caller: Caller, calendar_id: str) -> None:
    """Forget a calendar, and what it kept free. Raises a 404 Problem unless it is the caller's."""
    external = store.find_external_calendar(caller.user_id, calendar_id)
    if external is None:
        raise NotFound("There is no such calendar.")
    store.commit(removed=[external])


def refresh(external: ExternalCalendar, now: datetime) -> None:
    """Have a calendar that is due read again by the worker, who may wait for its server.

    Raises Conflict where it was changed meanwhile.
    """
    store.commit(records=[_next(external, refresh_at=now + REFRESH_EVERY)])
    _order(external)


def read_again(order: RefreshOrder, now: datetime) -> None:
    """Read a calendar; where that fails, what it said before stays, and why is shown.

    Raises Conflict where it was changed meanwhile; the order then comes again.
    """
    external = store.find_external_calendar(order.artist_id, order.calendar_id)
    if external is not None:
        store.commit(records=[_next(_read(external, now), refresh_at=now + REFRESH_EVERY)])


def _read(external: ExternalCalendar, now: datetime) -> ExternalCalendar:
    try:
        text = fetch.fetch(external.url)
        spans = busy(text, now, now + AHEAD, _zone_of(external.artist_id))
    except (NotFetched, UnreadableCalendar) as error:
        return msgspec.structs.replace(external, problem=error.reason)
    return msgspec.structs.replace(
        external,
        busy=tuple((seconds(begins), seconds(ends)) for begins, ends in spans),
        refreshed_at=now,
        problem=None,
    )


def _zone_of(artist_id: str) -> ZoneInfo:
    availability = store.find_availability(artist_id)
    return ZoneInfo(availability.time_zone if availability else "UTC")


def _order(external: ExternalCalendar) -> None:
    queues.send(QUEUE, [RefreshOrder(external.artist_id, external.id)])


def _next(external: ExternalCalendar, **fields: datetime) -> ExternalCalendar:
    return msgspec.structs.replace(external, version=external.version + 1, **fields)


def _view(external: ExternalCalendar) -> ExternalCalendarView:
    return ExternalCalendarView(
        id=external.id,
        name=external.name,
        host=urlsplit(external.url).hostname or "",
        blocks=len(external.busy),
        refreshed_at=external.refreshed_at,
        problem=external.problem,
    )
