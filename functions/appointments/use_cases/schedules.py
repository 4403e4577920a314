"""Schedules: opening hours at other places, for a range of dates or for some services.

`rules/timetable.py` states which schedule counts when.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import partial
from zoneinfo import ZoneInfo

import msgspec

from appointments import events, store
from appointments.models import Schedule
from appointments.rules import openings, slots, timetable
from appointments.rules.calendar import Calendar
from appointments.rules.errors import TooManySchedules
from appointments.schemas import ScheduleList, ScheduleRequest
from appointments.use_cases import availability
from domain.errors import FieldError, InvalidFields, NotFound
from domain.ids import new_id
from shared.data.conflicts import retry_on_conflict
from shared.events.domain_events import DomainEvent
from shared.http.caller import Caller
from shared.http.repetition import find_made
from shared.platform import time_zones

MAX_SCHEDULES = 20  # besides those whose dates are over
MAX_DATES = 366


def list_own(caller: Caller) -> ScheduleList:
    """Return the caller's schedules besides their availability, oldest first."""
    return ScheduleList(list(store.read_timetable(caller.user_id).others))


def create(caller: Caller, request: ScheduleRequest, now: datetime) -> Schedule:
    """Add a schedule. Existing bookings keep their place and time zone.

    Raises:
        TooManySchedules: The caller already has twenty whose dates are not over.
        InvalidFields: A field is wrong, or another schedule counts for the same time.
    """
    if made := find_made("sch", partial(_require_own, caller)):
        return made
    calendar = store.read_catalogue(caller.user_id, request.service_ids, terms=False)
    schedule = _from_request(new_id("sch"), caller.user_id, request, 1)
    _require_valid(calendar, schedule, now)
    current = [one for one in calendar.schedules if not _is_over(one, now)]
    if len(current) >= MAX_SCHEDULES:
        raise TooManySchedules(f"At most {MAX_SCHEDULES} schedules can be added.")
    _save(schedule, now, [schedule])
    return schedule


@retry_on_conflict
def replace(caller: Caller, schedule_id: str, request: ScheduleRequest, now: datetime) -> Schedule:
    """Replace a schedule of the caller. Existing bookings keep their place and time zone.

    Raises:
        NotFound: It is not the caller's.
        InvalidFields: A field is wrong, or another schedule counts for the same time.
    """
    before = _require_own(caller, schedule_id)
    calendar = store.read_catalogue(caller.user_id, request.service_ids, terms=False)
    schedule = _from_request(before.id, before.artist_id, request, before.version + 1)
    _require_valid(calendar, schedule, now)
    is_same = schedule == msgspec.structs.replace(before, version=schedule.version)
    _save(schedule, now, [] if is_same else [before, schedule])
    return schedule


@retry_on_conflict
def delete(caller: Caller, schedule_id: str, now: datetime) -> None:
    """Delete a schedule of the caller. Existing bookings keep their place and time zone.

    Raises:
        NotFound: It is not the caller's.
    """
    schedule = _require_own(caller, schedule_id)
    data = events.ScheduleRemoved(
        schedule_id=schedule.id, artist_id=schedule.artist_id, record_version=schedule.version + 1
    )
    event = events.create_event(schedule.id, data, now)
    opened = _create_opening_events([schedule], now)
    store.commit(removed=[schedule], events=[event, *opened])


def _require_own(caller: Caller, schedule_id: str) -> Schedule:
    schedule = store.find_schedule(caller.user_id, schedule_id)
    if schedule is None:
        raise NotFound("There is no such schedule.")
    return schedule


def _from_request(
    schedule_id: str, artist_id: str, request: ScheduleRequest, version: int
) -> Schedule:
    fields = {field: getattr(request, field) for field in request.__struct_fields__}
    return Schedule(id=schedule_id, artist_id=artist_id, version=version, **fields)


def _save(schedule: Schedule, now: datetime, touched: Sequence[Schedule]) -> None:
    """Save a schedule, and publish the time in which it may open hours, for those who wait."""
    event = events.create_event(schedule.id, events.schedule_data(schedule), now)
    opened = _create_opening_events(touched, now)
    store.commit(records=[schedule], events=[event, *opened])


def _create_opening_events(touched: Sequence[Schedule], now: datetime) -> list[DomainEvent]:
    if not touched:
        return []
    artist_id = touched[0].artist_id
    horizon = openings.get_horizon(store.list_services(artist_id), now)
    spans = openings.list_touched_time(touched, now, horizon)
    return events.opening_events(artist_id, spans, now)


def _is_over(schedule: Schedule, now: datetime) -> bool:
    today = now.astimezone(ZoneInfo(schedule.time_zone)).date()
    return schedule.last_date is not None and schedule.last_date < today


# ---- validation ----------------------------------------------------------------------------------


def _require_valid(calendar: Calendar, schedule: Schedule, now: datetime) -> None:
    """Check a schedule against itself, the caller's services and their other schedules.

    Raises:
        InvalidFields: Something is wrong; every wrong field is named.
    """
    time_zones.parse_zone(schedule.time_zone, "body.timeZone")
    errors = [
        *_check_dates(schedule, now),
        *availability.list_repeated_dates(schedule.overrides),
        *_check_services(calendar, schedule),
    ]
    if not errors:
        errors = [*_check_overrides(schedule), *_check_others(calendar, schedule)]
    if errors:
        raise InvalidFields(*errors)


def _check_dates(schedule: Schedule, now: datetime) -> Iterator[FieldError]:
    first, last = schedule.first_date, schedule.last_date
    if first is None and last is None:
        if not schedule.service_ids:
            yield FieldError("body.serviceIds", "must not be empty without firstDate and lastDate")
        return
    if first is None:
        yield FieldError("body.firstDate", "is required with lastDate")
    elif last is None:
        yield FieldError("body.lastDate", "is required with firstDate")
    elif last < first:
        yield FieldError("body.lastDate", "must not be before firstDate")
    elif (last - first).days >= MAX_DATES:
        yield FieldError("body.lastDate", f"must be within {MAX_DATES} days of firstDate")
    elif _is_over(schedule, now):
        yield FieldError("body.lastDate", "is over")
    elif first > (now + slots.MAX_DISTANCE).date():
        yield FieldError("body.firstDate", f"must be within {slots.MAX_DISTANCE.days} days")


def _check_services(calendar: Calendar, schedule: Schedule) -> Iterator[FieldError]:
    for position, service_id in enumerate(schedule.service_ids):
        field = f"body.serviceIds[{position}]"
        if service_id not in calendar.services:
            yield FieldError(field, "is not a service of yours")
        elif service_id in schedule.service_ids[:position]:
            yield FieldError(field, "is given twice")


def _check_overrides(schedule: Schedule) -> Iterator[FieldError]:
    if schedule.first_date is None or schedule.last_date is None:
        return
    for position, override in enumerate(schedule.overrides):
        if not schedule.first_date <= override.date <= schedule.last_date:
            field = f"body.overrides[{position}].date"
            yield FieldError(field, "must be from firstDate to lastDate")


def _check_others(calendar: Calendar, schedule: Schedule) -> Iterator[FieldError]:
    """Refuse a schedule where nothing but its age would decide whether it counts."""
    field = "body.serviceIds" if schedule.first_date is None else "body.firstDate"
    for other in calendar.schedules:
        if other.id != schedule.id and timetable.claim_same_time(schedule, other):
            yield FieldError(field, f"is the same time and services as schedule {other.id}")
