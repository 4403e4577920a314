"""Slots, holds, and what becomes of them: how time gets into an artist's calendar."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

import msgspec

from appointments import events, store
from appointments.models import (
    YEARS,
    Agreed,
    Appointment,
    Deposit,
    Entry,
    EntryKind,
    Mode,
    Money,
    Project,
    Service,
    Side,
    Status,
)
from appointments.rules import deposit_ledger, ids, slots
from appointments.rules.calendar import Calendar, entry_for
from appointments.rules.errors import HoldExpired, SlotTaken, SlotUnavailable
from appointments.schemas import (
    AppointmentView,
    BookingRequest,
    Hold,
    HoldRequest,
    Slot,
    Slots,
    SlotsQuery,
    WalkInRequest,
)
from appointments.use_cases import queries
from domain.errors import FieldError, InvalidFields, NotFound
from domain.ids import new_id
from domain.policy_terms import Kind, Terms, digest, in_force
from shared.data.conflicts import retry_on_conflict
from shared.events import domain_events
from shared.events.domain_events import DomainEvent, EventData
from shared.http import cursors, rate_limits
from shared.http.caller import Caller
from shared.platform import time_zones

HOLD_FOR = timedelta(minutes=10)
HOLDS = 30  # of one person in a quarter of an hour, so that nobody holds a whole calendar
ANSWER_WITHIN = timedelta(hours=72)
LONGEST_RANGE = timedelta(days=62)
USUAL_RANGE = timedelta(days=31)
FARTHEST = timedelta(days=800)  # beyond every horizon


class Agreement(msgspec.Struct, frozen=True):
    """What a booking is agreed on: the service, its price and policies as they are at the time."""

    artist_id: str
    service: Agreed
    price: Money
    time_zone: str
    policies: dict[Kind, Terms]
    policies_hash: str


# ---- slots -------------------------------------------------------------------------------------


def free_slots(query: SlotsQuery, now: datetime) -> Slots:
    """The slots that can be booked now, in one query.

    Raises a 404 Problem for an unknown service, a 422 one for a range that is too long or a zone
    that does not exist.
    """
    viewer_zone = (
        time_zones.parse_zone(query.time_zone, "query.timeZone") if query.time_zone else None
    )
    if ids.artist_of(query.service_id) != query.artist_id:
        raise NotFound("There is no such service.")
    calendar = store.read_calendar(query.artist_id, _first_day(query, now))
    service = service_in(calendar, query.service_id)
    if calendar.availability is None:
        return Slots([], None)
    zone = viewer_zone or ZoneInfo(calendar.availability.time_zone)
    since, until = _range(query, zone, now)
    # As it was asked: what is left out is counted from now, which goes on from page to page.
    scope = f"slots {query.service_id} {query.from_} {query.to} {zone.key}"
    after = datetime.fromisoformat(cursors.decode(query.cursor, scope)) if query.cursor else since
    found = list(islice(slots.starts(calendar, service, after, until, now), query.limit + 1))
    length = timedelta(minutes=service.duration_minutes)
    items = [
        Slot(start, start + length, time_zones.format_local(start, zone.key))
        for start in found[: query.limit]
    ]
    more = len(found) > query.limit
    return Slots(items, cursors.encode(found[-1].isoformat(), scope) if more else None)


def _first_day(query: SlotsQuery, now: datetime) -> date:
    """The UTC day from which the calendar is needed, before it says in which zone."""
    if not query.from_:
        return first_day(now)
    asked = _moment(query.from_[:10], ZoneInfo("UTC"), "query.from", date_ends=False)
    return first_day(max(now, max(now, asked) - timedelta(days=1)))


def _range(query: SlotsQuery, zone: ZoneInfo, now: datetime) -> tuple[datetime, datetime]:
    since = _moment(query.from_, zone, "query.from", date_ends=False) if query.from_ else now
    if not now - FARTHEST <= since <= now + FARTHEST:
        raise InvalidFields(FieldError("query.from", "is too far away"))
    until = _moment(query.to, zone, "query.to", date_ends=True) if query.to else since + USUAL_RANGE
    if until < since:
        raise InvalidFields(FieldError("query.to", "must not be before from"))
    # So many dates are as many, though clocks are put back among them.
    on_the_wall = until.astimezone(zone).replace(tzinfo=None) - since.astimezone(zone).replace(
        tzinfo=None
    )
    if min(until - since, on_the_wall) > LONGEST_RANGE:
        raise InvalidFields(FieldError("query.to", f"must be within {LONGEST_RANGE.days} days"))
    return since, until


def _moment(given: str, zone: ZoneInfo, field: str, *, date_ends: bool) -> datetime:
    """What was given as an instant; of a date, its beginning or its end in the zone."""
    try:
        if "T" in given:
            return datetime.fromisoformat(given).astimezone(UTC)
        day = date.fromisoformat(given) + timedelta(days=date_ends)
        return datetime.combine(day, time(), zone).astimezone(UTC)
    except (ValueError, OverflowError):
        raise InvalidFields(FieldError(field, "is no date")) from None


# ---- holds -------------------------------------------------------------------------------------


def hold(caller: Caller, request: HoldRequest, now: datetime) -> Hold:
    """Keep a slot for the caller alone for ten minutes, at most until it starts.

    Raises a 404 Problem for an unknown service, a 409 one for a slot that cannot be booked, a 429
    one for too many holds.
    """
    rate_limits.enforce(rate_limits.count("holds", caller.user_id, HOLDS, now))
    artist_id = ids.artist_of(request.service_id)
    starts_at = whole_minute(request.starts_at)
    expires_at = min(now + HOLD_FOR, starts_at)

    @retry_on_conflict
    def work() -> Hold:
        calendar = store.read_calendar(artist_id, first_day(starts_at))
        service = service_in(calendar, request.service_id)
        first = starts_at - timedelta(minutes=service.buffer_before_minutes)
        entry = entry_for(
            service,
            starts_at,
            entry_id=ids.new_hold_id(artist_id, first),
            kind=EntryKind.HOLD,
            owner_id=caller.user_id,
            until=expires_at,
        )
        store.commit(calendar=place(calendar, service, entry, side(caller, service), now))
        return Hold(entry.id, service.id, starts_at, entry.ends_at, expires_at)

    return work()


def release(caller: Caller, hold_id: str, now: datetime) -> None:
    """Give the caller's hold up before its time. Raises a 409 Problem for one that is not there."""
    artist_id, day = ids.place_of_hold(hold_id)

    @retry_on_conflict
    def work() -> None:
        calendar = store.read_calendar(artist_id, day)
        _held(calendar, hold_id, caller, now)
        store.commit(calendar=calendar.remove(hold_id))

    work()


