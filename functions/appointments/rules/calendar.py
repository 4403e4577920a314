"""An artist's calendar: the part of it that was read, and the changes a booking makes to it.

The days are kept as they were read; `put` and `remove` return a calendar with changed days. The
store writes only those, on the condition that what the change touches has not changed since.
"""

from collections.abc import Mapping, Set
from datetime import UTC, date, datetime, time, timedelta
from itertools import chain

import msgspec

from appointments.models import (
    Availability,
    BookedService,
    CalendarDay,
    CalendarEntry,
    CalendarEntryKind,
    Schedule,
    Service,
    WaitlistOffer,
)
from appointments.rules.opening_hours import get_midnight
from appointments.rules.timetable import Timetable
from domain.errors import NotFound
from domain.opening_hours import DAY_SECONDS, Span, merge_spans, to_instant, to_seconds
from domain.policy_terms import Terms

QUARTER_SECONDS = 15 * 60


class Calendar(msgspec.Struct, frozen=True):
    """An artist's calendar, as far as it was read.

    Attributes:
        terms: Copies of the artist's policies in force.
        external: Busy times of the artist's external calendars that are in none of the days.
        known: UTC days that were read, with or without entries; None if none were.
        changed: Days to be written, as they were read.
        locked: Quarters of an hour of those days that must not have changed when the change is
            written, by their day and number: those of every entry that was put or removed.
        guarded: Days that must not have changed when the change is written, although it does not
            touch them.
        schedules: The artist's schedules besides the default one, oldest first.
        tallies: Versions of the tallies that were read: how often a booking has relied on the limit
            of a service in a week or a month.
        counted: Tallies to be written, because the change relies on their limits, each with the
            last date of its week or month.
    """

    artist_id: str
    availability: Availability | None = None
    services: Mapping[str, Service] = {}
    terms: tuple[Terms, ...] = ()
    external: tuple[Span, ...] = ()
    days: Mapping[date, CalendarDay] = {}
    known: frozenset[date] | None = None
    changed: Mapping[date, CalendarDay] = {}
    locked: frozenset[tuple[date, int]] = frozenset()
    guarded: frozenset[date] = frozenset()
    schedules: tuple[Schedule, ...] = ()
    tallies: Mapping[str, int] = {}
    counted: Mapping[str, date] = {}

    @property
    def timetable(self) -> Timetable:
        """The artist's schedules."""
        return Timetable(self.availability, self.schedules)

    @property
    def time_zone(self) -> str:
        """The zone of the artist's default schedule; UTC until they have set one."""
        return self.timetable.time_zone

    def require_service(self, service_id: str) -> Service:
        """Return a service of the artist.

        Raises:
            NotFound: The artist does not offer it.
        """
        service = self.services.get(service_id)
        if service is None:
            raise NotFound("There is no such service.")
        return service

    def with_days_of(self, other: "Calendar") -> "Calendar":
        """Return this calendar with the days of another that was read of the same artist."""
        return msgspec.structs.replace(self, days=other.days, known=other.known)

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
        if entry is None or any(entry not in self.get_day(day).entries for day in list_days(entry)):
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
        external = chain(self.external, *(day.external for day in self.days.values()))
        # A span without length, as some external calendars have, blocks nothing.
        return merge_spans(span for span in chain(booked, external) if span[0] < span[1])

    def is_free(self, entry: CalendarEntry, now: datetime) -> bool:
        """Return whether nothing in this calendar overlaps an entry with its buffers.

        Raises:
            LookupError: One of the days that it touches was not read.
        """
        for day in list_days(entry):
            self.get_day(day)
        begins, ends = to_seconds(entry.busy_from), to_seconds(entry.busy_until)
        return not any(start < ends and begins < end for start, end in self.list_busy_spans(now))

    def put(self, entry: CalendarEntry, now: datetime) -> "Calendar":
        """Return the calendar with an entry, in place of one with the same id.

        Entries that have lapsed are removed from the days that it touches. Their time is not locked
        for that: whoever still takes one of them for live, and books it, only finds its own time
        unchanged, which it is unless something was booked there.
        """
        return self.remove(entry.id)._insert(entry, now)

    def remove(self, entry_id: str) -> "Calendar":
        """Return the calendar without an entry, if it has such an entry."""
        having = [
            (day, one)
            for day, item in self.days.items()
            for one in item.entries
            if one.id == entry_id
        ]
        remaining = {
            day: tuple(entry for entry in self.days[day].entries if entry.id != entry_id)
            for day, _ in having
        }
        locked = {(day, quarter) for day, one in having for quarter in list_quarters(one, day)}
        return self._replace_days(remaining, locked) if remaining else self

    def guard_date(self, day: date) -> "Calendar":
        """Guard a whole date, for limits that count per date."""
        days = frozenset(self.list_days_of_dates(day, day))
        return msgspec.structs.replace(self, guarded=self.guarded | days)

    def guard_tally(self, key: str, last: date) -> "Calendar":
        """Guard a week or a month of a service up to a date, for its limit.

        Raises:
            LookupError: Its tally was not read.
        """
        if key not in self.tallies:
            raise LookupError(f"the tally {key} was not read")
        return msgspec.structs.replace(self, counted={**self.counted, key: last})

    def list_days_of_dates(self, first: date, last: date) -> list[date]:
        """Return the UTC days that the dates from one to another touch in the artist's zones."""
        zones = self.timetable.list_zones()
        begins = min(datetime.combine(first, time(), zone) for zone in zones)
        ends = max(datetime.combine(last + timedelta(days=1), time(), zone) for zone in zones)
        return list_utc_days(begins, ends)

    def get_day(self, day: date) -> CalendarDay:
        """Return a UTC day.

        Raises:
            LookupError: It was not read, so nothing can be decided about it.
        """
        if self.known is not None and day not in self.known:
            raise LookupError(f"{day} was not read")
        return self.days.get(day, CalendarDay())

    def _insert(self, entry: CalendarEntry, now: datetime) -> "Calendar":
        live = {
            day: tuple(other for other in self.get_day(day).entries if other.is_live(now))
            for day in list_days(entry)
        }
        locked = {(day, quarter) for day in live for quarter in list_quarters(entry, day)}
        return self._replace_days({day: (*others, entry) for day, others in live.items()}, locked)

    def suppose(self, entry: CalendarEntry) -> "Calendar":
        """Return the calendar as if it had another entry, for a search. It is not to be written."""
        days = dict(self.days)
        for day in list_days(entry):
            item = self.get_day(day)
            days[day] = msgspec.structs.replace(item, entries=(*item.entries, entry))
        return msgspec.structs.replace(self, days=days)

    def _replace_days(
        self, entries: Mapping[date, tuple[CalendarEntry, ...]], locked: Set[tuple[date, int]]
    ) -> "Calendar":
        before = {day: self.get_day(day) for day in entries}
        changed = {
            day: msgspec.structs.replace(before[day], entries=of_day)
            for day, of_day in entries.items()
        }
        return msgspec.structs.replace(
            self,
            days={**self.days, **changed},
            changed={**before, **self.changed},
            locked=self.locked | locked,
        )


