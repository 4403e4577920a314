"""Waitlist: clients who wait for a slot, and the freed slots that are offered to them.

An entry with an offer is due when the time to answer is over; one that ends with an offer is due at
once. So a slot that was not booked is always offered to the next in line, wherever a run crashed.
"""

from collections.abc import Collection
from datetime import UTC, date, datetime, time, timedelta
from hashlib import sha256
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from ulid import ULID

from appointments import events, store
from appointments.events import ConsumedOpening
from appointments.models import (
    ACTIVE_ENTRY,
    Appointment,
    AppointmentSide,
    CalendarEntryKind,
    ClientWaitlists,
    Relation,
    WaitlistEntry,
    WaitlistEntryStatus,
    WaitlistMode,
    WaitlistOffer,
)
from appointments.rules import ids, openings, placement, waitlist_matching
from appointments.rules.calendar import (
    Calendar,
    create_entry,
    get_days_around,
    list_days,
    list_days_between,
)
from appointments.rules.errors import AlreadyWaiting, TooManyWaits
from appointments.rules.transitions import LIVE
from appointments.rules.waitlist_matching import FreedTime
from appointments.schemas import (
    JoinWaitlistRequest,
    WaitlistEntryList,
    WaitlistEntryView,
    WaitlistQuery,
)
from appointments.use_cases import calendars, consent, presenter, queries, services
from domain.errors import FieldError, Forbidden, InvalidFields, NotFound
from domain.ids import new_id
from domain.opening_hours import to_seconds
from shared.data.conflicts import retry_on_conflict
from shared.http import cursors
from shared.http.caller import Caller
from shared.http.repetition import find_made

MAX_WAITLISTS = 20
MAX_OFFERS = 20  # because of one event
MAX_DISTANCE = timedelta(days=730)  # the longest horizon of a service
# A service lasts a day at most, and so does each of its buffers.
MAX_LENGTH = timedelta(days=2)


# ---- joining and leaving -------------------------------------------------------------------------


@retry_on_conflict
def join(caller: Caller, request: JoinWaitlistRequest, now: datetime) -> WaitlistEntryView:
    """Add the caller to the waitlist of a service, behind all who are on it.

    Raises:
        NotFound: The service does not exist.
        Forbidden: It is the caller's own service.
        Blocked: The caller or the artist blocks the other.
        AlreadyWaiting: The caller is on this list already.
        TooManyWaits: The caller is on twenty lists already.
        InvalidFields: The dates are over, or too far away.
    """
    if made := find_made("wtl", store.find_waitlist_entry):
        return presenter.present_waitlist_entry(made)
    service = services.require(request.service_id)
    if service.artist_id == caller.user_id:
        raise Forbidden("Artists cannot join the waitlists of their own services.")
    consent.require_unblocked(service.artist_id, caller.user_id)
    zones = store.read_timetable(service.artist_id).list_zones()
    _require_dates_ahead(request, min(now.astimezone(zone).date() for zone in zones))
    relation = store.find_relation(service.artist_id, caller.user_id)
    waitlists = store.get_client_waitlists(caller.user_id)
    if service.id in waitlists.entries:
        raise AlreadyWaiting("You are already on the waitlist of this service.")
    if len(waitlists.entries) >= MAX_WAITLISTS:
        raise TooManyWaits(f"You can be on at most {MAX_WAITLISTS} waitlists.")
    entry = WaitlistEntry(
        id=new_id("wtl"),
        artist_id=service.artist_id,
        client_id=caller.user_id,
        service_id=service.id,
        first_date=request.first_date,
        last_date=request.last_date,
        status=WaitlistEntryStatus.WAITING,
        created_at=now,
        updated_at=now,
        expires_at=max(_get_end(request.last_date, zone) for zone in zones),
    )
    data = events.WaitlistJoined(**events.waitlist_data(entry, service.name))
    relation = relation or Relation(service.artist_id, caller.user_id)
    waiting = msgspec.structs.replace(
        relation, asked=True, may_wait=True, version=relation.version + 1
    )
    store.commit(
        records=[entry, waiting],
        waitlists=_update_waitlists(waitlists, waitlists.entries | {service.id: entry.id}),
        events=[events.create_event(entry.id, data, now)],
    )
    return presenter.present_waitlist_entry(entry)


