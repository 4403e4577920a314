"""Events of Google Calendar as components of RFC 5545, and what they block."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest

from domain.icalendar.busy_times import read_busy_times
from social.models.calendars import Entry
from social.providers.google_events import GoogleEvent, read

BERLIN = "Europe/Berlin"
SERIES = {
    "id": "master1",
    "start": {"dateTime": "2026-03-27T02:30:00+01:00", "timeZone": BERLIN},
    "end": {"dateTime": "2026-03-27T03:30:00+01:00", "timeZone": BERLIN},
    "recurrence": ["RRULE:FREQ=DAILY;COUNT=4"],
}
NINE = {
    "id": "master2",
    "start": {"dateTime": "2026-11-30T09:00:00+01:00", "timeZone": BERLIN},
    "end": {"dateTime": "2026-11-30T10:00:00+01:00", "timeZone": BERLIN},
    "recurrence": ["RRULE:FREQ=WEEKLY;COUNT=3"],
}


def entry_of(**event: Any) -> Entry | None:
    return read(msgspec.convert(event, GoogleEvent, strict=False), BERLIN)


def list_busy(*events: dict[str, Any], zone: str = BERLIN) -> list[str]:
    """Return the busy times of events, as texts in UTC."""
    entries = [entry for event in events if (entry := entry_of(**event))]
    text = "".join(entry.components for entry in entries)
    found = read_busy_times(
        [f"BEGIN:VCALENDAR\r\n{text}END:VCALENDAR\r\n".encode()],
        datetime(2026, 1, 1, tzinfo=UTC),
        datetime(2028, 1, 1, tzinfo=UTC),
        ZoneInfo(zone),
    )
    assert found.unclear_count == 0
    return [f"{begins:%Y-%m-%d %H:%M}-{ends:%d %H:%M}" for begins, ends in found.spans]


def change(event: dict[str, Any], original: str, **fields: Any) -> dict[str, Any]:
    """Return a changed occurrence of a series."""
    return {
        "id": f"{event['id']}_x{original[8:10]}",
        "recurringEventId": event["id"],
        "originalStartTime": {"dateTime": original, "timeZone": BERLIN},
        **fields,
    }


def test_a_single_event_is_busy_from_its_start_to_its_end() -> None:
    event = {
        "id": "e1",
        "start": {"dateTime": "2026-12-01T10:00:00+01:00"},
        "end": {"dateTime": "2026-12-01T11:30:00+01:00"},
    }
    assert list_busy(event) == ["2026-12-01 09:00-01 10:30"]


def test_each_of_the_two_times_that_a_clock_shows_twice_is_exact() -> None:
    first, second = (
        {
            "id": f"e{offset}",
            "start": {"dateTime": f"2026-10-25T02:10:00+0{offset}:00", "timeZone": BERLIN},
            "end": {"dateTime": f"2026-10-25T02:20:00+0{offset}:00", "timeZone": BERLIN},
        }
        for offset in (2, 1)
    )
    assert list_busy(first, second) == ["2026-10-25 00:10-25 00:20", "2026-10-25 01:10-25 01:20"]


def test_a_whole_day_is_one_of_the_time_zone_of_the_calendar() -> None:
    event = {"id": "e1", "start": {"date": "2026-12-24"}, "end": {"date": "2026-12-26"}}
    assert list_busy(event) == ["2026-12-23 23:00-25 23:00"]
    assert list_busy(event, zone="America/New_York") == ["2026-12-24 05:00-26 05:00"]


def test_a_series_keeps_its_local_time_over_a_change_of_the_clocks() -> None:
    # The clocks skip 02:30 on 29 March: that occurrence has the offset before the gap.
    assert list_busy(SERIES) == [
        "2026-03-27 01:30-27 02:30",
        "2026-03-28 01:30-28 02:30",
        "2026-03-29 01:30-29 02:30",
        "2026-03-30 00:30-30 01:30",
    ]


def test_an_occurrence_that_was_moved_is_busy_at_its_new_time_only() -> None:
    moved = change(
        NINE,
        "2026-12-07T09:00:00+01:00",
        start={"dateTime": "2026-12-08T18:00:00+01:00"},
        end={"dateTime": "2026-12-08T19:00:00+01:00"},
    )
    expected = [
        "2026-11-30 08:00-30 09:00",
        "2026-12-08 17:00-08 18:00",
        "2026-12-14 08:00-14 09:00",
    ]
    assert list_busy(NINE, moved) == expected
    assert list_busy(moved, NINE) == expected


@pytest.mark.parametrize(
    "fields",
    [
        {"status": "cancelled"},
        {"transparency": "transparent"},
        {"attendees": [{"self": True, "responseStatus": "declined"}]},
    ],
    ids=["cancelled", "transparent", "declined"],
)
def test_an_occurrence_that_takes_no_time_is_not_busy(fields: dict[str, Any]) -> None:
    same = {} if "status" in fields else {name: NINE[name] for name in ("start", "end")}
    freed = change(NINE, "2026-12-07T09:00:00+01:00", **same, **fields)
    assert list_busy(NINE, freed) == ["2026-11-30 08:00-30 09:00", "2026-12-14 08:00-14 09:00"]


def test_exceptions_and_further_times_of_a_series_are_read() -> None:
    event = NINE | {
        "recurrence": [
            "RRULE:FREQ=WEEKLY;COUNT=3",
            "EXDATE;TZID=Europe/Berlin:20261207T090000",
            "RDATE;TZID=Europe/Berlin:20261210T090000",
        ]
    }
    assert [text[:10] for text in list_busy(event)] == ["2026-11-30", "2026-12-10", "2026-12-14"]


def test_a_series_of_whole_days_is_read() -> None:
    event = {
        "id": "e1",
        "start": {"date": "2026-12-24"},
        "end": {"date": "2026-12-25"},
        "recurrence": ["RRULE:FREQ=YEARLY;COUNT=2"],
    }
    gone = {
        "id": "e1_x",
        "status": "cancelled",
        "recurringEventId": "e1",
        "originalStartTime": {"date": "2027-12-24"},
    }
    assert list_busy(event, gone) == ["2026-12-23 23:00-24 23:00"]


@pytest.mark.parametrize(
    "fields",
    [
        {"status": "cancelled"},
        {"transparency": "transparent"},
        {"eventType": "workingLocation"},
        {"eventType": "birthday"},
        {"attendees": [{"self": True, "responseStatus": "declined"}]},
        {"extendedProperties": {"private": {"artistBooking": "apt_1"}}},
    ],
)
def test_what_takes_no_time_is_not_busy(fields: dict[str, Any]) -> None:
    event = {name: NINE[name] for name in ("start", "end")} | {"id": "e1"}
    assert list_busy(event) != []
    assert list_busy(event | fields) == []


@pytest.mark.parametrize(
    "fields",
    [
        {"status": "tentative"},
        {"eventType": "focusTime"},
        {"eventType": "outOfOffice"},
        {"attendees": [{"self": True, "responseStatus": "needsAction"}]},
        {"attendees": [{"responseStatus": "declined"}]},
        {"extendedProperties": {"private": {"other": "1"}}},
    ],
)
def test_everything_else_is_busy(fields: dict[str, Any]) -> None:
    event = {name: NINE[name] for name in ("start", "end")} | {"id": "e1"}
    assert list_busy(event | fields) == ["2026-11-30 08:00-30 09:00"]


def test_an_event_of_ours_says_which_appointment_it_is_and_when() -> None:
    event = {name: NINE[name] for name in ("start", "end")} | {
        "id": "e1",
        "etag": '"7"',
        "extendedProperties": {"private": {"artistBooking": "apt_1"}},
    }
    entry = entry_of(**event)
    assert entry is not None
    assert entry.own is not None
    assert (entry.own.appointment_id, entry.own.etag) == ("apt_1", '"7"')
    assert entry.own.starts_at == datetime(2026, 11, 30, 8, tzinfo=UTC)
    assert entry.own.ends_at == datetime(2026, 11, 30, 9, tzinfo=UTC)


def test_a_deleted_event_is_not_there() -> None:
    assert entry_of(id="e1", status="cancelled") is None


def test_no_text_of_an_event_ends_its_line() -> None:
    event = NINE | {
        "id": "e1\r\nEND:VEVENT",
        "recurrence": ["RRULE:FREQ=DAILY\r\nDTSTART:1", "X:1"],
    }
    entry = entry_of(**event)
    assert entry is not None
    assert entry.components.count("END:VEVENT") == entry.components.count("\r\nEND:VEVENT\r\n") + 1
    assert "X:1" not in entry.components
    assert "\r\nDTSTART:1" not in entry.components
