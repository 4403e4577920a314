"""Recurrence rules agree with dateutil, and their work is proportional to their results."""

from datetime import datetime, timedelta
from itertools import takewhile
from random import Random
from typing import Any

import pytest
from dateutil.rrule import rrulestr
from hypothesis import given, settings
from hypothesis import strategies as st

import tests.support.repeatable  # noqa: F401
from domain.icalendar.recurrence import (
    PartialBudget,
    RepeatsTooOften,
    TooMuchWork,
    WorkBudget,
    list_occurrences,
    parse,
)

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
    return list(list_occurrences(parse(text, first), first, since, until, WorkBudget(patience)))


def dates(text: str, **options: Any) -> list[str]:
    return [start.strftime("%y%m%d") for start in starts(text, **options)]


def comma_lists(values: list[int] | list[str], most: int) -> st.SearchStrategy[str]:
    some = st.lists(st.sampled_from(values), min_size=1, max_size=most, unique=True)
    return some.map(lambda chosen: ",".join(map(str, chosen)))


def positive_and_negative(most: int) -> list[int]:
    return [number for number in range(-most, most + 1) if number]


def part(name: str, values: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return values.map(lambda value: f";{name}={value}")


def ordinals(most: int) -> list[str]:
    return [f"{number}{day}" for number in positive_and_negative(most) for day in DAYS]


MONTHS = part("BYMONTH", comma_lists(list(range(1, 13)), 4))
WEEKDAYS = part("BYDAY", comma_lists(list(DAYS), 4))
MONTH_DAYS = part("BYMONTHDAY", comma_lists(positive_and_negative(28), 4))
NOTHING = st.just("")
# Combinations that match some day: dateutil searches for others until the year 9999.
SHAPES = {
    "DAILY": [NOTHING, MONTHS, WEEKDAYS, MONTH_DAYS],
    "WEEKLY": [NOTHING, WEEKDAYS, st.builds(str.__add__, WEEKDAYS, MONTHS)],
    "MONTHLY": [
        NOTHING,
        MONTH_DAYS,
        WEEKDAYS,
        part("BYDAY", comma_lists(ordinals(4), 3)),
        st.builds(
            str.__add__, WEEKDAYS, part("BYSETPOS", comma_lists(positive_and_negative(4), 2))
        ),
    ],
    "YEARLY": [
        NOTHING,
        MONTHS,
        MONTH_DAYS,
        WEEKDAYS,
        st.builds(str.__add__, MONTHS, MONTH_DAYS),
        st.builds(str.__add__, MONTHS, WEEKDAYS),
        st.builds(str.__add__, MONTHS, part("BYDAY", comma_lists(ordinals(4), 3))),
        part("BYDAY", comma_lists(ordinals(51), 3)),
        part("BYYEARDAY", comma_lists(positive_and_negative(365), 4)),
        part("BYWEEKNO", comma_lists(positive_and_negative(51), 4)),
        st.builds(
            str.__add__, WEEKDAYS, part("BYSETPOS", comma_lists(positive_and_negative(50), 2))
        ),
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
        NOTHING | part("BYHOUR", comma_lists(list(range(24)), 3)),
        NOTHING | part("COUNT", st.integers(1, 40).map(str)),
    )


@pytest.mark.parametrize("frequency", SHAPES)
def test_rules_agree_with_dateutil(frequency: str) -> None:
    @settings(max_examples=30 * len(SHAPES[frequency]))
    @given(rules(frequency), FIRSTS, st.integers(-100, 3000))
    def agree(text: str, first: datetime, days_later: int) -> None:
        first = first.replace(microsecond=0)
        since = first + timedelta(days=days_later)
        until = since + 2 * YEAR
        theirs = takewhile(lambda start: start < until, rrulestr(text, dtstart=first))
        assert starts(text, first, since, until) == [start for start in theirs if start >= since]

    agree()


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
def test_common_rules(text: str, expected: list[str]) -> None:
    assert dates(text) == expected


def test_a_weekday_without_a_number_matches_each_of_them() -> None:
    found = dates("FREQ=MONTHLY;BYDAY=MO,1TU", until=local("2026-03-01"))
    assert found == ["260202", "260203", "260209", "260216", "260223"]


def test_the_last_week_of_a_year() -> None:
    new_year = local("2024-01-01")
    found = dates("FREQ=YEARLY;BYWEEKNO=-1;BYDAY=MO;COUNT=2", first=new_year, since=new_year)
    assert found == ["241223", "251222"]


def test_times_of_day_come_from_the_rule_or_the_event() -> None:
    day = local("2026-02-01")
    assert starts("FREQ=DAILY", until=day) == [FIRST]
    clocks = [start.strftime("%H:%M") for start in starts("FREQ=DAILY;BYHOUR=8,17", until=day)]
    assert clocks == ["17:30"]


def test_the_end_of_the_range_is_excluded() -> None:
    assert dates("FREQ=DAILY", until=FIRST + timedelta(days=2)) == ["260131", "260201"]
    later = FIRST + timedelta(days=1)
    assert dates("FREQ=DAILY", since=later, until=later + timedelta(days=1)) == ["260201"]


def test_a_huge_interval_has_no_second_occurrence() -> None:
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
def test_an_invalid_rule_is_an_error(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse(text, FIRST)


def test_a_rule_with_too_many_times_a_day_is_refused() -> None:
    minutes = ",".join(map(str, range(60)))
    with pytest.raises(RepeatsTooOften):
        parse(f"FREQ=DAILY;BYMINUTE={minutes};BYSECOND={minutes}", FIRST)


def draw_rule_within_the_day(frequency: str, random: Random) -> str:
    """Draw a rule that dateutil takes no time for: one that matches soon."""

    def some(count: int, most: int) -> str:
        return ",".join(map(str, random.sample(range(count), random.randint(1, most))))

    is_fine = frequency == "SECONDLY"
    # Intervals that reach every hour, minute and second: dateutil refuses others.
    text = f"FREQ={frequency};INTERVAL={random.choice([1, 5 if frequency == 'HOURLY' else 7])}"
    if is_fine or random.random() < 0.6:
        text += f";BYHOUR={some(24, 4)}"
    if is_fine or random.random() < 0.4:
        text += f";BYMINUTE={some(60, 3)}"
    if random.random() < 0.4:
        text += f";BYSECOND={some(60, 3)}"
    if random.random() < 0.3:
        text += f";BYDAY={','.join(random.sample(DAYS, 3))}"
    if random.random() < 0.4:
        text += f";COUNT={random.randint(1, 200)}"
    return text


@pytest.mark.parametrize("frequency", ["HOURLY", "MINUTELY", "SECONDLY"])
def test_rules_within_the_day_agree_with_dateutil(frequency: str) -> None:
    random = Random(frequency)
    for _ in range(25):
        text = draw_rule_within_the_day(frequency, random)
        first = FIRST + timedelta(seconds=random.randrange(86_400 * 365))
        since = first + timedelta(minutes=random.randint(-60, 1500))
        until = since + timedelta(days=1)
        theirs = takewhile(lambda start: start < until, rrulestr(text, dtstart=first))  # noqa: B023
        assert starts(text, first, since, until) == [each for each in theirs if each >= since], text


@pytest.mark.parametrize(
    ("text", "clocks"),
    [
        ("FREQ=HOURLY;COUNT=3", ["09:30", "10:30", "11:30"]),
        ("FREQ=HOURLY;INTERVAL=12;COUNT=3", ["09:30", "21:30", "09:30"]),
        ("FREQ=MINUTELY;INTERVAL=20;COUNT=3", ["09:30", "09:50", "10:10"]),
        ("FREQ=SECONDLY;INTERVAL=60;COUNT=2", ["09:30", "09:31"]),
        ("FREQ=HOURLY;BYMINUTE=0,15,45;BYSETPOS=-1;COUNT=2", ["09:45", "10:45"]),
        ("FREQ=DAILY;BYSECOND=60;COUNT=1", ["09:30"]),
    ],
)
def test_rules_may_repeat_within_the_day(text: str, clocks: list[str]) -> None:
    assert [start.strftime("%H:%M") for start in starts(text)] == clocks


def test_a_part_of_a_budget_is_taken_from_the_whole() -> None:
    whole = WorkBudget(100)
    rule = parse("FREQ=MINUTELY", FIRST)
    for _ in range(2):
        with pytest.raises(RepeatsTooOften):
            list(list_occurrences(rule, FIRST, FIRST, FIRST + YEAR, PartialBudget(45, whole)))
    with pytest.raises(TooMuchWork):
        list(list_occurrences(rule, FIRST, FIRST, FIRST + YEAR, PartialBudget(45, whole)))


@pytest.mark.parametrize(
    "text",
    [
        "FREQ=DAILY",
        "FREQ=WEEKLY",
        "FREQ=MONTHLY;BYMONTHDAY=31",
        "FREQ=YEARLY",
        "FREQ=DAILY;COUNT=2000000",
        "FREQ=HOURLY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=SECONDLY;BYHOUR=5;BYMINUTE=5;BYSECOND=60;BYMONTHDAY=1",
        "FREQ=SECONDLY;INTERVAL=86400;COUNT=2000000",
        "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=WEEKLY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=MONTHLY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
    ],
)
def test_the_work_is_proportional_to_the_requested_time(text: str) -> None:
    ancient = local("0001-02-01")
    month = FIRST + timedelta(days=30)
    starts(text, first=ancient, since=FIRST, until=month, patience=400)


def test_a_counted_rule_is_walked_from_its_start() -> None:
    old, month = local("1926-01-01"), FIRST + timedelta(days=30)
    endless = "FREQ=DAILY;BYDAY=MO,TU,WE,TH,FR,SA,SU;COUNT=1000000"
    with pytest.raises(TooMuchWork):
        starts(endless, first=old, since=FIRST, until=month, patience=10_000)
    assert len(starts(endless, first=old, since=FIRST, until=month, patience=100_000)) == 30


def test_empty_periods_use_up_the_budget() -> None:
    with pytest.raises(TooMuchWork):
        starts("FREQ=YEARLY;BYMONTH=13;COUNT=2", first=local("0001-01-01"), patience=2000)


def test_every_time_of_day_uses_up_the_budget() -> None:
    counted = "FREQ=DAILY;COUNT=999;BYHOUR=" + ",".join(map(str, range(24)))
    a_month_before = FIRST - timedelta(days=30)
    with pytest.raises(TooMuchWork):
        starts(counted, first=a_month_before, until=FIRST, patience=700)
    assert starts(counted, first=a_month_before, until=FIRST, patience=800) == []