def list_own(caller: Caller, query: WaitlistQuery) -> WaitlistEntryList:
    """List the entries on the caller's waitlists, or the caller's own; first in line first."""
    side = queries.get_listed_side(caller, query.role)
    scope = queries.create_cursor_scope("waitlist", caller, side)
    entries, position = store.list_records(
        WaitlistEntry,
        side,
        caller.user_id,
        limit=query.limit,
        after=cursors.decode(query.cursor, scope) if query.cursor else None,
    )
    items = [presenter.present_waitlist_entry(entry) for entry in entries]
    return WaitlistEntryList(items, cursors.encode(position, scope) if position else None)


@retry_on_conflict
def leave(caller: Caller, entry_id: str, now: datetime) -> None:
    """Remove the caller from a waitlist. A slot on offer becomes free for others.

    Raises:
        NotFound: The entry is not the caller's, or has ended.
    """
    entry = store.find_waitlist_entry(entry_id)
    if entry is None or entry.client_id != caller.user_id or entry.status not in ACTIVE_ENTRY:
        raise NotFound("You are not on this waitlist.")
    _end(entry, WaitlistEntryStatus.LEFT, now)


# ---- ending entries ------------------------------------------------------------------------------


@retry_on_conflict
def end_for_booking(appointment: Appointment, at: datetime, now: datetime) -> None:
    """End the entry of a client who has booked, or moved to, a time that they waited for.

    The client stays on the list if the time is not on one of their dates, or if they joined after
    the booking.

    Args:
        appointment: What was booked.
        at: When it was booked or moved.
        now: The present time.
    """
    client_id, starts_at = appointment.client_id, appointment.starts_at
    if client_id is None:
        return
    entry_id = store.get_client_waitlists(client_id).entries.get(appointment.service.id)
    entry = store.find_waitlist_entry(entry_id) if entry_id else None
    if entry is None or entry.status not in ACTIVE_ENTRY or at < entry.created_at:
        return
    if not waitlist_matching.is_on_wanted_date(entry, starts_at, appointment.time_zone):
        return
    if entry.offer is not None and entry.offer.starts_at == starts_at:
        entry = msgspec.structs.replace(entry, offer=None)  # it was booked: nothing to pass on
    _end(entry, WaitlistEntryStatus.BOOKED, now)


def end_for_later_bookings(
    artist_id: str, client_id: str, joined_at: datetime, now: datetime
) -> None:
    """End entries of a client who booked after joining, but before that was known everywhere."""
    ahead, _ = store.list_records(Appointment, AppointmentSide.CLIENT, client_id, since=joined_at)
    for appointment in ahead:
        is_later = appointment.created_at >= joined_at
        if appointment.artist_id == artist_id and is_later and appointment.status in LIVE:
            end_for_booking(appointment, appointment.created_at, now)


def end_for_service(artist_id: str, service_id: str, now: datetime) -> None:
    """End all entries on the waitlist of a service that was deleted."""
    entries, _ = store.list_records(WaitlistEntry, AppointmentSide.ARTIST, artist_id)
    for entry in entries:
        if entry.service_id == service_id:
            end_entry(entry.id, WaitlistEntryStatus.EXPIRED, now)


@retry_on_conflict
def end_entry(entry_id: str, status: WaitlistEntryStatus, now: datetime) -> None:
    """End an entry, unless it has already ended."""
    entry = store.find_waitlist_entry(entry_id)
    if entry is not None and entry.status in ACTIVE_ENTRY:
        _end(entry, status, now)


def process_due(due: WaitlistEntry, now: datetime) -> None:
    """Pass on the offer of an entry when its time is over, or end an entry whose dates are over.

    Raises:
        WriteConflict: It has changed meanwhile.
    """
    entry = store.find_waitlist_entry(due.id)
    if entry is None:
        return
    is_offered = entry.status is WaitlistEntryStatus.OFFERED
    if entry.offer is not None and (not is_offered or entry.offer.answer_until <= now):
        # The next in line comes first: until that is done, this entry stays due.
        offer_freed_time(FreedTime.from_offer(entry, entry.offer), now)
        status = WaitlistEntryStatus.WAITING if is_offered else entry.status
        store.commit(records=[_create_next_version(entry, now, status=status, offer=None)])
    elif entry.status is WaitlistEntryStatus.WAITING and entry.expires_at <= now:
        _end(entry, WaitlistEntryStatus.EXPIRED, now)


# ---- offering freed time -------------------------------------------------------------------------