# ---- booking -----------------------------------------------------------------------------------


@retry_on_conflict
def book(caller: Caller, request: BookingRequest, now: datetime) -> AppointmentView:
    """Book a slot, or what the caller holds: one read and one transaction where nobody interferes.

    Raises a 404 Problem for an unknown service, a 409 one for a slot that cannot be booked or a
    hold that is over, a 422 one where it is not clear for whom.
    """
    calendar, service, entry = _wanted(caller, request, now)
    booked_by = side(caller, service)
    appointment = new_appointment(
        calendar,
        service,
        entry,
        client_id=_client(caller, request, booked_by),
        booked_by=booked_by,
        notes=request.notes,
        now=now,
    )
    store.commit(
        calendar=calendar, records=[appointment], events=facts_of_booking(appointment, now)
    )
    return queries.view(appointment, booked_by)


def walk_in(caller: Caller, request: WalkInRequest, now: datetime) -> AppointmentView:
    """Book the artist's time from this minute on, whatever their hours and notice.

    Raises a 404 Problem unless the service is theirs, a 409 one where they are busy, a 422 one
    for an artist who would be their own client.
    """
    artist_id = ids.artist_of(request.service_id)
    if artist_id != caller.user_id:
        raise NotFound("There is no such service.")
    check_somebody_else(request.client_id, caller)
    starts_at = now.replace(second=0, microsecond=0)

    @retry_on_conflict
    def work() -> AppointmentView:
        calendar = store.read_calendar(artist_id, first_day(starts_at))
        service = service_in(calendar, request.service_id)
        # They are here: there is no time left to prepare in.
        at_once = msgspec.structs.replace(service, buffer_before_minutes=0)
        entry = entry_for(at_once, starts_at, entry_id=new_id("apt"), kind=EntryKind.APPOINTMENT)
        if not calendar.is_free(entry, now):
            raise _taken()
        calendar = calendar.put(entry, now)
        appointment = new_appointment(
            calendar,
            msgspec.structs.replace(service, deposit=None),
            entry,
            client_id=request.client_id,
            booked_by=Side.ARTIST,
            notes=request.notes,
            now=now,
            walk_in_name=request.name,
        )
        store.commit(
            calendar=calendar, records=[appointment], events=facts_of_booking(appointment, now)
        )
        return queries.view(appointment, Side.ARTIST)

    return work()


