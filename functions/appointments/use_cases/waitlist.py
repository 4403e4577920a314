"""The waitlist: who waits for a slot, and who is offered one that was freed.

A place that is offered something is due when the time to answer is over; one that ends with an
offer is due at once. So what nobody took is always passed on, whatever crashed in between.
"""

from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from hashlib import sha256
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from ulid import ULID

from appointments import events, store
from appointments.models import (
    ON_THE_LIST,
    Appointment,
    EntryKind,
    Offer,
    Places,
    Side,
    Wait,
    WaitlistMode,
    WaitStatus,
)
from appointments.rules import ids, waitlist_matching
from appointments.rules.calendar import Calendar, entry_for
from appointments.rules.errors import AlreadyWaiting, TooManyWaits
from appointments.rules.waitlist_matching import Freed
from appointments.schemas import WaitRequest, Waits, WaitsQuery, WaitView
from appointments.use_cases import booking, presenter, queries, services
from domain.errors import FieldError, Forbidden, InvalidFields, NotFound
from domain.ids import new_id
from shared.data.conflicts import retry_on_conflict
from shared.events import domain_events
from shared.http import cursors
from shared.http.caller import Caller

MAX_PLACES = 20
FARTHEST = timedelta(days=730)  # the longest horizon of a service
# A service lasts a day at most, and so does each of its buffers.
LONGEST = timedelta(days=2)


# ---- joining and leaving -----------------------------------------------------------------------


def join(caller: Caller, request: WaitRequest, now: datetime) -> WaitView:
    """Put the caller on the list of a service, behind all who are on it.

    Raises a 404 Problem for an unknown service, a 403 one for the artist's own, a 409 one for who
    is on this list already or on too many, a 422 one for dates that are over or too far away.
    """
    service = services.find(request.service_id)
    if service.artist_id == caller.user_id:
        raise Forbidden("Nobody waits for a slot of their own.")
    zone = _zone(service.artist_id)
    _check_dates(request, now.astimezone(zone).date())

    @retry_on_conflict
    def work() -> WaitView:
        places = store.find_places(caller.user_id)
        if service.id in places.waits:
            raise AlreadyWaiting("You are on the list of this service already.")
        if len(places.waits) >= MAX_PLACES:
            raise TooManyWaits(f"Nobody waits in more than {MAX_PLACES} lists.")
        wait = Wait(
            id=new_id("wtl"),
            artist_id=service.artist_id,
            client_id=caller.user_id,
            service_id=service.id,
            first_date=request.first_date,
            last_date=request.last_date,
            status=WaitStatus.WAITING,
            created_at=now,
            updated_at=now,
            expires_at=_end_of(request.last_date, zone),
        )
        joined = events.WaitlistJoined(**events.about_wait(wait, service.name))
        store.commit(
            records=[wait],
            places=_places(places, places.waits | {service.id: wait.id}),
            events=[domain_events.new_event("appointments", wait.id, joined, now)],
        )
        return presenter.of_wait(wait)

    return work()


def list_for(caller: Caller, query: WaitsQuery) -> Waits:
    """Who waits for the caller as artist, or for what the caller waits; first in line first."""
    side = queries.side_of(caller, query.role)
    listed = queries.scope("waitlist", caller, side)
    found, position = store.list_records(
        Wait,
        side,
        caller.user_id,
        limit=query.limit,
        after=cursors.decode(query.cursor, listed) if query.cursor else None,
    )
    items = [presenter.of_wait(wait) for wait in found]
    return Waits(items, cursors.encode(position, listed) if position else None)


@retry_on_conflict
def leave(caller: Caller, wait_id: str, now: datetime) -> None:
    """The caller waits no longer; what was on offer is free for others.

    Raises a 404 Problem for a place that is not theirs, or that they have left.
    """
    wait = store.find_wait(wait_id)
    if wait is None or wait.client_id != caller.user_id or wait.status not in ON_THE_LIST:
        raise NotFound("You are not on this list.")
    _end(wait, WaitStatus.LEFT, now)


