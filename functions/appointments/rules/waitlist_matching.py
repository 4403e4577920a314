"""Freed time, and what of it is something for those who wait."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec

from appointments.models import Appointment, Offer, Proposal, Service, Wait
from appointments.rules import slots
from appointments.rules.calendar import Calendar
from appointments.rules.opening_hours import local_date


class Freed(msgspec.Struct, frozen=True):
    """Time that an artist has again, the buffers around it included.

    cause: names what freed it; the same cause heard again is not news. client_id: who had it, so
    that nobody is offered what they just gave back or were refused.
    """

    artist_id: str
    begins: datetime
    ends: datetime
    cause: str
    client_id: str | None = None


def by_booking(
    booked: Appointment | Proposal, starts_at: datetime, ends_at: datetime, cause: str
) -> Freed:
    """The time that was kept for an appointment or a sitting, with the buffers that were agreed."""
    return Freed(
        artist_id=booked.artist_id,
        begins=starts_at - timedelta(minutes=booked.service.buffer_before_minutes),
        ends=ends_at + timedelta(minutes=booked.service.buffer_after_minutes),
        cause=cause,
        client_id=booked.client_id,
    )


def by_offer(wait: Wait, offer: Offer) -> Freed:
    """The time that was kept for an offer which is over."""
    return Freed(wait.artist_id, offer.busy_from, offer.busy_until, f"{wait.id}.{wait.version}")


def starts(calendar: Calendar, service: Service, freed: Freed, now: datetime) -> Iterator[datetime]:
    """The starts that can be booked now and that need some of the freed time, in order."""
    length = timedelta(minutes=service.duration_minutes + service.buffer_after_minutes)
    since = freed.begins - length + timedelta(seconds=1)
    until = freed.ends + timedelta(minutes=service.buffer_before_minutes)
    return slots.starts(calendar, service, since, until, now)


def suits(wait: Wait, start: datetime, time_zone: str) -> bool:
    """Whether a start is on one of the dates that are waited for, in the artist's zone."""
    return wait.first_date <= local_date(start, ZoneInfo(time_zone)) <= wait.last_date


def chance(
    calendar: Calendar, service: Service, wait: Wait, freed: Freed, now: datetime
) -> datetime | None:
    """The first start that freed time gives to this wait, of those not offered to it before."""
    if wait.client_id == freed.client_id:
        return None
    for start in starts(calendar, service, freed, now):
        if suits(wait, start, calendar.time_zone) and start not in wait.offered:
            return start
    return None
