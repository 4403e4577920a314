"""Each sitting gets the first free slot from its target date on, after the earlier ones."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appointments.models import Availability, CalendarEntry, Service, TimeOff, WeeklyHours
from appointments.rules import sitting_plan, slots
from appointments.rules.calendar import Calendar
from appointments.schemas import SittingFrequency
from domain.errors import DomainError
from shared.http.problems import from_error
from tests.support import repeatable  # noqa: F401  # the profile
from tests.unit.appointments import factories
from tests.unit.appointments.factories import ARTIST, NOON

SINGLE, CONSECUTIVE = SittingFrequency.SINGLE, SittingFrequency.CONSECUTIVE
WEEKLY, BIWEEKLY, MONTHLY = (
    SittingFrequency.WEEKLY,
    SittingFrequency.BIWEEKLY,
    SittingFrequency.MONTHLY,
)
DAY = timedelta(days=1)
BERLIN = "Europe/Berlin"


def calendar(availability: Availability | None, *entries: CalendarEntry) -> Calendar:
    """Return the calendar of an artist with these entries."""
    found = Calendar(ARTIST, availability)
    for entry in entries:
        found = found.put(entry, NOON)
    return found


def planned(
    frequency: SittingFrequency,
    count: int,
    starts_on: str,
    *busy: CalendarEntry,
    zone: str = BERLIN,
    availability: Availability | None = None,
    **service: object,
) -> list[str]:
    """Return the local starts of a plan, with opening hours from 9 to 17."""
    found = calendar(availability or factories.hours(zone, "09:00-17:00"), *busy)
    entries = sitting_plan.create(
        found,
        factories.service(**service),
        frequency,
        count,
        starts_on=date.fromisoformat(starts_on),
        now=NOON,
    )
    return [f"{entry.starts_at.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M%z}" for entry in entries]


def at(local: str, zone: str = BERLIN) -> datetime:
    return datetime.fromisoformat(local).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def day_off(first: str, last: str | None = None) -> TimeOff:
    """Return time off on these dates in Berlin, including the last one."""
    return TimeOff(at(first), at(last or first) + DAY)


@pytest.mark.parametrize(
    ("frequency", "starts_on", "dates"),
    [
        (CONSECUTIVE, "2026-03-03", ["2026-03-03", "2026-03-04", "2026-03-05", "2026-03-06"]),
        (WEEKLY, "2026-03-03", ["2026-03-03", "2026-03-10", "2026-03-17", "2026-03-24"]),
        (BIWEEKLY, "2026-03-03", ["2026-03-03", "2026-03-17", "2026-03-31", "2026-04-14"]),
        (MONTHLY, "2026-03-15", ["2026-03-15", "2026-04-15", "2026-05-15", "2026-06-15"]),
        # A day that a month does not have is its last, and the next one is not moved by that.
        (MONTHLY, "2026-03-31", ["2026-03-31", "2026-04-30", "2026-05-31", "2026-06-30"]),
        (MONTHLY, "2026-11-30", ["2026-11-30", "2026-12-30", "2027-01-30", "2027-02-28"]),
        (MONTHLY, "2027-11-29", ["2027-11-29", "2027-12-29", "2028-01-29", "2028-02-29"]),
        (MONTHLY, "2027-12-31", ["2027-12-31", "2028-01-31", "2028-02-29", "2028-03-31"]),
    ],
)
def test_the_dates_of_each_frequency(frequency: Any, starts_on: str, dates: Any) -> None:
    assert [one[:10] for one in planned(frequency, 4, starts_on)] == dates


def test_a_single_sitting_takes_the_first_slot() -> None:
    assert planned(SINGLE, 1, "2026-03-03") == ["2026-03-03 09:00+0100"]


def test_the_local_time_stays_the_same_when_the_clocks_change() -> None:
    assert planned(WEEKLY, 3, "2026-03-22") == [
        "2026-03-22 09:00+0100",
        "2026-03-29 09:00+0200",
        "2026-04-05 09:00+0200",
    ]
    assert planned(WEEKLY, 3, "2026-10-18") == [
        "2026-10-18 09:00+0200",
        "2026-10-25 09:00+0100",
        "2026-11-01 09:00+0100",
    ]


def test_dates_are_those_of_the_artists_zone() -> None:
    # Open at midnight only: 11:00 UTC of the date before in Auckland, 08:00 UTC in Los Angeles.
    for zone, offset in (("Pacific/Auckland", "+1300"), ("America/Los_Angeles", "-0800")):
        found = planned(
            CONSECUTIVE,
            2,
            "2026-03-05",
            zone=zone,
            availability=factories.hours(zone, "00:00-01:00", "23:00-24:00"),
        )
        assert found == [f"2026-03-05 00:00{offset}", f"2026-03-06 00:00{offset}"]


def test_a_date_without_midnight_begins_with_its_first_instant() -> None:
    # In Beirut the clocks of 29 March go from 00:00 to 01:00.
    found = planned(
        WEEKLY,
        2,
        "2026-03-22",
        zone="Asia/Beirut",
        availability=factories.hours("Asia/Beirut", "00:00-03:00", "22:00-24:00"),
    )
    assert found == ["2026-03-22 00:00+0200", "2026-03-29 01:00+0300"]


def test_a_sitting_that_moves_to_a_later_date_does_not_move_the_others() -> None:
    closed = factories.hours(BERLIN, "09:00-17:00", time_off=(day_off("2026-03-10", "2026-03-12"),))
    assert planned(WEEKLY, 3, "2026-03-03", availability=closed) == [
        "2026-03-03 09:00+0100",
        "2026-03-13 09:00+0100",
        "2026-03-17 09:00+0100",
    ]


def test_a_consecutive_sitting_follows_the_one_before() -> None:
    closed = factories.hours(BERLIN, "09:00-17:00", time_off=(day_off("2026-03-03", "2026-03-08"),))
    assert planned(CONSECUTIVE, 2, "2026-03-03", availability=closed) == [
        "2026-03-09 09:00+0100",
        "2026-03-10 09:00+0100",
    ]


def test_a_sitting_comes_after_the_one_before_even_past_its_own_date() -> None:
    closed = factories.hours(BERLIN, "09:00-17:00", time_off=(day_off("2026-03-03", "2026-03-13"),))
    assert planned(WEEKLY, 3, "2026-03-03", availability=closed) == [
        "2026-03-14 09:00+0100",
        "2026-03-15 09:00+0100",
        "2026-03-17 09:00+0100",
    ]


def test_fourteen_dates_are_searched() -> None:
    open_again = factories.hours(
        BERLIN, "09:00-17:00", time_off=(day_off("2026-03-10", "2026-03-22"),)
    )
    assert planned(WEEKLY, 2, "2026-03-03", availability=open_again)[1] == "2026-03-23 09:00+0100"
    too_late = factories.hours(
        BERLIN, "09:00-17:00", time_off=(day_off("2026-03-10", "2026-03-23"),)
    )
    with pytest.raises(DomainError) as refused:
        planned(WEEKLY, 2, "2026-03-03", availability=too_late)
    assert (from_error(refused.value).status, refused.value.code) == (409, "no_slots")
    assert "sitting 2 from 2026-03-10 to 2026-03-23" in refused.value.detail


def test_the_fourteen_dates_start_at_the_target_date() -> None:
    """The first sitting is on the 14th; the second, due on the 10th, can be as late as the 23rd."""
    late = day_off("2026-03-03", "2026-03-13")
    open_again = (late, day_off("2026-03-15", "2026-03-22"))
    hours = factories.hours(BERLIN, "09:00-17:00", time_off=open_again)
    assert planned(WEEKLY, 2, "2026-03-03", availability=hours)[1] == "2026-03-23 09:00+0100"
    too_late = (late, day_off("2026-03-15", "2026-03-23"))
    hours = factories.hours(BERLIN, "09:00-17:00", time_off=too_late)
    with pytest.raises(DomainError) as refused:
        planned(WEEKLY, 2, "2026-03-03", availability=hours)
    assert "sitting 2 from 2026-03-15 to 2026-03-23" in refused.value.detail


def test_fourteen_dates_are_searched_after_the_sitting_before() -> None:
    off = (day_off("2026-03-03", "2026-03-10"), day_off("2026-03-12", "2026-03-24"))
    hours = factories.hours(BERLIN, "09:00-17:00", time_off=off)
    assert planned(CONSECUTIVE, 2, "2026-03-03", availability=hours) == [
        "2026-03-11 09:00+0100",
        "2026-03-25 09:00+0100",
    ]


@pytest.mark.parametrize("availability", [None, factories.hours(BERLIN)])
def test_an_artist_who_is_never_open_has_no_slots(availability: Availability | None) -> None:
    with pytest.raises(DomainError) as refused:
        sitting_plan.create(
            calendar(availability),
            factories.service(),
            WEEKLY,
            3,
            starts_on=date(2026, 3, 3),
            now=NOON,
        )
    assert (from_error(refused.value).status, refused.value.code) == (409, "no_slots")
    assert "sitting 1 " in refused.value.detail


def test_booked_times_are_avoided() -> None:
    busy = factories.busy(at("2026-03-03 09:00"), 120)
    assert planned(WEEKLY, 2, "2026-03-03", busy) == [
        "2026-03-03 11:00+0100",
        "2026-03-10 09:00+0100",
    ]


def test_the_buffers_of_an_earlier_sitting_are_kept() -> None:
    # Eleven hours from 20:00 on and an hour of tidying: nothing starts before 08:00 the next day.
    overnight = factories.hours(BERLIN, "20:00-07:00", "07:00-19:30")
    found = planned(
        CONSECUTIVE,
        2,
        "2026-03-03",
        factories.busy(at("2026-03-03 00:00"), 20 * 60),
        availability=overnight,
        duration_minutes=11 * 60,
        buffer_after_minutes=60,
    )
    assert found == ["2026-03-03 20:00+0100", "2026-03-04 08:00+0100"]


def test_a_date_at_the_daily_limit_is_skipped() -> None:
    full = factories.booked(factories.service(), at("2026-03-04 12:00"))
    other = factories.busy(at("2026-03-05 12:00"))
    assert planned(CONSECUTIVE, 3, "2026-03-03", full, other, daily_limit=1) == [
        "2026-03-03 09:00+0100",
        "2026-03-05 09:00+0100",
        "2026-03-06 09:00+0100",
    ]


def test_the_notice_applies_and_the_horizon_does_not() -> None:
    assert planned(SINGLE, 1, "2026-03-02", minimum_notice_minutes=24 * 60) == [
        "2026-03-03 13:00+0100"
    ]
    assert planned(SINGLE, 1, "2027-12-24", booking_horizon_days=1) == ["2027-12-24 09:00+0100"]


# ---- several places ------------------------------------------------------------------------------


def test_dates_are_those_of_the_place_of_each_sitting() -> None:
    """The second sitting falls into a guest spot whose dates begin at noon of the day before."""
    there = factories.schedule(
        "Pacific/Auckland", "00:00-02:00", dates=(date(2026, 3, 10), date(2026, 3, 12))
    )
    found = Calendar(ARTIST, factories.hours(BERLIN, "09:00-17:00"), schedules=(there,))
    entries = sitting_plan.create(
        found, factories.service(), WEEKLY, 3, starts_on=date(2026, 3, 3), now=NOON
    )
    zones = (BERLIN, "Pacific/Auckland", BERLIN)
    assert [
        f"{entry.starts_at.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M}"
        for entry, zone in zip(entries, zones, strict=True)
    ] == ["2026-03-03 09:00", "2026-03-10 00:00", "2026-03-17 09:00"]


def test_the_earlier_sittings_count_for_the_limit_of_a_month() -> None:
    assert planned(WEEKLY, 2, "2026-03-20", monthly_limit=1) == [
        "2026-03-20 09:00+0100",
        "2026-04-01 09:00+0200",
    ]


def test_days_are_read_sitting_by_sitting() -> None:
    read: list[tuple[str, str]] = []

    def remember(found: Calendar, _: Service, since: datetime, until: datetime) -> Calendar:
        read.append((f"{since:%m-%d}", f"{until:%m-%d}"))
        return found

    sitting_plan.create(
        calendar(factories.hours("UTC", "09:00-17:00")),
        factories.service(),
        MONTHLY,
        3,
        starts_on=date(2026, 3, 3),
        now=NOON,
        read=remember,
    )
    assert read == [("03-03", "03-17"), ("04-03", "04-17"), ("05-03", "05-17")]


# ---- against a search date by date ---------------------------------------------------------------

ZONES = st.sampled_from(
    ["UTC", BERLIN, "America/New_York", "Australia/Lord_Howe", "Africa/Cairo", "America/Santiago"]
)
WINDOWS = st.sampled_from(
    [(), ("09:00-17:00",), ("22:00-03:00",), ("00:00-24:00",), ("01:30-03:00", "23:00-24:00")]
)


@st.composite
def weeks(draw: st.DrawFn) -> Availability:
    """Draw hours for each weekday, or none, and some time off."""
    zone = draw(ZONES)
    days = [factories.hours(zone, *draw(WINDOWS)).weekly.monday for _ in range(7)]
    off = draw(st.lists(st.tuples(st.integers(0, 400), st.integers(1, 15)), max_size=3))
    time_off = (TimeOff(NOON + DAY * first, NOON + DAY * (first + days)) for first, days in off)
    return Availability(zone, WeeklyHours(*days), time_off=tuple(time_off))


@st.composite
def services(draw: st.DrawFn) -> Service:
    return factories.service(
        duration_minutes=draw(st.sampled_from([30, 60, 150, 600])),
        buffer_before_minutes=draw(st.sampled_from([0, 15, 600])),
        buffer_after_minutes=draw(st.sampled_from([0, 30, 1440])),
        minimum_notice_minutes=draw(st.sampled_from([0, 90, 5 * 1440])),
        slot_interval_minutes=draw(st.sampled_from([15, 60, 97])),
        daily_limit=draw(st.none() | st.integers(1, 2)),
    )


@st.composite
def calendars(draw: st.DrawFn) -> Calendar:
    """Draw a calendar with hours and a few bookings."""
    starts = draw(st.lists(st.integers(0, 24 * 60), max_size=6, unique=True))
    busy = [
        factories.busy(NOON + timedelta(hours=hour), 240, name=f"apt_{hour}") for hour in starts
    ]
    return calendar(draw(weeks()), *busy)


def first_start_on(found: Calendar, service: Service, day: date, zone: ZoneInfo) -> datetime | None:
    """Return the first free start on a date."""
    noon = datetime.combine(day, time(12), zone).astimezone(UTC)
    around = slots.find_starts(found, service, noon - 2 * DAY, noon + 2 * DAY, NOON)
    return next((start for start in around if start.astimezone(zone).date() == day), None)


def plan_by_date(
    found: Calendar, service: Service, frequency: SittingFrequency, count: int, starts_on: date
) -> list[datetime] | None:
    """Return the plan by a search from date to date; None if there is none."""
    zone = ZoneInfo(found.time_zone)
    dates: list[date] = []
    starts: list[datetime] = []
    for number in range(count):
        target = sitting_plan.get_target_date(
            frequency, starts_on, number, dates[-1] if dates else None
        )
        possible = [target + DAY * ahead for ahead in range(14)]
        later = [day for day in possible if not dates or day > dates[-1]]
        free = ((day, first_start_on(found, service, day, zone)) for day in later)
        hit = next(((day, start) for day, start in free if start is not None), None)
        if hit is None:
            return None
        dates.append(hit[0])
        starts.append(hit[1])
        found = found.put(factories.booked(service, hit[1], f"sitting_{number}"), NOON)
    return starts


@settings(max_examples=300)
@given(
    calendars(),
    services(),
    st.sampled_from([CONSECUTIVE, WEEKLY, BIWEEKLY, MONTHLY]),
    st.integers(1, 6),
    st.integers(-1, 400),
)
def test_each_sitting_has_the_first_free_slot_from_its_date_on(
    found: Calendar, service: Service, frequency: SittingFrequency, count: int, ahead: int
) -> None:
    starts_on = NOON.date() + DAY * ahead
    endless = msgspec.structs.replace(service, booking_horizon_days=1000)
    expected = plan_by_date(found, endless, frequency, count, starts_on)

    def plan() -> list[CalendarEntry]:
        return sitting_plan.create(found, service, frequency, count, starts_on=starts_on, now=NOON)

    if expected is None:
        with pytest.raises(DomainError) as refused:
            plan()
        assert refused.value.code == "no_slots"
        return
    entries = plan()
    assert [entry.starts_at for entry in entries] == expected
    for earlier, later in pairwise(entries):
        assert earlier.busy_until <= later.busy_from
    for entry in entries:
        assert found.is_free(entry, NOON)


@given(
    st.dates(date(2020, 1, 1), date(2035, 12, 31)),
    st.integers(0, 11),
)
def test_a_monthly_date_is_the_same_day_or_the_last_of_its_month(first: date, number: int) -> None:
    target = sitting_plan.get_target_date(MONTHLY, first, number)
    months = (target.year - first.year) * 12 + target.month - first.month
    assert months == number
    assert target.day == first.day or (target.day < first.day and (target + DAY).day == 1)
