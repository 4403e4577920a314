"""Booking: slots, holds, or a client who is in the studio become appointments."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial

import msgspec

from appointments import events, store
from appointments.models import (
    Appointment,
    AppointmentSide,
    CalendarEntry,
    CalendarEntryKind,
    Relation,
    Service,
    Voucher,
)
from appointments.rules import agreements, ids, placement, projects, quotes
from appointments.rules import vouchers as voucher_rules
from appointments.rules.agreements import AgreedSitting
from appointments.rules.calendar import Calendar, create_entry, list_days
from appointments.rules.quotes import Quote
from appointments.schemas import AppointmentView, BookingRequest, PricePreview, WalkInRequest
from appointments.use_cases import calendars, consent, holds, presenter, queries, vouchers
from domain.errors import DomainError, FieldError, InvalidFields, NotFound
from domain.ids import attempt, new_id
from domain.policy_terms import AgeConfirmation
from shared.data.conflicts import WriteConflict, retry_on_conflict
from shared.http.caller import Caller, Role
from shared.http.repetition import find_made


class _Requested(msgspec.Struct, frozen=True):
    """A requested sitting: its start or hold, what the artist quotes, and where it was named."""

    starts_at: datetime | None
    hold_id: str | None
    quote: Quote
    field: str


class _Booking(msgspec.Struct, frozen=True):
    """A booking that is ready to be written."""

    calendar: Calendar
    appointments: list[Appointment]
    booked_by: AppointmentSide
    voucher: Voucher | None
    relation: Relation | None


def book(caller: Caller, request: BookingRequest, now: datetime) -> AppointmentView:
    """Book a slot, what the caller holds, or all sittings of a service; return the first sitting.

    What is read is the service, its terms, the days that the booking touches, and its voucher. A
    client books on what the search for slots shows, which may lag behind by a moment; the locks of
    the days let nothing be booked twice. Nobody is refused on that: the booking is tried again on
    consistent reads.

    Raises:
        NotFound: The service does not exist.
        Blocked: One of the two blocks the other.
        BooksClosed: The artist takes no new bookings; their own are always possible.
        NoRelation: The client has not asked the artist, who books, for anything.
        SittingsRequired: The sittings are not those that the service takes.
        SlotTaken: Something overlaps a sitting.
        SlotUnavailable: A sitting has passed, or is not offered.
        HoldExpired: A hold has expired, is not the caller's, or is for another service.
        VoucherRedeemed: The voucher was redeemed before.
        VoucherVoid: The voucher was voided.
        VoucherExpired: The voucher has expired.
        InvalidFields: A start is not a whole minute, the client is missing or wrong, their age is
            not confirmed as the artist's policy asks, a client quotes, or the voucher is not the
            client's.
    """
    if made := find_made("apt", _find_first_sitting):
        return queries.get(caller, made.id)
    if caller.role is not Role.CLIENT or _list_holds(request):
        return _book(caller, request, now)
    try:
        with attempt():
            return _book_once(caller, request, now, consistent=False)
    except (DomainError, WriteConflict):
        return _book(caller, request, now)


@retry_on_conflict
def _book(caller: Caller, request: BookingRequest, now: datetime) -> AppointmentView:
    return _book_once(caller, request, now, consistent=True)


def _find_first_sitting(appointment_id: str) -> Appointment | None:
    """Find an appointment, or the first sitting of its project."""
    appointment = store.find_appointment(appointment_id)
    if appointment is None or appointment.project is None:
        return appointment
    return store.find_appointment(appointment.project.appointment_ids[0])


def _book_once(
    caller: Caller, request: BookingRequest, now: datetime, *, consistent: bool
) -> AppointmentView:
    booking = _prepare(caller, request, now, consistent=consistent)
    _commit(booking, now)
    return queries.present(booking.appointments[0], booking.booked_by)


def preview(caller: Caller, request: BookingRequest, now: datetime) -> PricePreview:
    """Return what `book` would book now, and at which price. It raises the same errors."""
    return presenter.present_prices(_prepare(caller, request, now, consistent=True).appointments)


@retry_on_conflict
def book_walk_in(caller: Caller, request: WalkInRequest, now: datetime) -> AppointmentView:
    """Book one sitting of the artist's time from this minute on, whatever their hours and notice.

    Raises:
        NotFound: The service is not the caller's.
        Blocked: One of the two blocks the other.
        NoRelation: The client has not asked the caller for anything.
        SlotTaken: The caller is busy.
        VoucherRedeemed: The voucher was redeemed before.
        VoucherVoid: The voucher was voided.
        VoucherExpired: The voucher has expired.
        InvalidFields: The caller would be their own client, the client's age is not confirmed as
            the policy asks, the price is in another currency, or the voucher is not the client's.
    """
    artist_id = ids.get_artist_id(request.service_id)
    if artist_id != caller.user_id:
        raise NotFound("There is no such service.")
    if made := find_made("apt", partial(queries.get, caller)):
        return made
    relation: Relation | None = None
    if request.client_id is not None:
        placement.require_other_client(request.client_id, caller.user_id)
        relation = consent.require_client(artist_id, request.client_id)
    starts_at = now.replace(second=0, microsecond=0)
    calendar = store.read_catalogue(artist_id, [request.service_id])
    quote = Quote(request.price, request.duration_minutes)
    service = quotes.apply(calendar.require_service(request.service_id), quote, "body")
    # The client is there: no time is left to prepare in.
    at_once = msgspec.structs.replace(service, buffer_before_minutes=0)
    entry = create_entry(
        at_once, starts_at, entry_id=new_id("apt"), kind=CalendarEntryKind.APPOINTMENT
    )
    calendar = store.read_days(calendar, list_days(entry))
    placement.require_free(calendar, entry, now)
    booking = _create_booking(
        calendar.put(entry, now),
        [AgreedSitting(msgspec.structs.replace(service, deposit=None), entry)],
        client_id=request.client_id,
        booked_by=AppointmentSide.ARTIST,
        voucher_code=request.voucher_code,
        notes=request.notes,
        walk_in_name=request.name,
        age_confirmation=request.age_confirmation,
        now=now,
        relation=relation,
    )
    _commit(booking, now)
    return queries.present(booking.appointments[0], AppointmentSide.ARTIST)


# ---- the sittings --------------------------------------------------------------------------------


def _prepare(
    caller: Caller, request: BookingRequest, now: datetime, *, consistent: bool
) -> _Booking:
    artist_id = _get_artist_id(request)
    side = queries.get_booking_side(caller, artist_id)
    relation: Relation | None = None
    if side is AppointmentSide.CLIENT:
        relation = consent.require_bookable(artist_id, caller.user_id)
    elif request.client_id is not None:
        placement.require_other_client(request.client_id, caller.user_id)
        relation = consent.require_client(artist_id, request.client_id)
    requested = _list_requested(request)
    calendar, service = _read_catalogue(caller, request, now, consistent=consistent)
    quotes.require_artist(_get_quote(request), side, "body")
    for sitting in requested:
        quotes.require_artist(sitting.quote, side, sitting.field)
    projects.require_all_sittings(
        service, len(requested), side, is_listed=request.sittings is not None
    )
    client_id = _get_client_id(caller, request, side)
    calendar, sittings = _place_all(
        calendar, service, requested, caller=caller, side=side, now=now, consistent=consistent
    )
    return _create_booking(
        calendar,
        sittings,
        client_id=client_id,
        booked_by=side,
        voucher_code=request.voucher_code,
        notes=request.notes,
        now=now,
        age_confirmation=request.age_confirmation,
        relation=relation,
    )


def _list_holds(request: BookingRequest) -> list[str]:
    sittings = request.sittings or ()
    named = [request.hold_id, *(sitting.hold_id for sitting in sittings)]
    return [hold_id for hold_id in named if hold_id is not None]


def _get_artist_id(request: BookingRequest) -> str:
    """Return the artist who is booked.

    Raises:
        NotFound: No service or hold can have the id.
    """
    if request.hold_id is not None:
        return ids.parse_hold_id(request.hold_id)[0]
    assert request.service_id is not None
    return ids.get_artist_id(request.service_id)


def _read_catalogue(
    caller: Caller, request: BookingRequest, now: datetime, *, consistent: bool
) -> tuple[Calendar, Service]:
    """Return the calendar with the service and its terms, and the service.

    Where only a hold is named, its days are read first: they say what is held.
    """
    if request.hold_id is None:
        assert request.service_id is not None
        artist_id = ids.get_artist_id(request.service_id)
        calendar = store.read_catalogue(artist_id, [request.service_id], consistent=consistent)
        return calendar, calendar.require_service(request.service_id)
    held = holds.read_days(request.hold_id)
    hold = holds.require_own(held, request.hold_id, caller, now)
    calendar = store.read_catalogue(held.artist_id, [hold.service_id]).with_days_of(held)
    return calendar, calendar.require_service(hold.service_id)


def _list_requested(request: BookingRequest) -> list[_Requested]:
    quote = _get_quote(request)
    if request.sittings is None:
        starts_at = placement.parse_start(request.starts_at) if request.starts_at else None
        return [_Requested(starts_at, request.hold_id, quote, "body")]
    return [
        _Requested(
            placement.parse_start(sitting.starts_at, f"body.sittings[{number}].startsAt")
            if sitting.starts_at
            else None,
            sitting.hold_id,
            Quote(sitting.price, sitting.duration_minutes).or_else(quote),
            f"body.sittings[{number}]",
        )
        for number, sitting in enumerate(request.sittings)
    ]


def _get_quote(request: BookingRequest) -> Quote:
    return Quote(request.price, request.duration_minutes)


def _place_all(
    calendar: Calendar,
    service: Service,
    requested: Sequence[_Requested],
    *,
    caller: Caller,
    side: AppointmentSide,
    now: datetime,
    consistent: bool,
) -> tuple[Calendar, list[AgreedSitting]]:
    """Return the calendar with all sittings in it instead of the holds, and them in their order.

    A hold is booked at its time, however the service has changed since. Where the artist quotes
    a length, its time has to be free.
    """
    sittings = [
        _create_sitting(service, sitting) for sitting in requested if sitting.starts_at is not None
    ]
    entries = [sitting.entry for sitting in sittings]
    calendar = calendars.read_to_place_all(calendar, service, entries, side, consistent=consistent)
    held: list[AgreedSitting] = []
    for sitting in requested:
        if sitting.hold_id is None:
            continue
        calendar = store.read_days(calendar, holds.list_days_of(sitting.hold_id))
        hold = holds.require_own(calendar, sitting.hold_id, caller, now, service_id=service.id)
        if sitting.quote.duration_minutes is None:
            quoted = quotes.apply(service, sitting.quote, sitting.field)
            held.append(AgreedSitting(quoted, _convert(hold)))
        else:
            at_hold = msgspec.structs.replace(sitting, starts_at=hold.starts_at)
            sittings.append(_create_sitting(service, at_hold))
            calendar = store.read_days(calendar, list_days(sittings[-1].entry))
    ordered = sorted([*sittings, *held], key=lambda sitting: sitting.entry.starts_at)
    projects.require_no_overlap([sitting.entry for sitting in ordered], "body.sittings")
    for sitting in requested:
        if sitting.hold_id is not None:
            calendar = calendar.remove(sitting.hold_id)
    for agreed in held:
        calendar = calendar.put(agreed.entry, now)
    for agreed in sorted(sittings, key=lambda sitting: sitting.entry.starts_at):
        calendar = placement.place(calendar, agreed.service, agreed.entry, side, now)
    return calendar, ordered


def _create_sitting(service: Service, requested: _Requested) -> AgreedSitting:
    """Return a sitting at its requested start, as the artist quotes it."""
    assert requested.starts_at is not None
    quoted = quotes.apply(service, requested.quote, requested.field)
    entry = create_entry(
        quoted, requested.starts_at, entry_id=new_id("apt"), kind=CalendarEntryKind.APPOINTMENT
    )
    return AgreedSitting(quoted, entry)


def _convert(hold: CalendarEntry) -> CalendarEntry:
    """Return the entry of an appointment at the time of a hold."""
    return msgspec.structs.replace(
        hold,
        id=new_id("apt"),
        kind=CalendarEntryKind.APPOINTMENT,
        owner_id=None,
        until=None,
    )


# ---- the booking ---------------------------------------------------------------------------------


def _create_booking(
    calendar: Calendar,
    sittings: Sequence[AgreedSitting],
    *,
    client_id: str | None,
    booked_by: AppointmentSide,
    voucher_code: str | None,
    notes: str,
    now: datetime,
    relation: Relation | None,
    walk_in_name: str = "",
    age_confirmation: AgeConfirmation | None = None,
) -> _Booking:
    list_prices = [sitting.service.price for sitting in sittings]
    quotes.compute_total(list_prices, "body.price" if len(sittings) == 1 else "body.sittings")
    voucher = vouchers.find(calendar.artist_id, voucher_code) if voucher_code else None
    applied = (
        voucher_rules.apply(
            voucher, list_prices, client_id=client_id, field="body.voucherCode", now=now
        )
        if voucher_code
        else ()
    )
    appointments = agreements.book(
        calendar,
        sittings,
        client_id=client_id,
        booked_by=booked_by,
        notes=notes,
        now=now,
        vouchers=applied,
        walk_in_name=walk_in_name,
        age_confirmation=age_confirmation,
    )
    redeemed = voucher_rules.redeem(voucher, appointments, now) if voucher else None
    return _Booking(calendar, appointments, booked_by, redeemed, relation)


def _get_client_id(caller: Caller, request: BookingRequest, booked_by: AppointmentSide) -> str:
    """Return the client of a booking.

    Raises:
        InvalidFields: A client books for others, or the artist names no client.
    """
    if booked_by is AppointmentSide.CLIENT:
        if request.client_id not in (None, caller.user_id):
            raise InvalidFields(FieldError("body.clientId", "can only be set by the artist"))
        return caller.user_id
    if request.client_id is None:
        raise InvalidFields(FieldError("body.clientId", "is required from the artist"))
    return request.client_id


def _commit(booking: _Booking, now: datetime) -> None:
    published = [
        event
        for appointment in booking.appointments
        for event in events.booking_events(appointment, now, booking.relation)
    ]
    vouchers_written = [booking.voucher] if booking.voucher else []
    published += [events.voucher_event(voucher, now) for voucher in vouchers_written]
    store.commit(
        calendar=booking.calendar,
        records=[*booking.appointments, *vouchers_written],
        events=published,
    )
