"""An artist's calendar: everything that one query reads, and the changes a booking makes to it.

The days are kept as they were read; `put` and `remove` return a calendar with changed days. The
store writes only those, each on the condition that it has not changed since.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import msgspec

from appointments.models import (
    Availability,
    BookedService,
    CalendarDay,
    CalendarEntry,
    CalendarEntryKind,
    Service,
)
from appointments.rules.opening_hours import (
    Span,
    merge_spans,
    to_instant,
    to_local_date,
    to_seconds,
)
from domain.errors import NotFound
from domain.policy_terms import Terms


class Calendar(msgspec.Struct, frozen=True):
    """An artist's calendar from some UTC day on.

    Attributes:
        terms: Copies of the artist's policies in force.
        external: Busy times of the artist's external calendars.
        changed: Days to be written.
        guarded: Days that must not have changed when the change is written, although it does not
            touch them.
    """

    artist_id: str
    availability: Availability | None = None
    services: Mapping[str, Service] = {}
    terms: tuple[Terms, ...] = ()
    external: tuple[Span, ...] = ()
    days: Mapping[date, CalendarDay] = {}
    changed: frozenset[date] = frozenset()
    guarded: frozenset[date] = frozenset()

    @property
    def time_zone(self) -> str:
        """The artist's time zone; UTC until they have set one."""
        return self.availability.time_zone if self.availability else "UTC"

    def require_service(self, service_id: str) -> Service:
        """Return a service of the artist.

        Raises:
            NotFound: The artist does not offer it.
        """
        service = self.services.get(service_id)
        if service is None:
            raise NotFound("There is no such service.")
        return service

    def entries_by_id(self) -> dict[str, CalendarEntry]:
        """Return all entries, lapsed ones included; an entry on two days appears once."""
        return {entry.id: entry for day in self.days.values() for entry in day.entries}

    def find_complete_entry(self, entry_id: str) -> CalendarEntry | None:
        """Return an entry if all the days that it touches still have it.

        A caller whose clock says that the entry has lapsed removes it from the days they book
        something on, and leaves it on the others. What is left there must not be booked, even if
        the clock of its owner says that it is live.
        """
        entry = self.entries_by_id().get(entry_id)
        if entry is None or any(entry not in self._day(day).entries for day in list_days(entry)):
            return None
        return entry

    def list_live_entries(self, now: datetime) -> list[CalendarEntry]:
        """Return the entries that still block their time.

        Days are not all read at the same moment. So an entry that was just moved may appear
        twice, at its old time on one day and at its new time on another: both count.
        """
        entries = dict.fromkeys(entry for day in self.days.values() for entry in day.entries)
        return [entry for entry in entries if entry.is_live(now)]

    def list_busy_spans(self, now: datetime) -> list[Span]:
        """Return when the artist is busy, with buffers and external calendars.

        The spans are sorted and do not touch.
        """
        booked = [
            (to_seconds(entry.busy_from), to_seconds(entry.busy_until))
            for entry in self.list_live_entries(now)
        ]
        # A span without length, as some external calendars have, blocks nothing.
        return merge_spans(span for span in [*booked, *self.external] if span[0] < span[1])

    def is_free(self, entry: CalendarEntry, now: datetime) -> bool:
        """Return whether nothing in this calendar overlaps an entry with its buffers."""
        begins, ends = to_seconds(entry.busy_from), to_seconds(entry.busy_until)
        return not any(start < ends and begins < end for start, end in self.list_busy_spans(now))

    def put(self, entry: CalendarEntry, now: datetime) -> "Calendar":
        """Return the calendar with an entry, in place of one with the same id.

        Entries that have lapsed are removed from the days that it touches.
        """
        return self.remove(entry.id)._insert(entry, now)

    def remove(self, entry_id: str) -> "Calendar":
        """Return the calendar without an entry, if it has such an entry."""
        having = [
            day for day, item in self.days.items() for one in item.entries if one.id == entry_id
        ]
        remaining = {
            day: tuple(entry for entry in self.days[day].entries if entry.id != entry_id)
            for day in having
        }
        return self._replace_days(remaining) if remaining else self

    def guard_date(self, start: datetime) -> "Calendar":
        """Guard the whole date of `start` in the artist's zone, for limits that count per date."""
        zone = ZoneInfo(self.time_zone)
        days = frozenset(list_days_of_date(to_local_date(start, zone), zone))
        return msgspec.structs.replace(self, guarded=self.guarded | days)

    def _insert(self, entry: CalendarEntry, now: datetime) -> "Calendar":
        live = {
            day: tuple(other for other in self._day(day).entries if other.is_live(now))
            for day in list_days(entry)
        }
        return self._replace_days({day: (*others, entry) for day, others in live.items()})

    def _day(self, day: date) -> CalendarDay:
        return self.days.get(day, CalendarDay())

    def _replace_days(self, entries: Mapping[date, tuple[CalendarEntry, ...]]) -> "Calendar":
        changed = {
            day: msgspec.structs.replace(self._day(day), entries=of_day)
            for day, of_day in entries.items()
        }
        return msgspec.structs.replace(
            self, days={**self.days, **changed}, changed=self.changed | changed.keys()
        )


