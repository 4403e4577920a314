"""What is offered is what can be booked, and nothing that can be booked is missing."""

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from operator import add, sub
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, seed, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from appointments.models import Availability, Entry, EntryKind, Service, Side, TimeOff
from appointments.rules import slots
from appointments.rules.calendar import Calendar, entry_for
from appointments.rules.opening_hours import instant, seconds
from appointments.use_cases import booking
from domain.errors import DomainError
from tests.support import repeatable  # noqa: F401  # the profile
from tests.unit.appointments import made, wall_walk, zone_data
from tests.unit.appointments.made import ARTIST
from tests.unit.appointments.worlds import (
    OTHER_SERVICE_ID,
    Situation,
    days_of,
    situations,
)
from tests.unit.appointments.zone_data import DAY

HOUR, MINUTE = 3600, 60
MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
LONG_AGO = datetime(2026, 2, 20, tzinfo=UTC)


# ---- offered = bookable, both ways -------------------------------------------------------------


@settings(max_examples=220)
@given(situations())
def test_offered_is_what_a_walk_minute_by_minute_finds_bookable(situation: Situation) -> None:
    calendar, asked, now, since, until = situation
    bookable = wall_walk.bookable(calendar, asked, since, until, now)
    assert [seconds(start) for start in offers(situation)] == bookable


