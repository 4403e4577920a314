"""Hypothesis strategies: artists in any zone, around a clock change, with a busy calendar."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from functools import cache
from typing import NamedTuple

from hypothesis import strategies as st
from msgspec.structs import replace

from appointments.models import (
    Availability,
    CalendarDay,
    CalendarEntry,
    CalendarEntryKind,
    DateOverride,
    OpeningWindow,
    Service,
    TimeOff,
    WeeklyHours,
)
from appointments.rules.calendar import Calendar, create_entry, list_days
from domain.opening_hours import to_instant
from tests.unit.appointments import factories, zone_data
from tests.unit.appointments.factories import ARTIST, SERVICE_ID
from tests.unit.appointments.zone_data import DAY, Change

HOUR, MINUTE = 3600, 60
OTHER_SERVICE_ID = "svc_01JD0000000000000000000AAA_01JD0000000000000000000002"
GUEST_ZONES = ["Pacific/Auckland", "America/Los_Angeles", "Australia/Lord_Howe", "Asia/Kolkata"]
CHANGES = list(zone_data.all_changes())

# Strategies are made once: making one takes longer than drawing from it.
_CHANGES = st.sampled_from(CHANGES)
_HALF_A_DAY = st.integers(-12 * HOUR, 12 * HOUR)
_OVERRIDDEN = st.lists(st.integers(-2, 2), max_size=2, unique=True)
_TIME_OFF = st.lists(st.tuples(_HALF_A_DAY, st.integers(1, 4 * HOUR)), max_size=2)
_EXTERNAL = st.lists(
    st.tuples(_HALF_A_DAY, st.just(0) | st.integers(0, 2 * HOUR)),
    max_size=3,
)
_BUFFERS = st.sampled_from((15, 0, 5, 45))
_DURATIONS = st.integers(5, 150) | st.sampled_from((30, 60, 24 * 60))
_MINUTES = st.integers(-12 * 60, 12 * 60)
_LAPSED = st.none() | st.sampled_from((-1, 0, 1))


def days_of(*entries: CalendarEntry) -> Mapping[date, CalendarDay]:
    """Return the calendar days that contain these entries."""
    days: dict[date, tuple[CalendarEntry, ...]] = {}
    for entry in entries:
        for day in list_days(entry):
            days[day] = (*days.get(day, ()), entry)
    return {day: CalendarDay(kept, version=1) for day, kept in days.items()}


class OpeningHoursCase(NamedTuple):
    """An artist's availability, and a clock change of their zone."""

    availability: Availability
    change: Change


class Scenario(NamedTuple):
    """A search for slots in the calendar of an artist who is busy at times.

    Attributes:
        since: Start of the range around a clock change, in seconds since 1970 UTC.
        until: End of that range.
    """

    calendar: Calendar
    service: Service
    now: datetime
    since: int
    until: int


@st.composite
def opening_hours_cases(draw: st.DrawFn) -> OpeningHoursCase:
    """Draw an availability with many windows that begin or end near a clock change."""
    zone, change = draw(_CHANGES)
    before, after = (
        (change.at + offset) % DAY // MINUTE for offset in (change.before, change.after)
    )
    windows, three_days = _make_windows(before, after)
    each = draw(three_days)
    week = WeeklyHours(*(each[number % 3] for number in range(7)))
    day = to_instant(change.at + change.before).date()
    overrides = tuple(
        DateOverride(day + timedelta(days=shift), draw(windows)) for shift in draw(_OVERRIDDEN)
    )
    time_off = tuple(
        TimeOff(to_instant(change.at + begins), to_instant(change.at + begins + length))
        for begins, length in draw(_TIME_OFF)
    )
    return OpeningHoursCase(Availability(zone, week, overrides, time_off), change)


@cache
def _make_windows(
    before: int, after: int
) -> tuple[
    st.SearchStrategy[tuple[OpeningWindow, ...]], st.SearchStrategy[list[tuple[OpeningWindow, ...]]]
]:
    """Make strategies for the windows of a day and of three days, often near these minutes."""
    near_the_jump = st.builds(
        lambda minute, shift: (minute + shift) % (24 * 60),
        st.sampled_from((before, after)),
        st.integers(-90, 90) | st.sampled_from((-60, -30, 0, 30, 60)),
    )
    clocks = (st.integers(0, 24 * 60 - 1) | near_the_jump).map(_clock)
    window = st.builds(OpeningWindow, clocks, clocks | st.just("24:00"))
    windows = st.lists(window, max_size=3).map(tuple)
    return windows, st.lists(st.tuples(window) | windows, min_size=3, max_size=3)


