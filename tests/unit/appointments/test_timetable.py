"""Schedules: the place, zone and hours that count for a service at an instant."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, seed, settings

from appointments.models import Appointment, DateOverride, OpeningWindow, Schedule, TimeOff
from appointments.rules import agreements, slots, timetable
from appointments.rules.calendar import Calendar
from appointments.rules.timetable import Place, Timetable
from domain.opening_hours import to_instant, to_seconds
from tests.support import repeatable  # noqa: F401  # the profile
from tests.unit.appointments import factories, reference_model, zone_data
from tests.unit.appointments.factories import ARTIST, SERVICE_ID
from tests.unit.appointments.strategies import (
    OTHER_SERVICE_ID,
    Scenario,
    scenarios_with_schedules,
)

BERLIN, LISBON, SYDNEY, AUCKLAND = (
    "Europe/Berlin",
    "Europe/Lisbon",
    "Australia/Sydney",
    "Pacific/Auckland",
)
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
HOME = factories.hours(BERLIN, "09:00-17:00")
SERVICE = factories.service(location="Home", booking_horizon_days=400)
GUEST_DATES = date(2026, 3, 10), date(2026, 3, 12)


def guest(zone: str = LISBON, **fields: Any) -> Schedule:
    return factories.schedule(zone, "10:00-12:00", **{"dates": GUEST_DATES, **fields})


def offered(schedules: Sequence[Schedule], first: str, last: str) -> list[str]:
    """Return the slots on some UTC days with their place: `10 10:00+00:00 Elsewhere`."""
    calendar = Calendar(ARTIST, HOME, schedules=tuple(schedules))
    since, until = (datetime.fromisoformat(day).replace(tzinfo=UTC) for day in (first, last))
    found = slots.find_starts(calendar, SERVICE, since, until + timedelta(days=1), LONG_AGO)
    shown = []
    for start in found:
        place = calendar.timetable.get_place(SERVICE, start)
        local = start.astimezone(ZoneInfo(place.time_zone))
        shown.append(f"{local:%d %H:%M}{local.isoformat()[-6:]} {place.location}")
    return shown


def on(day: int, *clocks: str, offset: str, place: str) -> list[str]:
    return [f"{day:02} {clock}{offset} {place}" for clock in clocks]


HOME_HOURS = [f"{hour:02}:00" for hour in range(9, 17)]


# ---- which schedule counts -----------------------------------------------------------------------


def test_the_home_schedule_is_closed_during_a_guest_spot() -> None:
    assert offered([guest()], "2026-03-09", "2026-03-13") == [
        *on(9, *HOME_HOURS, offset="+01:00", place="Home"),
        *on(10, "10:00", "11:00", offset="+00:00", place="Elsewhere"),
        *on(11, "10:00", "11:00", offset="+00:00", place="Elsewhere"),
        *on(12, "10:00", "11:00", offset="+00:00", place="Elsewhere"),
        *on(13, *HOME_HOURS, offset="+01:00", place="Home"),
    ]


def test_dates_begin_and_end_at_midnight_of_the_guest_zone() -> None:
    """The date begins in Auckland at noon in Berlin of the day before."""
    there = factories.schedule(
        AUCKLAND, "10:00-12:00", dates=(date(2026, 3, 10), date(2026, 3, 10))
    )
    found = offered([there], "2026-03-09", "2026-03-10")
    assert found == [
        *on(9, "09:00", "10:00", "11:00", offset="+01:00", place="Home"),
        *on(10, "10:00", "11:00", offset="+13:00", place="Elsewhere"),
        *on(10, "12:00", *HOME_HOURS[4:], offset="+01:00", place="Home"),
    ]


def test_a_guest_spot_for_some_services_closes_home_for_the_others() -> None:
    there = guest(service_ids=(OTHER_SERVICE_ID,))
    found = offered([there], "2026-03-09", "2026-03-13")
    assert found == [
        *on(9, *HOME_HOURS, offset="+01:00", place="Home"),
        *on(13, *HOME_HOURS, offset="+01:00", place="Home"),
    ]


def named(name: str, **fields: Any) -> Schedule:
    return guest(location=name, id=f"sch_{name}", **fields)


FOR_SERVICE: dict[str, Any] = {"service_ids": (SERVICE_ID,)}
FOR_OTHERS: dict[str, Any] = {"service_ids": (OTHER_SERVICE_ID,)}
NO_DATES: dict[str, Any] = {"dates": (None, None)}


@pytest.mark.parametrize(
    ("schedules", "expected"),
    [
        ([], "Home"),
        ([named("a", **NO_DATES, **FOR_SERVICE)], "a"),
        ([named("a", **NO_DATES, **FOR_OTHERS)], "Home"),
        ([named("a"), named("b", **NO_DATES, **FOR_SERVICE)], "a"),
        ([named("a"), named("b", **FOR_SERVICE)], "b"),
        ([named("a", **FOR_OTHERS), named("b")], "b"),
        ([named("a", **FOR_OTHERS), named("b", **NO_DATES, **FOR_SERVICE)], "a"),
        ([named("b"), named("a")], "a"),
        ([named("a", dates=(date(2026, 3, 12), date(2026, 3, 13)))], "Home"),
    ],
    ids=[
        "default",
        "names the service",
        "names another service",
        "dates before services",
        "service before all, with dates",
        "all before another service",
        "the artist is there",
        "the older one",
        "other dates",
    ],
)
def test_precedence(schedules: list[Schedule], expected: str) -> None:
    found = Timetable(HOME, tuple(schedules))
    noon = datetime(2026, 3, 11, 12, tzinfo=UTC)
    assert found.get_place(SERVICE, noon).location == expected


def test_an_artist_without_availability_can_have_guest_spots() -> None:
    calendar = Calendar(ARTIST, None, schedules=(guest(),))
    since = datetime(2026, 3, 1, tzinfo=UTC)
    found = slots.find_starts(calendar, SERVICE, since, since + timedelta(days=31), LONG_AGO)
    assert [f"{start:%d %H}" for start in found] == [
        *("10 10", "10 11"),
        *("11 10", "11 11"),
        *("12 10", "12 11"),
    ]
    assert calendar.timetable.get_place(SERVICE, since) == Place("Home", "UTC")


def test_time_off_and_overrides_apply_to_a_guest_spot() -> None:
    there = guest(overrides=(DateOverride(GUEST_DATES[0], (OpeningWindow("20:00", "02:00"),)),))
    home = factories.hours(
        BERLIN,
        "09:00-17:00",
        time_off=(
            TimeOff(datetime(2026, 3, 11, 11, tzinfo=UTC), datetime(2026, 3, 13, tzinfo=UTC)),
        ),
    )
    calendar = Calendar(ARTIST, home, schedules=(there,))
    since = datetime(2026, 3, 10, tzinfo=UTC)
    found = slots.find_starts(calendar, SERVICE, since, since + timedelta(days=3), LONG_AGO)
    assert [f"{start:%d %H}" for start in found] == [
        *("10 20", "10 21", "10 22", "10 23", "11 00", "11 01"),
        "11 10",
    ]


def test_an_appointment_lies_in_one_schedule() -> None:
    """Home is open around the clock, and so is the guest spot: none lasts from one to the other."""
    home = factories.hours("UTC", "00:00-24:00")
    there = factories.schedule("UTC", "00:00-24:00", dates=(date(2026, 3, 10), date(2026, 3, 10)))
    calendar = Calendar(ARTIST, home, schedules=(there,))
    long = factories.service(duration_minutes=5 * 60)
    since = datetime(2026, 3, 9, 16, tzinfo=UTC)
    found = slots.find_starts(calendar, long, since, since + timedelta(hours=10), LONG_AGO)
    assert [f"{start:%d %H}" for start in found] == [
        *("09 16", "09 17", "09 18", "09 19"),
        *("10 00", "10 01"),
    ]


def test_windows_of_the_day_before_the_first_date_do_not_happen() -> None:
    there = factories.schedule("UTC", "22:00-03:00", dates=(date(2026, 3, 10), date(2026, 3, 10)))
    assert offered([there], "2026-03-10", "2026-03-10") == on(
        10, "22:00", "23:00", offset="+00:00", place="Elsewhere"
    )


# ---- clock changes between home and guest zone ---------------------------------------------------


def test_guest_hours_stay_the_same_while_the_clocks_change_at_home_or_there() -> None:
    """Berlin's clocks go forward on 29 March 2026, Sydney's back on 5 April."""
    there = factories.schedule(SYDNEY, "10:00-12:00", dates=(date(2026, 3, 27), date(2026, 4, 7)))
    found = offered([there], "2026-03-25", "2026-04-08")
    summer = [
        entry
        for day in (27, 28, 29, 30, 31, 1, 2, 3, 4)
        for entry in on(day, "10:00", "11:00", offset="+11:00", place="Elsewhere")
    ]
    winter = [
        entry
        for day in (5, 6, 7)
        for entry in on(day, "10:00", "11:00", offset="+10:00", place="Elsewhere")
    ]
    before = [
        *on(25, *HOME_HOURS, offset="+01:00", place="Home"),
        # Midnight in Sydney is 14:00 in Berlin.
        *on(26, *HOME_HOURS[:5], offset="+01:00", place="Home"),
    ]
    after = [
        # Midnight in Sydney is 16:00 in Berlin now.
        *on(7, "16:00", offset="+02:00", place="Home"),
        *on(8, *HOME_HOURS, offset="+02:00", place="Home"),
    ]
    assert found == [*before, *summer, *winter, *after]


def test_the_dates_of_a_guest_spot_are_whole_around_every_clock_change() -> None:
    """An instant is within the dates exactly if its local date is one of them."""
    wrong = []
    for zone, change in zone_data.all_changes():
        tzinfo = ZoneInfo(zone)
        day = to_instant(change.at).astimezone(tzinfo).date()
        begins, ends = timetable.get_span(factories.schedule(zone, dates=(day, day)))
        hours = range(change.at - 40 * 3600, change.at + 40 * 3600, 1800)
        inside = [at for at in hours if to_instant(at).astimezone(tzinfo).date() == day]
        if [at for at in hours if begins <= at < ends] != inside:
            wrong.append((zone, change))
    assert wrong == []


# ---- the reference model -------------------------------------------------------------------------


def free_slots(scenario: Scenario) -> list[datetime]:
    calendar, service, now, since, until = scenario
    return list(slots.find_starts(calendar, service, to_instant(since), to_instant(until), now))


@settings(max_examples=120)
@given(scenarios_with_schedules())
def test_slots_agree_with_the_reference_model(scenario: Scenario) -> None:
    calendar, service, now, since, until = scenario
    bookable = reference_model.bookable(calendar, service, since, until, now)
    found = free_slots(scenario)
    assert [to_seconds(start) for start in found] == bookable
    for start in found[::5]:
        schedule = reference_model.schedule_at(calendar, service, to_seconds(start))
        assert schedule is not None
        assert calendar.timetable.get_place(service, start).time_zone == schedule.time_zone
        assert calendar.timetable.locate(service.id, start) is schedule


@settings(max_examples=60)
@given(scenarios_with_schedules())
def test_what_decides_is_known_beforehand(scenario: Scenario) -> None:
    """With the days that were named the answer is the same as with all, and no other is needed."""
    calendar, service, now, since, until = scenario
    days = slots.find_deciding_days(calendar, service, to_instant(since), to_instant(until), now)
    known = frozenset(days)
    part = {day: item for day, item in calendar.days.items() if day in known}
    limited = scenario._replace(calendar=factories.part_of(calendar, part, known))
    assert free_slots(limited) == free_slots(scenario)


def test_the_scenarios_exercise_every_kind_of_schedule() -> None:
    matters: Counter[str] = Counter()

    def count(scenario: Scenario) -> None:
        found = free_slots(scenario)
        for start in found:
            schedule = scenario.calendar.timetable.locate(scenario.service.id, start)
            matters[kind_of(schedule)] += 1
        parts = scenario.calendar.timetable.split(SERVICE_ID, scenario.since, scenario.until)
        matters["changes"] += len(parts) > 1
        matters["closed"] += any(schedule is None for _, schedule in parts)
        assert all(earlier[0][1] == later[0][0] for earlier, later in pairwise(parts))

    for run in range(2):
        seed(run)(settings(max_examples=60)(given(scenarios_with_schedules())(count)))()
    assert set(matters) == {"default", "dates", "dates, services", "services", "changes", "closed"}
    assert min(matters.values()) > 2, matters


def kind_of(schedule: object) -> str:
    if not isinstance(schedule, Schedule):
        return "default"
    kinds = ["dates"] * (schedule.first_date is not None)
    return ", ".join([*kinds, *["services"] * bool(schedule.service_ids)])


# ---- moves ---------------------------------------------------------------------------------------

AT_HOME, THERE = datetime(2026, 3, 9, 12, tzinfo=UTC), datetime(2026, 3, 11, 10, tzinfo=UTC)


def agreed(starts_at: datetime, location: str) -> Appointment:
    booked = factories.appointment(starts_at=starts_at)
    return factories.at_place(booked, location)


@pytest.mark.parametrize(
    ("is_offered", "booked_at", "location", "moved_to", "expected"),
    [
        (True, AT_HOME, "Home", THERE, Place("Elsewhere", LISBON)),
        (True, THERE, "Elsewhere", AT_HOME, Place("Home", BERLIN)),
        (True, AT_HOME, "Where home was", AT_HOME, Place("Home", BERLIN)),
        (False, AT_HOME, "Where home was", AT_HOME, Place("Where home was", BERLIN)),
        (False, AT_HOME, "Home", THERE, Place("Elsewhere", LISBON)),
        (False, THERE, "Elsewhere", AT_HOME, Place("", BERLIN)),
    ],
)
def test_the_place_of_a_move_is_that_of_its_new_start(
    is_offered: bool, booked_at: datetime, location: str, moved_to: datetime, expected: Place
) -> None:
    calendar = Calendar(ARTIST, HOME, schedules=(guest(),))
    service = SERVICE if is_offered else None
    appointment = agreed(booked_at, location)
    found = agreements.get_place_of_move(calendar, service, appointment, moved_to)
    assert found == expected


# ---- schedules that only their age tells apart ---------------------------------------------------

LATER = date(2026, 3, 13), date(2026, 3, 14)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (guest(), guest(), True),
        (guest(), guest(dates=(GUEST_DATES[1], LATER[1])), True),
        (guest(), guest(dates=LATER), False),
        # The date begins in Auckland while it is still the day before in Lisbon.
        (guest(), guest(AUCKLAND, dates=LATER), True),
        (guest(), guest(**FOR_SERVICE), False),
        (guest(**FOR_OTHERS), guest(**FOR_SERVICE), False),
        (guest(**FOR_SERVICE), guest(service_ids=(OTHER_SERVICE_ID, SERVICE_ID)), True),
        (guest(**FOR_SERVICE), guest(**NO_DATES, **FOR_SERVICE), False),
        (guest(**NO_DATES, **FOR_SERVICE), guest(**NO_DATES, **FOR_SERVICE), True),
        (guest(**NO_DATES, **FOR_SERVICE), guest(**NO_DATES, **FOR_OTHERS), False),
    ],
)
def test_schedules_that_claim_the_same_time(one: Schedule, other: Schedule, expected: bool) -> None:
    assert timetable.claim_same_time(one, other) is expected
    assert timetable.claim_same_time(other, one) is expected
