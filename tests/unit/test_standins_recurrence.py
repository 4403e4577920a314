"""Instances of recurring events in the stand-in of Google Calendar."""

from datetime import UTC, datetime

import pytest

from infra.local.standins.social import recurrence

ZONE = "Europe/Berlin"
SINCE, UNTIL = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 5, 1, tzinfo=UTC)


def starts(*rules: str, start: str = "2026-03-23T09:00:00") -> list[str]:
    """Return the starts of an event of one hour in Berlin."""
    end = f"{start[:11]}{int(start[11:13]) + 1:02}{start[13:]}"
    event = {
        "start": {"dateTime": start, "timeZone": ZONE},
        "end": {"dateTime": end, "timeZone": ZONE},
        "recurrence": list(rules),
    }
    return [f"{each:%m-%d %H:%M}" for each in recurrence.starts(event, ZONE, SINCE, UNTIL)]


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        (["RRULE:FREQ=WEEKLY;COUNT=3"], ["03-23 08:00", "03-30 07:00", "04-06 07:00"]),
        # UNTIL is in UTC (RFC 5545, 3.3.10), and included.
        (["RRULE:FREQ=WEEKLY;UNTIL=20260330T070000Z"], ["03-23 08:00", "03-30 07:00"]),
        (["RRULE:FREQ=WEEKLY;UNTIL=20260330T065959Z"], ["03-23 08:00"]),
        (
            ["RRULE:FREQ=DAILY;COUNT=3", "EXDATE;TZID=Europe/Berlin:20260324T090000"],
            ["03-23 08:00", "03-25 08:00"],
        ),
        (
            ["RRULE:FREQ=DAILY;COUNT=3", "EXDATE:20260324T080000Z"],
            ["03-23 08:00", "03-25 08:00"],
        ),
        (
            ["RRULE:FREQ=DAILY;COUNT=1", "RDATE;TZID=America/New_York:20260402T090000"],
            ["03-23 08:00", "04-02 13:00"],
        ),
    ],
)
def test_rules_are_in_the_wall_time_of_the_event(rules: list[str], expected: list[str]) -> None:
    assert starts(*rules) == expected


def test_a_time_that_the_clocks_skip_is_an_hour_later() -> None:
    found = starts("RRULE:FREQ=DAILY;COUNT=2", start="2026-03-28T02:30:00")
    assert found == ["03-28 01:30", "03-29 01:30"]


def test_days_begin_in_the_time_zone_of_the_calendar() -> None:
    event = {
        "start": {"date": "2026-03-29"},
        "end": {"date": "2026-03-30"},
        "recurrence": ["RRULE:FREQ=DAILY;COUNT=3", "EXDATE;VALUE=DATE:20260330"],
    }
    found = recurrence.starts(event, ZONE, SINCE, UNTIL)
    assert [f"{each:%m-%d %H:%M}" for each in found] == ["03-28 23:00", "03-30 22:00"]
