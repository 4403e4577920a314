"""An artist's calendar: what one query reads, and what a booking changes in it.

The days are kept as they were read; `put` and `remove` answer a calendar with changed ones. The
store writes only those, each on condition that nobody changed it since.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec

from appointments.models import Agreed, Availability, Day, Entry, EntryKind, Service
from appointments.rules.opening_hours import Span, merged, seconds
from domain.policy_terms import Terms


class Calendar(msgspec.Struct, frozen=True):
    """What is known of an artist from some UTC day on.

    external: busy times of their other calendars. relied_on: days that must not have changed when
    the change is written, though it does not touch them.
    """

    artist_id: str
    availability: Availability | None = None
    services: Mapping[str, Service] = {}
    terms: tuple[Terms, ...] = ()
    external: tuple[Span, ...] = ()
    days: Mapping[date, Day] = {}
    changed: frozenset[date] = frozenset()
    relied_on: frozenset[date] = frozenset()

    @property
    def time_zone(self) -> str:
        """The artist's zone; UTC until they named one."""
        return self.availability.time_zone if self.availability else "UTC"

    def entries(self) -> dict[str, Entry]:
        """All entries by id, lapsed ones included; one that touches two days comes once."""
        return {entry.id: entry for day in self.days.values() for entry in day.entries}

    def whole(self, entry_id: str) -> Entry | None:
        """The entry, as long as all its days have it.

        Who thinks that it has lapsed sweeps it out of the days they book something on, and leaves
        it on the others: what is left there keeps nothing for its owner, whatever their clock says.
        """
        entry = self.entries().get(entry_id)
        if entry is None or any(entry not in self._day(day).entries for day in touched(entry)):
            return None
        return entry

    def live_entries(self, now: datetime) -> list[Entry]:
        """The entries that keep others out at this instant.

        Days are not read all at the same moment. So one that was just moved may stand here twice,
        at its old time on one day and at its new time on another: each counts where it stands.
        """
        found = dict.fromkeys(entry for day in self.days.values() for entry in day.entries)
        return [entry for entry in found if entry.is_live(now)]

    def busy(self, now: datetime) -> list[Span]:
        """When the artist is busy, buffers and other calendars included; sorted and apart."""
        booked = [
            (seconds(entry.busy_from), seconds(entry.busy_until))
            for entry in self.live_entries(now)
        ]
        # What has no length, as some events elsewhere, keeps nobody out.
        return merged(span for span in [*booked, *self.external] if span[0] < span[1])

    def is_free(self, entry: Entry, now: datetime) -> bool:
        """Whether nothing in this calendar overlaps the entry with its buffers."""
        begins, ends = seconds(entry.busy_from), seconds(entry.busy_until)
        return not any(start < ends and begins < end for start, end in self.busy(now))

    def put(self, entry: Entry, now: datetime) -> "Calendar":
        """With this entry, in place of one with its id. What has lapsed is swept out."""
        return self.remove(entry.id)._with(entry, now)

    def remove(self, entry_id: str) -> "Calendar":
        """Without this entry; one that is not there is fine."""
        kept = {
            day: tuple(entry for entry in item.entries if entry.id != entry_id)
            for day, item in self.days.items()
            if any(entry.id == entry_id for entry in item.entries)
        }
        return self._changed(kept) if kept else self

    def relying_on_date(self, start: datetime) -> "Calendar":
        """Guard the whole date of `start` in the artist's zone, for what is counted per date."""
        midnight = start.astimezone(ZoneInfo(self.time_zone)).replace(
            hour=0, minute=0, second=0, microsecond=0
        )
        next_midnight = midnight + timedelta(days=1)
        guarded = frozenset(_days(midnight.astimezone(UTC), next_midnight.astimezone(UTC)))
        return msgspec.structs.replace(self, relied_on=self.relied_on | guarded)

    def _with(self, entry: Entry, now: datetime) -> "Calendar":
        live = {
            day: tuple(other for other in self._day(day).entries if other.is_live(now))
            for day in touched(entry)
        }
        return self._changed({day: (*others, entry) for day, others in live.items()})

    def _day(self, day: date) -> Day:
        return self.days.get(day, Day())

    def _changed(self, entries: Mapping[date, tuple[Entry, ...]]) -> "Calendar":
        changed = {
            day: msgspec.structs.replace(self._day(day), entries=now_there)
            for day, now_there in entries.items()
        }
        return msgspec.structs.replace(
            self, days={**self.days, **changed}, changed=self.changed | changed.keys()
        )


def entry_for(
    service: Service | Agreed,
    starts_at: datetime,
    *,
    entry_id: str,
    kind: EntryKind,
    owner_id: str | None = None,
    until: datetime | None = None,
) -> Entry:
    """The entry of something booked, held or proposed: its time with the service's buffers."""
    ends_at = starts_at + timedelta(minutes=service.duration_minutes)
    return Entry(
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


def touched(entry: Entry) -> list[date]:
    """The UTC days that an entry touches."""
    return list(_days(entry.busy_from, entry.busy_until))


def _days(since: datetime, until: datetime) -> Iterator[date]:
    day = since.astimezone(UTC).date()
    last = (until.astimezone(UTC) - timedelta(microseconds=1)).date()
    while day <= last:
        yield day
        day += timedelta(days=1)
