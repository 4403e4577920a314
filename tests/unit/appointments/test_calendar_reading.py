"""Failures of external calendars are counted, and the artist is notified of the second."""

from datetime import UTC, datetime, timedelta

import pytest

from appointments.models import ExternalCalendar
from appointments.rules import calendar_reading as reading

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
LATER = NOW + timedelta(minutes=30)
CALENDAR = ExternalCalendar(
    id="cal_1",
    artist_id="usr_1",
    name="Family",
    url="https://calendar.example.com/x",
    created_at=NOW,
    refresh_at=NOW,
    busy=((0, 60),),
    read_at=NOW,
    read_in="Europe/Berlin",
)


def test_the_artist_is_notified_of_the_second_failure_in_a_row_only() -> None:
    calendar, notified = CALENDAR, []
    for outcome in ("x", "x", "x", "", "x", "", "x", "x"):
        if outcome:
            calendar = reading.record_failure(calendar, outcome, NOW)
        else:
            calendar = reading.record_success(calendar, NOW)
        notified.append(reading.must_notify(calendar))
    assert notified == [False, True, False, False, False, False, False, True]


def test_a_failing_calendar_keeps_its_busy_times_and_since_when_it_fails() -> None:
    failed = reading.record_failure(CALENDAR, "Too slow.", NOW)
    failed = reading.record_failure(failed, "Gone.", LATER)
    assert (failed.problem, failed.failing_since, failed.busy) == ("Gone.", NOW, CALENDAR.busy)
    recovered = reading.record_success(failed, LATER)
    assert (recovered.problem, recovered.failing_since) == (None, None)
    assert recovered.refreshed_at == LATER


@pytest.mark.parametrize(
    ("zone", "hours", "expected"),
    [
        ("Europe/Berlin", 23.9, False),
        ("Europe/Berlin", 24, True),
        ("America/New_York", 1, True),
    ],
)
def test_a_calendar_is_read_as_a_whole_once_a_day(zone: str, hours: float, expected: bool) -> None:
    assert reading.must_reread(CALENDAR, zone, NOW + timedelta(hours=hours)) is expected


def test_a_calendar_that_was_never_read_is_read_as_a_whole() -> None:
    new = reading.record_failure(ExternalCalendar("c", "a", "n", "u", NOW, NOW), "Gone.", NOW)
    assert reading.must_reread(new, "UTC", NOW)