@st.composite
def scenarios(draw: st.DrawFn) -> Scenario:
    """Draw a service and a calendar with bookings, holds, lapsed holds and external calendars."""
    availability, change = draw(opening_hours_cases())
    hours_ago = draw(st.sampled_from((30, 14, 47, 20, 3, 0)))
    now = to_instant(change.at - hours_ago * HOUR - draw(st.integers(-30, 30)) * MINUTE)
    service = factories.service(
        duration_minutes=draw(_DURATIONS),
        buffer_before_minutes=draw(_BUFFERS),
        buffer_after_minutes=draw(_BUFFERS),
        minimum_notice_minutes=draw(st.sampled_from((0, 1, 90, 24 * 60))),
        booking_horizon_days=draw(st.sampled_from((90, 1, 2))),
        slot_interval_minutes=draw(st.sampled_from((5, 7, 15, 30, 45, 60, 90))),
        daily_limit=draw(st.sampled_from((None, 1, 2))),
    )
    entries = [
        create_entry(
            factories.service(
                id=draw(st.sampled_from((SERVICE_ID, OTHER_SERVICE_ID))),
                duration_minutes=draw(st.integers(5, 240)),
                buffer_before_minutes=draw(_BUFFERS),
                buffer_after_minutes=draw(_BUFFERS),
            ),
            to_instant((change.at // MINUTE + draw(_MINUTES)) * MINUTE),
            entry_id=f"ent_{number}",
            kind=CalendarEntryKind.HOLD,
            until=_lapse(now, draw(_LAPSED)),
        )
        for number in range(draw(st.sampled_from((3, 0, 6, 9))))
    ]
    external = tuple(
        (change.at + begins, change.at + begins + length) for begins, length in draw(_EXTERNAL)
    )
    calendar = Calendar(ARTIST, availability, external=external, days=days_of(*entries))
    begins, ends = draw(st.integers(-14, -10)), draw(st.integers(10, 14))
    since = change.at + begins * HOUR + draw(st.sampled_from((0, 1, 59)))
    until = change.at + ends * HOUR + draw(st.sampled_from((0, 1, 59)))
    return Scenario(calendar, service, now, since, until)


@st.composite
def scenarios_with_schedules(draw: st.DrawFn) -> Scenario:
    """Draw a scenario with guest spots, hours for single services, and limits of all kinds."""
    scenario = draw(scenarios())
    assert scenario.calendar.availability is not None
    zones = st.sampled_from((scenario.calendar.availability.time_zone, *GUEST_ZONES))
    around = to_instant((scenario.since + scenario.until) // 2).date()
    # Whole days and few services, so that schedules meet.
    named: st.SearchStrategy[tuple[str, ...]] = st.sampled_from(
        ((), (SERVICE_ID,), (OTHER_SERVICE_ID,))
    )
    schedules = []
    for number in range(draw(st.integers(1, 3))):
        first = around + timedelta(days=draw(st.integers(-2, 1)))
        last = first + timedelta(days=draw(st.integers(0, 2)))
        dates = draw(st.sampled_from(((first, last), (first, last), (None, None))))
        schedules.append(
            factories.schedule(
                draw(zones),
                *draw(st.sampled_from((("00:00-24:00",), ("09:00-17:00",), ("22:00-03:00",)))),
                id=f"sch_{number}",
                dates=dates,
                service_ids=draw(named if dates[0] else st.just((SERVICE_ID,))),
            )
        )
    limits = st.sampled_from((None, 1, 2, 3))
    service = replace(scenario.service, weekly_limit=draw(limits), monthly_limit=draw(limits))
    calendar = replace(scenario.calendar, schedules=tuple(schedules))
    return scenario._replace(calendar=calendar, service=service)


def _lapse(now: datetime, shift: int | None) -> datetime | None:
    return None if shift is None else now + timedelta(milliseconds=shift)


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"
