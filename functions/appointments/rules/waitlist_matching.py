"""Waitlist matching: which freed time is offered to which client on a waitlist."""

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import msgspec

from appointments.models import Appointment, Proposal, Service, WaitlistEntry, WaitlistOffer
from appointments.rules import slots
from appointments.rules.calendar import Calendar
from appointments.rules.opening_hours import to_local_date


class FreedTime(msgspec.Struct, frozen=True):
    """Time that has become free in an artist's calendar, with the buffers around it.

    Attributes:
        cause: Identifies what freed it, so that clients are notified once per cause.
        client_id: Client who had it. It is not offered to them: they gave it up, or were refused.
        spans: The parts of it that are meant, where it was opened and not freed.
    """

    artist_id: str
    begins: datetime
    ends: datetime
    cause: str
    client_id: str | None = None
    spans: tuple[tuple[datetime, datetime], ...] = ()

    @staticmethod
    def from_opening(
        artist_id: str, spans: tuple[tuple[datetime, datetime], ...], cause: str
    ) -> "FreedTime":
        """Return the time in which more can be booked than before, from its first part on."""
        return FreedTime(artist_id, spans[0][0], spans[-1][1], cause, spans=spans)

    @property
    def is_opened(self) -> bool:
        """Whether it was opened, and not freed by a booking."""
        return bool(self.spans)

    @staticmethod
    def from_booking(
        booking: Appointment | Proposal, starts_at: datetime, ends_at: datetime, cause: str
    ) -> "FreedTime":
        """Return the time of an appointment or a sitting, with the buffers that were agreed."""
        return FreedTime(
            artist_id=booking.artist_id,
            begins=starts_at - timedelta(minutes=booking.service.buffer_before_minutes),
            ends=ends_at + timedelta(minutes=booking.service.buffer_after_minutes),
            cause=cause,
            client_id=booking.client_id,
        )

    @staticmethod
    def from_offer(entry: WaitlistEntry, offer: WaitlistOffer) -> "FreedTime":
        """Return the time that was held for an offer which has ended."""
        cause = f"{entry.id}.{entry.version}"
        return FreedTime(entry.artist_id, offer.busy_from, offer.busy_until, cause)


def find_starts(
    calendar: Calendar, service: Service, freed: FreedTime, now: datetime
) -> Iterator[datetime]:
    """Yield the starts that can be booked now and that use some of the freed time, in order."""
    length = timedelta(minutes=service.duration_minutes + service.buffer_after_minutes)
    before = timedelta(minutes=service.buffer_before_minutes)
    since: datetime | None = None
    for begins, ends in freed.spans or ((freed.begins, freed.ends),):
        # What lies between two parts that are close is not searched twice.
        first = begins - length + timedelta(seconds=1)
        first = first if since is None else max(first, since)
        since = ends + before
        yield from slots.find_starts(calendar, service, first, since, now)


def is_on_wanted_date(entry: WaitlistEntry, start: datetime, time_zone: str) -> bool:
    """Return whether a start is on one of the dates of an entry, in a time zone."""
    return entry.first_date <= to_local_date(start, ZoneInfo(time_zone)) <= entry.last_date


def find_match(
    calendar: Calendar, service: Service, entry: WaitlistEntry, freed: FreedTime, now: datetime
) -> datetime | None:
    """Return the first start in freed time that suits an entry and was not offered to it before."""
    near = _limit(freed, entry)
    if near is None or entry.client_id == freed.client_id:
        return None
    for start in find_starts(calendar, service, near, now):
        zone = calendar.timetable.get_zone(service.id, start)
        if is_on_wanted_date(entry, start, zone.key) and start not in entry.offered:
            return start
    return None


def _limit(freed: FreedTime, entry: WaitlistEntry) -> FreedTime | None:
    """Return freed time without the parts far from the dates of an entry; None if none is left.

    A service with its buffers lasts three days at most, and a date differs by one between zones.
    """
    if not freed.spans:
        return freed
    margin = timedelta(days=4)
    first = datetime.combine(entry.first_date, time(), UTC) - margin
    last = datetime.combine(entry.last_date, time(), UTC) + margin
    near = tuple(
        (max(begins, first), min(ends, last))
        for begins, ends in freed.spans
        if begins < last and first < ends
    )
    return msgspec.structs.replace(freed, spans=near) if near else None