# ---- what becomes of a place -------------------------------------------------------------------


def booked(appointment: Appointment, at: datetime, now: datetime) -> None:
    """It was booked, or moved, at that instant: its client, if they waited for it, do no longer.

    They stay on the list where it is not on one of their dates, or they joined after it.
    """
    client_id, starts_at = appointment.client_id, appointment.starts_at
    if client_id is None:
        return

    @retry_on_conflict
    def work() -> None:
        wait_id = store.find_places(client_id).waits.get(appointment.service.id)
        wait = store.find_wait(wait_id) if wait_id else None
        if wait is None or wait.status not in ON_THE_LIST or at < wait.created_at:
            return
        if not waitlist_matching.suits(wait, starts_at, appointment.time_zone):
            return
        if wait.offer is not None and wait.offer.starts_at == starts_at:
            wait = msgspec.structs.replace(wait, offer=None)  # this is it: nothing to pass on
        _end(wait, WaitStatus.BOOKED, now)

    work()


def close(artist_id: str, service_id: str, now: datetime) -> None:
    """The service is gone: nobody waits for it any longer."""
    listed, _ = store.list_records(Wait, Side.ARTIST, artist_id)
    for wait in listed:
        if wait.service_id == service_id:
            retry_on_conflict(partial(take_off, wait.id, WaitStatus.EXPIRED, now))()


def take_off(wait_id: str, status: WaitStatus, now: datetime) -> None:
    """End a wait that goes on no longer; one that has ended already is fine.

    Raises Conflict where it was changed meanwhile.
    """
    wait = store.find_wait(wait_id)
    if wait is not None and wait.status in ON_THE_LIST:
        _end(wait, status, now)


def look_after(listed: Wait, now: datetime) -> None:
    """Do what time does to a place: pass on an offer that is over, end a wait that is.

    Raises Conflict where it was changed meanwhile.
    """
    wait = store.find_wait(listed.id)
    if wait is None:
        return
    is_offered = wait.status is WaitStatus.OFFERED
    if wait.offer is not None and (not is_offered or wait.offer.answer_until <= now):
        # First to the next in line: until that is done, this place stays due.
        pass_on(waitlist_matching.by_offer(wait, wait.offer), now)
        status = WaitStatus.WAITING if is_offered else wait.status
        store.commit(records=[_changed(wait, now, status=status, offer=None)])
    elif wait.status is WaitStatus.WAITING and wait.expires_at <= now:
        _end(wait, WaitStatus.EXPIRED, now)


# ---- what becomes of freed time ----------------------------------------------------------------


def pass_on(freed: Freed, now: datetime) -> None:
    """Let those who wait have the freed time, as far as it can be booked now.

    By the service's mode: offered to the first in line who can use it, as many as it has room for;
    then all who wait for what is left are told. The same again does no more than what was left
    undone.
    """
    if freed.ends <= now:
        return
    line, _ = store.list_records(Wait, Side.ARTIST, freed.artist_id)
    line = [wait for wait in line if wait.status is WaitStatus.WAITING]
    if not line:
        return
    calendar = _calendar(freed)
    for wait in line:
        if _chance(calendar, wait, WaitlistMode.FIRST_IN_LINE, freed, now) is not None:
            retry_on_conflict(partial(_offer, wait.id, freed, now))()
            calendar = _calendar(freed)
    for wait in line:
        start = _chance(calendar, wait, WaitlistMode.ALL_NOTIFIED, freed, now)
        if start is not None:
            _tell(calendar, wait, start, freed, now)


