"""Factories of the values that the rules work on."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from msgspec.structs import replace

from appointments.models import (
    Appointment,
    AppointmentSide,
    AppointmentStatus,
    Availability,
    BookedService,
    BookingMode,
    CalendarDay,
    CalendarEntry,
    CalendarEntryKind,
    Deposit,
    DepositState,
    LedgerEntry,
    OpeningWindow,
    Schedule,
    Service,
    WaitlistMode,
    WeeklyHours,
)
from appointments.rules.calendar import Calendar, create_entry
from domain.money import Money

ARTIST = "usr_01JD0000000000000000000AAA"
CLIENT = "usr_01JD0000000000000000000CCC"
SERVICE_ID = "svc_01JD0000000000000000000AAA_01JD0000000000000000000SSS"
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)  # a Monday


def service(**fields: Any) -> Service:
    """Return a service of one hour for 120.00 EUR, without buffers, notice or deposit."""
    usual: dict[str, Any] = {
        "id": SERVICE_ID,
        "artist_id": ARTIST,
        "name": "Fine line tattoo",
        "description": "",
        "location": "",
        "duration_minutes": 60,
        "price": Money(12000, "EUR"),
        "sittings": 1,
        "buffer_before_minutes": 0,
        "buffer_after_minutes": 0,
        "deposit": None,
        "minimum_notice_minutes": 0,
        "booking_horizon_days": 90,
        "slot_interval_minutes": 60,
        "daily_limit": None,
        "mode": BookingMode.DIRECT,
        "waitlist_mode": WaitlistMode.FIRST_IN_LINE,
        "waitlist_answer_minutes": 120,
        "version": 1,
    }
    return Service(**{**usual, **fields})


def hours(zone: str, *windows: str, **fields: Any) -> Availability:
    """Return an availability with these windows (`09:00-17:00`) on every day."""
    each = tuple(OpeningWindow(*window.split("-")) for window in windows)
    return Availability(zone, WeeklyHours(*[each] * 7), **fields)


def schedule(zone: str, *windows: str, **fields: Any) -> Schedule:
    """Return a schedule with these windows (`09:00-17:00`) on every day; a guest spot with dates.

    Pass `dates` as the first and the last one.
    """
    dates: tuple[date | None, date | None] = fields.pop("dates", (None, None))
    usual: dict[str, Any] = {
        "id": "sch_01JD0000000000000000000001",
        "artist_id": ARTIST,
        "name": "Guest spot",
        "location": "Elsewhere",
        "time_zone": zone,
        "weekly": hours(zone, *windows).weekly,
        "overrides": (),
        "first_date": dates[0],
        "last_date": dates[1],
        "service_ids": (),
        "version": 1,
    }
    return Schedule(**{**usual, **fields})


def booked(of: Service, starts_at: datetime, name: str = "apt_booked") -> CalendarEntry:
    """Return the calendar entry of an appointment for a service."""
    return create_entry(of, starts_at, entry_id=name, kind=CalendarEntryKind.APPOINTMENT)


def busy(starts_at: datetime, minutes: int = 60, name: str = "apt_other") -> CalendarEntry:
    """Return the calendar entry of an appointment for another service."""
    return booked(service(id="svc_other", duration_minutes=minutes), starts_at, name)


def deposit(*happened: DepositState | tuple[DepositState, int]) -> Deposit:
    """Return a deposit of 50.00 EUR with ledger entries, of the whole amount unless given."""
    entries = [one if isinstance(one, tuple) else (one, 5000) for one in happened]
    return Deposit(
        amount=5000,
        currency="EUR",
        refundable_until_hours=48,
        entries=tuple(ledger_entry(state, amount) for state, amount in entries),
    )


def ledger_entry(state: DepositState, amount: int = 5000, **fields: Any) -> LedgerEntry:
    """Return a ledger entry of the artist at noon."""
    return LedgerEntry(state=state, amount=amount, at=NOON, by=AppointmentSide.ARTIST, **fields)


def appointment(**fields: Any) -> Appointment:
    """Return a confirmed appointment, a week after noon."""
    starts_at = NOON + timedelta(days=7)
    usual: dict[str, Any] = {
        "id": "apt_01JD0000000000000000000001",
        "artist_id": ARTIST,
        "client_id": CLIENT,
        "service": BookedService(SERVICE_ID, "Fine line tattoo", "", 60, 0, 0, BookingMode.DIRECT),
        "price": Money(12000, "EUR"),
        "starts_at": starts_at,
        "ends_at": starts_at + timedelta(hours=1),
        "time_zone": "Europe/Berlin",
        "status": AppointmentStatus.CONFIRMED,
        "booked_by": AppointmentSide.CLIENT,
        "created_at": NOON,
        "updated_at": NOON,
        "terms": {},
        "terms_hash": "",
    }
    return Appointment(**{**usual, **fields})


def at_place(of: Appointment, location: str) -> Appointment:
    """Return an appointment at another place."""
    return replace(of, service=replace(of.service, location=location))


def part_of(
    calendar: Calendar, days: Mapping[date, CalendarDay], known: frozenset[date]
) -> Calendar:
    """Return a calendar of which only some days were read."""
    return replace(calendar, days=days, known=known)