class LiveEntries:
    """The entries of a calendar that still block their time, looked up day by day.

    A day is looked at when it is first asked for, so that a search costs what it looks at.
    """

    def __init__(self, calendar: Calendar, now: datetime) -> None:
        self._calendar, self._now = calendar, now
        self._live: dict[date, list[CalendarEntry]] = {}
        self._busy: dict[date, list[Span]] = {}

    def list_busy_spans(self, since: int, until: int) -> list[Span]:
        """Return the busy times that overlap [since, until), with buffers, in no order.

        Those of external calendars are among them. They may overlap each other.
        """
        spans = [*self._calendar.external] if self._calendar.external else []
        for day in _utc_days(to_instant(since), to_instant(until)):
            spans += self._list_busy_spans_of(day)
        # A span without length, as some external calendars have, blocks nothing.
        return [span for span in spans if span[0] < until and since < span[1] and span[0] < span[1]]

    def list_starting_on(self, day: date, zone: ZoneInfo) -> list[CalendarEntry]:
        """Return the entries that start on a date in a time zone."""
        return [
            entry
            for entry in dict.fromkeys(
                entry for utc_day in list_days_of_date(day, zone) for entry in self._list(utc_day)
            )
            if to_local_date(entry.starts_at, zone) == day
        ]

    def _list_busy_spans_of(self, day: date) -> list[Span]:
        spans = self._busy.get(day)
        if spans is None:
            spans = [
                (to_seconds(entry.busy_from), to_seconds(entry.busy_until))
                for entry in self._list(day)
            ]
            self._busy[day] = spans
        return spans

    def _list(self, day: date) -> list[CalendarEntry]:
        live = self._live.get(day)
        if live is None:
            item = self._calendar.days.get(day)
            live = [entry for entry in item.entries if entry.is_live(self._now)] if item else []
            self._live[day] = live
        return live


def create_entry(
    service: Service | BookedService,
    starts_at: datetime,
    *,
    entry_id: str,
    kind: CalendarEntryKind,
    owner_id: str | None = None,
    until: datetime | None = None,
) -> CalendarEntry:
    """Create a calendar entry of a service's length, with its buffers."""
    ends_at = starts_at + timedelta(minutes=service.duration_minutes)
    return CalendarEntry(
        id=entry_id,
        kind=kind,
        starts_at=starts_at,
        ends_at=ends_at,
        busy_from=starts_at - timedelta(minutes=service.buffer_before_minutes),
        busy_until=ends_at + timedelta(minutes=service.buffer_after_minutes),
        service_id=service.id,
        owner_id=owner_id,
        until=until,
    )


def list_days(entry: CalendarEntry) -> list[date]:
    """Return the UTC days that an entry touches."""
    return list(_utc_days(entry.busy_from, entry.busy_until))


def list_days_of_date(day: date, zone: ZoneInfo) -> list[date]:
    """Return the UTC days that a date in a time zone touches."""
    midnight, next_midnight = (
        datetime.combine(one, time(), zone).astimezone(UTC)
        for one in (day, day + timedelta(days=1))
    )
    return list(_utc_days(midnight, next_midnight))


def get_first_day(starts_at: datetime) -> date:
    """Return the UTC day from which a calendar has to be read to decide about a start.

    Buffers and the date in the artist's zone reach back a day at most, and a clock that is put
    back adds a little to that.
    """
    return (starts_at - timedelta(days=2)).astimezone(UTC).date()


def _utc_days(since: datetime, until: datetime) -> Iterator[date]:
    day = since.astimezone(UTC).date()
    last = (until.astimezone(UTC) - timedelta(microseconds=1)).date()
    while day <= last:
        yield day
        day += timedelta(days=1)