def offer_freed_time(freed: FreedTime, now: datetime, *, service_id: str | None = None) -> bool:
    """Give freed time to the clients who wait for it, as far as it can be booked now.

    The mode of each service decides. First, as many slots as fit are held for the first clients in
    line who can use them; then all who can use what is left are notified. A repetition only does
    what the run before left undone.

    Args:
        freed: The time.
        now: The present time.
        service_id: The only service that it is for; None for all.

    Returns:
        Whether all was given. False after `MAX_OFFERS` offers: more may follow.
    """
    if freed.ends <= now:
        return True
    line, _ = store.list_records(WaitlistEntry, AppointmentSide.ARTIST, freed.artist_id)
    line = _list_reachable(
        freed.artist_id,
        [
            entry
            for entry in line
            if entry.status is WaitlistEntryStatus.WAITING
            and service_id in (None, entry.service_id)
        ],
    )
    if not line:
        return True
    wanted = {entry.service_id for entry in line}
    calendar = _read_calendar(freed, wanted)
    offers = 0
    for entry in line:
        if _find_match(calendar, entry, WaitlistMode.FIRST_IN_LINE, freed, now) is not None:
            if offers == MAX_OFFERS:
                return False
            offers += _offer(entry.id, freed, now)
            calendar = _read_calendar(freed, wanted)
    for entry in line:
        start = _find_match(calendar, entry, WaitlistMode.ALL_NOTIFIED, freed, now)
        if start is not None:
            _publish_opening(calendar, entry, start, freed, now)
    return True


def offer_opened_time(opening: ConsumedOpening, event_id: str, now: datetime) -> None:
    """Give time in which more can be booked than before to the clients who wait for it.

    One event makes a limited number of offers; another, which it publishes once, continues.
    """
    parts = ((span.starts_at, span.ends_at) for span in opening.spans)
    spans = tuple((max(begins, now), ends) for begins, ends in parts if ends > now)
    if not spans:
        return
    freed = FreedTime.from_opening(opening.artist_id, spans, opening.cause)
    if offer_freed_time(freed, now, service_id=opening.service_id):
        return
    (following,) = events.opening_events(
        opening.artist_id,
        [(to_seconds(begins), to_seconds(ends)) for begins, ends in spans],
        now,
        cause=opening.cause,
        service_id=opening.service_id,
    )
    store.publish_once(msgspec.structs.replace(following, id=_derive_event_id(event_id)))


def publish_open_books(artist_id: str, cause: str, now: datetime) -> None:
    """Publish, once for each cause, that an artist takes new bookings again."""
    horizon = openings.get_horizon(store.list_services(artist_id), now)
    spans = [(to_seconds(now), to_seconds(horizon))]
    opened = events.opening_events(artist_id, spans, now, cause=cause)
    for number, event in enumerate(opened):
        event_id = _derive_event_id(f"{cause} {number}")
        store.publish_once(msgspec.structs.replace(event, id=event_id))


def _list_reachable(artist_id: str, line: list[WaitlistEntry]) -> list[WaitlistEntry]:
    """Return those in line who can book: nobody while books are closed, and nobody blocked."""
    if not line or not consent.has_open_books(artist_id):
        return []
    blocked = consent.list_blocked(artist_id, [entry.client_id for entry in line])
    return [entry for entry in line if entry.client_id not in blocked]


@retry_on_conflict
def _offer(entry_id: str, freed: FreedTime, now: datetime) -> bool:
    """Hold a slot in freed time for a client, and return whether there still was one."""
    entry = store.find_waitlist_entry(entry_id)
    if entry is None or entry.status is not WaitlistEntryStatus.WAITING:
        return False
    calendar = _read_calendar(freed, [entry.service_id])
    start = _find_match(calendar, entry, WaitlistMode.FIRST_IN_LINE, freed, now)
    if start is None:
        return False
    service = calendar.services[entry.service_id]
    answer_until = min(now + timedelta(minutes=service.waitlist_answer_minutes), start)
    busy_from = start - timedelta(minutes=service.buffer_before_minutes)
    hold = create_entry(
        service,
        start,
        entry_id=ids.new_hold_id(entry.artist_id, busy_from),
        kind=CalendarEntryKind.HOLD,
        owner_id=entry.client_id,
        until=answer_until,
    )
    offered = _create_next_version(
        entry,
        now,
        status=WaitlistEntryStatus.OFFERED,
        offer=WaitlistOffer(
            hold_id=hold.id,
            starts_at=start,
            ends_at=hold.ends_at,
            busy_from=hold.busy_from,
            busy_until=hold.busy_until,
            answer_until=answer_until,
        ),
        offered=(*(earlier for earlier in entry.offered if earlier > now), start),
    )
    place = calendar.timetable.get_place(service, start)
    data = events.WaitlistOffered(
        **events.waitlist_data(offered, service.name),
        starts_at=start,
        ends_at=hold.ends_at,
        time_zone=place.time_zone,
        location=place.location,
        hold_id=hold.id,
        answer_until=answer_until,
    )
    store.commit(
        calendar=placement.place(calendar, service, hold, AppointmentSide.CLIENT, now),
        records=[offered],
        events=[events.create_event(entry.id, data, now)],
    )
    return True


