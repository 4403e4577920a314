"""Calendars elsewhere: what an artist is busy with there keeps slots free here."""

from datetime import datetime, timedelta
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import msgspec

from appointments import fetching, store
from appointments.fetching import NotFetched
from appointments.hours import seconds
from appointments.icalendar_reading import UnreadableCalendar, busy
from appointments.records import ExternalCalendar
from appointments.types import (
    ExternalCalendarRequest,
    ExternalCalendars,
    ExternalCalendarView,
    RefreshOrder,
)
from shared import queues
from shared.caller import Caller
from shared.contention import settled
from shared.ids import new_id
from shared.problems import FieldError, conflict, not_found, unprocessable

QUEUE = "appointments-external-calendars"
MAX_CALENDARS = 5
REFRESH_EVERY = timedelta(minutes=30)
AHEAD = timedelta(days=740)  # as far as anybody can book


def add(caller: Caller, request: ExternalCalendarRequest, now: datetime) -> ExternalCalendarView:
    """Add a calendar; a worker reads it in a moment, and from then on every half hour.

    Raises a 409 Problem where there are five already, a 422 one for an address that is none for us.
    """
    try:
        fetching.check_address(request.url)
    except NotFetched as error:
        raise unprocessable(FieldError("body.url", error.reason)) from None
    if len(store.find_external_calendars(caller.user_id)) >= MAX_CALENDARS:
        raise conflict("too_many_calendars", f"At most {MAX_CALENDARS} calendars can be added.")
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


def remove(caller: Caller, calendar_id: str) -> None:
    """Forget a calendar, and what it kept free. Raises a 404 Problem unless it is the caller's."""

    def work() -> None:
        external = store.find_external_calendar(caller.user_id, calendar_id)
        if external is None:
            raise not_found("There is no such calendar.")
        store.commit(removed=[external])

    settled(work)


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
        text = fetching.fetch(external.url)
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