class LiveEntries:
    """The entries of a calendar that still block their time, looked up day by day.

    A day is looked at when it is first asked for, so that a search costs what it looks at.
    """

    def __init__(self, calendar: Calendar, now: datetime) -> None:
        self._calendar, self._now = calendar, now
        self._days: dict[date, CalendarDay] = {}
        self._live: dict[date, list[CalendarEntry]] = {}
        self._busy: dict[date, list[Span]] = {}

    def list_busy_spans(self, since: int, until: int) -> list[Span]:
        """Return the busy times that overlap [since, until), with buffers, in no order.

        Those of external calendars are among them. They may overlap each other.
        """
        spans = [*self._calendar.external] if self._calendar.external else []
        for day in list_utc_days(to_instant(since), to_instant(until)):
            spans += self._list_busy_spans_of(day)
        # A span without length, as some external calendars have, blocks nothing.
        return [span for span in spans if span[0] < until and since < span[1] and span[0] < span[1]]

    def count(self, service_id: str, first: date, last: date) -> int:
        """Return how many of a service are booked on the dates from one to another.

        Each counts on its date in the zone of the schedule that it starts in.
        """
        timetable = self._calendar.timetable
        booked = dict.fromkeys(
            entry
            for day in self._calendar.list_days_of_dates(first, last)
            for entry in self._list(day)
            if entry.service_id == service_id
        )
        dates = (timetable.get_date(service_id, entry.starts_at) for entry in booked)
        return sum(first <= day <= last for day in dates)

    def _list_busy_spans_of(self, day: date) -> list[Span]:
        spans = self._busy.get(day)
        if spans is None:
            spans = [
                (int(entry.busy_from.timestamp()), int(entry.busy_until.timestamp()))
                for entry in self._list(day)
            ]
            self._busy[day] = spans = [*spans, *self._days[day].external]
        return spans

    def _list(self, day: date) -> list[CalendarEntry]:
        live = self._live.get(day)
        if live is None:
            self._days[day] = item = self._calendar.get_day(day)
            live = [entry for entry in item.entries if entry.is_live(self._now)]
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


def list_days(busy: CalendarEntry | WaitlistOffer) -> list[date]:
    """Return the UTC days that an entry touches with its buffers, or the slot of an offer."""
    return list_utc_days(busy.busy_from, busy.busy_until)


def get_days_around(first_start: datetime, last_start: datetime) -> tuple[date, date]:
    """Return the first and last UTC day that decide about the starts from one to another.

    A service lasts a day at most, and so does each of its buffers. The date in the artist's zone,
    for which limits count, reaches a day back and ahead, and a clock that is put back adds a little
    to that.
    """
    margin = timedelta(days=2)
    first, last = first_start - margin, last_start + margin
    return first.astimezone(UTC).date(), last.astimezone(UTC).date()


def list_quarters(entry: CalendarEntry, day: date) -> range:
    """Return the quarters of an hour of a UTC day that an entry touches with its buffers."""
    midnight = get_midnight(day)
    begins = max(to_seconds(entry.busy_from) - midnight, 0)
    ends = min(to_seconds(entry.busy_until) - midnight, DAY_SECONDS)
    return range(begins // QUARTER_SECONDS, -(-ends // QUARTER_SECONDS))


def list_days_between(first: date, last: date) -> list[date]:
    """Return the days from the first to the last, both included."""
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


def list_utc_days(since: datetime, until: datetime) -> list[date]:
    """Return the UTC days that [since, until) touches."""
    last = (until.astimezone(UTC) - timedelta(microseconds=1)).date()
    return list_days_between(since.astimezone(UTC).date(), last)
