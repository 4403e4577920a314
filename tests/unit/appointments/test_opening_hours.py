"""Opening hours are the same local times in every zone, also when its clock changes.

The tests cover every zone and every change of its offset from 2020 to 2035.
"""

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from itertools import groupby, pairwise
from operator import itemgetter
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appointments.models import Availability, DateOverride, OpeningWindow, TimeOff, WeeklyHours
from appointments.rules import opening_hours as hours
from domain import opening_hours
from tests.support import repeatable  # noqa: F401  # the profile
from tests.unit.appointments import factories, reference_model, zone_data
from tests.unit.appointments.strategies import CHANGES, OpeningHoursCase, opening_hours_cases
from tests.unit.appointments.zone_data import DAY, Change

HOUR, QUARTER, MINUTE = 3600, 900, 60
# Many zones change in the same way at the same instant: each such change once.
DISTINCT = list({change: (zone, change) for zone, change in CHANGES}.values())
NINE, FIVE = time(9), time(17)


def format_local(availability: Availability, spans: Iterable[opening_hours.Span]) -> list[str]:
    """Return the spans in local time: `29 09:00+02:00 - 17:00+02:00`."""
    zone = ZoneInfo(availability.time_zone)

    def shown(moment: int, form: str) -> str:
        local = opening_hours.to_instant(moment).astimezone(zone)
        return f"{local:{form}}{local.isoformat()[-6:]}"

    return [f"{shown(begins, '%d %H:%M')} - {shown(ends, '%H:%M')}" for begins, ends in spans]


def split_by_offset(zone: ZoneInfo, since: int, until: int) -> list[tuple[opening_hours.Span, int]]:
    """Return the parts of a range that have one UTC offset, with that offset."""
    parts = groupby(opening_hours.split_by_date(zone, since, until), key=itemgetter(1))
    joined = (
        (opening_hours.merge_spans(span for span, _ in part), offset) for offset, part in parts
    )
    return [(spans[0], offset) for spans, offset in joined]


# ---- zone data -----------------------------------------------------------------------------------


