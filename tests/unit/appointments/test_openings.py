"""Openings: when more can be booked than before."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from appointments.models import Availability, OpeningWindow, TimeOff, WeeklyHours
from appointments.rules import openings
from domain.opening_hours import to_seconds
from tests.unit.appointments.factories import service

MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
WEEK = timedelta(days=7)
HOUR = 3600


def hours(start: str, end: str, *off: TimeOff) -> Availability:
    return Availability("UTC", WeeklyHours(monday=(OpeningWindow(start, end),)), time_off=off)


def opened(before: Availability | None, after: Availability) -> list[tuple[int, int]]:
    """Return the opened time of the first week, in hours since Monday."""
    spans = openings.list_opened_hours(before, after, MONDAY, MONDAY + WEEK)
    base = to_seconds(MONDAY)
    return [((begins - base) // HOUR, (ends - base) // HOUR) for begins, ends in spans]


def test_opened_is_what_is_open_after_and_was_not_before() -> None:
    short, long = hours("10:00", "14:00"), hours("09:00", "17:00")
    assert opened(None, short) == [(10, 14)]
    assert opened(short, long) == [(9, 10), (14, 17)]
    assert opened(long, short) == opened(long, long) == []


def test_time_off_that_ends_earlier_opens_the_rest_of_it() -> None:
    noon, evening = (MONDAY + timedelta(hours=hour) for hour in (12, 20))
    before = hours("09:00", "17:00", TimeOff(MONDAY, evening))
    assert opened(before, hours("09:00", "17:00", TimeOff(MONDAY, noon))) == [(12, 17)]
    assert opened(before, hours("09:00", "17:00")) == [(9, 17)]


@pytest.mark.parametrize(
    ("field", "fewer", "more"),
    [
        ("duration_minutes", 120, 60),
        ("buffer_before_minutes", 30, 0),
        ("buffer_after_minutes", 30, 0),
        ("minimum_notice_minutes", 600, 60),
        ("booking_horizon_days", 30, 90),
        ("daily_limit", 1, 2),
        ("weekly_limit", 1, None),
        ("monthly_limit", 1, 2),
    ],
)
def test_a_service_that_can_be_booked_more_often_opens_time(
    field: str, fewer: Any, more: Any
) -> None:
    rare, frequent = (
        msgspec.structs.replace(service(), **{field: value}) for value in (fewer, more)
    )
    assert openings.may_open(rare, frequent)
    assert not openings.may_open(frequent, rare)
    assert not openings.may_open(rare, rare)


def test_parts_are_bounded_and_together_the_same_time() -> None:
    day = 24 * HOUR
    spans = [(0, 100 * day), (100 * day + HOUR, 101 * day)]
    parts = list(openings.split(spans))
    assert [part[-1][1] - part[0][0] <= 32 * day for part in parts] == [True] * 4
    assert sum(ends - begins for part in parts for begins, ends in part) == 101 * day - HOUR
    assert list(openings.split([])) == []