@retry_on_conflict
def _publish_opening(
    calendar: Calendar, entry: WaitlistEntry, start: datetime, freed: FreedTime, now: datetime
) -> None:
    """Publish the first slot that suits an entry, once for each cause.

    A slot in opened time may have been free before, so the entry remembers it as offered: the next
    change of hours does not notify the client of it again.
    """
    records: list[WaitlistEntry] = []
    if freed.is_opened:
        known = store.find_waitlist_entry(entry.id)
        if known is None or known.status not in ACTIVE_ENTRY or start in known.offered:
            return
        offered = (*(earlier for earlier in known.offered if earlier > now), start)
        records = [entry := _create_next_version(known, now, offered=offered)]
    service = calendar.services[entry.service_id]
    place = calendar.timetable.get_place(service, start)
    data = events.WaitlistOpened(
        **events.waitlist_data(entry, service.name),
        starts_at=start,
        ends_at=start + timedelta(minutes=service.duration_minutes),
        time_zone=place.time_zone,
        location=place.location,
    )
    event = events.create_event(entry.id, data, now)
    event_id = _derive_event_id(f"{freed.cause} {entry.id}")
    store.publish_once(msgspec.structs.replace(event, id=event_id), records)


def _find_match(
    calendar: Calendar, entry: WaitlistEntry, mode: WaitlistMode, freed: FreedTime, now: datetime
) -> datetime | None:
    service = calendar.services.get(entry.service_id)
    if service is None or service.waitlist_mode is not mode:
        return None
    return waitlist_matching.find_match(calendar, service, entry, freed, now)


def _read_calendar(freed: FreedTime, service_ids: Collection[str]) -> Calendar:
    """Read the part of the calendar that decides about starts of some services in freed time."""
    since, until = freed.begins - MAX_LENGTH, freed.ends + MAX_LENGTH
    calendar = store.read_catalogue(freed.artist_id, service_ids, terms=False)
    days = list_days_between(*get_days_around(since, until))
    wanted = list(calendar.services.values())
    return calendars.read_with_limits(calendar, wanted, since, until, days)


def _derive_event_id(text: str) -> str:
    return f"evt_{ULID.from_bytes(sha256(text.encode()).digest()[:16])}"


# ---- shared --------------------------------------------------------------------------------------


def _end(entry: WaitlistEntry, status: WaitlistEntryStatus, now: datetime) -> None:
    """End an entry. What is held for it is released, and due to be passed on."""
    calendar = None
    if entry.offer is not None:
        calendar = store.read_days(Calendar(entry.artist_id), list_days(entry.offer))
        calendar = calendar.remove(entry.offer.hold_id)
    waitlists = store.get_client_waitlists(entry.client_id)
    others = {
        service_id: entry_id
        for service_id, entry_id in waitlists.entries.items()
        if entry_id != entry.id
    }
    is_listed = len(others) < len(waitlists.entries)
    store.commit(
        calendar=calendar,
        records=[_create_next_version(entry, now, status=status)],
        waitlists=_update_waitlists(waitlists, others) if is_listed else None,
    )


def _create_next_version(entry: WaitlistEntry, now: datetime, **fields: Any) -> WaitlistEntry:
    return msgspec.structs.replace(entry, updated_at=now, version=entry.version + 1, **fields)


def _update_waitlists(waitlists: ClientWaitlists, entries: dict[str, str]) -> ClientWaitlists:
    return msgspec.structs.replace(waitlists, entries=entries, version=waitlists.version + 1)


def _require_dates_ahead(request: JoinWaitlistRequest, today: date) -> None:
    if request.last_date < today:
        raise InvalidFields(FieldError("body.lastDate", "is over"))
    if request.last_date > today + MAX_DISTANCE:
        raise InvalidFields(FieldError("body.lastDate", f"must be within {MAX_DISTANCE.days} days"))


def _get_end(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day + timedelta(days=1), time(), zone).astimezone(UTC)
