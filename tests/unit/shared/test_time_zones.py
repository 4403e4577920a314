"""Time zones are found by name or created from their descriptions."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from domain.icalendar.recurrence import TooMuchWork, WorkBudget, parse
from domain.icalendar.time_zones import Observance, find_named, from_observances, from_tzinfo

local = datetime.fromisoformat  # of times without a zone
SUMMER = local("2026-07-01T12:00")


@pytest.mark.parametrize(
    ("name", "iana"),
    [
        ("Europe/Berlin", "Europe/Berlin"),
        ("America/Argentina/Buenos_Aires", "America/Argentina/Buenos_Aires"),
        ("UTC", "UTC"),
        ("W. Europe Standard Time", "Europe/Berlin"),
        ("AUS Eastern Standard Time", "Australia/Sydney"),
        ("/freeassociation.sourceforge.net/Europe/Berlin", "Europe/Berlin"),
        ("/a.example/20240101_1/America/Indiana/Knox", "America/Indiana/Knox"),
        ("/Europe/Berlin", "Europe/Berlin"),
        (" Europe/Berlin ", "Europe/Berlin"),
    ],
)
def test_a_zone_is_known_by_its_names(name: str, iana: str) -> None:
    zone = find_named(name)
    assert zone is not None
    for month in range(1, 13):
        summer = SUMMER.replace(month=month)
        assert zone(summer) == summer.replace(tzinfo=ZoneInfo(iana))


@pytest.mark.parametrize(
    "name",
    ["", "Nowhere", "America", "../../etc/passwd", "/etc/passwd", "Europe/Berlin\0", "x" * 5000,
     "\ud800", "Customized Time Zone", "//", ".", "zone.tab"],
)  # fmt: skip
def test_an_unknown_name_is_no_zone(name: str) -> None:
    assert find_named(name) is None


def hours(number: float) -> timedelta:
    return timedelta(hours=number)


def observance(before: float, offset: float, begins: str, rule: str | None = None) -> Observance:
    first = local(begins)
    return Observance(
        offset_before=hours(before),
        offset=hours(offset),
        begins=[first],
        rule=parse(rule, first) if rule else None,
        rule_ends=None,
    )


EUROPE = [
    observance(2, 1, "1996-10-27T03:00", "FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU"),
    observance(1, 2, "1981-03-29T02:00", "FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU"),
]
AUSTRALIA = [
    observance(11, 10, "2008-04-06T03:00", "FREQ=YEARLY;BYMONTH=4;BYDAY=1SU"),
    observance(10, 11, "2008-10-05T02:00", "FREQ=YEARLY;BYMONTH=10;BYDAY=1SU"),
]


@pytest.mark.parametrize(
    ("observances", "iana"), [(EUROPE, "Europe/Berlin"), (AUSTRALIA, "Australia/Melbourne")]
)
def test_a_described_zone_agrees_with_the_known_one(
    observances: list[Observance], iana: str
) -> None:
    zone, known = from_observances(observances, WorkBudget(10_000)), from_tzinfo(ZoneInfo(iana))
    start = local("2024-12-25")
    for half_hours in range(740 * 48):
        time = start + half_hours * timedelta(minutes=30)
        assert zone(time) == known(time), time


def test_a_zone_may_have_ended_its_summer_time() -> None:
    standard, daylight = EUROPE
    ended = [
        Observance(
            offset_before=each.offset_before,
            offset=each.offset,
            begins=each.begins,
            rule=each.rule,
            rule_ends=local("2016-12-31"),
        )
        for each in (standard, daylight)
    ]
    zone = from_observances(ended, WorkBudget(10_000))
    assert zone(SUMMER) == SUMMER.replace(tzinfo=UTC) - hours(1)
    assert zone(SUMMER.replace(year=2016)) == SUMMER.replace(year=2016, tzinfo=UTC) - hours(2)


def test_changes_may_be_listed_one_by_one() -> None:
    listed = Observance(
        offset_before=hours(3),
        offset=hours(4),
        begins=[local("2020-01-01"), local("2026-06-01")],
        rule=None,
        rule_ends=None,
    )
    zone = from_observances([listed, observance(4, 3, "2025-01-01")], WorkBudget(10_000))
    assert zone(SUMMER) == SUMMER.replace(tzinfo=UTC) - hours(4)
    assert zone(local("2026-05-31")) == datetime(2026, 5, 31, tzinfo=UTC) - hours(3)
    # Before all of them the offset before the first applies.
    assert zone(local("2019-12-31")) == datetime(2019, 12, 31, tzinfo=UTC) - hours(3)


def test_a_zone_that_changes_endlessly_is_refused() -> None:
    restless = observance(1, 2, "1970-01-01", "FREQ=DAILY;BYMONTH=1,2,3,4,5,6,7;COUNT=1000000")
    with pytest.raises(TooMuchWork):
        from_observances([restless], WorkBudget(10_000))(SUMMER)


def test_a_zone_with_a_long_list_of_changes_is_refused() -> None:
    begins = [local("2026-01-01")] * 200
    restless = Observance(
        offset_before=hours(1), offset=hours(2), begins=begins, rule=None, rule_ends=None
    )
    with pytest.raises(TooMuchWork):
        from_observances([restless], WorkBudget(100))(SUMMER)
