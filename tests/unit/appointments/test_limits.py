"""Limits per date, week and month, and what guards them."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta

import pytest

from appointments.models import AppointmentSide, Service
from appointments.rules import limits, placement, slots
from appointments.rules.calendar import Calendar, list_days_between
from appointments.rules.errors import SlotUnavailable
from tests.unit.appointments import factories
from tests.unit.appointments.factories import ARTIST, SERVICE_ID
from tests.unit.appointments.strategies import days_of

LONG_AGO = datetime(2026, 2, 20, tzinfo=UTC)
DAY = timedelta(days=1)
OPEN = factories.hours("UTC", "10:00-14:00")
OTHER = "svc_01JD0000000000000000000AAA_01JD0000000000000000000002"


def names(service: Service, day: str) -> list[tuple[str, str, str]]:
    periods = limits.list_periods(service, date.fromisoformat(day))
    return [(period.name, f"{period.first}", f"{period.last}") for period in periods]


@pytest.mark.parametrize(
    ("day", "week", "month"),
    [
        (
            "2026-03-02",
            ("2026-W10", "2026-03-02", "2026-03-08"),
            ("2026-03", "2026-03-01", "2026-03-31"),
        ),
        (
            "2026-03-08",
            ("2026-W10", "2026-03-02", "2026-03-08"),
            ("2026-03", "2026-03-01", "2026-03-31"),
        ),
        # A week belongs to the year that has most of it.
        (
            "2027-01-01",
            ("2026-W53", "2026-12-28", "2027-01-03"),
            ("2027-01", "2027-01-01", "2027-01-31"),
        ),
        (
            "2029-12-31",
            ("2030-W01", "2029-12-31", "2030-01-06"),
            ("2029-12", "2029-12-01", "2029-12-31"),
        ),
        (
            "2028-02-29",
            ("2028-W09", "2028-02-28", "2028-03-05"),
            ("2028-02", "2028-02-01", "2028-02-29"),
        ),
    ],
)
def test_the_periods_of_a_date(
    day: str, week: tuple[str, str, str], month: tuple[str, str, str]
) -> None:
    service = factories.service(daily_limit=1, weekly_limit=2, monthly_limit=3)
    assert names(service, day) == [(day, day, day), week, month]
    assert names(factories.service(), day) == []


def free_dates(service: Service, booked: Iterable[str], now: datetime = LONG_AGO) -> list[str]:
    """Return the dates of March that have slots, with an hour booked at noon of some dates."""
    entries = [
        factories.booked(service, datetime.fromisoformat(f"{day}T12:00Z"), f"apt_{day}")
        for day in booked
    ]
    calendar = Calendar(ARTIST, OPEN, days=days_of(*entries))
    since = datetime(2026, 2, 28, tzinfo=UTC)
    found = slots.find_starts(calendar, service, since, since + timedelta(days=33), now)
    return sorted({f"{start:%m-%d}" for start in found})


def days_between(first: str, last: str) -> list[str]:
    found = list_days_between(date.fromisoformat(first), date.fromisoformat(last))
    return [f"{day:%m-%d}" for day in found]


def test_a_full_week_is_not_offered() -> None:
    service = factories.service(weekly_limit=2)
    assert free_dates(service, ["2026-03-02", "2026-03-08", "2026-03-09"]) == [
        *days_between("2026-02-28", "2026-03-01"),
        *days_between("2026-03-09", "2026-04-01"),
    ]


def test_a_full_month_is_not_offered() -> None:
    service = factories.service(monthly_limit=3)
    assert free_dates(service, ["2026-03-01", "2026-03-31", "2026-03-15", "2026-04-01"]) == [
        "02-28",
        "04-01",
    ]


def test_the_limit_of_a_week_is_counted_on_dates_of_the_schedule() -> None:
    """Monday begins in Auckland at 11:00 UTC on Sunday."""
    auckland = factories.hours("Pacific/Auckland", "00:00-24:00")
    service = factories.service(weekly_limit=1)
    sunday = datetime(2026, 3, 8, 10, tzinfo=UTC)
    for booked_at, expected in ((sunday, "08 11"), (sunday + timedelta(hours=1), "15 11")):
        entry = factories.booked(service, booked_at)
        calendar = Calendar(ARTIST, auckland, days=days_of(entry))
        found = slots.find_starts(calendar, service, booked_at, booked_at + 14 * DAY, LONG_AGO)
        assert f"{next(found):%d %H}" == expected


def test_a_booking_counts_on_the_date_at_its_place() -> None:
    """Midnight in Auckland is the morning of the day before at home."""
    there = factories.schedule(
        "Pacific/Auckland", "00:00-24:00", dates=(date(2026, 4, 1), date(2026, 4, 2))
    )
    service = factories.service(monthly_limit=1)
    first = datetime(2026, 3, 31, 12, tzinfo=UTC)  # 1 April there
    calendar = Calendar(
        ARTIST, OPEN, schedules=(there,), days=days_of(factories.booked(service, first))
    )
    found = slots.find_starts(
        calendar, service, first - timedelta(days=3), first + timedelta(days=40), LONG_AGO
    )
    assert {f"{start:%m-%d}" for start in found} == {
        *days_between("2026-03-28", "2026-03-31"),
        *days_between("2026-05-01", "2026-05-10"),
    }


# ---- placing -------------------------------------------------------------------------------------

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)


def placed(
    service: Service, side: AppointmentSide, *booked: datetime, tallies: dict[str, int]
) -> Calendar:
    entries = [
        factories.booked(service, start, f"apt_{number}") for number, start in enumerate(booked)
    ]
    calendar = Calendar(ARTIST, OPEN, days=days_of(*entries), tallies=tallies)
    entry = factories.booked(service, NOON, "apt_new")
    return placement.place(calendar, service, entry, side, LONG_AGO)


WEEK, MONTH = f"{SERVICE_ID}#2026-W10", f"{SERVICE_ID}#2026-03"


def test_a_client_who_relies_on_a_limit_writes_its_tally() -> None:
    service = factories.service(weekly_limit=2, monthly_limit=9)
    found = placed(service, AppointmentSide.CLIENT, tallies={WEEK: 3, MONTH: 0})
    assert found.counted == {WEEK: date(2026, 3, 8), MONTH: date(2026, 3, 31)}
    assert found.guarded == frozenset()
    daily = factories.service(daily_limit=1)
    by_day = placed(daily, AppointmentSide.CLIENT, tallies={})
    assert (by_day.counted, by_day.guarded) == ({}, frozenset([NOON.date()]))


def test_an_artist_may_ignore_limits_and_writes_no_tally() -> None:
    service = factories.service(weekly_limit=1)
    found = placed(service, AppointmentSide.ARTIST, NOON - timedelta(days=1), tallies={})
    assert found.counted == {}
    with pytest.raises(SlotUnavailable):
        placed(service, AppointmentSide.CLIENT, NOON - timedelta(days=1), tallies={WEEK: 0})


def test_a_tally_that_was_not_read_decides_nothing() -> None:
    service = factories.service(monthly_limit=2)
    with pytest.raises(LookupError):
        placed(service, AppointmentSide.CLIENT, tallies={WEEK: 3})


def test_the_tallies_and_days_of_a_range_of_starts() -> None:
    service = factories.service(daily_limit=1, weekly_limit=2, monthly_limit=9)
    calendar = Calendar(ARTIST, OPEN)
    since, until = datetime(2026, 3, 31, 12, tzinfo=UTC), datetime(2026, 4, 1, 12, tzinfo=UTC)
    assert sorted(limits.list_tallies(calendar, service, since, until)) == [
        f"{SERVICE_ID}#2026-03",
        f"{SERVICE_ID}#2026-04",
        f"{SERVICE_ID}#2026-W14",
    ]
    days = limits.list_deciding_days(calendar, service, since, until)
    assert (min(days), max(days), len(days)) == (date(2026, 3, 1), date(2026, 4, 30), 61)
    unlimited = factories.service(id=OTHER)
    assert limits.list_tallies(calendar, unlimited, since, until) == []
    assert limits.list_deciding_days(calendar, unlimited, since, until) == set()


@pytest.mark.parametrize(
    ("limited", "wanted"),
    [
        ({}, False),
        ({"daily_limit": 1}, True),
        ({"weekly_limit": 1}, True),
        ({"monthly_limit": 1}, True),
        ({"daily_limit": 1, "weekly_limit": 1, "monthly_limit": 1}, True),
    ],
)
def test_one_limit_is_enough_to_be_limited(limited: dict[str, int], wanted: bool) -> None:
    assert limits.has_limits(factories.service(**limited)) is wanted
