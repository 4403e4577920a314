"""Import of appointments from an earlier system.

They have the times and prices that were agreed there, and no policies: what the earlier system
promised is not known here. Nobody is notified: the event that they exist is the one of a
republication, of which reminders are planned.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec

from appointments import events, store
from appointments.models import (
    Appointment,
    AppointmentSide,
    AppointmentStatus,
    BookedService,
    BookingMode,
    CalendarEntry,
    CalendarEntryKind,
    Deposit,
    DepositState,
    LedgerEntry,
)
from appointments.rules.calendar import Calendar, list_days
from appointments.schemas import ImportedAppointment
from appointments.use_cases import relations
from domain.errors import InvalidFields
from domain.policy_terms import digest, owner_of_service
from shared.data import tombstones
from shared.data.conflicts import WriteConflict
from shared.data.imported_rows import Kind, Reasons, write_together
from shared.platform.time_zones import parse_zone

TOGETHER = 20  # appointments in a transaction, with an event each
TAKING_TIME = {AppointmentStatus.PENDING, AppointmentStatus.CONFIRMED}
DELETED = "An account of its parties was deleted here."
TAKEN = "Its time overlaps what is booked here."
FOREIGN = "Its service is not one of its artist."
BACKWARDS = "It ends before it starts, or lasts more than a day."
UNKNOWN_ZONE = "Its time zone is not one of IANA's."
CHANGED = "Others changed the calendar at the same moment; import it again."
LONGEST_SECONDS = 24 * 3600
ATTEMPTS = 5


def find(rows: Sequence[ImportedAppointment]) -> Mapping[str, ImportedAppointment]:
    """Return those of the appointments that exist."""
    found = store.find_appointments([row.id for row in rows])
    return {appointment.id: _present(appointment) for appointment in found}


def check(rows: Sequence[ImportedAppointment], now: datetime) -> Reasons:
    """Return why appointments cannot be made."""
    people = {person for row in rows for person in (row.artist_id, row.client_id)}
    deleted = tombstones.find_deleted(*people)
    reasons: Reasons = {}
    for row in rows:
        reason = _find_fault(row)
        if deleted & {row.artist_id, row.client_id}:
            reason = DELETED
        if reason is None and _takes_time(row, now):
            entry = _create_entry(row)
            if not store.read_days(Calendar(row.artist_id), list_days(entry)).is_free(entry, now):
                reason = TAKEN
        if reason is not None:
            reasons[row.id] = reason
    return reasons


def write(rows: Sequence[ImportedAppointment], now: datetime) -> Reasons:
    """Make appointments: those ahead with their time in the calendar, each on its own."""
    store.save_no_terms(digest(()))
    over = [row for row in rows if not _takes_time(row, now)]
    reasons = write_together(over, lambda some: _write(some, now), TOGETHER, CHANGED)
    for row in rows:
        if _takes_time(row, now) and (reason := _book(row, now)):
            reasons[row.id] = reason
    return reasons


def finish(rows: Sequence[ImportedAppointment]) -> None:
    """Let the artists go on booking for their clients."""
    for artist_id, client_id in dict.fromkeys((row.artist_id, row.client_id) for row in rows):
        relations.record_request(artist_id, client_id)


def _book(row: ImportedAppointment, now: datetime) -> str | None:
    """Write an appointment with its time; return why it cannot be."""
    entry = _create_entry(row)
    for _ in range(ATTEMPTS):
        calendar = store.read_days(Calendar(row.artist_id), list_days(entry))
        if not calendar.is_free(entry, now):
            return TAKEN
        try:
            _write([row], now, calendar.put(entry, now))
        except WriteConflict:
            continue
        return None
    return CHANGED


def _write(
    rows: Sequence[ImportedAppointment], now: datetime, calendar: Calendar | None = None
) -> None:
    appointments = [_build(row, now) for row in rows]
    recorded = [events.recorded_data(each, each.created_at) for each in appointments]
    store.commit(
        calendar=calendar,
        records=appointments,
        events=[events.create_event(each.appointment_id, each, now) for each in recorded],
    )


def _build(row: ImportedAppointment, now: datetime) -> Appointment:
    status = AppointmentStatus(row.status)
    if status is AppointmentStatus.PENDING and row.starts_at <= now:
        status = AppointmentStatus.EXPIRED
    ended = status not in TAKING_TIME
    return Appointment(
        id=row.id,
        artist_id=row.artist_id,
        client_id=row.client_id,
        service=BookedService(
            id=row.service_id,
            name=row.service_name,
            location=row.location,
            duration_minutes=int((row.ends_at - row.starts_at).total_seconds()) // 60,
            buffer_before_minutes=0,
            buffer_after_minutes=0,
            mode=BookingMode.REQUEST,
        ),
        price=row.price,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        time_zone=row.time_zone,
        status=status,
        booked_by=AppointmentSide.ARTIST,
        created_at=row.created_at,
        updated_at=row.updated_at,
        terms_hash=digest(()),
        notes=row.notes,
        deposit=_build_deposit(row),
        closed_at=row.updated_at if ended else None,
    )


def _build_deposit(row: ImportedAppointment) -> Deposit | None:
    if not row.deposit_amount:
        return None
    states = [DepositState.REQUESTED, *([DepositState.CONFIRMED] if row.deposit_paid else [])]
    entries = tuple(
        LedgerEntry(
            state=state, amount=row.deposit_amount, at=row.created_at, by=AppointmentSide.ARTIST
        )
        for state in states
    )
    return Deposit(row.deposit_amount, row.price.currency, None, entries)


def _create_entry(row: ImportedAppointment) -> CalendarEntry:
    return CalendarEntry(
        id=row.id,
        kind=CalendarEntryKind.APPOINTMENT,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        busy_from=row.starts_at,
        busy_until=row.ends_at,
        service_id=row.service_id,
    )


def _takes_time(row: ImportedAppointment, now: datetime) -> bool:
    status = AppointmentStatus(row.status)
    if status is AppointmentStatus.PENDING and row.starts_at <= now:
        return False  # nobody answered it in time
    return status in TAKING_TIME and row.ends_at > now


def _find_fault(row: ImportedAppointment) -> str | None:
    if not 0 < (row.ends_at - row.starts_at).total_seconds() <= LONGEST_SECONDS:
        return BACKWARDS
    try:
        parse_zone(row.time_zone, "timeZone")
    except InvalidFields:
        return UNKNOWN_ZONE
    return None if owner_of_service(row.service_id) == row.artist_id else FOREIGN


def _present(appointment: Appointment) -> ImportedAppointment:
    deposit = appointment.deposit
    status: str = appointment.status
    if appointment.status is AppointmentStatus.EXPIRED:
        status = AppointmentStatus.PENDING.value
    return msgspec.convert(
        {
            "id": appointment.id,
            "artistId": appointment.artist_id,
            "clientId": appointment.client_id or "",
            "serviceId": appointment.service.id,
            "serviceName": appointment.service.name,
            "location": appointment.service.location,
            "startsAt": appointment.starts_at,
            "endsAt": appointment.ends_at,
            "timeZone": appointment.time_zone,
            "status": status,
            "price": msgspec.to_builtins(appointment.price),
            "notes": appointment.notes,
            "createdAt": appointment.created_at,
            "updatedAt": appointment.updated_at,
            "depositAmount": deposit.amount if deposit else 0,
            "depositPaid": deposit is not None
            and any(entry.state is DepositState.CONFIRMED for entry in deposit.entries),
        },
        ImportedAppointment,
        strict=False,
    )


KINDS = {"appointments": Kind(ImportedAppointment, find, write, check, finish)}
