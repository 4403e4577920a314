"""The slots that are offered are exactly those that can be booked."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from operator import add, sub
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, seed, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from appointments.models import (
    AppointmentSide,
    Availability,
    CalendarDay,
    CalendarEntry,
    CalendarEntryKind,
    Service,
    TimeOff,
)
from appointments.rules import placement, slots
from appointments.rules.calendar import Calendar, create_entry
from domain.errors import DomainError
from domain.opening_hours import to_instant, to_seconds
from tests.support import repeatable  # noqa: F401  # the profile
from tests.unit.appointments import factories, reference_model, zone_data
from tests.unit.appointments.factories import ARTIST
from tests.unit.appointments.strategies import (
    OTHER_SERVICE_ID,
    Scenario,
    days_of,
    scenarios,
)
from tests.unit.appointments.zone_data import DAY

HOUR, MINUTE = 3600, 60
MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
LONG_AGO = datetime(2026, 2, 20, tzinfo=UTC)


# ---- offered = bookable --------------------------------------------------------------------------


@settings(max_examples=220)
@given(scenarios())
def test_free_slots_agree_with_the_reference_model(scenario: Scenario) -> None:
    calendar, service, now, since, until = scenario
    bookable = reference_model.bookable(calendar, service, since, until, now)
    assert [to_seconds(start) for start in free_slots(scenario)] == bookable


@settings(max_examples=50)
@given(scenarios(), st.integers(0, 16))
def test_exactly_the_free_slots_can_be_booked(scenario: Scenario, hours: int) -> None:
    """Each minute of eight hours is tried, and each slot is placed as by a client's booking."""
    calendar, service, now, since, _ = scenario
    first = (since // MINUTE + hours * 60) * MINUTE
    last = first + 8 * HOUR
    offered = set(free_slots(scenario._replace(since=first, until=last)))
    minutes = [to_instant(minute) for minute in range(first, last, MINUTE)]
    booked = {start for start in minutes if slots.is_bookable(calendar, service, start, now)}
    assert booked == offered
    assert {start for start in offered if is_placed(calendar, service, start, now)} == offered


@settings(max_examples=40)
@given(scenarios(), st.integers(1, 59), st.integers(1, 999_999))
def test_only_whole_minutes_can_be_booked(scenario: Scenario, second: int, micro: int) -> None:
    calendar, service, now, _, _ = scenario
    for start in free_slots(scenario)[:9]:
        for beside in (timedelta(seconds=second), timedelta(microseconds=micro)):
            assert not slots.is_bookable(calendar, service, start + beside, now)
            assert not slots.is_bookable(calendar, service, start - beside, now)


@settings(max_examples=60)
@given(scenarios(), st.lists(st.integers(0, DAY), min_size=1, max_size=4))
def test_a_range_can_be_split(scenario: Scenario, cuts: list[int]) -> None:
    """So pages neither lose nor repeat slots."""
    middle = {min(scenario.since + cut, scenario.until) for cut in cuts}
    edges = sorted({scenario.since, *middle, scenario.until})
    parts = [
        start
        for since, until in pairwise(edges)
        for start in free_slots(scenario._replace(since=since, until=until))
    ]
    assert parts == free_slots(scenario)


def test_the_scenarios_exercise_every_rule() -> None:
    """The tests above would be worthless if nothing was ever offered, or nothing ever in its way.

    For each rule this counts the scenarios in which the slots would be others without it.
    """
    matters: Counter[str] = Counter()

    def count(scenario: Scenario) -> None:
        found = free_slots(scenario)
        matters["free_slots"] += bool(found)
        for what, without in scenarios_without(scenario).items():
            matters[what] += free_slots(without) != found

    # The scenarios of one run resemble each other and depend on what was imported: so several runs.
    for run in range(5):
        seed(run)(settings(max_examples=60)(given(scenarios())(count)))()
    assert matters.pop("free_slots") > 30
    assert min(matters.values()) > 2, matters


def scenarios_without(scenario: Scenario) -> dict[str, Scenario]:
    """Return the scenario without each rule, by the name of the rule."""
    calendar, service = scenario.calendar, scenario.service
    assert calendar.availability is not None
    kept = [replace(entry, until=None) for entry in calendar.entries_by_id().values()]
    services = {
        "buffer before": replace(service, buffer_before_minutes=0),
        "buffer after": replace(service, buffer_after_minutes=0),
        "notice": replace(service, minimum_notice_minutes=0),
        "horizon": replace(service, booking_horizon_days=730),
        "limit": replace(service, daily_limit=None),
    }
    calendars = {
        "bookings": replace(calendar, days={}),
        "holds that lapse": replace(calendar, days=days_of(*kept)),
        "calendars elsewhere": replace(calendar, external=()),
        "time off": replace(calendar, availability=replace(calendar.availability, time_off=())),
        "overrides": replace(calendar, availability=replace(calendar.availability, overrides=())),
    }
    return {
        **{what: scenario._replace(service=one) for what, one in services.items()},
        **{what: scenario._replace(calendar=one) for what, one in calendars.items()},
    }


def free_slots(scenario: Scenario) -> list[datetime]:
    """Return the free slots of a scenario."""
    calendar, service, now, since, until = scenario
    return list(slots.find_starts(calendar, service, to_instant(since), to_instant(until), now))


def is_placed(calendar: Calendar, service: Service, start: datetime, now: datetime) -> bool:
    """Return whether a client's booking can be placed in the calendar."""
    entry = create_entry(service, start, entry_id="apt_1", kind=CalendarEntryKind.APPOINTMENT)
    try:
        placement.place(calendar, service, entry, AppointmentSide.CLIENT, now)
    except DomainError:
        return False
    return True


# ---- clock changes -------------------------------------------------------------------------------


def test_nine_to_five_is_offered_around_every_clock_change() -> None:
    """The local hours 9 to 16 are each offered once, unless the clock changes in between."""
    service = factories.service(booking_horizon_days=3)
    expected = [f"{hour:02}:00" for hour in range(9, 17)]
    wrong = []
    for zone, change in zone_data.all_changes():
        calendar = Calendar(ARTIST, factories.hours(zone, "09:00-17:00"))
        tzinfo = ZoneInfo(zone)
        day = to_instant(change.at).astimezone(tzinfo).date()
        midnight = datetime(day.year, day.month, day.day, tzinfo=tzinfo)
        since, until = midnight - timedelta(hours=1), midnight + timedelta(hours=23, minutes=30)
        found = [
            f"{start.astimezone(tzinfo):%H:%M}"
            for start in slots.find_starts(
                calendar, service, since, until, to_instant(change.at - DAY)
            )
        ]
        if found != expected:
            wrong.append((zone, change, found))
    assert wrong == []


@pytest.mark.parametrize(
    ("zone", "window", "day", "expected"),
    [
        # 02:00 does not happen; the grid continues in local time.
        (
            "Europe/Berlin",
            "00:30-05:00",
            (2026, 3, 29),
            ["00:30+01:00", "01:30+01:00", "03:30+02:00"],
        ),
        # An appointment across the gap keeps its length, and so ends later in local time.
        ("Europe/Berlin", "01:30-03:30", (2026, 3, 29), ["01:30+01:00"]),
        ("Europe/Berlin", "01:30-03:29", (2026, 3, 29), []),
        # 02:00 happens twice.
        (
            "Europe/Berlin",
            "01:00-04:00",
            (2026, 10, 25),
            ["01:00+02:00", "02:00+02:00", "02:00+01:00", "03:00+01:00"],
        ),
        # Lord Howe's clock changes by half an hour: the grid stays that of local time.
        (
            "Australia/Lord_Howe",
            "00:00-04:00",
            (2026, 4, 5),
            ["00:00+11:00", "01:00+11:00", "02:00+10:30", "03:00+10:30"],
        ),
        (
            "Australia/Lord_Howe",
            "00:00-04:00",
            (2026, 10, 4),
            ["00:00+10:30", "01:00+10:30", "03:00+11:00"],
        ),
        # Troll's clock changes by two hours.
        ("Antarctica/Troll", "00:30-04:30", (2026, 3, 29), ["00:30+00:00", "03:30+02:00"]),
        # Cairo's midnight is skipped, and Santiago's comes back.
        ("Africa/Cairo", "00:00-02:00", (2026, 4, 24), ["01:00+03:00"]),
        (
            "America/Santiago",
            "22:00-24:00",
            (2026, 4, 4),
            ["22:00-03:00", "23:00-03:00", "23:00-04:00"],
        ),
    ],
)
def test_grid_examples_across_a_clock_change(
    zone: str, window: str, day: tuple[int, int, int], expected: list[str]
) -> None:
    calendar = Calendar(ARTIST, factories.hours(zone, window))
    service = factories.service()
    tzinfo = ZoneInfo(zone)
    since = datetime(*day, tzinfo=tzinfo)
    found = [
        start.astimezone(tzinfo)
        for start in slots.find_starts(
            calendar, service, since, since + timedelta(days=2), since - timedelta(days=1)
        )
    ]
    on_the_day = [start for start in found if (start.year, start.month, start.day) == day]
    assert [f"{start:%H:%M}{start.isoformat()[-6:]}" for start in on_the_day] == expected


# ---- one rule at a time --------------------------------------------------------------------------


def offered(
    service: Service, *entries: CalendarEntry, now: datetime = LONG_AGO, **calendar: Any
) -> list[str]:
    """Return the slots on Monday in UTC, from ten to two unless given."""
    usual: dict[str, Any] = {
        "availability": factories.hours("UTC", "10:00-14:00"),
        "days": days_of(*entries),
    }
    found = slots.find_starts(
        Calendar(ARTIST, **usual | calendar), service, MONDAY, MONDAY + timedelta(days=1), now
    )
    return [f"{start:%H:%M}" for start in found]


def busy(clock: str, until: datetime | None = None, **fields: Any) -> CalendarEntry:
    """Return an entry that starts on Monday at a time."""
    hour, minute = (int(part) for part in clock.split(":"))
    return create_entry(
        factories.service(**fields),
        MONDAY + timedelta(hours=hour, minutes=minute),
        entry_id=f"ent_{clock}",
        kind=CalendarEntryKind.HOLD if until else CalendarEntryKind.APPOINTMENT,
        until=until,
    )


HOURLY = factories.service()
HALF_HOURLY = factories.service(slot_interval_minutes=30)


def test_an_artist_without_hours_offers_nothing() -> None:
    assert offered(HOURLY, availability=None) == []
    assert offered(HOURLY, availability=Availability("UTC")) == []


def test_the_service_ends_within_open_time() -> None:
    assert offered(factories.service(duration_minutes=90)) == [
        "10:00",
        "11:00",
        "12:00",
    ]
    assert offered(factories.service(duration_minutes=241)) == []
    assert offered(factories.service(duration_minutes=240)) == ["10:00"]


def test_a_service_may_continue_into_the_next_window() -> None:
    windows = factories.hours("UTC", "10:00-12:00", "12:00-14:00")
    service = factories.service(
        duration_minutes=180,
    )
    assert offered(service, availability=windows) == ["10:00", "11:00"]


def test_each_window_has_a_grid_of_its_own() -> None:
    windows = factories.hours("UTC", "10:10-12:00", "12:45-14:00")
    assert offered(
        factories.service(slot_interval_minutes=30, duration_minutes=30), availability=windows
    ) == [
        *("10:10", "10:40", "11:10"),
        *("12:45", "13:15"),
    ]


def test_buffers_may_lie_outside_of_open_time_but_overlap_nothing() -> None:
    service = factories.service(
        slot_interval_minutes=30, buffer_before_minutes=10, buffer_after_minutes=20
    )
    assert offered(service, busy("12:00", duration_minutes=30)) == ["10:00", "10:30", "13:00"]
    entry = busy("12:00", duration_minutes=30, buffer_before_minutes=1, buffer_after_minutes=31)
    assert offered(HALF_HOURLY, entry) == ["10:00", "10:30"]


@pytest.mark.parametrize(
    ("external", "expected"),
    [
        ((10 * HOUR + 1800, 11 * HOUR), ["11:00", "12:00", "13:00"]),
        ((11 * HOUR, 12 * HOUR), ["10:00", "12:00", "13:00"]),
        ((11 * HOUR - 1, 12 * HOUR + 1), ["13:00"]),
        ((11 * HOUR + 1, 11 * HOUR + 2), ["10:00", "12:00", "13:00"]),
        ((11 * HOUR + 1, 11 * HOUR + 1), ["10:00", "11:00", "12:00", "13:00"]),
        ((0, DAY), []),
    ],
)
def test_external_calendars_block_slots_to_the_second(
    external: tuple[int, int], expected: list[str]
) -> None:
    midnight = to_seconds(MONDAY)
    assert offered(HOURLY, external=((midnight + external[0], midnight + external[1]),)) == expected


@pytest.mark.parametrize(("shift", "free"), [(-1, True), (0, True), (1, False)])
def test_a_hold_ends_at_the_instant_it_expires(shift: int, free: bool) -> None:
    until = LONG_AGO + timedelta(milliseconds=shift)
    assert ("11:00" in offered(HOURLY, busy("11:00", until=until))) is free


def test_past_slots_and_slots_within_the_notice_are_not_offered() -> None:
    eleven = MONDAY + timedelta(hours=11)
    moment = timedelta(milliseconds=1)
    assert offered(HOURLY, now=eleven - moment) == ["11:00", "12:00", "13:00"]
    assert offered(HOURLY, now=eleven) == ["12:00", "13:00"]
    soon = factories.service(minimum_notice_minutes=60)
    assert offered(soon, now=eleven) == ["12:00", "13:00"]
    assert offered(soon, now=eleven + moment) == ["13:00"]


def test_the_end_of_the_horizon_is_excluded() -> None:
    service = factories.service(booking_horizon_days=3)
    noon = MONDAY + timedelta(hours=12)
    assert offered(service, now=noon - timedelta(days=3)) == ["10:00", "11:00"]
    later = noon - timedelta(days=3) + timedelta(milliseconds=1)
    assert offered(service, now=later) == ["10:00", "11:00", "12:00"]


def test_the_daily_limit_counts_live_entries_of_the_service() -> None:
    service = factories.service(daily_limit=2)
    others = busy("13:00", id=OTHER_SERVICE_ID), busy("12:00", until=LONG_AGO)
    assert offered(service, busy("10:00"), *others) == ["11:00", "12:00"]
    assert offered(service, busy("10:00"), busy("11:00")) == []
    assert offered(service, busy("06:00"), busy("23:30")) == []


def test_the_daily_limit_applies_to_dates_of_the_artists_zone() -> None:
    """Midnight in Auckland is 11:00 UTC."""
    auckland = factories.hours("Pacific/Auckland", "00:00-24:00")
    service = factories.service(daily_limit=1)
    found = offered(service, busy("08:00"), availability=auckland)
    assert found == [f"{hour:02}:00" for hour in range(11, 24)]


def test_time_off_is_not_offered() -> None:
    off = TimeOff(MONDAY + timedelta(hours=11, minutes=30), MONDAY + timedelta(hours=12))
    assert offered(HOURLY, availability=factories.hours("UTC", "10:00-14:00", time_off=(off,))) == [
        "10:00",
        "12:00",
        "13:00",
    ]


# ---- what a search looks at ----------------------------------------------------------------------


class LookedAt(dict[date, CalendarDay]):
    """Calendar days that remember which of them were looked at."""

    def __init__(self, days: Mapping[date, CalendarDay] | None = None) -> None:
        super().__init__(days or {})
        self.days: list[date] = []

    def get(self, day: date, default: Any = None) -> Any:
        """Return a day, and remember it."""
        self.days.append(day)
        return super().get(day, default)


@pytest.mark.parametrize(
    ("window", "expected"),
    [
        ("10:00-14:00", ["2026-03-02"]),
        ("00:00-24:00", ["2026-03-01", "2026-03-02", "2026-03-03"]),
    ],
)
def test_the_next_slot_looks_at_the_days_that_decide_about_it(
    window: str, expected: list[str]
) -> None:
    """A range of three months costs no more than one of a day."""
    days = LookedAt()
    service = factories.service(buffer_before_minutes=15, buffer_after_minutes=15)
    calendar = Calendar(ARTIST, factories.hours("UTC", window), days=days)
    found = slots.find_starts(calendar, service, MONDAY, MONDAY + 90 * timedelta(days=1), LONG_AGO)
    assert next(found).date() == MONDAY.date()
    assert [str(day) for day in days.days] == expected


def test_a_full_date_is_counted_once_and_its_neighbours_are_not() -> None:
    days = LookedAt(days_of(busy("10:00"), busy("12:00")))
    service = factories.service(daily_limit=2)
    calendar = Calendar(ARTIST, factories.hours("UTC", "10:00-14:00"), days=days)
    found = slots.find_starts(calendar, service, MONDAY, MONDAY + 90 * timedelta(days=1), LONG_AGO)
    assert next(found) == MONDAY + timedelta(days=1, hours=10)
    assert [str(day) for day in days.days] == ["2026-03-02", "2026-03-03"]


# ---- the calendar --------------------------------------------------------------------------------


def test_a_whole_date_is_guarded_around_every_clock_change() -> None:
    """Every UTC day that a date of the artist's zone touches is guarded with it."""
    wrong = []
    for zone, change in zone_data.all_changes():
        tzinfo = ZoneInfo(zone)
        calendar = Calendar(ARTIST, factories.hours(zone))
        quarters = [to_instant(change.at + quarter * 900) for quarter in range(-40 * 4, 40 * 4)]
        by_date: dict[Any, list[datetime]] = {}
        for moment in quarters:
            by_date.setdefault(moment.astimezone(tzinfo).date(), []).append(moment)
        for moments in by_date.values():
            utc_days = {moment.date() for moment in moments}
            for start in (moments[0], moments[len(moments) // 2], moments[-1]):
                if not utc_days <= calendar.guard_date(start.astimezone(tzinfo).date()).guarded:
                    wrong.append((zone, start))
    assert wrong == []


@settings(max_examples=150)
@given(scenarios(), st.data())
def test_a_time_is_free_if_nothing_overlaps_it(scenario: Scenario, data: st.DataObject) -> None:
    """The times begin or end with busy spans, a second off, or anywhere."""
    calendar, service, now, since, until = scenario
    taken = [
        *(
            (to_seconds(one.busy_from), to_seconds(one.busy_until))
            for one in calendar.list_live_entries(now)
        ),
        *calendar.external,
    ]
    edges = st.sampled_from([edge for span in taken for edge in span] or [since])
    begins = data.draw(
        st.builds(add, edges, st.sampled_from([-1, 0, 1]))
        | st.builds(
            sub, edges, st.sampled_from([-1, 0, 1]).map(lambda shift: shift + length(service))
        )
        | st.integers(since, until)
    )
    start = to_instant(begins + service.buffer_before_minutes * MINUTE)
    entry = create_entry(service, start, entry_id="apt_1", kind=CalendarEntryKind.APPOINTMENT)
    ends = begins + length(service)
    assert (to_seconds(entry.busy_from), to_seconds(entry.busy_until)) == (begins, ends)
    overlap = any(max(begins, one[0]) < min(ends, one[1]) for one in taken)
    assert calendar.is_free(entry, now) is not overlap


def length(service: Service) -> int:
    """Return for how many seconds a service keeps the artist busy."""
    buffers = service.buffer_before_minutes + service.buffer_after_minutes
    return (service.duration_minutes + buffers) * MINUTE


def test_an_external_event_without_length_blocks_nothing() -> None:
    """The slot is offered and can be booked."""
    noon = to_seconds(MONDAY + timedelta(hours=12))
    calendar = Calendar(
        ARTIST, factories.hours("UTC", "10:00-14:00"), external=((noon + 1, noon + 1),)
    )
    assert slots.is_bookable(calendar, HOURLY, to_instant(noon), LONG_AGO)
    assert is_placed(calendar, HOURLY, to_instant(noon), LONG_AGO)


def names(days: Iterable[Any]) -> list[str]:
    return [f"{day:%d}" for day in sorted(days)]


def test_an_entry_is_stored_on_exactly_the_utc_days_it_touches() -> None:
    night = busy("23:30", duration_minutes=60, buffer_before_minutes=24 * 60)
    placed = Calendar(ARTIST).put(night, LONG_AGO)
    assert names(placed.changed) == names(placed.days) == ["01", "02", "03"]
    until_midnight = busy("23:00", duration_minutes=60)
    assert names(Calendar(ARTIST).put(until_midnight, LONG_AGO).changed) == ["02"]


def test_put_replaces_by_id_and_removes_lapsed_entries() -> None:
    lapsed, hold = busy("08:00", until=LONG_AGO), busy("09:00", until=MONDAY)
    before = Calendar(ARTIST, days=days_of(lapsed, hold))
    moved = create_entry(
        factories.service(),
        MONDAY + timedelta(days=2),
        entry_id=hold.id,
        kind=CalendarEntryKind.APPOINTMENT,
    )
    after = before.put(moved, LONG_AGO).put(busy("10:00"), LONG_AGO)
    by_day = {f"{day:%d}": [entry.id for entry in after.days[day].entries] for day in after.days}
    assert by_day == {"02": ["ent_10:00"], "04": [moved.id]}
    assert names(after.changed) == ["02", "04"]
    assert {day.version for day in after.days.values()} == {0, 1}  # as they were read
    assert set(before.entries_by_id()) == {lapsed.id, hold.id}


def test_remove_ignores_an_unknown_entry() -> None:
    calendar = Calendar(ARTIST, days=days_of(busy("08:00"), busy("09:00")))
    assert calendar.remove("ent_none") == calendar
    after = calendar.remove("ent_08:00")
    assert set(after.entries_by_id()) == {"ent_09:00"}
    assert names(after.changed) == ["02"]
