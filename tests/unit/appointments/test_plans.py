"""A slot per sitting: the first that is free from its date on, with the earlier ones in place."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appointments.models import Availability, Entry, Service, TimeOff, Week
from appointments.rules import sittings, slots
from appointments.rules.calendar import Calendar
from appointments.schemas import Frequency
from domain.errors import DomainError
from shared.http.problems import from_error
from tests.support import repeatable  # noqa: F401  # the profile
from tests.unit.appointments import made
from tests.unit.appointments.made import ARTIST, NOON

SINGLE, CONSECUTIVE = Frequency.SINGLE, Frequency.CONSECUTIVE
WEEKLY, BIWEEKLY, MONTHLY = Frequency.WEEKLY, Frequency.BIWEEKLY, Frequency.MONTHLY
DAY = timedelta(days=1)
BERLIN = "Europe/Berlin"


def calendar(availability: Availability | None, *entries: Entry) -> Calendar:
    """The calendar of an artist who is busy with these."""
    found = Calendar(ARTIST, availability)
    for entry in entries:
        found = found.put(entry, NOON)
    return found


def planned(
    frequency: Frequency,
    count: int,
    starts_on: str,
    *busy: Entry,
    zone: str = BERLIN,
    availability: Availability | None = None,
    **service: object,
) -> list[str]:
    """The local starts of a plan in a studio that is open from 9 to 17."""
    found = calendar(availability or made.hours(zone, "09:00-17:00"), *busy)
    entries = sittings.plan(
        found,
        made.service(**service),
        frequency,
        count,
        starts_on=date.fromisoformat(starts_on),
        now=NOON,
    )
    return [f"{entry.starts_at.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M%z}" for entry in entries]


def at(local: str, zone: str = BERLIN) -> datetime:
    return datetime.fromisoformat(local).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def day_off(first: str, last: str | None = None) -> TimeOff:
    """These dates of Berlin, the last one included."""
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


def test_the_wall_clock_stays_when_the_clocks_change() -> None:
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


def test_a_date_is_that_of_the_artists_zone() -> None:
    # Open at midnight only: 11:00 UTC of the date before in Auckland, 08:00 UTC in Los Angeles.
    for zone, offset in (("Pacific/Auckland", "+1300"), ("America/Los_Angeles", "-0800")):
        found = planned(
            CONSECUTIVE,
            2,
            "2026-03-05",
            zone=zone,
            availability=made.hours(zone, "00:00-01:00", "23:00-24:00"),
        )
        assert found == [f"2026-03-05 00:00{offset}", f"2026-03-06 00:00{offset}"]


def test_a_date_whose_midnight_does_not_exist_begins_with_its_first_moment() -> None:
    # In Beirut the clocks of 29 March go from 00:00 to 01:00.
    found = planned(
        WEEKLY,
        2,
        "2026-03-22",
        zone="Asia/Beirut",
        availability=made.hours("Asia/Beirut", "00:00-03:00", "22:00-24:00"),
    )
    assert found == ["2026-03-22 00:00+0200", "2026-03-29 01:00+0300"]


def test_a_sitting_moves_to_the_next_date_with_a_slot_and_moves_no_other() -> None:
    closed = made.hours(BERLIN, "09:00-17:00", time_off=(day_off("2026-03-10", "2026-03-12"),))
    assert planned(WEEKLY, 3, "2026-03-03", availability=closed) == [
        "2026-03-03 09:00+0100",
        "2026-03-13 09:00+0100",
        "2026-03-17 09:00+0100",
    ]


def test_consecutive_sittings_follow_the_one_before_wherever_it_went() -> None:
    closed = made.hours(BERLIN, "09:00-17:00", time_off=(day_off("2026-03-03", "2026-03-08"),))
    assert planned(CONSECUTIVE, 2, "2026-03-03", availability=closed) == [
        "2026-03-09 09:00+0100",
        "2026-03-10 09:00+0100",
    ]


def test_a_sitting_comes_after_the_one_before_even_if_that_went_past_its_date() -> None:
    closed = made.hours(BERLIN, "09:00-17:00", time_off=(day_off("2026-03-03", "2026-03-13"),))
    assert planned(WEEKLY, 3, "2026-03-03", availability=closed) == [
        "2026-03-14 09:00+0100",
        "2026-03-15 09:00+0100",
        "2026-03-17 09:00+0100",
    ]


def test_it_is_looked_for_on_fourteen_dates_and_not_on_more() -> None:
    open_again = made.hours(BERLIN, "09:00-17:00", time_off=(day_off("2026-03-10", "2026-03-22"),))
    assert planned(WEEKLY, 2, "2026-03-03", availability=open_again)[1] == "2026-03-23 09:00+0100"
    too_late = made.hours(BERLIN, "09:00-17:00", time_off=(day_off("2026-03-10", "2026-03-23"),))
    with pytest.raises(DomainError) as refused:
        planned(WEEKLY, 2, "2026-03-03", availability=too_late)
    assert (from_error(refused.value).status, refused.value.code) == (409, "no_slots")
    assert "sitting 2 from 2026-03-10 to 2026-03-23" in refused.value.detail


def test_the_fourteen_dates_are_counted_from_its_own_not_from_the_sitting_before() -> None:
    """The first goes on the 14th; the second, due on the 10th, can go up to the 23rd."""
    late = day_off("2026-03-03", "2026-03-13")
    open_again = (late, day_off("2026-03-15", "2026-03-22"))
    hours = made.hours(BERLIN, "09:00-17:00", time_off=open_again)
    assert planned(WEEKLY, 2, "2026-03-03", availability=hours)[1] == "2026-03-23 09:00+0100"
    too_late = (late, day_off("2026-03-15", "2026-03-23"))
    hours = made.hours(BERLIN, "09:00-17:00", time_off=too_late)
    with pytest.raises(DomainError) as refused:
        planned(WEEKLY, 2, "2026-03-03", availability=hours)
    assert "sitting 2 from 2026-03-15 to 2026-03-23" in refused.value.detail


def test_consecutive_ones_are_looked_for_on_fourteen_dates_after_the_one_before() -> None:
    off = (day_off("2026-03-03", "2026-03-10"), day_off("2026-03-12", "2026-03-24"))
    hours = made.hours(BERLIN, "09:00-17:00", time_off=off)
    assert planned(CONSECUTIVE, 2, "2026-03-03", availability=hours) == [
        "2026-03-11 09:00+0100",
        "2026-03-25 09:00+0100",
    ]


@pytest.mark.parametrize("availability", [None, made.hours(BERLIN)])
def test_who_is_never_open_has_no_slots(availability: Availability | None) -> None:
    with pytest.raises(DomainError) as refused:
        sittings.plan(
            calendar(availability), made.service(), WEEKLY, 3, starts_on=date(2026, 3, 3), now=NOON
        )
    assert (from_error(refused.value).status, refused.value.code) == (409, "no_slots")
    assert "sitting 1 " in refused.value.detail


def test_what_is_booked_already_is_planned_around() -> None:
    busy = made.busy(at("2026-03-03 09:00"), 120)
    assert planned(WEEKLY, 2, "2026-03-03", busy) == [
        "2026-03-03 11:00+0100",
        "2026-03-10 09:00+0100",
    ]


def test_an_earlier_sitting_keeps_its_time_with_its_buffers() -> None:
    # Eleven hours from 20:00 on and an hour of tidying: nothing starts before 08:00 the next day.
    overnight = made.hours(BERLIN, "20:00-07:00", "07:00-19:30")
    found = planned(
        CONSECUTIVE,
        2,
        "2026-03-03",
        made.busy(at("2026-03-03 00:00"), 20 * 60),
        availability=overnight,
        duration_minutes=11 * 60,
        buffer_after_minutes=60,
    )
    assert found == ["2026-03-03 20:00+0100", "2026-03-04 08:00+0100"]


def test_a_date_that_is_full_is_left_out() -> None:
    full = made.booked(made.service(), at("2026-03-04 12:00"))
    other = made.busy(at("2026-03-05 12:00"))
    assert planned(CONSECUTIVE, 3, "2026-03-03", full, other, daily_limit=1) == [
        "2026-03-03 09:00+0100",
        "2026-03-05 09:00+0100",
        "2026-03-06 09:00+0100",
    ]


def test_notice_counts_and_the_horizon_does_not() -> None:
    assert planned(SINGLE, 1, "2026-03-02", minimum_notice_minutes=24 * 60) == [
        "2026-03-03 13:00+0100"
    ]
    assert planned(SINGLE, 1, "2027-12-24", booking_horizon_days=1) == ["2027-12-24 09:00+0100"]


# ---- against a search date by date -------------------------------------------------------------

ZONES = st.sampled_from(
    ["UTC", BERLIN, "America/New_York", "Australia/Lord_Howe", "Africa/Cairo", "America/Santiago"]
)
WINDOWS = st.sampled_from(
    [(), ("09:00-17:00",), ("22:00-03:00",), ("00:00-24:00",), ("01:30-03:00", "23:00-24:00")]
)


@st.composite
def weeks(draw: st.DrawFn) -> Availability:
    """Each weekday has hours of its own, or none; now and then there are days off."""
    zone = draw(ZONES)
    days = [made.hours(zone, *draw(WINDOWS)).weekly.monday for _ in range(7)]
    off = draw(st.lists(st.tuples(st.integers(0, 400), st.integers(1, 15)), max_size=3))
    time_off = (TimeOff(NOON + DAY * first, NOON + DAY * (first + days)) for first, days in off)
    return Availability(zone, Week(*days), time_off=tuple(time_off))


@st.composite
def services(draw: st.DrawFn) -> Service:
    return made.service(
        duration_minutes=draw(st.sampled_from([30, 60, 150, 600])),
        buffer_before_minutes=draw(st.sampled_from([0, 15, 600])),
        buffer_after_minutes=draw(st.sampled_from([0, 30, 1440])),
        minimum_notice_minutes=draw(st.sampled_from([0, 90, 5 * 1440])),
        slot_interval_minutes=draw(st.sampled_from([15, 60, 97])),
        daily_limit=draw(st.none() | st.integers(1, 2)),
    )


@st.composite
def calendars(draw: st.DrawFn) -> Calendar:
    """Hours, and a few things that are booked."""
    starts = draw(st.lists(st.integers(0, 24 * 60), max_size=6, unique=True))
    busy = [made.busy(NOON + timedelta(hours=hour), 240, name=f"apt_{hour}") for hour in starts]
    return calendar(draw(weeks()), *busy)


def first_on(found: Calendar, service: Service, day: date, zone: ZoneInfo) -> datetime | None:
    """The first start on that date, out of all that are free around it."""
    noon = datetime.combine(day, time(12), zone).astimezone(UTC)
    around = slots.starts(found, service, noon - 2 * DAY, noon + 2 * DAY, NOON)
    return next((start for start in around if start.astimezone(zone).date() == day), None)


def by_the_book(
    found: Calendar, service: Service, frequency: Frequency, count: int, starts_on: date
) -> list[datetime] | None:
    """The plan, looked for date by date; None where there is none."""
    zone = ZoneInfo(found.time_zone)
    dates: list[date] = []
    starts: list[datetime] = []
    for number in range(count):
        target = sittings.target_date(frequency, starts_on, number, dates[-1] if dates else None)
        possible = [target + DAY * ahead for ahead in range(14)]
        later = [day for day in possible if not dates or day > dates[-1]]
        free = ((day, first_on(found, service, day, zone)) for day in later)
        hit = next(((day, start) for day, start in free if start is not None), None)
        if hit is None:
            return None
        dates.append(hit[0])
        starts.append(hit[1])
        found = found.put(made.booked(service, hit[1], f"sitting_{number}"), NOON)
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
    found: Calendar, service: Service, frequency: Frequency, count: int, ahead: int
) -> None:
    starts_on = NOON.date() + DAY * ahead
    endless = msgspec.structs.replace(service, booking_horizon_days=1000)
    expected = by_the_book(found, endless, frequency, count, starts_on)

    def plan() -> list[Entry]:
        return sittings.plan(found, service, frequency, count, starts_on=starts_on, now=NOON)

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
    target = sittings.target_date(MONTHLY, first, number)
    months = (target.year - first.year) * 12 + target.month - first.month
    assert months == number
    assert target.day == first.day or (target.day < first.day and (target + DAY).day == 1)