def test_the_zone_data_is_complete() -> None:
    """Without zone data the tests below would pass without testing anything."""
    zones = {zone for zone, _ in CHANGES}
    assert len(available_timezones()) > 590
    assert len(zones) > 200
    assert len(CHANGES) > 6000
    assert len(DISTINCT) > 1000
    shifts = {change.shift // 60 for _, change in CHANGES}
    assert {60, -60, 30, -30, 120, -120} <= shifts


def test_no_zone_changes_its_offset_twice_within_a_day() -> None:
    """`split_by_date` relies on this."""
    assert zone_data.closest() > 24 * 3600


@pytest.mark.parametrize("hour", [0, 1, 11, 23])
def test_every_offset_change_is_found_to_the_second(hour: int) -> None:
    wrong = []
    for zone, change in CHANGES:
        since = change.at - 2 * DAY - hour * HOUR
        until = change.at + 3 * DAY
        expected = [((since, change.at), change.before), ((change.at, until), change.after)]
        if split_by_offset(ZoneInfo(zone), since, until) != expected:
            wrong.append((zone, change))
    assert wrong == []


def test_no_other_offset_change_is_found() -> None:
    """Sixteen years in one call, for one zone of each history."""
    histories = {zone_data.changes(zone): zone for zone in available_timezones()}
    assert len(histories) > 40
    for known, zone in histories.items():
        spans = split_by_offset(ZoneInfo(zone), zone_data.FIRST, zone_data.END)
        found = [Change(later[0][0], earlier[1], later[1]) for earlier, later in pairwise(spans)]
        assert tuple(found) == known, zone
        assert spans[0][0][0] == zone_data.FIRST
        assert spans[-1][0][1] == zone_data.END


@pytest.mark.parametrize("shift", [-1, 0, 1])
def test_a_range_may_begin_or_end_at_a_change(shift: int) -> None:
    berlin = ZoneInfo("Europe/Berlin")
    change = int(datetime(2026, 3, 29, 1, tzinfo=UTC).timestamp())
    winter, summer = 1 * HOUR, 2 * HOUR
    before = split_by_offset(berlin, change - HOUR, change + shift)
    after = split_by_offset(berlin, change + shift, change + HOUR)
    edge = (change, change + 1), summer
    assert before == [((change - HOUR, min(change, change + shift)), winter), *[edge] * (shift > 0)]
    edge = (change - 1, change), winter
    assert after == [*[edge] * (shift < 0), ((max(change, change + shift), change + HOUR), summer)]


def test_an_empty_range_has_no_spans() -> None:
    assert split_by_offset(ZoneInfo("Europe/Berlin"), 5, 5) == []
    assert hours.list_open_spans(factories.hours("Europe/Berlin", "00:00-24:00"), 5, 5) == []


def test_every_part_lies_in_one_date_and_a_date_has_at_most_two_parts() -> None:
    for zone, change in DISTINCT:
        tzinfo, since, until = ZoneInfo(zone), change.at - 2 * DAY - 7, change.at + 2 * DAY + 7
        parts = [span for span, _ in opening_hours.split_by_date(tzinfo, since, until)]
        assert parts[0][0] == since
        assert parts[-1][1] == until
        assert all(earlier[1] == later[0] for earlier, later in pairwise(parts))
        dates = [
            {
                opening_hours.to_instant(moment).astimezone(tzinfo).date()
                for moment in (begins, ends - 1)
            }
            for begins, ends in parts
        ]
        assert all(len(of_part) == 1 for of_part in dates), (zone, change)
        assert max(Counter(day for (day,) in dates).values()) <= 2, (zone, change)


def test_dates_are_computed_when_they_are_asked_for() -> None:
    """A range of a thousand years costs nothing until it is walked."""
    dates = hours.walk_dates(
        factories.hours("Europe/Berlin", "09:00-17:00"), (), 0, 1000 * 366 * DAY
    )
    assert [next(dates).date for _ in range(3)] == [
        date(1970, 1, 1),
        date(1970, 1, 2),
        date(1970, 1, 3),
    ]


# ---- nine to five --------------------------------------------------------------------------------


def test_nine_to_five_stays_nine_to_five_on_every_day_of_a_clock_change() -> None:
    """This covers the day before, both dates of the change, and the day after."""
    wrong = []
    for zone, change in CHANGES:
        availability, tzinfo = factories.hours(zone, "09:00-17:00"), ZoneInfo(zone)
        for day in days_around(change):
            opens, closes = (datetime.combine(day, clock, tzinfo) for clock in (NINE, FIVE))
            found = spans_of_date(availability, day)
            if found != [(opening_hours.to_seconds(opens), opening_hours.to_seconds(closes))]:
                wrong.append((zone, day, format_local(availability, found)))
    assert wrong == []


def days_around(change: Change) -> list[date]:
    """Return the dates near a change that does not happen between nine and five.

    A change between nine and five, of which the data of 2026 has none, follows the definition
    below.
    """
    jump = sorted(
        opening_hours.to_instant(change.at + offset) for offset in (change.before, change.after)
    )
    dates = {moment.date() + timedelta(days=shift) for moment in jump for shift in (-1, 0, 1)}
    return [
        day
        for day in sorted(dates)
        if not (
            jump[0] < datetime.combine(day, FIVE, UTC)
            and datetime.combine(day, NINE, UTC) < jump[1]
        )
    ]


def spans_of_date(availability: Availability, day: date) -> list[opening_hours.Span]:
    """Return the open spans that begin on a date of the zone."""
    noon = opening_hours.to_seconds(datetime.combine(day, time(12), UTC))
    return [
        span
        for span in hours.list_open_spans(availability, noon - 3 * DAY, noon + 3 * DAY)
        if opening_hours.to_instant(span[0]).astimezone(ZoneInfo(availability.time_zone)).date()
        == day
    ]


@pytest.mark.parametrize(
    ("zone", "day", "expected"),
    [
        # Europe: forward at 02:00, back at 03:00.
        ("Europe/Berlin", date(2026, 3, 28), ["28 09:00+01:00 - 17:00+01:00"]),
        ("Europe/Berlin", date(2026, 3, 29), ["29 09:00+02:00 - 17:00+02:00"]),
        ("Europe/Berlin", date(2026, 10, 25), ["25 09:00+01:00 - 17:00+01:00"]),
        # Winter time is the one that is "saved".
        ("Europe/Dublin", date(2026, 10, 25), ["25 09:00+00:00 - 17:00+00:00"]),
        # Half an hour; a quarter past; at midnight.
        ("Australia/Lord_Howe", date(2026, 4, 5), ["05 09:00+10:30 - 17:00+10:30"]),
        ("Pacific/Chatham", date(2026, 9, 27), ["27 09:00+13:45 - 17:00+13:45"]),
        ("Africa/Cairo", date(2026, 4, 24), ["24 09:00+03:00 - 17:00+03:00"]),
        # Two hours; clocks that go back for Ramadan.
        ("Antarctica/Troll", date(2026, 3, 29), ["29 09:00+02:00 - 17:00+02:00"]),
        ("Africa/Casablanca", date(2026, 2, 15), ["15 09:00+00:00 - 17:00+00:00"]),
    ],
)
def test_nine_to_five_examples(zone: str, day: date, expected: list[str]) -> None:
    availability = factories.hours(zone, "09:00-17:00")
    assert format_local(availability, spans_of_date(availability, day)) == expected


@pytest.mark.parametrize(
    "windows",
    [
        ("09:00-17:00",),
        ("00:00-24:00",),
        ("00:00-00:00",),
        ("22:15-04:30",),
        ("23:30-02:30", "02:30-03:00"),
        ("01:45-02:15", "13:00-13:15"),
        ("23:45-23:30", "12:00-12:00"),
    ],
    ids=" ".join,
)
def test_the_definition_holds_around_every_clock_change(windows: tuple[str, ...]) -> None:
    """A time is open when the wall clock shows a time inside a window.

    Every quarter of an hour is checked. That is enough: all offsets are whole quarters, and so are
    the ends of all windows.
    """
    opening_hours = factories.hours("UTC", *windows)
    is_open = [
        reference_model.is_open(opening_hours, quarter * QUARTER)
        for quarter in range(DAY // QUARTER)
    ]
    wrong = []
    for zone, change in DISTINCT:
        assert change.before % QUARTER == change.after % QUARTER == 0
        since = (change.at // DAY - 1) * DAY
        until = since + 3 * DAY
        steps = sorted({*range(since, until, QUARTER), change.at})
        tzinfo = ZoneInfo(zone)
        expected: list[list[int]] = []
        for step, following in pairwise([*steps, until]):
            clock = datetime.fromtimestamp(step, tzinfo)
            if is_open[clock.hour * 4 + clock.minute // 15]:
                if expected and expected[-1][1] == step:
                    expected[-1][1] = following
                else:
                    expected.append([step, following])
        found = hours.list_open_spans(factories.hours(zone, *windows), since, until)
        if found != [(begins, ends) for begins, ends in expected]:
            wrong.append((zone, change))
    assert wrong == []


# ---- windows inside a gap or a fold --------------------------------------------------------------


def clock_of(wall_second: int) -> str:
    """Return the time of day of a second of local time."""
    return f"{opening_hours.to_instant(wall_second):%H:%M}"


GAPS = [(zone, change) for zone, change in CHANGES if change.shift > 0]
FOLDS = [(zone, change) for zone, change in CHANGES if change.shift < 0]


def open_near(zone: str, change: Change, first: int, last: int) -> list[opening_hours.Span]:
    """Return when a window between two seconds of local time is open around a change."""
    availability = factories.hours(zone, f"{clock_of(first)}-{clock_of(last)}")
    return hours.list_open_spans(availability, change.at - 8 * HOUR, change.at + 8 * HOUR)


def test_a_window_inside_a_gap_does_not_happen() -> None:
    for zone, change in GAPS:
        gap = change.at + change.before, change.at + change.after
        assert open_near(zone, change, *gap) == [], zone
        assert open_near(zone, change, gap[0] + QUARTER, gap[1]) == [], zone


def test_a_window_that_reaches_into_a_gap_shrinks() -> None:
    for zone, change in GAPS:
        gap = change.at + change.before, change.at + change.after
        before = open_near(zone, change, gap[0] - HOUR, gap[1] - QUARTER)
        after = open_near(zone, change, gap[0] + QUARTER, gap[1] + HOUR)
        over = open_near(zone, change, gap[0] - HOUR, gap[1] + HOUR)
        assert before == [(change.at - HOUR, change.at)], zone
        assert after == [(change.at, change.at + HOUR)], zone
        assert over == [(change.at - HOUR, change.at + HOUR)], zone


def test_a_window_inside_a_fold_happens_twice() -> None:
    for zone, change in FOLDS:
        length = -change.shift
        fold = change.at + change.after, change.at + change.before
        first = change.at - length, change.at - length + QUARTER
        again = change.at, change.at + QUARTER
        assert open_near(zone, change, fold[0], fold[0] + QUARTER) == [first, again], zone
        assert open_near(zone, change, *fold) == [(change.at - length, change.at + length)], zone


def test_both_passes_of_a_fold_have_their_own_anchor() -> None:
    availability = factories.hours("Europe/Berlin", "02:00-03:00")
    change = opening_hours.to_seconds(datetime(2026, 10, 25, 1, tzinfo=UTC))
    dates = hours.walk_dates(availability, (), change - 8 * HOUR, change + 8 * HOUR)
    assert [opening for day in dates for opening in day.openings] == [
        hours.Opening((change - HOUR, change), change - HOUR),
        hours.Opening((change, change + HOUR), change),
    ]


def test_a_night_with_a_clock_change_is_shorter_or_longer() -> None:
    availability = factories.hours("Europe/Berlin", "22:00-06:00")
    assert format_local(availability, spans_of_date(availability, date(2026, 3, 28))) == [
        "28 22:00+01:00 - 06:00+02:00"
    ]
    (night,) = spans_of_date(availability, date(2026, 3, 28))
    assert night[1] - night[0] == 7 * HOUR
    (night,) = spans_of_date(availability, date(2026, 10, 24))
    assert night[1] - night[0] == 9 * HOUR


# ---- weeks, overrides, time off ------------------------------------------------------------------


def at(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> int:
    """Return an instant in UTC, in seconds since 1970."""
    return opening_hours.to_seconds(datetime(year, month, day, hour, minute, tzinfo=UTC))


def test_every_weekday_has_its_own_windows() -> None:
    each = [(OpeningWindow(f"{10 + day}:00", f"{10 + day}:30"),) for day in range(7)]
    found = hours.list_open_spans(
        Availability("UTC", WeeklyHours(*each)), at(2026, 3, 2), at(2026, 3, 9)
    )
    assert found == [
        (at(2026, 3, 2 + day, 10 + day), at(2026, 3, 2 + day, 10 + day, 30)) for day in range(7)
    ]


def test_a_window_belongs_to_the_day_on_which_it_starts() -> None:
    friday = WeeklyHours(friday=(OpeningWindow("20:00", "02:00"),))
    found = hours.list_open_spans(Availability("UTC", friday), at(2026, 3, 2), at(2026, 3, 9))
    assert found == [(at(2026, 3, 6, 20), at(2026, 3, 7, 2))]


@pytest.mark.parametrize(
    ("window", "length"),
    [
        (OpeningWindow("00:00", "24:00"), 24),
        (OpeningWindow("00:00", "00:00"), 24),
        (OpeningWindow("10:00", "10:00"), 24),
        (OpeningWindow("10:00", "24:00"), 14),
        (OpeningWindow("10:00", "00:00"), 14),
        (OpeningWindow("00:00", "23:59"), 24 - 1 / 60),
        (OpeningWindow("23:59", "00:00"), 1 / 60),
        (OpeningWindow("23:59", "23:58"), 24 - 1 / 60),
    ],
)
def test_the_length_of_a_window(window: OpeningWindow, length: float) -> None:
    monday = Availability("UTC", WeeklyHours(monday=(window,)))
    (span,) = hours.list_open_spans(monday, at(2026, 3, 1), at(2026, 3, 5))
    hour, minute = (int(part) for part in window.start.split(":"))
    assert span == (at(2026, 3, 2, hour, minute), span[0] + round(length * HOUR))


def test_windows_that_touch_or_overlap_are_merged() -> None:
    availability = factories.hours(
        "UTC", "12:00-15:00", "09:00-12:00", "14:00-16:00", "18:00-19:00"
    )
    found = hours.list_open_spans(availability, at(2026, 3, 2), at(2026, 3, 3))
    assert found == [
        (at(2026, 3, 2, 9), at(2026, 3, 2, 16)),
        (at(2026, 3, 2, 18), at(2026, 3, 2, 19)),
    ]


def test_an_override_replaces_the_windows_that_start_on_its_date() -> None:
    overrides = (
        DateOverride(date(2026, 3, 3), (OpeningWindow("12:00", "13:00"),)),
        DateOverride(date(2026, 3, 4)),
    )
    availability = factories.hours("UTC", "20:00-02:00", overrides=overrides)
    assert hours.list_open_spans(availability, at(2026, 3, 2, 12), at(2026, 3, 6)) == [
        (at(2026, 3, 2, 20), at(2026, 3, 3, 2)),
        (at(2026, 3, 3, 12), at(2026, 3, 3, 13)),
        (at(2026, 3, 5, 20), at(2026, 3, 6)),
    ]


def test_time_off_is_subtracted() -> None:
    def off(first: int, last: int) -> TimeOff:
        return TimeOff(opening_hours.to_instant(first), opening_hours.to_instant(last))

    monday = at(2026, 3, 2)
    time_off = (
        off(monday + 16 * HOUR, monday + DAY + 10 * HOUR),  # over the night
        off(monday + 8 * HOUR, monday + 9 * HOUR + 1),
        off(monday + 12 * HOUR, monday + 13 * HOUR),
        off(monday + 12 * HOUR + 60, monday + 12 * HOUR + 120),  # within another
        off(monday + 20 * HOUR, monday + 21 * HOUR),  # when it is closed anyway
    )
    availability = factories.hours("UTC", "09:00-17:00", time_off=time_off)
    assert hours.list_open_spans(availability, monday, monday + 2 * DAY) == [
        (monday + 9 * HOUR + 1, monday + 12 * HOUR),
        (monday + 13 * HOUR, monday + 16 * HOUR),
        (monday + DAY + 10 * HOUR, monday + DAY + 17 * HOUR),
    ]


# ---- spans ---------------------------------------------------------------------------------------

SPANS = st.lists(
    st.tuples(st.integers(0, 40), st.integers(0, 8)).map(lambda span: (span[0], sum(span))),
    max_size=8,
)


def moments(spans: Iterable[opening_hours.Span]) -> set[int]:
    return {moment for begins, ends in spans for moment in range(begins, ends)}


@given(SPANS)
def test_merged_spans_cover_the_same_time_and_do_not_touch(spans: list[opening_hours.Span]) -> None:
    found = opening_hours.merge_spans(spans)
    assert moments(found) == moments(spans)
    assert all(earlier[1] < later[0] for earlier, later in pairwise(found))


@given(SPANS, SPANS)
def test_subtraction_leaves_the_rest(
    spans: list[opening_hours.Span], removed: list[opening_hours.Span]
) -> None:
    def apart(some: list[opening_hours.Span]) -> list[opening_hours.Span]:
        return opening_hours.merge_spans(span for span in some if span[0] < span[1])

    found = opening_hours.subtract_spans(apart(spans), apart(removed))
    assert moments(found) == moments(spans) - moments(removed)
    assert all(begins < ends for begins, ends in found)
    assert found == opening_hours.merge_spans(found)


# ---- against the reference model -----------------------------------------------------------------


@settings(max_examples=250)
@given(opening_hours_cases(), st.integers(0, DAY), st.integers(0, DAY))
def test_open_spans_agree_with_the_reference_model(
    case: OpeningHoursCase, before: int, after: int
) -> None:
    availability, change = case
    since, until = change.at - before, change.at + after
    spans = hours.list_open_spans(availability, since, until)
    edges = {edge + shift for span in spans for edge in span for shift in (-1, 0)}
    edges |= {
        opening_hours.to_seconds(edge) + shift
        for off in availability.time_off
        for edge in (off.starts_at, off.ends_at)
        for shift in (-1, 0)
    }
    looked_at = {*range(since, until, MINUTE), *edges}
    open_moments = {
        moment
        for moment in looked_at
        if since <= moment < until and reference_model.is_open(availability, moment)
    }
    within = {
        moment for moment in looked_at if any(begins <= moment < ends for begins, ends in spans)
    }
    assert within == open_moments
    assert spans == opening_hours.merge_spans(spans)
