"""Timetable: the schedules of an artist, and which of them an instant falls in.

The default schedule is the artist's availability. Each other schedule is for a range of dates (a
guest spot), for some services, or for both. For a service and an instant, the first of these is the
one that counts:

1. A schedule whose dates, in its own zone, hold the instant: one that names the service before one
   for all services, then the older one. While any schedule has these dates, the artist is there:
   those without dates are closed, and a service that it is not for cannot be booked.
2. A schedule without dates that names the service; the older one first.
3. The default schedule.

An appointment lies in one schedule from its start to its end. Its place and time zone are those of
the schedule that its start falls in.
"""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from msgspec import Struct

from appointments.models import Availability, BookedService, Schedule, Service
from appointments.rules.opening_hours import to_local_date
from domain.opening_hours import Span, to_seconds


class Place(Struct, frozen=True):
    """Where an appointment takes place, and the time zone of its local times."""

    location: str
    time_zone: str


class Timetable(Struct, frozen=True):
    """All schedules of an artist.

    Attributes:
        default: The artist's availability; None until they have set one.
        others: The other schedules, oldest first.
    """

    default: Availability | None = None
    others: tuple[Schedule, ...] = ()

    @property
    def time_zone(self) -> str:
        """The artist's time zone; UTC until they have set one."""
        return self.default.time_zone if self.default else "UTC"

    @property
    def is_empty(self) -> bool:
        """Whether the artist has no schedule at all."""
        return self.default is None and not self.others

    def list_zones(self) -> list[ZoneInfo]:
        """Return the time zones of all schedules, each once; UTC if there are none."""
        names = dict.fromkeys([self.time_zone, *(one.time_zone for one in self.others)])
        return [ZoneInfo(name) for name in names]

    def locate(self, service_id: str | None, at: datetime) -> Availability | Schedule | None:
        """Return the schedule that an instant falls in, whether the service can be booked or not.

        Without a service it is that of the place where the artist is. None stands for the default
        schedule of an artist who has not set one.
        """
        if not self.others:
            return self.default
        moment = to_seconds(at)
        dated = [one for one in self.others if _may_hold(one, at) and _holds(one, moment)]
        return _choose(dated, self.others, service_id) or self.default

    def split(
        self, service_id: str, since: int, until: int
    ) -> list[tuple[Span, Availability | Schedule | None]]:
        """Split [since, until) into the schedules in which a service can be booked.

        None stands for time in which it cannot.
        """
        if not self.others:
            return [((since, until), self.default)]
        begins, ends = datetime.fromtimestamp(since, UTC), datetime.fromtimestamp(until, UTC)
        dated = [(get_span(one), one) for one in self.others if _may_touch(one, begins, ends)]
        edges = {since, until}
        edges.update(edge for span, _ in dated for edge in span if since < edge < until)
        parts: list[tuple[Span, Availability | Schedule | None]] = []
        for begin, end in pairwise(sorted(edges)):
            there = [one for span, one in dated if span[0] <= begin < span[1]]
            chosen = _choose(there, self.others, service_id)
            schedule = self.default if chosen is None else chosen
            if chosen is not None and not is_for(chosen, service_id):
                schedule = None
            if parts and parts[-1][1] is schedule:
                parts[-1] = (parts[-1][0][0], end), schedule
            else:
                parts.append(((begin, end), schedule))
        return parts

    def get_place(self, service: Service | BookedService, at: datetime) -> Place:
        """Return where a service takes place that starts at an instant."""
        schedule = self.locate(service.id, at)
        if isinstance(schedule, Schedule):
            return Place(schedule.location, schedule.time_zone)
        return Place(service.location, self.time_zone)

    def get_zone(self, service_id: str | None, at: datetime) -> ZoneInfo:
        """Return the time zone of the schedule that an instant falls in."""
        schedule = self.locate(service_id, at)
        return ZoneInfo(schedule.time_zone if schedule else self.time_zone)

    def get_date(self, service_id: str, at: datetime) -> date:
        """Return the date of an instant, in the zone of the schedule that it falls in."""
        return to_local_date(at, self.get_zone(service_id, at))


def is_for(schedule: Schedule, service_id: str) -> bool:
    """Return whether a service can be booked in a schedule."""
    return not schedule.service_ids or service_id in schedule.service_ids


def get_span(schedule: Schedule) -> Span:
    """Return the real time of a schedule's dates, from midnight to midnight in its zone."""
    assert schedule.first_date is not None
    assert schedule.last_date is not None
    zone = ZoneInfo(schedule.time_zone)
    first = datetime.combine(schedule.first_date, time(), zone)
    end = datetime.combine(schedule.last_date + timedelta(days=1), time(), zone)
    return to_seconds(first), to_seconds(end)


def claim_same_time(one: Schedule, other: Schedule) -> bool:
    """Return whether only their age decides which of two schedules counts, for some service."""
    are_dated = one.first_date is not None, other.first_date is not None
    if any(are_dated):
        if not all(are_dated):
            return False
        (begins, ends), (other_begins, other_ends) = get_span(one), get_span(other)
        if begins >= other_ends or other_begins >= ends:
            return False
    if bool(one.service_ids) != bool(other.service_ids):
        return False
    return not one.service_ids or bool({*one.service_ids} & {*other.service_ids})


def _choose(
    dated: list[Schedule], schedules: tuple[Schedule, ...], service_id: str | None
) -> Schedule | None:
    """Return the first in order of precedence; None for the default schedule."""
    if dated:
        return min(dated, key=lambda one: (_rank(one, service_id), one.id))
    named = (one for one in schedules if one.first_date is None and service_id in one.service_ids)
    return min(named, key=lambda one: one.id, default=None)


def _rank(schedule: Schedule, service_id: str | None) -> int:
    """Return 0 if a schedule names the service, 1 if it is for all, and 2 if it is for others."""
    if not schedule.service_ids:
        return 1
    return 0 if service_id in schedule.service_ids else 2


def _holds(schedule: Schedule, moment: int) -> bool:
    begins, ends = get_span(schedule)
    return begins <= moment < ends


def _may_hold(schedule: Schedule, at: datetime) -> bool:
    return _may_touch(schedule, at, at)


def _may_touch(schedule: Schedule, begins: datetime, ends: datetime) -> bool:
    """Return whether a schedule's dates touch a range in some zone, which is quickly compared."""
    if schedule.first_date is None or schedule.last_date is None:
        return False
    day = timedelta(days=1)
    return (
        schedule.first_date <= ends.astimezone(UTC).date() + day
        and begins.astimezone(UTC).date() - day <= schedule.last_date
    )