@settings(max_examples=50)
@given(situations(), st.integers(0, 16))
def test_every_offer_can_be_booked_and_no_other_minute(situation: Situation, hours: int) -> None:
    """Each minute of eight hours is tried, and each offer placed as a client's booking does."""
    calendar, asked, now, since, _ = situation
    first = (since // MINUTE + hours * 60) * MINUTE
    last = first + 8 * HOUR
    offered = set(offers(situation._replace(since=first, until=last)))
    minutes = [instant(minute) for minute in range(first, last, MINUTE)]
    booked = {start for start in minutes if slots.is_bookable(calendar, asked, start, now)}
    assert booked == offered
    assert {start for start in offered if is_placed(calendar, asked, start, now)} == offered


@settings(max_examples=40)
@given(situations(), st.integers(1, 59), st.integers(1, 999_999))
def test_only_whole_minutes_can_be_booked(situation: Situation, second: int, micro: int) -> None:
    calendar, asked, now, _, _ = situation
    for start in offers(situation)[:9]:
        for beside in (timedelta(seconds=second), timedelta(microseconds=micro)):
            assert not slots.is_bookable(calendar, asked, start + beside, now)
            assert not slots.is_bookable(calendar, asked, start - beside, now)


@settings(max_examples=60)
@given(situations(), st.lists(st.integers(0, DAY), min_size=1, max_size=4))
def test_a_range_in_parts_offers_the_same(situation: Situation, cuts: list[int]) -> None:
    """So that pages lose nothing and repeat nothing."""
    middle = {min(situation.since + cut, situation.until) for cut in cuts}
    edges = sorted({situation.since, *middle, situation.until})
    parts = [
        start
        for since, until in pairwise(edges)
        for start in offers(situation._replace(since=since, until=until))
    ]
    assert parts == offers(situation)


def test_the_situations_are_worth_looking_at() -> None:
    """So that none of the above passes because nothing is ever offered, or nothing is in its way.

    Counted is in how many situations something would be offered otherwise without it.
    """
    matters: Counter[str] = Counter()

    def count(situation: Situation) -> None:
        found = offers(situation)
        matters["offers"] += bool(found)
        for what, without in situations_without(situation).items():
            matters[what] += offers(without) != found

    # A run's situations resemble each other, and depend on what else was imported: so, several.
    for run in range(5):
        seed(run)(settings(max_examples=60)(given(situations())(count)))()
    assert matters.pop("offers") > 30
    assert min(matters.values()) > 2, matters


def situations_without(situation: Situation) -> dict[str, Situation]:
    """The situation with one thing less, by what that is."""
    calendar, asked = situation.calendar, situation.service
    assert calendar.availability is not None
    kept = [replace(entry, until=None) for entry in calendar.entries().values()]
    services = {
        "buffer before": replace(asked, buffer_before_minutes=0),
        "buffer after": replace(asked, buffer_after_minutes=0),
        "notice": replace(asked, minimum_notice_minutes=0),
        "horizon": replace(asked, booking_horizon_days=730),
        "limit": replace(asked, daily_limit=None),
    }
    calendars = {
        "bookings": replace(calendar, days={}),
        "holds that lapse": replace(calendar, days=days_of(*kept)),
        "calendars elsewhere": replace(calendar, external=()),
        "time off": replace(calendar, availability=replace(calendar.availability, time_off=())),
        "overrides": replace(calendar, availability=replace(calendar.availability, overrides=())),
    }
    return {
        **{what: situation._replace(service=one) for what, one in services.items()},
        **{what: situation._replace(calendar=one) for what, one in calendars.items()},
    }


def offers(situation: Situation) -> list[datetime]:
    """What is offered in the situation."""
    calendar, asked, now, since, until = situation
    return list(slots.starts(calendar, asked, instant(since), instant(until), now))


def is_placed(calendar: Calendar, asked: Service, start: datetime, now: datetime) -> bool:
    """Whether a client's booking gets into the calendar."""
    entry = entry_for(asked, start, entry_id="apt_1", kind=EntryKind.APPOINTMENT)
    try:
        booking.place(calendar, asked, entry, Side.CLIENT, now)
    except DomainError:
        return False
    return True


# ---- every zone, every change ------------------------------------------------------------------


def test_nine_to_five_is_offered_as_such_around_every_change_of_every_zone() -> None:
    """The hours 9 to 16 of the wall, each once, as long as the jump lies elsewhere."""
    asked = made.service(booking_horizon_days=3)
    expected = [f"{hour:02}:00" for hour in range(9, 17)]
    wrong = []
    for zone, change in zone_data.all_changes():
        calendar = Calendar(ARTIST, made.hours(zone, "09:00-17:00"))
        tzinfo = ZoneInfo(zone)
        day = instant(change.at).astimezone(tzinfo).date()
        midnight = datetime(day.year, day.month, day.day, tzinfo=tzinfo)
        since, until = midnight - timedelta(hours=1), midnight + timedelta(hours=23, minutes=30)
        found = [
            f"{start.astimezone(tzinfo):%H:%M}"
            for start in slots.starts(calendar, asked, since, until, instant(change.at - DAY))
        ]
        if found != expected:
            wrong.append((zone, change, found))
    assert wrong == []


@pytest.mark.parametrize(
    ("zone", "window", "day", "expected"),
    [
        # 02:00 does not happen; the grid goes on by the wall clock.
        (
            "Europe/Berlin",
            "00:30-05:00",
            (2026, 3, 29),
            ["00:30+01:00", "01:30+01:00", "03:30+02:00"],
        ),
        # What begins before the gap is as long as ever, and so ends later on the wall.
        ("Europe/Berlin", "01:30-03:30", (2026, 3, 29), ["01:30+01:00"]),
        ("Europe/Berlin", "01:30-03:29", (2026, 3, 29), []),
        # 02:00 happens twice.
        (
            "Europe/Berlin",
            "01:00-04:00",
            (2026, 10, 25),
            ["01:00+02:00", "02:00+02:00", "02:00+01:00", "03:00+01:00"],
        ),
        # Half an hour of Lord Howe: the grid stays that of the wall clock.
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
        # Two hours of Troll, forward and back.
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
def test_the_grid_across_a_change_written_out(
    zone: str, window: str, day: tuple[int, int, int], expected: list[str]
) -> None:
    calendar = Calendar(ARTIST, made.hours(zone, window))
    asked = made.service()
    tzinfo = ZoneInfo(zone)
    since = datetime(*day, tzinfo=tzinfo)
    found = [
        start.astimezone(tzinfo)
        for start in slots.starts(
            calendar, asked, since, since + timedelta(days=2), since - timedelta(days=1)
        )
    ]
    on_the_day = [start for start in found if (start.year, start.month, start.day) == day]
    assert [f"{start:%H:%M}{start.isoformat()[-6:]}" for start in on_the_day] == expected


# ---- one rule at a time ------------------------------------------------------------------------


def offered(
    asked: Service, *entries: Entry, now: datetime = LONG_AGO, **calendar: Any
) -> list[str]:
    """What is offered on Monday in UTC, from ten to two unless the calendar says else."""
    usual: dict[str, Any] = {
        "availability": made.hours("UTC", "10:00-14:00"),
        "days": days_of(*entries),
    }
    found = slots.starts(
        Calendar(ARTIST, **usual | calendar), asked, MONDAY, MONDAY + timedelta(days=1), now
    )
    return [f"{start:%H:%M}" for start in found]


def busy(clock: str, until: datetime | None = None, **fields: Any) -> Entry:
    """An entry that starts on Monday at that time."""
    hour, minute = (int(part) for part in clock.split(":"))
    return entry_for(
        made.service(**fields),
        MONDAY + timedelta(hours=hour, minutes=minute),
        entry_id=f"ent_{clock}",
        kind=EntryKind.HOLD if until else EntryKind.APPOINTMENT,
        until=until,
    )


HOURLY = made.service()
HALF_HOURLY = made.service(slot_interval_minutes=30)


def test_an_artist_without_hours_offers_nothing() -> None:
    assert offered(HOURLY, availability=None) == []
    assert offered(HOURLY, availability=Availability("UTC")) == []


def test_the_service_ends_within_open_time() -> None:
    assert offered(made.service(duration_minutes=90)) == [
        "10:00",
        "11:00",
        "12:00",
    ]
    assert offered(made.service(duration_minutes=241)) == []
    assert offered(made.service(duration_minutes=240)) == ["10:00"]


def test_a_service_may_go_on_from_one_window_into_the_next() -> None:
    windows = made.hours("UTC", "10:00-12:00", "12:00-14:00")
    asked = made.service(
        duration_minutes=180,
    )
    assert offered(asked, availability=windows) == ["10:00", "11:00"]


def test_each_window_has_a_grid_of_its_own() -> None:
    windows = made.hours("UTC", "10:10-12:00", "12:45-14:00")
    assert offered(
        made.service(slot_interval_minutes=30, duration_minutes=30), availability=windows
    ) == [
        *("10:10", "10:40", "11:10"),
        *("12:45", "13:15"),
    ]


def test_buffers_keep_away_from_what_is_busy_but_not_from_closing_time() -> None:
    asked = made.service(
        slot_interval_minutes=30, buffer_before_minutes=10, buffer_after_minutes=20
    )
    assert offered(asked, busy("12:00", duration_minutes=30)) == ["10:00", "10:30", "13:00"]
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
def test_calendars_elsewhere_keep_slots_free_to_the_second(
    external: tuple[int, int], expected: list[str]
) -> None:
    midnight = seconds(MONDAY)
    assert offered(HOURLY, external=((midnight + external[0], midnight + external[1]),)) == expected


@pytest.mark.parametrize(("shift", "free"), [(-1, True), (0, True), (1, False)])
def test_a_hold_is_over_at_the_very_instant_it_expires(shift: int, free: bool) -> None:
    until = LONG_AGO + timedelta(milliseconds=shift)
    assert ("11:00" in offered(HOURLY, busy("11:00", until=until))) is free


def test_what_has_begun_is_not_offered_nor_what_is_too_soon() -> None:
    eleven = MONDAY + timedelta(hours=11)
    moment = timedelta(milliseconds=1)
    assert offered(HOURLY, now=eleven - moment) == ["11:00", "12:00", "13:00"]
    assert offered(HOURLY, now=eleven) == ["12:00", "13:00"]
    soon = made.service(minimum_notice_minutes=60)
    assert offered(soon, now=eleven) == ["12:00", "13:00"]
    assert offered(soon, now=eleven + moment) == ["13:00"]


def test_the_horizon_ends_before_its_last_instant() -> None:
    asked = made.service(booking_horizon_days=3)
    noon = MONDAY + timedelta(hours=12)
    assert offered(asked, now=noon - timedelta(days=3)) == ["10:00", "11:00"]
    later = noon - timedelta(days=3) + timedelta(milliseconds=1)
    assert offered(asked, now=later) == ["10:00", "11:00", "12:00"]


def test_a_limit_counts_what_is_live_of_this_service_on_the_date() -> None:
    asked = made.service(daily_limit=2)
    others = busy("13:00", id=OTHER_SERVICE_ID), busy("12:00", until=LONG_AGO)
    assert offered(asked, busy("10:00"), *others) == ["11:00", "12:00"]
    assert offered(asked, busy("10:00"), busy("11:00")) == []
    assert offered(asked, busy("06:00"), busy("23:30")) == []


def test_a_limit_is_one_of_the_artists_date_not_of_the_utc_day() -> None:
    """Midnight in Auckland is 11:00 UTC."""
    auckland = made.hours("Pacific/Auckland", "00:00-24:00")
    asked = made.service(daily_limit=1)
    found = offered(asked, busy("08:00"), availability=auckland)
    assert found == [f"{hour:02}:00" for hour in range(11, 24)]


def test_time_off_is_not_offered() -> None:
    off = TimeOff(MONDAY + timedelta(hours=11, minutes=30), MONDAY + timedelta(hours=12))
    assert offered(HOURLY, availability=made.hours("UTC", "10:00-14:00", time_off=(off,))) == [
        "10:00",
        "12:00",
        "13:00",
    ]


# ---- the calendar ------------------------------------------------------------------------------


def test_a_date_is_guarded_whole_around_every_change_of_every_zone() -> None:
    """Every UTC day that a date of the artist's zone touches is relied on when one counts on it."""
    wrong = []
    for zone, change in zone_data.all_changes():
        tzinfo = ZoneInfo(zone)
        calendar = Calendar(ARTIST, made.hours(zone))
        quarters = [instant(change.at + quarter * 900) for quarter in range(-40 * 4, 40 * 4)]
        by_date: dict[Any, list[datetime]] = {}
        for moment in quarters:
            by_date.setdefault(moment.astimezone(tzinfo).date(), []).append(moment)
        for moments in by_date.values():
            utc_days = {moment.date() for moment in moments}
            for start in (moments[0], moments[len(moments) // 2], moments[-1]):
                if not utc_days <= calendar.relying_on_date(start).relied_on:
                    wrong.append((zone, start))
    assert wrong == []


@settings(max_examples=150)
@given(situations(), st.data())
def test_is_free_where_nothing_overlaps(situation: Situation, data: st.DataObject) -> None:
    """Tried where something begins or ends, a second off, and elsewhere."""
    calendar, asked, now, since, until = situation
    taken = [
        *((seconds(one.busy_from), seconds(one.busy_until)) for one in calendar.live_entries(now)),
        *calendar.external,
    ]
    edges = st.sampled_from([edge for span in taken for edge in span] or [since])
    begins = data.draw(
        st.builds(add, edges, st.sampled_from([-1, 0, 1]))
        | st.builds(
            sub, edges, st.sampled_from([-1, 0, 1]).map(lambda shift: shift + length(asked))
        )
        | st.integers(since, until)
    )
    start = instant(begins + asked.buffer_before_minutes * MINUTE)
    entry = entry_for(asked, start, entry_id="apt_1", kind=EntryKind.APPOINTMENT)
    ends = begins + length(asked)
    assert (seconds(entry.busy_from), seconds(entry.busy_until)) == (begins, ends)
    overlap = any(max(begins, one[0]) < min(ends, one[1]) for one in taken)
    assert calendar.is_free(entry, now) is not overlap


def length(asked: Service) -> int:
    """For how many seconds it keeps the artist busy."""
    buffers = asked.buffer_before_minutes + asked.buffer_after_minutes
    return (asked.duration_minutes + buffers) * MINUTE


def test_an_event_without_length_elsewhere_keeps_nobody_out() -> None:
    """Neither from being offered a slot nor from booking it."""
    noon = seconds(MONDAY + timedelta(hours=12))
    calendar = Calendar(ARTIST, made.hours("UTC", "10:00-14:00"), external=((noon + 1, noon + 1),))
    assert slots.is_bookable(calendar, HOURLY, instant(noon), LONG_AGO)
    assert is_placed(calendar, HOURLY, instant(noon), LONG_AGO)


def names(days: Iterable[Any]) -> list[str]:
    return [f"{day:%d}" for day in sorted(days)]


def test_an_entry_lies_in_every_utc_day_it_touches_and_only_there() -> None:
    night = busy("23:30", duration_minutes=60, buffer_before_minutes=24 * 60)
    placed = Calendar(ARTIST).put(night, LONG_AGO)
    assert names(placed.changed) == names(placed.days) == ["01", "02", "03"]
    until_midnight = busy("23:00", duration_minutes=60)
    assert names(Calendar(ARTIST).put(until_midnight, LONG_AGO).changed) == ["02"]


def test_put_replaces_by_id_and_sweeps_what_has_lapsed() -> None:
    lapsed, hold = busy("08:00", until=LONG_AGO), busy("09:00", until=MONDAY)
    before = Calendar(ARTIST, days=days_of(lapsed, hold))
    moved = entry_for(
        made.service(), MONDAY + timedelta(days=2), entry_id=hold.id, kind=EntryKind.APPOINTMENT
    )
    after = before.put(moved, LONG_AGO).put(busy("10:00"), LONG_AGO)
    by_day = {f"{day:%d}": [entry.id for entry in after.days[day].entries] for day in after.days}
    assert by_day == {"02": ["ent_10:00"], "04": [moved.id]}
    assert names(after.changed) == ["02", "04"]
    assert {day.version for day in after.days.values()} == {0, 1}  # as they were read
    assert set(before.entries()) == {lapsed.id, hold.id}


def test_remove_takes_out_one_entry_and_leaves_an_unknown_one_be() -> None:
    calendar = Calendar(ARTIST, days=days_of(busy("08:00"), busy("09:00")))
    assert calendar.remove("ent_none") == calendar
    after = calendar.remove("ent_08:00")
    assert set(after.entries()) == {"ent_09:00"}
    assert names(after.changed) == ["02"]