def place(calendar: Calendar, service: Service, entry: Entry, by: Side, now: datetime) -> Calendar:
    """The calendar with the entry in it.

    A client gets what is offered; an artist may place outside of hours, notice and limits, but
    nobody overlaps anything. Raises a 409 Problem.
    """
    placed = place_anywhere(calendar, entry, now)
    if by is Side.ARTIST:
        return placed
    if not slots.is_bookable(calendar, service, entry.starts_at, now):
        raise SlotUnavailable("This time is not offered.")
    return placed if service.daily_limit is None else placed.relying_on_date(entry.starts_at)


def place_anywhere(calendar: Calendar, entry: Entry, now: datetime) -> Calendar:
    """The calendar with the entry in it, wherever it is free from now on. Raises a 409 Problem."""
    if entry.starts_at <= now:
        raise SlotUnavailable("This time has passed.")
    if not calendar.is_free(entry, now):
        raise _taken()
    return calendar.put(entry, now)


def new_appointment(
    calendar: Calendar,
    service: Service,
    entry: Entry,
    *,
    client_id: str | None,
    booked_by: Side,
    notes: str,
    now: datetime,
    walk_in_name: str = "",
) -> Appointment:
    """The appointment at the time of the entry: price, names and policies as they are now.

    It is confirmed where its artist booked, or lets clients book directly and asks no deposit;
    else it waits for the artist.
    """
    terms = agreement(calendar, service, entry)
    deposit = deposit_ledger.requested(
        service, terms.policies, service.price.amount, booked_by, now
    )
    at_once = booked_by is Side.ARTIST or (service.mode is Mode.DIRECT and deposit is None)
    return appointment_by(
        terms,
        entry,
        client_id=client_id,
        booked_by=booked_by,
        status=Status.CONFIRMED if at_once else Status.PENDING,
        deposit=deposit,
        now=now,
        notes=notes,
        walk_in_name=walk_in_name,
    )


def appointment_by(
    terms: Agreement,
    entry: Entry,
    *,
    client_id: str | None,
    booked_by: Side,
    status: Status,
    deposit: Deposit | None,
    now: datetime,
    notes: str = "",
    walk_in_name: str = "",
    project: Project | None = None,
) -> Appointment:
    """The appointment at the time of the entry, as it was agreed."""
    waits = status is Status.PENDING
    return Appointment(
        id=entry.id,
        artist_id=terms.artist_id,
        client_id=client_id,
        walk_in_name=walk_in_name,
        service=terms.service,
        price=terms.price,
        starts_at=entry.starts_at,
        ends_at=entry.ends_at,
        time_zone=terms.time_zone,
        status=status,
        booked_by=booked_by,
        notes=notes,
        deposit=deposit,
        terms=terms.policies,
        terms_hash=terms.policies_hash,
        project=project,
        answer_by=answer_by(entry.starts_at, now) if waits else None,
        created_at=now,
        updated_at=now,
    )


def answer_by(starts_at: datetime, now: datetime) -> datetime:
    """Until when what waits for the artist does so: 72 hours, at most until it would start."""
    return min(now + ANSWER_WITHIN, starts_at)


def agreement(calendar: Calendar, service: Service, entry: Entry) -> Agreement:
    """What is agreed on if the service is booked now."""
    policies = in_force(calendar.terms, calendar.artist_id, service.id)
    return Agreement(
        artist_id=calendar.artist_id,
        service=agreed(service, entry),
        price=service.price,
        time_zone=calendar.time_zone,
        policies=policies,
        policies_hash=digest(policies.values()),
    )


def agreed(service: Service, entry: Entry) -> Agreed:
    """The service as it is booked: its length and buffers are those of the entry."""
    return Agreed(
        id=service.id,
        name=service.name,
        location=service.location,
        duration_minutes=_minutes(entry.ends_at - entry.starts_at),
        buffer_before_minutes=_minutes(entry.starts_at - entry.busy_from),
        buffer_after_minutes=_minutes(entry.busy_until - entry.ends_at),
        mode=service.mode,
    )


