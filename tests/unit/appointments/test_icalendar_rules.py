"""Rules of repetition say what dateutil says, and cost what their answers are long."""

from datetime import datetime, timedelta
from itertools import takewhile

import pytest
from dateutil.rrule import rrulestr
from hypothesis import given, settings
from hypothesis import strategies as st

import tests.support.repeatable  # noqa: F401
from appointments.icalendar.recurrence import Patience, TooMuch, occurrences, parse

local = datetime.fromisoformat  # of times without a zone
DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
FIRST = local("2026-01-31T09:30")
YEAR = timedelta(days=365)


def starts(
    text: str,
    first: datetime = FIRST,
    since: datetime = FIRST,
    until: datetime = FIRST + 3 * YEAR,
    patience: int = 100_000,
) -> list[datetime]:
    return list(occurrences(parse(text, first), first, since, until, Patience(patience)))


def dates(text: str, **options: datetime) -> list[str]:
    return [start.strftime("%y%m%d") for start in starts(text, **options)]


def lists_of(values: list[int] | list[str], most: int) -> st.SearchStrategy[str]:
    some = st.lists(st.sampled_from(values), min_size=1, max_size=most, unique=True)
    return some.map(lambda chosen: ",".join(map(str, chosen)))


def both_ways(most: int) -> list[int]:
    return [number for number in range(-most, most + 1) if number]


def part(name: str, values: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return values.map(lambda value: f";{name}={value}")


def ordinals(most: int) -> list[str]:
    return [f"{number}{day}" for number in both_ways(most) for day in DAYS]


MONTHS = part("BYMONTH", lists_of(list(range(1, 13)), 4))
WEEKDAYS = part("BYDAY", lists_of(list(DAYS), 4))
MONTH_DAYS = part("BYMONTHDAY", lists_of(both_ways(28), 4))
NOTHING = st.just("")
# Combinations that some day meets: dateutil looks for the others until the year 9999.
SHAPES = {
    "DAILY": [NOTHING, MONTHS, WEEKDAYS, MONTH_DAYS],
    "WEEKLY": [NOTHING, WEEKDAYS, st.builds(str.__add__, WEEKDAYS, MONTHS)],
    "MONTHLY": [
        NOTHING,
        MONTH_DAYS,
        WEEKDAYS,
        part("BYDAY", lists_of(ordinals(4), 3)),
        st.builds(str.__add__, WEEKDAYS, part("BYSETPOS", lists_of(both_ways(4), 2))),
    ],
    "YEARLY": [
        NOTHING,
        MONTHS,
        MONTH_DAYS,
        WEEKDAYS,
        st.builds(str.__add__, MONTHS, MONTH_DAYS),
        st.builds(str.__add__, MONTHS, WEEKDAYS),
        st.builds(str.__add__, MONTHS, part("BYDAY", lists_of(ordinals(4), 3))),
        part("BYDAY", lists_of(ordinals(51), 3)),
        part("BYYEARDAY", lists_of(both_ways(365), 4)),
        part("BYWEEKNO", lists_of(both_ways(51), 4)),
        st.builds(str.__add__, WEEKDAYS, part("BYSETPOS", lists_of(both_ways(50), 2))),
    ],
}
FIRSTS = st.datetimes(local("1999-01-01"), local("2026-01-01"))


def rules(frequency: str) -> st.SearchStrategy[str]:
    return st.builds(
        "FREQ={};INTERVAL={}{}{}{}{}".format,
        st.just(frequency),
        st.sampled_from([1, 2, 3, 5]),
        st.sampled_from(SHAPES[frequency]).flatmap(lambda shape: shape),
        NOTHING | part("WKST", st.sampled_from(DAYS)),
        NOTHING | part("BYHOUR", lists_of(list(range(24)), 3)),
        NOTHING | part("COUNT", st.integers(1, 40).map(str)),
    )


@pytest.mark.parametrize("frequency", SHAPES)
def test_rules_say_what_dateutil_says(frequency: str) -> None:
    @settings(max_examples=30 * len(SHAPES[frequency]))
    @given(rules(frequency), FIRSTS, st.integers(-100, 3000))
    def say_the_same(text: str, first: datetime, days_later: int) -> None:
        first = first.replace(microsecond=0)
        since = first + timedelta(days=days_later)
        until = since + 2 * YEAR
        theirs = takewhile(lambda start: start < until, rrulestr(text, dtstart=first))
        assert starts(text, first, since, until) == [start for start in theirs if start >= since]

    say_the_same()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("FREQ=DAILY;COUNT=3", ["260131", "260201", "260202"]),
        ("FREQ=MONTHLY;COUNT=3", ["260131", "260331", "260531"]),
        ("freq=monthly;bymonthday=-1;count=3;", ["260131", "260228", "260331"]),
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29", ["280229"]),
        ("FREQ=MONTHLY;BYDAY=2TU,-1FR;COUNT=4", ["260210", "260227", "260310", "260327"]),
        ("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1;COUNT=2", ["260227", "260331"]),
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=SU,MO;WKST=MO;COUNT=3", ["260201", "260209", "260215"]),
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=SU,MO;WKST=SU;COUNT=3", ["260208", "260209", "260222"]),
        ("FREQ=YEARLY;BYWEEKNO=1,53;BYDAY=MO;COUNT=3", ["261228", "270104", "280103"]),
        ("FREQ=YEARLY;BYYEARDAY=-1;COUNT=1", ["261231"]),
        ("FREQ=YEARLY;BYMONTH=3;BYDAY=2TU;COUNT=2", ["260310", "270309"]),
        ("FREQ=YEARLY;BYDAY=10MO,-1MO;COUNT=2", ["260309", "261228"]),
        ("FREQ=WEEKLY;BYDAY=1MO;COUNT=1", ["260202"]),
    ],
)
def test_rules_that_calendars_have(text: str, expected: list[str]) -> None:
    assert dates(text) == expected