def _offer(wait_id: str, freed: Freed, now: datetime) -> None:
    """Hold a slot of the freed time for a client, if that can still be; until then it is theirs."""
    wait = store.find_wait(wait_id)
    if wait is None or wait.status is not WaitStatus.WAITING:
        return
    calendar = _calendar(freed)
    start = _chance(calendar, wait, WaitlistMode.FIRST_IN_LINE, freed, now)
    if start is None:
        return
    service = calendar.services[wait.service_id]
    answer_until = min(now + timedelta(minutes=service.waitlist_answer_minutes), start)
    first = start - timedelta(minutes=service.buffer_before_minutes)
    hold = entry_for(
        service,
        start,
        entry_id=ids.new_hold_id(wait.artist_id, first),
        kind=EntryKind.HOLD,
        owner_id=wait.client_id,
        until=answer_until,
    )
    offered = _changed(
        wait,
        now,
        status=WaitStatus.OFFERED,
        offer=Offer(
            hold_id=hold.id,
            starts_at=start,
            ends_at=hold.ends_at,
            busy_from=hold.busy_from,
            busy_until=hold.busy_until,
            answer_until=answer_until,
        ),
        offered=(*(earlier for earlier in wait.offered if earlier > now), start),
    )
    fact = events.WaitlistOffered(
        **events.about_wait(offered, service.name),
        starts_at=start,
        ends_at=hold.ends_at,
        time_zone=calendar.time_zone,
        hold_id=hold.id,
        answer_until=answer_until,
    )
    store.commit(
        calendar=booking.place(calendar, service, hold, Side.CLIENT, now),
        records=[offered],
        events=[domain_events.new_event("appointments", wait.id, fact, now)],
    )


def _tell(calendar: Calendar, wait: Wait, start: datetime, freed: Freed, now: datetime) -> None:
    """Tell one of all, once for each cause, of the first slot that is something for them."""
    service = calendar.services[wait.service_id]
    fact = events.WaitlistOpened(
        **events.about_wait(wait, service.name),
        starts_at=start,
        ends_at=start + timedelta(minutes=service.duration_minutes),
        time_zone=calendar.time_zone,
    )
    told = domain_events.new_event("appointments", wait.id, fact, now)
    once = ULID.from_bytes(sha256(f"{freed.cause} {wait.id}".encode()).digest()[:16])
    store.tell_once(msgspec.structs.replace(told, id=f"evt_{once}"))


# ---- within ------------------------------------------------------------------------------------


def _end(wait: Wait, status: WaitStatus, now: datetime) -> None:
    """Take a wait off its list; what is held for it is released, and due to be passed on."""
    calendar = None
    if wait.offer is not None:
        calendar = store.read_calendar(*ids.place_of_hold(wait.offer.hold_id))
        calendar = calendar.remove(wait.offer.hold_id)
    places = store.find_places(wait.client_id)
    others = {service: kept for service, kept in places.waits.items() if kept != wait.id}
    store.commit(
        calendar=calendar,
        records=[_changed(wait, now, status=status)],
        places=_places(places, others) if len(others) < len(places.waits) else None,
    )


def _chance(
    calendar: Calendar, wait: Wait, mode: WaitlistMode, freed: Freed, now: datetime
) -> datetime | None:
    service = calendar.services.get(wait.service_id)
    if service is None or service.waitlist_mode is not mode:
        return None
    return waitlist_matching.chance(calendar, service, wait, freed, now)


def _calendar(freed: Freed) -> Calendar:
    """The calendar as far as it decides about starts that need freed time."""
    return store.read_calendar(freed.artist_id, booking.first_day(freed.begins - LONGEST))


def _changed(wait: Wait, now: datetime, **fields: Any) -> Wait:
    return msgspec.structs.replace(wait, updated_at=now, version=wait.version + 1, **fields)


def _places(places: Places, waits: dict[str, str]) -> Places:
    return msgspec.structs.replace(places, waits=waits, version=places.version + 1)


def _zone(artist_id: str) -> ZoneInfo:
    availability = store.find_availability(artist_id)
    return ZoneInfo(availability.time_zone if availability else "UTC")


def _check_dates(request: WaitRequest, today: date) -> None:
    if request.last_date < today:
        raise InvalidFields(FieldError("body.lastDate", "is over"))
    if request.last_date > today + FARTHEST:
        raise InvalidFields(FieldError("body.lastDate", f"must be within {FARTHEST.days} days"))


def _end_of(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day + timedelta(days=1), time(), zone).astimezone(UTC)
