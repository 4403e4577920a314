"""Agreements: service, price and policies of a booking, and the appointments created by them."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import msgspec

from appointments.models import (
    AppliedVoucher,
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


class AgreedSitting(msgspec.Struct, frozen=True):
    """A sitting to be booked.

    Attributes:
        service: The service, at the price and length of this sitting.
        entry: Its place in the calendar.
    """

    service: Service
    entry: CalendarEntry


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
    sittings: Sequence[AgreedSitting],
    *,
    client_id: str | None,
    booked_by: AppointmentSide,
    notes: str,
    now: datetime,
    vouchers: Sequence[AppliedVoucher] = (),
    walk_in_name: str = "",
    age_confirmation: AgeConfirmation | None = None,
) -> list[Appointment]:
    """Create the appointments of the sittings that are booked together now.

    They are confirmed at once where the artist books, or where the service takes direct bookings
    and asks for no deposit. Otherwise all of them wait for the artist. The deposit for their total
    is requested with the first.

    Args:
        calendar: Calendar of the artist.
        sittings: The sittings, in order; several are a project.
        client_id: The client; None for a walk-in without an account.
        booked_by: The side that books.
        notes: Remarks.
        now: When it is booked.
        vouchers: What a voucher takes off each sitting; empty without a voucher.
        walk_in_name: Name of a client without an account.
        age_confirmation: Confirmation of the client's age.

    Raises:
        InvalidFields: The age of the client is not confirmed as the policies ask.
    """
    service = sittings[0].service
    prices = get_prices([sitting.service.price for sitting in sittings], vouchers)
    total = sum(price.amount for price in prices)
    agreed = [create(calendar, sitting.service, sitting.entry) for sitting in sittings]
    require_age_confirmation(agreed[0].policies, age_confirmation)
    deposit = deposit_ledger.create_deposit(service, agreed[0].policies, total, booked_by, now)
    is_direct = service.mode is BookingMode.DIRECT and deposit is None
    is_confirmed = booked_by is AppointmentSide.ARTIST or is_direct
    entries = [sitting.entry for sitting in sittings]
    return create_appointments(
        [
            msgspec.structs.replace(agreement, price=price)
            for agreement, price in zip(agreed, prices, strict=True)
        ],
        entries,
        client_id=client_id,
        booked_by=booked_by,
        status=AppointmentStatus.CONFIRMED if is_confirmed else AppointmentStatus.PENDING,
        deposit=deposit,
        now=now,
        notes=notes,
        vouchers=vouchers,
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


def get_prices(list_prices: Sequence[Money], vouchers: Sequence[AppliedVoucher]) -> list[Money]:
    """Return the prices of sittings after what a voucher takes off each; empty for no voucher."""
    if not vouchers:
        return list(list_prices)
    return [
        Money(price.amount - voucher.discount, price.currency)
        for price, voucher in zip(list_prices, vouchers, strict=True)
    ]


def create_appointments(
    agreed: Sequence[Agreement],
    entries: Sequence[CalendarEntry],
    *,
    client_id: str | None,
    booked_by: AppointmentSide,
    status: AppointmentStatus,
    deposit: Deposit | None,
    now: datetime,
    notes: str = "",
    vouchers: Sequence[AppliedVoucher] = (),
    walk_in_name: str = "",
    proposal_id: str | None = None,
    age_confirmation: AgeConfirmation | None = None,
) -> list[Appointment]:
    """Create the appointments of sittings at the times of calendar entries, by their agreements.

    Several sittings, and those of a proposal, are a project. Its deposit is that of the first. All
    of them wait for the artist equally long.
    """
    total = Money(sum(agreement.price.amount for agreement in agreed), agreed[0].price.currency)
    appointment_ids = tuple(entry.id for entry in entries)
    is_project = proposal_id is not None or len(entries) > 1
    is_pending = status is AppointmentStatus.PENDING
    first, *others = [
        Appointment(
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
            deposit=deposit if number == 1 else None,
            terms=agreement.policies,
            terms_hash=agreement.policies_hash,
            project=ProjectSitting(proposal_id, number, len(entries), appointment_ids, total)
            if is_project
            else None,
            answer_by=get_answer_deadline(entries[0].starts_at, now) if is_pending else None,
            age_confirmation=age_confirmation,
            created_at=now,
            updated_at=now,
            voucher=vouchers[number - 1] if vouchers and vouchers[number - 1].discount else None,
        )
        for number, (agreement, entry) in enumerate(zip(agreed, entries, strict=True), 1)
    ]
    first = deposit_deadlines.start_if_stopped(first, now)
    answer_by = deposit_deadlines.extend_answer(first)
    return [
        msgspec.structs.replace(appointment, answer_by=answer_by)
        for appointment in (first, *others)
    ]


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