def test_a_plain_weekday_beside_a_numbered_one_is_each_of_them() -> None:
    found = dates("FREQ=MONTHLY;BYDAY=MO,1TU", until=local("2026-03-01"))
    assert found == ["260202", "260203", "260209", "260216", "260223"]


def test_the_last_week_of_a_year_is_the_last_that_belongs_to_it() -> None:
    new_year = local("2024-01-01")
    found = dates("FREQ=YEARLY;BYWEEKNO=-1;BYDAY=MO;COUNT=2", first=new_year, since=new_year)
    assert found == ["241223", "251222"]


def test_times_of_the_day_are_the_events_own_or_the_rules() -> None:
    day = local("2026-02-01")
    assert starts("FREQ=DAILY", until=day) == [FIRST]
    clocks = [start.strftime("%H:%M") for start in starts("FREQ=DAILY;BYHOUR=8,17", until=day)]
    assert clocks == ["17:30"]


def test_the_end_of_the_span_is_not_in_it() -> None:
    assert dates("FREQ=DAILY", until=FIRST + timedelta(days=2)) == ["260131", "260201"]
    later = FIRST + timedelta(days=1)
    assert dates("FREQ=DAILY", since=later, until=later + timedelta(days=1)) == ["260201"]


def test_a_step_beyond_the_calendar_is_none() -> None:
    assert dates(f"FREQ=DAILY;INTERVAL={10**30}") == ["260131"]
    assert dates(f"FREQ=YEARLY;INTERVAL={10**30}") == ["260131"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "FREQ",
        "FREQ=",
        "FREQ=OFTEN",
        "INTERVAL=1",
        "FREQ=DAILY;INTERVAL=0",
        "FREQ=DAILY;INTERVAL=-1",
        "FREQ=DAILY;INTERVAL=x",
        "FREQ=DAILY;COUNT=x",
        "FREQ=DAILY;BYDAY=XX",
        "FREQ=DAILY;BYDAY=M",
        "FREQ=DAILY;BYHOUR=24",
        "FREQ=DAILY;BYMONTH=5L",
        "FREQ=DAILY;WKST=1",
        "FREQ=DAILY;;BYDAY=MO",
        "FREQ=YEARLY;RSCALE=CHINESE",
        "FREQ=YEARLY;BYEASTER=0",
    ],
)
def test_what_is_not_understood_is_an_error(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse(text, FIRST)


@pytest.mark.parametrize(
    "text",
    [
        "FREQ=SECONDLY",
        "FREQ=MINUTELY;COUNT=2",
        "FREQ=HOURLY",
        "FREQ=DAILY;BYMINUTE=" + ",".join(map(str, range(60))),
        "FREQ=DAILY;BYHOUR=1,2,3,4,5;BYSECOND=1,2,3,4,5",
    ],
)
def test_what_repeats_within_the_hour_is_too_much(text: str) -> None:
    with pytest.raises(TooMuch):
        parse(text, FIRST)


@pytest.mark.parametrize(
    "text",
    [
        "FREQ=DAILY",
        "FREQ=WEEKLY",
        "FREQ=MONTHLY;BYMONTHDAY=31",
        "FREQ=YEARLY",
        "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=WEEKLY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=MONTHLY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
    ],
)
def test_a_rule_costs_what_is_asked_about(text: str) -> None:
    ancient = local("0001-02-01")
    month = FIRST + timedelta(days=30)
    starts(text, first=ancient, since=FIRST, until=month, patience=400)


def test_who_counts_has_to_begin_at_the_beginning() -> None:
    old, month = local("1926-01-01"), FIRST + timedelta(days=30)
    endless = "FREQ=DAILY;COUNT=1000000"
    with pytest.raises(TooMuch):
        starts(endless, first=old, since=FIRST, until=month, patience=10_000)
    assert len(starts(endless, first=old, since=FIRST, until=month, patience=100_000)) == 30


def test_periods_without_a_day_are_paid_for_too() -> None:
    with pytest.raises(TooMuch):
        starts("FREQ=YEARLY;BYMONTH=13;COUNT=2", first=local("0001-01-01"), patience=2000)


def test_every_time_of_a_day_is_paid_for() -> None:
    counted = "FREQ=DAILY;COUNT=999;BYHOUR=" + ",".join(map(str, range(24)))
    a_month_before = FIRST - timedelta(days=30)
    with pytest.raises(TooMuch):
        starts(counted, first=a_month_before, until=FIRST, patience=700)
    assert starts(counted, first=a_month_before, until=FIRST, patience=800) == []
