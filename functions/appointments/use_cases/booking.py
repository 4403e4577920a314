"""Booking: a slot, a hold, or a client who is in the studio becomes an appointment."""

from datetime import datetime

import msgspec

from appointments import events, store
from appointments.models import (
    Appointment,
    AppointmentSide,
    CalendarEntry,
    CalendarEntryKind,
    Service,
)
from appointments.rules import agreements, ids, placement
from appointments.rules.calendar import Calendar, create_entry, list_days
from appointments.schemas import AppointmentView, BookingRequest, WalkInRequest
from appointments.use_cases import calendars, consent, holds, queries
from domain.errors import FieldError, InvalidFields, NotFound
from domain.ids import new_id
from shared.data.conflicts import retry_on_conflict
from shared.http.caller import Caller


@retry_on_conflict
def book(caller: Caller, request: BookingRequest, now: datetime) -> AppointmentView:
    """Book a slot, or what the caller holds.

    What is read is the service, its terms and the days that the booking touches.

    Raises:
        NotFound: The service does not exist.
        Blocked: One of the two blocks the other.
        BooksClosed: The artist takes no new bookings; their own are always possible.
        NoRelation: The client has not asked the artist, who books, for anything.
        SlotTaken: Something overlaps the slot.
        SlotUnavailable: The slot has passed, or is not offered.
        HoldExpired: The hold has expired, or is not the caller's.
        InvalidFields: The start is not a whole minute, the client is missing or wrong, or their
            age is not confirmed as the artist's policy asks.
    """
    artist_id = _get_artist_id(request)
    booked_by = queries.get_booking_side(caller, artist_id)
    if booked_by is AppointmentSide.CLIENT:
        consent.require_bookable(artist_id, caller.user_id)
    elif request.client_id is not None:
        placement.require_other_client(request.client_id, caller.user_id)
        consent.require_client(artist_id, request.client_id)
    calendar, service, entry = _place_requested(caller, request, now)
    appointment = agreements.book(
        calendar,
        service,
        entry,
        client_id=_get_client_id(caller, request, booked_by),
        booked_by=booked_by,
        notes=request.notes,
        now=now,
        age_confirmation=request.age_confirmation,
    )
    _commit(calendar, appointment, now)
    return queries.present(appointment, booked_by)


@retry_on_conflict
def book_walk_in(caller: Caller, request: WalkInRequest, now: datetime) -> AppointmentView:
    """Book the artist's time from this minute on, whatever their hours and notice.

    Raises:
        NotFound: The service is not the caller's.
        Blocked: One of the two blocks the other.
        NoRelation: The client has not asked the caller for anything.
        SlotTaken: The caller is busy.
        InvalidFields: The caller would be their own client, or the client's age is not confirmed
            as the policy asks.
    """
    artist_id = ids.get_artist_id(request.service_id)
    if artist_id != caller.user_id:
        raise NotFound("There is no such service.")
    if request.client_id is not None:
        placement.require_other_client(request.client_id, caller.user_id)
        consent.require_client(artist_id, request.client_id)
    starts_at = now.replace(second=0, microsecond=0)
    calendar = store.read_catalogue(artist_id, [request.service_id])
    service = calendar.require_service(request.service_id)
    # The client is there: no time is left to prepare in.
    at_once = msgspec.structs.replace(service, buffer_before_minutes=0)
    entry = create_entry(
        at_once, starts_at, entry_id=new_id("apt"), kind=CalendarEntryKind.APPOINTMENT
    )
    calendar = store.read_days(calendar, list_days(entry))
    placement.require_free(calendar, entry, now)
    calendar = calendar.put(entry, now)
    appointment = agreements.book(
        calendar,
        msgspec.structs.replace(service, deposit=None),
        entry,
        client_id=request.client_id,
        booked_by=AppointmentSide.ARTIST,
        notes=request.notes,
        now=now,
        walk_in_name=request.name,
        age_confirmation=request.age_confirmation,
    )
    _commit(calendar, appointment, now)
    return queries.present(appointment, AppointmentSide.ARTIST)


def _get_artist_id(request: BookingRequest) -> str:
    """Return the artist who is booked.

    Raises:
        NotFound: No service or hold can have the id.
    """
    if request.hold_id is not None:
        return ids.parse_hold_id(request.hold_id)[0]
    assert request.service_id is not None
    return ids.get_artist_id(request.service_id)


def _place_requested(
    caller: Caller, request: BookingRequest, now: datetime
) -> tuple[Calendar, Service, CalendarEntry]:
    """Return the calendar with the requested time in it, the service, and the new entry."""
    appointment_id = new_id("apt")
    if request.hold_id is not None:
        held = holds.read_days(request.hold_id)
        hold = holds.require_own(held, request.hold_id, caller, now)
        calendar = store.read_catalogue(held.artist_id, [hold.service_id]).with_days_of(held)
        service = calendar.require_service(hold.service_id)
        entry = msgspec.structs.replace(
            hold,
            id=appointment_id,
            kind=CalendarEntryKind.APPOINTMENT,
            owner_id=None,
            until=None,
        )
        return calendar.remove(hold.id).put(entry, now), service, entry
    assert request.service_id is not None
    assert request.starts_at is not None
    starts_at = placement.parse_start(request.starts_at)
    artist_id = ids.get_artist_id(request.service_id)
    calendar = store.read_catalogue(artist_id, [request.service_id])
    service = calendar.require_service(request.service_id)
    entry = create_entry(
        service, starts_at, entry_id=appointment_id, kind=CalendarEntryKind.APPOINTMENT
    )
    side = queries.get_booking_side(caller, artist_id)
    calendar = calendars.read_to_place(calendar, service, entry, side)
    return placement.place(calendar, service, entry, side, now), service, entry


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


def _commit(calendar: Calendar, appointment: Appointment, now: datetime) -> None:
    published = events.booking_events(appointment, now)
    store.commit(calendar=calendar, records=[appointment], events=published)
