"""Agreements: service, price and policies of a booking, and the appointment created by them."""

from collections.abc import Mapping
from datetime import datetime, timedelta

import msgspec

from appointments.models import (
    Appointment,
    AppointmentSide,
    AppointmentStatus,
    BookedService,
    BookingMode,
    CalendarEntry,
    Deposit,
    ProjectSitting,
    Schedule,
    Service,
)
from appointments.rules import deposit_deadlines, deposit_ledger
from appointments.rules.calendar import Calendar
from appointments.rules.timetable import Place
from domain.errors import InvalidFields
from domain.money import Money
from domain.policy_terms import AgeConfirmation, Kind, Terms, digest, find_age_errors, in_force

ANSWER_WITHIN = timedelta(hours=72)


class Agreement(msgspec.Struct, frozen=True):
    """A service, its price and the policies in force, as they are when it is booked."""

    artist_id: str
    service: BookedService
    price: Money
    time_zone: str
    policies: dict[Kind, Terms]
    policies_hash: str


def create(calendar: Calendar, service: Service, entry: CalendarEntry) -> Agreement:
    """Return the agreement on a service that is booked now, with the times of a calendar entry."""
    policies = in_force(calendar.terms, calendar.artist_id, service.id)
    place = calendar.timetable.get_place(service, entry.starts_at)
    return Agreement(
        artist_id=calendar.artist_id,
        service=BookedService(
            id=service.id,
            name=service.name,
            location=place.location,
            duration_minutes=_to_minutes(entry.ends_at - entry.starts_at),
            buffer_before_minutes=_to_minutes(entry.starts_at - entry.busy_from),
            buffer_after_minutes=_to_minutes(entry.busy_until - entry.ends_at),
            mode=service.mode,
        ),
        price=service.price,
        time_zone=place.time_zone,
        policies=policies,
        policies_hash=digest(policies.values()),
    )


def book(
    calendar: Calendar,
    service: Service,
    entry: CalendarEntry,
    *,
    client_id: str | None,
    booked_by: AppointmentSide,
    notes: str,
    now: datetime,
    walk_in_name: str = "",
    age_confirmation: AgeConfirmation | None = None,
) -> Appointment:
    """Create the appointment of a service that is booked now.

    It is confirmed at once where the artist books, or where the service takes direct bookings and
    asks for no deposit. Otherwise it waits for the artist.

    Raises:
        InvalidFields: The age of the client is not confirmed as the policies ask.
    """
    agreement = create(calendar, service, entry)
    require_age_confirmation(agreement.policies, age_confirmation)
    deposit = deposit_ledger.create_deposit(
        service, agreement.policies, service.price.amount, booked_by, now
    )
    is_direct = service.mode is BookingMode.DIRECT and deposit is None
    is_confirmed = booked_by is AppointmentSide.ARTIST or is_direct
    return create_appointment(
        agreement,
        entry,
        client_id=client_id,
        booked_by=booked_by,
        status=AppointmentStatus.CONFIRMED if is_confirmed else AppointmentStatus.PENDING,
        deposit=deposit,
        now=now,
        notes=notes,
        walk_in_name=walk_in_name,
        age_confirmation=age_confirmation,
    )


def get_place_of_move(
    calendar: Calendar, service: Service | None, appointment: Appointment, starts_at: datetime
) -> Place:
    """Return where an appointment takes place when it is moved to another start.

    Args:
        calendar: The artist's calendar.
        service: The service as it is today; None if it was deleted.
        appointment: The appointment before the move.
        starts_at: Its new start.
    """
    timetable = calendar.timetable
    if service is not None:
        return timetable.get_place(service, starts_at)
    place = timetable.get_place(appointment.service, starts_at)
    before = timetable.locate(appointment.service.id, appointment.starts_at)
    after = timetable.locate(appointment.service.id, starts_at)
    if isinstance(before, Schedule) and not isinstance(after, Schedule):
        # It was agreed for another place, and without its service nothing says where it is now.
        return Place("", place.time_zone)
    return place


def create_appointment(
    agreement: Agreement,
    entry: CalendarEntry,
    *,
    client_id: str | None,
    booked_by: AppointmentSide,
    status: AppointmentStatus,
    deposit: Deposit | None,
    now: datetime,
    notes: str = "",
    walk_in_name: str = "",
    project: ProjectSitting | None = None,
    age_confirmation: AgeConfirmation | None = None,
) -> Appointment:
    """Create an appointment at the time of a calendar entry, by an agreement."""
    is_pending = status is AppointmentStatus.PENDING
    appointment = Appointment(
        id=entry.id,
        artist_id=agreement.artist_id,
        client_id=client_id,
        walk_in_name=walk_in_name,
        service=agreement.service,
        price=agreement.price,
        starts_at=entry.starts_at,
        ends_at=entry.ends_at,
        time_zone=agreement.time_zone,
        status=status,
        booked_by=booked_by,
        notes=notes,
        deposit=deposit,
        terms=agreement.policies,
        terms_hash=agreement.policies_hash,
        project=project,
        age_confirmation=age_confirmation,
        answer_by=get_answer_deadline(entry.starts_at, now) if is_pending else None,
        created_at=now,
        updated_at=now,
    )
    appointment = deposit_deadlines.start_if_stopped(appointment, now)
    answer_by = deposit_deadlines.extend_answer(appointment)
    return msgspec.structs.replace(appointment, answer_by=answer_by)


def require_age_confirmation(
    policies: Mapping[Kind, Terms], confirmation: AgeConfirmation | None
) -> None:
    """Check that the age of the client is confirmed by the policies that a booking is bound to.

    Whoever makes the booking confirms it: the client for themselves, or the artist, who has asked
    the client.

    Raises:
        InvalidFields: The confirmation is missing, not asked for, or not by that version.
    """
    errors = find_age_errors(policies, confirmation, "body.ageConfirmation")
    if errors:
        raise InvalidFields(*errors)


def get_answer_deadline(starts_at: datetime, now: datetime) -> datetime:
    """Return when a pending appointment expires: after 72 hours, at the latest when it starts."""
    return min(now + ANSWER_WITHIN, starts_at)


def _to_minutes(length: timedelta) -> int:
    return int(length.total_seconds()) // 60
