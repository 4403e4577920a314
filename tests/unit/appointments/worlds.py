"""Artists as Hypothesis imagines them: in any zone, around a change of its clock, and busy."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import NamedTuple

from hypothesis import strategies as st

from appointments.models import (
    Availability,
    DateOverride,
    Day,
    Entry,
    EntryKind,
    Service,
    TimeOff,
    Week,
    Window,
)
from appointments.rules.calendar import Calendar, entry_for, touched
from appointments.rules.opening_hours import instant
from tests.unit.appointments import made, zone_data
from tests.unit.appointments.made import ARTIST, SERVICE_ID
from tests.unit.appointments.zone_data import DAY, Change

HOUR, MINUTE = 3600, 60
OTHER_SERVICE_ID = "svc_01JD0000000000000000000AAA_01JD0000000000000000000002"
CHANGES = list(zone_data.all_changes())


def days_of(*entries: Entry) -> Mapping[date, Day]:
    """The day items that hold these entries."""
    days: dict[date, tuple[Entry, ...]] = {}
    for entry in entries:
        for day in touched(entry):
            days[day] = (*days.get(day, ()), entry)
    return {day: Day(kept, version=1) for day, kept in days.items()}


class World(NamedTuple):
    """An artist's hours, and a change of their clock to look around."""

    availability: Availability
    change: Change


class Situation(NamedTuple):
    """What is asked at some moment of an artist who is busy at times.

    since, until: the day or so around a change of the clock, in seconds since 1970 UTC.
    """

    calendar: Calendar
    service: Service
    now: datetime
    since: int
    until: int


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """An artist's hours, many of them beginning or ending near the jump of the clock."""
    zone, change = draw(st.sampled_from(CHANGES))
    jump = [(change.at + offset) % DAY // MINUTE for offset in (change.before, change.after)]
    near_the_jump = st.builds(
        lambda minute, shift: (minute + shift) % (24 * 60),
        st.sampled_from(jump),
        st.integers(-90, 90) | st.sampled_from([-60, -30, 0, 30, 60]),
    )
    clocks = (st.integers(0, 24 * 60 - 1) | near_the_jump).map(_clock)
    window = st.builds(Window, clocks, clocks | st.just("24:00"))
    windows = st.lists(window, max_size=3).map(tuple)
    each = draw(st.lists(st.tuples(window) | windows, min_size=3, max_size=3))
    week = Week(*(each[number % 3] for number in range(7)))
    day = instant(change.at + change.before).date()
    overrides = tuple(
        DateOverride(day + timedelta(days=shift), draw(windows))
        for shift in draw(st.lists(st.integers(-2, 2), max_size=2, unique=True))
    )
    near = st.integers(-12 * HOUR, 12 * HOUR)
    time_off = tuple(
        TimeOff(instant(change.at + begins), instant(change.at + begins + length))
        for begins, length in draw(st.lists(st.tuples(near, st.integers(1, 4 * HOUR)), max_size=2))
    )
    return World(Availability(zone, week, overrides, time_off), change)


@st.composite
def situations(draw: st.DrawFn) -> Situation:
    """A service and a calendar with bookings, holds, lapsed holds and calendars elsewhere."""
    availability, change = draw(worlds())
    hours_ago = draw(st.sampled_from([30, 14, 47, 20, 3, 0]))
    now = instant(change.at - hours_ago * HOUR - draw(st.integers(-30, 30)) * MINUTE)
    buffers = st.sampled_from([15, 0, 5, 45])
    asked = made.service(
        duration_minutes=draw(st.integers(5, 150) | st.sampled_from([30, 60, 24 * 60])),
        buffer_before_minutes=draw(buffers),
        buffer_after_minutes=draw(buffers),
        minimum_notice_minutes=draw(st.sampled_from([0, 1, 90, 24 * 60])),
        booking_horizon_days=draw(st.sampled_from([90, 1, 2])),
        slot_interval_minutes=draw(st.sampled_from([5, 7, 15, 30, 45, 60, 90])),
        daily_limit=draw(st.sampled_from([None, 1, 2])),
    )
    entries = [
        entry_for(
            made.service(
                id=draw(st.sampled_from([SERVICE_ID, OTHER_SERVICE_ID])),
                duration_minutes=draw(st.integers(5, 240)),
                buffer_before_minutes=draw(buffers),
                buffer_after_minutes=draw(buffers),
            ),
            instant((change.at // MINUTE + draw(st.integers(-12 * 60, 12 * 60))) * MINUTE),
            entry_id=f"ent_{number}",
            kind=EntryKind.HOLD,
            until=draw(
                st.none()
                | st.sampled_from([-1, 0, 1]).map(lambda shift: now + timedelta(milliseconds=shift))
            ),
        )
        for number in range(draw(st.sampled_from([3, 0, 6, 9])))
    ]
    external = tuple(
        (change.at + begins, change.at + begins + length)
        for begins, length in draw(
            st.lists(
                st.tuples(
                    st.integers(-12 * HOUR, 12 * HOUR), st.just(0) | st.integers(0, 2 * HOUR)
                ),
                max_size=3,
            )
        )
    )
    calendar = Calendar(ARTIST, availability, external=external, days=days_of(*entries))
    begins, ends = draw(st.integers(-14, -10)), draw(st.integers(10, 14))
    since = change.at + begins * HOUR + draw(st.sampled_from([0, 1, 59]))
    until = change.at + ends * HOUR + draw(st.sampled_from([0, 1, 59]))
    return Situation(calendar, asked, now, since, until)


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"
