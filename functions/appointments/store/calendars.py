"""Artists' calendars: availability, services, external calendars and days."""

from datetime import date

from appointments.models import Availability, CalendarDay, ExternalCalendar, Service
from appointments.rules.calendar import Calendar
from appointments.store.earlier_forms import decode_service
from appointments.store.policy_copies import WITHDRAWN
from appointments.store.table import (
    CALENDAR,
    DAY,
    EXTERNAL,
    HOURS,
    LAST_IN_CALENDAR,
    POLICY,
    SERVICE,
    RecordItem,
)
from domain.policy_terms import Terms
from shared.data.dynamodb import find


def read_calendar(artist_id: str, since: date) -> Calendar:
    """Read an artist's calendar from a UTC day on, consistently and in one query."""
    items = RecordItem.query(
        CALENDAR + artist_id,
        RecordItem.sk.between(f"{DAY}{since}", LAST_IN_CALENDAR),
        consistent_read=True,
    )
    availability: Availability | None = None
    services: dict[str, Service] = {}
    days: dict[date, CalendarDay] = {}
    terms: list[Terms] = []
    external: list[tuple[int, int]] = []
    for item in items:
        if item.sk.startswith(DAY):
            days[date.fromisoformat(item.sk.removeprefix(DAY))] = item.decoded(CalendarDay)
        elif item.sk.startswith(SERVICE):
            service = decode_service(item.record)
            services[service.id] = service
        elif item.sk.startswith(POLICY):
            if item.record != WITHDRAWN:
                terms.append(item.decoded(Terms))
        elif item.sk.startswith(EXTERNAL):
            external += item.decoded(ExternalCalendar).busy
        elif item.sk == HOURS:
            availability = item.decoded(Availability)
    return Calendar(artist_id, availability, services, tuple(terms), tuple(external), days)


def find_availability(artist_id: str) -> Availability | None:
    """Return an artist's availability."""
    return RecordItem.read(CALENDAR + artist_id, HOURS, Availability)


def find_service(artist_id: str, service_id: str) -> Service | None:
    """Return one service of an artist."""
    item = find(RecordItem, CALENDAR + artist_id, SERVICE + service_id)
    return decode_service(item.record) if item else None


def list_services(artist_id: str) -> list[Service]:
    """Return all services of an artist, oldest first."""
    items = RecordItem.query(
        CALENDAR + artist_id, RecordItem.sk.startswith(SERVICE), consistent_read=True
    )
    return [decode_service(item.record) for item in items]


def find_external_calendar(artist_id: str, calendar_id: str) -> ExternalCalendar | None:
    """Return one of an artist's external calendars."""
    return RecordItem.read(CALENDAR + artist_id, EXTERNAL + calendar_id, ExternalCalendar)


def list_external_calendars(artist_id: str) -> list[ExternalCalendar]:
    """Return all external calendars of an artist, oldest first."""
    items = RecordItem.query(
        CALENDAR + artist_id, RecordItem.sk.startswith(EXTERNAL), consistent_read=True
    )
    return [item.decoded(ExternalCalendar) for item in items]
