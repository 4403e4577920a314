"""Artists' calendars: availability, services, external calendars and days."""

from collections.abc import Collection, Iterable
from datetime import date

import msgspec

from appointments.models import Availability, ExternalCalendar, Schedule, Service
from appointments.rules.calendar import Calendar, list_days_between
from appointments.rules.timetable import Timetable
from appointments.store import days as days_store
from appointments.store import policy_copies
from appointments.store.earlier_forms import decode_service
from appointments.store.table import (
    CALENDAR,
    EXTERNAL,
    HOURS,
    POLICY,
    SCHEDULE,
    SERVICE,
    TALLY,
    OpenItem,
    RecordItem,
)
from shared.data.dynamodb import find


def read_calendar(
    artist_id: str, first: date, last: date, services: Collection[str], *, consistent: bool = True
) -> Calendar:
    """Read a part of an artist's calendar.

    Args:
        artist_id: Id of the artist.
        first: First UTC day to read.
        last: Last UTC day to read.
        services: Ids of the services to read. The terms read are the general ones and theirs.
        consistent: Whether to read consistently, as decisions must. What is only shown may lag
            behind by a moment, at half the price.
    """
    calendar = read_catalogue(artist_id, services, consistent=consistent)
    return read_days(calendar, list_days_between(first, last), consistent=consistent)


def read_catalogue(
    artist_id: str, services: Collection[str], *, terms: bool = True, consistent: bool = True
) -> Calendar:
    """Read an artist's hours, some services and their terms: a calendar without days.

    Args:
        artist_id: Id of the artist.
        services: Ids of the services to read.
        terms: Whether to read terms: the general ones and those of the services.
        consistent: As for `read_calendar`.
    """
    pk = CALENDAR + artist_id
    availability: Availability | None = None
    schedules: list[Schedule] = []
    external: list[tuple[int, int]] = []
    copies: list[RecordItem] = []
    between = RecordItem.sk.between(EXTERNAL, f"{POLICY if terms else SCHEDULE}~")
    for item in RecordItem.query(pk, between, consistent_read=consistent):
        if item.sk == HOURS:
            availability = item.decoded(Availability)
        elif item.sk.startswith(SCHEDULE):
            schedules.append(item.decoded(Schedule))
        elif item.sk.startswith(POLICY):
            copies.append(item)
        else:
            external += item.decoded(ExternalCalendar).busy
    found = {
        item.sk.removeprefix(SERVICE): item.attributes
        for item in _find_services(pk, services, consistent=consistent)
    }
    return Calendar(
        artist_id,
        availability,
        {key: decode_service(attributes["record"]["S"]) for key, attributes in found.items()},
        tuple(policy_copies.list_in_force(copies, found)) if terms else (),
        tuple(external),
        known=frozenset(),
        schedules=tuple(schedules),
    )


def read_days(calendar: Calendar, days: Iterable[date], *, consistent: bool = True) -> Calendar:
    """Return a calendar with more of its days, which are UTC days.

    Consecutive days are one query, others are asked for one by one, in batches. Days that it has
    already are not read again.
    """
    wanted = sorted(set(days) - (calendar.known or frozenset()))
    found = days_store.read(calendar.artist_id, wanted, consistent=consistent)
    return msgspec.structs.replace(
        calendar,
        days={**calendar.days, **found},
        known=(calendar.known or frozenset()) | frozenset(wanted),
    )


def _find_services(pk: str, services: Collection[str], *, consistent: bool) -> Iterable[OpenItem]:
    keys = [(pk, SERVICE + service_id) for service_id in dict.fromkeys(services)]
    return OpenItem.batch_get(keys, consistent_read=consistent) if keys else ()


def read_tallies(calendar: Calendar, keys: Iterable[str]) -> Calendar:
    """Return a calendar with the tallies that have these keys, read consistently.

    Read them before the days on which bookings are counted. Then the write of whoever counted on a
    limit that somebody else used up meanwhile fails.
    """
    pk, wanted = CALENDAR + calendar.artist_id, list(keys)
    items = RecordItem.batch_get([(pk, TALLY + key) for key in wanted], consistent_read=True)
    found = {item.sk.removeprefix(TALLY): item.version for item in items}
    return msgspec.structs.replace(calendar, tallies={key: found.get(key, 0) for key in wanted})


def find_availability(artist_id: str) -> Availability | None:
    """Return an artist's availability."""
    return RecordItem.read(CALENDAR + artist_id, HOURS, Availability)


def find_schedule(artist_id: str, schedule_id: str) -> Schedule | None:
    """Return one of an artist's schedules besides the default one."""
    return RecordItem.read(CALENDAR + artist_id, SCHEDULE + schedule_id, Schedule)


def read_timetable(artist_id: str) -> Timetable:
    """Return all schedules of an artist, consistently and in one query."""
    items = RecordItem.query(
        CALENDAR + artist_id,
        RecordItem.sk.between(HOURS, SCHEDULE + "~"),
        consistent_read=True,
    )
    default: Availability | None = None
    others: list[Schedule] = []
    for item in items:
        if item.sk == HOURS:
            default = item.decoded(Availability)
        else:
            others.append(item.decoded(Schedule))
    return Timetable(default, tuple(others))


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