def facts_of_booking(appointment: Appointment, now: datetime) -> list[DomainEvent]:
    """What a new appointment tells the others."""
    common = events.about(appointment, appointment.booked_by)
    told: list[EventData] = [events.AppointmentCreated(**common)]
    if appointment.status is Status.CONFIRMED:
        told.append(events.AppointmentConfirmed(**common))
    if appointment.deposit is not None:
        told.append(events.about_deposit(appointment, appointment.deposit.entries[-1]))
    return [domain_events.new_event("appointments", appointment.id, fact, now) for fact in told]


def side(caller: Caller, service: Service) -> Side:
    """The side on which somebody books a service; an artist is the client of another's."""
    return Side.ARTIST if caller.user_id == service.artist_id else Side.CLIENT


def service_in(calendar: Calendar, service_id: str) -> Service:
    """The service in the calendar of its artist. Raises a 404 Problem where it is not there."""
    service = calendar.services.get(service_id)
    if service is None:
        raise NotFound("There is no such service.")
    return service


def first_day(starts_at: datetime) -> date:
    """The UTC day from which a calendar decides about a start.

    Buffers and the date of the artist's zone reach back a day at most, and a clock that is put back
    makes that a little more.
    """
    return (starts_at - timedelta(days=2)).astimezone(UTC).date()


def whole_minute(starts_at: datetime) -> datetime:
    """The start in UTC. Raises a 422 Problem unless it is a whole minute of our calendar."""
    try:
        in_utc = starts_at.astimezone(UTC)
    except OverflowError:
        in_utc = None
    if in_utc is None or in_utc.year not in YEARS or in_utc.second or in_utc.microsecond:
        raise InvalidFields(FieldError("body.startsAt", "must be a whole minute"))
    return in_utc


def check_somebody_else(client_id: str | None, artist: Caller) -> None:
    """Raise a 422 Problem for an artist who would be their own client."""
    if client_id == artist.user_id:
        raise InvalidFields(FieldError("body.clientId", "must be somebody else"))


def _wanted(
    caller: Caller, request: BookingRequest, now: datetime
) -> tuple[Calendar, Service, Entry]:
    """What is to be booked, and the calendar in which it is."""
    appointment_id = new_id("apt")
    if request.hold_id is not None:
        artist_id, day = ids.place_of_hold(request.hold_id)
        calendar = store.read_calendar(artist_id, day)
        held = _held(calendar, request.hold_id, caller, now)
        service = service_in(calendar, held.service_id)
        entry = msgspec.structs.replace(
            held, id=appointment_id, kind=EntryKind.APPOINTMENT, owner_id=None, until=None
        )
        return calendar.remove(held.id).put(entry, now), service, entry
    assert request.service_id is not None
    assert request.starts_at is not None
    starts_at = whole_minute(request.starts_at)
    calendar = store.read_calendar(ids.artist_of(request.service_id), first_day(starts_at))
    service = service_in(calendar, request.service_id)
    entry = entry_for(service, starts_at, entry_id=appointment_id, kind=EntryKind.APPOINTMENT)
    return place(calendar, service, entry, side(caller, service), now), service, entry


def _held(calendar: Calendar, hold_id: str, caller: Caller, now: datetime) -> Entry:
    """The caller's live hold. Another's looks like one that is over."""
    entry = calendar.whole(hold_id)
    if entry is None or entry.owner_id != caller.user_id or not entry.is_live(now):
        raise HoldExpired("This hold is over.")
    return entry


def _client(caller: Caller, request: BookingRequest, booked_by: Side) -> str:
    """For whom it is."""
    if booked_by is Side.CLIENT:
        if request.client_id not in (None, caller.user_id):
            raise InvalidFields(FieldError("body.clientId", "only the artist books for others"))
        return caller.user_id
    if request.client_id is None:
        raise InvalidFields(FieldError("body.clientId", "is required: for whom do you book?"))
    check_somebody_else(request.client_id, caller)
    return request.client_id


def _minutes(length: timedelta) -> int:
    return int(length.total_seconds()) // 60


def _taken() -> SlotTaken:
    return SlotTaken("Somebody was faster: this time is taken.")
