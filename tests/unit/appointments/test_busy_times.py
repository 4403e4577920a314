"""Busy times are read from the calendars of all programs."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import icalendar
import pytest
import recurring_ical_events
from hypothesis import given, settings
from hypothesis import strategies as st

import tests.support.repeatable  # noqa: F401
from appointments.icalendar.busy_times import (
    MAX_CHARACTERS,
    MAX_OCCURRENCES,
    UnreadableCalendar,
    read_busy_times,
)

# The clocks of Melbourne change on 5 April and 4 October 2026, those of Berlin on 29 March and 25
# October.
MELBOURNE, BERLIN = ZoneInfo("Australia/Melbourne"), ZoneInfo("Europe/Berlin")
START, END = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 5, 1, tzinfo=UTC)

OUTLOOK_ZONE = """\
BEGIN:VTIMEZONE
TZID:Customized Time Zone
BEGIN:STANDARD
DTSTART:16010101T030000
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
RRULE:FREQ=YEARLY;INTERVAL=1;BYDAY=-1SU;BYMONTH=10
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:16010101T020000
TZOFFSETFROM:+0100
TZOFFSETTO:+0200
RRULE:FREQ=YEARLY;INTERVAL=1;BYDAY=-1SU;BYMONTH=3
END:DAYLIGHT
END:VTIMEZONE
"""


def calendar(*parts: str) -> str:
    lines = "".join(parts).replace("\n", "\r\n")
    return f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\n{lines}END:VCALENDAR\r\n"


def event(*lines: str, uid: str = "1") -> str:
    return "\n".join(["BEGIN:VEVENT", f"UID:{uid}", *lines, "END:VEVENT", ""])


def read(
    *parts: str, start: datetime = START, end: datetime = END, zone: ZoneInfo = MELBOURNE
) -> list[str]:
    """Return the busy times as `MMDDThhmm-MMDDThhmm`, in UTC."""
    spans = read_busy_times(calendar(*parts), start, end, zone)
    assert all(moment.tzinfo is UTC for span in spans for moment in span)
    return [f"{begin:%m%dT%H%M}-{finish:%m%dT%H%M}" for begin, finish in spans]


def refusal(text: str | bytes) -> str:
    with pytest.raises(UnreadableCalendar) as caught:
        read_busy_times(text, START, END, MELBOURNE)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__ or caught.value.__context__ is None
    return caught.value.reason


# ---- one event -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lines", "span"),
    [
        ("DTSTART:20260310T090000Z\nDTEND:20260310T103000Z", "0310T0900-0310T1030"),
        ("DTSTART:20260310T090000Z\nDURATION:PT1H30M", "0310T0900-0310T1030"),
        ("DTSTART:20260310T090000Z\nDURATION:P1W", "0310T0900-0317T0900"),
        ("DTSTART;VALUE=DATE-TIME:20260310T090000Z\nDURATION:P1DT2H", "0310T0900-0311T1100"),
        # Floating times and whole days are those of the artist.
        ("DTSTART:20260310T090000\nDTEND:20260310T100000", "0309T2200-0309T2300"),
        ("DTSTART;VALUE=DATE:20260310\nDTEND;VALUE=DATE:20260312", "0309T1300-0311T1300"),
        ("DTSTART;VALUE=DATE:20260310", "0309T1300-0310T1300"),
        ("DTSTART;VALUE=DATE:20260310\nDURATION:P2D", "0309T1300-0311T1300"),
        ("DTSTART;VALUE=DATE:20260310\nDTEND;VALUE=DATE:20260310", "0309T1300-0310T1300"),
        ("DTSTART;VALUE=DATE:20260310\nDURATION:PT2H", "0309T1300-0309T1500"),
        ("DTSTART;VALUE=DATE:20260310\nDTEND:20260310T090000", "0309T1300-0309T2200"),
        ("DTSTART:20260310\nDTEND:20260311", "0309T1300-0310T1300"),
        # A day of 25 hours is a day.
        ("DTSTART;VALUE=DATE:20260405", "0404T1300-0405T1400"),
        ("DTSTART:20260404T120000\nDURATION:P1D", "0404T0100-0405T0200"),
        ("DTSTART:20260404T120000\nDURATION:PT24H", "0404T0100-0405T0100"),
        # Zones: by IANA, by Windows, behind a vendor's name, and with the end in another one.
        ("DTSTART;TZID=Europe/Berlin:20260310T090000\nDURATION:PT1H", "0310T0800-0310T0900"),
        ('DTSTART;TZID="Europe/Berlin":20260410T090000\nDURATION:PT1H', "0410T0700-0410T0800"),
        (
            "DTSTART;TZID=W. Europe Standard Time:20260310T090000\nDURATION:PT1H",
            "0310T0800-0310T0900",
        ),
        ("DTSTART;TZID=/x.example/Europe/Berlin:20260310T090000\nDURATION:PT1H",
         "0310T0800-0310T0900"),
        (
            "DTSTART;TZID=Europe/Berlin:20260310T090000\nDTEND;TZID=Europe/London:20260310T090000",
            "0310T0800-0310T0900",
        ),
        ("DTSTART;TZID=Nowhere:20260310T090000\nDURATION:PT1H", "0309T2200-0309T2300"),
        ("DTSTART;TZID=Europe/Berlin:20260310T090000\nDTEND:20260310T100000",
         "0310T0800-0310T0900"),
        # A time in a gap is read with the offset before; a time that happens twice is the first.
        ("DTSTART;TZID=Europe/Berlin:20260329T023000\nDURATION:PT1H", "0329T0130-0329T0230"),
        ("DTSTART:20260405T023000\nDURATION:PT1H", "0404T1530-0404T1630"),
        # Unusual, but unambiguous.
        ("dtstart:20260310T090000Z\ndtend:20260310T100000Z", "0310T0900-0310T1000"),
        ("DTSTART:20260310T09\n 0000Z\nDT\n END:20260310T100000Z", "0310T0900-0310T1000"),
        ("DTSTART:20260310T090000Z\nDURATION:+PT1H\nSUMMARY;;;broken", "0310T0900-0310T1000"),
        ("DTSTART:20260310T090000Z\nDURATION:PT1H\nTRANSP:OPAQUE\nSTATUS:TENTATIVE",
         "0310T0900-0310T1000"),
        ("DTSTART:20260310T090000Z\nDURATION:PT1H\nX-MICROSOFT-CDO-BUSYSTATUS:OOF",
         "0310T0900-0310T1000"),
        (
            "DTSTART:20260310T090000Z\nDURATION:PT1H\n"
            "BEGIN:VALARM\nDURATION:PT9H\nSTATUS:CANCELLED\nEND:VALARM",
            "0310T0900-0310T1000",
        ),
    ],
)  # fmt: skip
def test_an_event_takes_its_time(lines: str, span: str) -> None:
    assert read(event(lines)) == [span]


@pytest.mark.parametrize(
    "lines",
    [
        "DTSTART:20260310T090000Z",
        "DTSTART:20260310T090000Z\nDTEND:20260310T090000Z",
        "DTSTART:20260310T090000Z\nDTEND:20260310T080000Z",
        "DTSTART:20260310T090000Z\nDURATION:PT0S",
        "DTSTART:20260310T090000Z\nDURATION:PT1H\nTRANSP:TRANSPARENT",
        "DTSTART:20260310T090000Z\nDURATION:PT1H\nSTATUS:CANCELLED",
        "DTSTART:20260310T090000Z\nDURATION:PT1H\nstatus:cancelled",
        "DTSTART:20260310T090000Z\nDURATION:PT1H\nX-MICROSOFT-CDO-BUSYSTATUS:FREE",
        "DTSTART:20260310\nRRULE:FREQ=SECONDLY\nTRANSP:TRANSPARENT",
        "DTSTART:20260228T230000Z\nDURATION:PT1H",
        "DTSTART:20260501T000000Z\nDURATION:PT1H",
        "SUMMARY:no start",
    ],
)
def test_an_event_without_busy_time_takes_none(lines: str) -> None:
    assert read(event(lines)) == []


def test_a_zone_may_be_described_in_the_calendar() -> None:
    there = event("DTSTART;TZID=Customized Time Zone:20260310T090000", "DURATION:PT1H")
    later = event("DTSTART;TZID=Customized Time Zone:20260410T090000", "DURATION:PT1H", uid="2")
    expected = ["0310T0800-0310T0900", "0410T0700-0410T0800"]
    assert read(OUTLOOK_ZONE, there, later) == expected
    assert read(there, later, OUTLOOK_ZONE) == expected


def test_a_zone_description_applies_to_its_own_calendar_only() -> None:
    there = event("DTSTART;TZID=Customized Time Zone:20260310T090000", "DURATION:PT1H")
    other = OUTLOOK_ZONE.replace("+0100", "-0500").replace("+0200", "-0400")
    assert read(OUTLOOK_ZONE, there) == ["0310T0800-0310T0900"]
    assert read(other, there) == ["0310T1400-0310T1500"]
    assert read(there) == ["0309T2200-0309T2300"]


def test_a_zone_description_may_name_its_location() -> None:
    there = event("DTSTART;TZID=Home:20260310T090000", "DURATION:PT1H")
    zone = OUTLOOK_ZONE.replace("Customized Time Zone", "Home\nX-LIC-LOCATION:America/New_York")
    assert read(zone, there) == ["0310T1300-0310T1400"]


def test_a_zone_description_may_have_an_end() -> None:
    there = event("DTSTART;TZID=Customized Time Zone:20260410T090000", "DURATION:PT1H")
    zone = OUTLOOK_ZONE.replace("BYMONTH=10", "BYMONTH=10;UNTIL=20251026T010000Z")
    zone = zone.replace("BYMONTH=3", "BYMONTH=3;UNTIL=20250330T010000Z")
    assert read(zone, there) == ["0410T0800-0410T0900"]


def test_a_zone_description_may_list_its_changes() -> None:
    zone = (
        "BEGIN:VTIMEZONE\nTZID:Home\nBEGIN:STANDARD\nDTSTART:20200101T000000\n"
        "RDATE:20260301T000000,20270101T000000\nTZOFFSETFROM:+0300\nTZOFFSETTO:+0400\n"
        "END:STANDARD\nBEGIN:DAYLIGHT\nDTSTART:20250101T000000\nTZOFFSETFROM:+0400\n"
        "TZOFFSETTO:+0300\nEND:DAYLIGHT\nEND:VTIMEZONE\n"
    )
    there = event("DTSTART;TZID=Home:20260310T090000", "DURATION:PT1H")
    assert read(zone, there) == ["0310T0500-0310T0600"]


def test_a_known_zone_name_overrides_its_description() -> None:
    wrong = OUTLOOK_ZONE.replace("Customized Time Zone", "Europe/Berlin").replace("+0100", "+0900")
    there = event("DTSTART;TZID=Europe/Berlin:20260310T090000", "DURATION:PT1H")
    assert read(wrong, there) == ["0310T0800-0310T0900"]


# ---- many times ----------------------------------------------------------------------------------


def test_busy_times_are_sorted_and_do_not_touch() -> None:
    found = read(
        event("DTSTART:20260312T090000Z", "DURATION:PT1H", uid="a"),
        event("DTSTART:20260310T090000Z", "DURATION:PT3H", uid="b"),
        event("DTSTART:20260310T100000Z", "DURATION:PT1H", uid="c"),
        event("DTSTART:20260310T120000Z", "DURATION:PT1H", uid="d"),
        event("DTSTART:20260310T130100Z", "DURATION:PT1H", uid="e"),
    )
    assert found == ["0310T0900-0310T1300", "0310T1301-0310T1401", "0312T0900-0312T1000"]


def test_busy_times_are_cut_to_the_requested_time() -> None:
    long = event("DTSTART:20200101T000000Z", "DTEND:20300101T000000Z")
    assert read(long) == ["0301T0000-0501T0000"]
    ever = event("DTSTART:20200101T000000Z", "DTEND:99991230T000000Z")
    assert read(ever) == ["0301T0000-0501T0000"]
    hour = event("DTSTART:20260310T090000Z", "DURATION:PT1H")
    noon = datetime(2026, 3, 10, 20, 30, tzinfo=MELBOURNE)
    assert read(hour, start=noon) == ["0310T0930-0310T1000"]
    assert read(hour, end=noon) == ["0310T0900-0310T0930"]


def test_busy_times_may_be_listed_without_events() -> None:
    part = (
        "BEGIN:VFREEBUSY\n"
        "FREEBUSY:20260310T090000Z/20260310T100000Z,20260311T090000Z/PT2H\n"
        "FREEBUSY;FBTYPE=BUSY-TENTATIVE:20260312T090000Z/PT1H\n"
        "FREEBUSY;FBTYPE=FREE:20260313T090000Z/PT1H\n"
        "END:VFREEBUSY\n"
    )
    assert read(part) == ["0310T0900-0310T1000", "0311T0900-0311T1100", "0312T0900-0312T1000"]


# ---- series --------------------------------------------------------------------------------------

WEEKLY = ("DTSTART;TZID=Europe/Berlin:20260316T090000", "DURATION:PT1H", "RRULE:FREQ=WEEKLY")
WEEKS = [
    "0316T0800-0316T0900",
    "0323T0800-0323T0900",
    "0330T0700-0330T0800",
    "0406T0700-0406T0800",
    "0413T0700-0413T0800",
    "0420T0700-0420T0800",
    "0427T0700-0427T0800",
]


def test_a_series_keeps_its_hour_when_the_clocks_change() -> None:
    assert read(event(*WEEKLY)) == WEEKS


def test_a_night_with_a_clock_change_is_as_long_as_the_others() -> None:
    nights = event(
        "DTSTART;TZID=Europe/Berlin:20260327T230000",
        "DTEND;TZID=Europe/Berlin:20260328T040000",
        "RRULE:FREQ=DAILY;COUNT=3",
    )
    assert read(nights) == ["0327T2200-0328T0300", "0328T2200-0329T0300", "0329T2100-0330T0200"]


def test_a_series_may_begin_long_before_the_requested_time() -> None:
    weeks = event("DTSTART:20250106T000000Z", "DURATION:P6D", "RRULE:FREQ=WEEKLY;INTERVAL=4")
    found = read(weeks, start=datetime(2026, 4, 4, tzinfo=UTC))
    assert found == ["0404T0000-0405T0000", "0427T0000-0501T0000"]
    ages = event("DTSTART:20200101", "DTEND:99991230", "RRULE:FREQ=YEARLY;COUNT=2")
    assert "not a calendar" in refusal(calendar(ages))  # the second would end after the last year


def test_a_whole_day_of_a_series_may_have_25_hours() -> None:
    days = event("DTSTART:20260403", "RRULE:FREQ=DAILY;INTERVAL=2;COUNT=2")
    assert read(days) == ["0402T1300-0403T1300", "0404T1300-0405T1400"]


@pytest.mark.parametrize(
    ("until", "weeks"),
    [
        ("20260406T070000Z", 4),
        ("20260406T065959Z", 3),
        ("20260406T090000", 4),
        ("20260406T085959", 3),
        ("20260406", 4),
        ("20260405", 3),
        ("20250101", 0),
    ],
)
def test_a_series_ends_with_until(until: str, weeks: int) -> None:
    assert read(event(*WEEKLY[:2], f"RRULE:FREQ=WEEKLY;UNTIL={until}")) == WEEKS[:weeks]


@pytest.mark.parametrize(("until", "days"), [("20260312", 3), ("20260312T130000Z", 3)])
def test_a_series_of_whole_days_includes_its_last_day(until: str, days: int) -> None:
    found = read(event("DTSTART:20260310", f"RRULE:FREQ=DAILY;UNTIL={until}"))
    assert found == [f"0309T1300-03{9 + days:02}T1300"]


@pytest.mark.parametrize(
    "excluded",
    [
        "EXDATE;TZID=Europe/Berlin:20260323T090000,20260406T090000",
        "EXDATE:20260323T080000Z\nEXDATE:20260406T070000Z",
        "EXDATE:20260323T090000,20260406T090000",
        "EXDATE;VALUE=DATE:20260323,20260406",
    ],
)
def test_occurrences_may_be_excluded(excluded: str) -> None:
    assert read(event(*WEEKLY, excluded)) == [WEEKS[0], WEEKS[2], *WEEKS[4:]]


def test_whole_days_may_be_excluded() -> None:
    days = ("DTSTART:20260310", "RRULE:FREQ=DAILY;COUNT=3")
    expected = ["0309T1300-0310T1300", "0311T1300-0312T1300"]
    assert read(event(*days, "EXDATE;VALUE=DATE:20260311")) == expected
    assert read(event(*days, "EXDATE:20260311T000000")) == expected
    assert read(event(*days, "EXDATE:20260311T090000Z")) == expected


def test_the_first_occurrence_may_be_excluded() -> None:
    assert read(event(*WEEKLY, "EXDATE:20260316T080000Z")) == WEEKS[1:]


def test_occurrences_may_be_added() -> None:
    found = read(
        event(
            *WEEKLY[:2],
            "RDATE;TZID=Europe/Berlin:20260406T090000,20260323T090000",
            "RDATE;VALUE=PERIOD:20260410T090000Z/PT3H,20260411T090000Z/20260411T093000Z",
        )
    )
    longer = ["0410T0900-0410T1200", "0411T0900-0411T0930"]
    assert found == [WEEKS[0], WEEKS[1], WEEKS[3], *longer]


def test_an_occurrence_may_be_moved() -> None:
    moved = event(
        "RECURRENCE-ID;TZID=Europe/Berlin:20260323T090000",
        "DTSTART;TZID=Europe/Berlin:20260324T140000",
        "DURATION:PT2H",
    )
    for parts in ([event(*WEEKLY), moved], [moved, event(*WEEKLY)]):
        assert read(*parts) == [WEEKS[0], "0324T1300-0324T1500", *WEEKS[2:]]


def test_an_occurrence_may_be_moved_from_far_away() -> None:
    moved = event("RECURRENCE-ID:20270315T080000Z", "DTSTART:20260317T080000Z", "DURATION:PT1H")
    assert read(event(*WEEKLY), moved) == [WEEKS[0], "0317T0800-0317T0900", *WEEKS[1:]]


@pytest.mark.parametrize("line", ["STATUS:CANCELLED", "TRANSP:TRANSPARENT"])
def test_an_occurrence_may_be_free(line: str) -> None:
    free = event(
        "RECURRENCE-ID:20260323T080000Z", "DTSTART:20260323T080000Z", "DURATION:PT1H", line
    )
    assert read(event(*WEEKLY), free) == [WEEKS[0], *WEEKS[2:]]


def test_an_occurrence_of_a_free_series_may_be_busy() -> None:
    one = event("RECURRENCE-ID:20260323T080000Z", "DTSTART:20260323T080000Z", "DURATION:PT1H")
    assert read(event(*WEEKLY, "TRANSP:TRANSPARENT"), one) == [WEEKS[1]]


def test_a_changed_occurrence_may_be_excluded() -> None:
    changed = event("RECURRENCE-ID:20260323T080000Z", "DTSTART:20260323T150000Z", "DURATION:PT1H")
    series = event(*WEEKLY, "EXDATE:20260323T080000Z")
    assert read(series, changed) == [WEEKS[0], *WEEKS[2:]]


def test_the_highest_sequence_wins() -> None:
    old = event("DTSTART:20260310T090000Z", "DURATION:PT1H", "SEQUENCE:1")
    new = event("DTSTART:20260311T090000Z", "DURATION:PT1H", "SEQUENCE:2")
    assert read(old, new) == read(new, old) == ["0311T0900-0311T1000"]
    first = event("RECURRENCE-ID:20260323T080000Z", "DTSTART:20260324T080000Z", "DURATION:PT1H",
                  "SEQUENCE:1")  # fmt: skip
    second = first.replace("20260324", "20260325").replace("SEQUENCE:1", "SEQUENCE:2")
    found = [WEEKS[0], "0325T0800-0325T0900", *WEEKS[2:]]
    assert read(event(*WEEKLY), first, second) == read(event(*WEEKLY), second, first) == found


def test_events_without_a_uid_of_their_own_are_all_read() -> None:
    first = event("DTSTART:20260310T090000Z", "DURATION:PT1H")
    second = event("DTSTART:20260311T090000Z", "DURATION:PT1H")
    expected = ["0310T0900-0310T1000", "0311T0900-0311T1000"]
    assert read(first, second) == expected
    second = second.replace("UID:1", "SEQUENCE:2")
    assert read(first.replace("UID:1\n", ""), second) == expected


def test_several_calendars_in_one_text_are_merged() -> None:
    first = calendar(event("DTSTART:20260310T090000Z", "DURATION:PT1H"))
    second = calendar(event("DTSTART:20260311T090000Z", "DURATION:PT1H"))
    assert len(read_busy_times(first + second, START, END, MELBOURNE)) == 2


# ---- against the library, which has no limits ----------------------------------------------------

HOURS = st.integers(9, 16)
DATES = st.integers(0, 120).map(lambda days: datetime(2026, 1, 20, tzinfo=UTC) + timedelta(days))
RULES = st.sampled_from(
    ["FREQ=DAILY;COUNT=9", "FREQ=WEEKLY;BYDAY=MO,WE", "FREQ=DAILY;INTERVAL=3",
     "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,SU", "FREQ=MONTHLY;BYDAY=-1FR,2TU", "FREQ=MONTHLY",
     "FREQ=YEARLY;BYMONTH=4;BYDAY=1SU", "FREQ=WEEKLY;UNTIL=20260410T120000Z"]
)  # fmt: skip
ZONES = st.sampled_from(["Europe/Berlin", "Australia/Melbourne", "America/New_York", "UTC"])


@st.composite
def series(draw: st.DrawFn) -> str:
    zone, hour, length = draw(ZONES), draw(HOURS), draw(st.integers(1, 5))

    def at(date: datetime) -> str:
        return f";TZID={zone}:{date:%Y%m%d}T{hour:02}0000"

    first = draw(DATES)
    lines = [f"DTSTART{at(first)}", f"DURATION:PT{length}H", f"RRULE:{draw(RULES)}"]
    lines += [f"EXDATE{at(date)}" for date in draw(st.lists(DATES, max_size=5))]
    lines += [f"RDATE{at(date)}" for date in draw(st.lists(DATES, max_size=3))]
    others = [
        event(f"RECURRENCE-ID{at(first)}", f"DTSTART{at(draw(DATES))}", "DURATION:PT1H")
        for _ in range(draw(st.integers(0, 1)))
    ]
    return event(*lines) + "".join(others)


@settings(max_examples=150)
@given(st.lists(series(), min_size=1, max_size=3))
def test_series_agree_with_the_library(parts: list[str]) -> None:
    text = calendar(*(part.replace("UID:1", f"UID:{i}") for i, part in enumerate(parts)))
    theirs = recurring_ical_events.of(icalendar.Calendar.from_ical(text)).between(
        START - timedelta(days=2), END + timedelta(days=2)
    )
    spans = [
        (max(each["DTSTART"].dt.astimezone(UTC), START), min(each["DTEND"].dt.astimezone(UTC), END))
        for each in theirs
    ]
    expected = {minute for span in spans for minute in half_hours(*span)}
    found = read_busy_times(text, START, END, MELBOURNE)
    assert {minute for span in found for minute in half_hours(*span)} == expected


def half_hours(begin: datetime, finish: datetime) -> list[datetime]:
    count = max(0, int((finish - begin) / timedelta(minutes=30)))
    return [begin + number * timedelta(minutes=30) for number in range(count)]


# ---- unreadable calendars ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "",
        b"",
        "\0",
        b"\xff\xfe\x00",
        "<!doctype html><title>Sign in</title>",
        "BEGIN:VCALENDAR",
        "END:VCALENDAR",
        "END:",
        calendar() + "END:\r\n" + calendar(),
        "BEGIN:VCARD\r\nEND:VCARD\r\n",
        "BEGIN:VEVENT\r\nDTSTART:20260310T090000Z\r\nEND:VEVENT\r\n",
        calendar(event("DTSTART:20260310T090000Z"))[:-20],
        calendar("END:VEVENT\n"),
        calendar("BEGIN:VEVENT\nEND:VTODO\n"),
        calendar("BEGIN:X\n" * 20, "END:X\n" * 20),
        calendar(event("DTSTART")),
        calendar(event("DTSTART:")),
        calendar(event("DTSTART:tomorrow")),
        calendar(event("DTSTART:20260230")),
        calendar(event("DTSTART:00000000T000000")),
        calendar(event("DTSTART:20260310T250000Z")),
        calendar(event("DTSTART:\u0662\u0660\u0662\u06660310")),
        calendar(event("DTSTART:20260310T090000Z", "DTEND:later")),
        calendar(event("DTSTART:20260310T090000Z", "DURATION:1h")),
        calendar(event("DTSTART:20260310T090000Z", "DURATION:-PT1H")),
        calendar(event("DTSTART:20260310T090000Z", "DURATION:P" + "9" * 5000 + "D")),
        calendar(event("DTSTART:20260310T090000Z", "DURATION:P999999999999D")),
        calendar(event("DTSTART:20260310T090000Z", "DURATION:P3000000D")),
        calendar(event("DTSTART:20260310T090000Z", "DURATION:PT1H", "RRULE:FREQ=OFTEN")),
        calendar(event("DTSTART:20260310T090000Z", "DURATION:PT1H", "RRULE:FREQ=DAILY;UNTIL=x")),
        calendar(event("DTSTART:20260310T090000Z", "EXDATE:x")),
        calendar(event("DTSTART:20260310T090000Z", "RDATE:20260310T090000Z/x")),
        calendar(event("DTSTART:20260310T090000Z", "SEQUENCE:x")),
        calendar(event("DTSTART:99991231", "DURATION:P1D")),
        calendar(event("DTSTART:00010101T000000", "DURATION:P1D")),
        # No program writes it, and reading it as a change of one occurrence would be wrong.
        calendar(event("RECURRENCE-ID;RANGE=THISANDFUTURE:20260323T080000Z",
                       "DTSTART:20260324T080000Z")),
        calendar("BEGIN:VFREEBUSY\nFREEBUSY:x\nEND:VFREEBUSY\n"),
        calendar(OUTLOOK_ZONE.replace("+0100", "1"),
                 event("DTSTART;TZID=Customized Time Zone:20260310T090000", "DURATION:PT1H")),
    ],
)  # fmt: skip
def test_a_text_that_is_no_calendar_is_refused(text: str | bytes) -> None:
    assert "not a calendar" in refusal(text)


def test_bytes_are_read_as_utf_8_with_or_without_a_byte_order_mark() -> None:
    text = calendar(event("DTSTART:20260310T090000Z", "DURATION:PT1H", "SUMMARY:Gr\xf6\xdfe"))
    expected = read_busy_times(text, START, END, MELBOURNE)
    assert len(expected) == 1
    for body in (text.encode(), text.encode("utf-8-sig"), text.encode("latin-1")):
        assert read_busy_times(body, START, END, MELBOURNE) == expected
    assert read_busy_times("\ufeff" + text.replace("\r\n", "\n"), START, END, MELBOURNE) == expected


@pytest.mark.parametrize("frequency", ["SECONDLY", "MINUTELY", "HOURLY"])
def test_a_rule_that_repeats_all_day_is_refused(frequency: str) -> None:
    text = calendar(event("DTSTART:19700101T000000Z", "DURATION:PT1S", f"RRULE:FREQ={frequency}"))
    assert "too many" in refusal(text)


def test_the_number_of_busy_times_is_limited() -> None:
    """Busy times at the same time count one by one."""
    hour = event("DTSTART:20260310T090000Z", "DURATION:PT1H", uid="")
    assert read(hour * MAX_OCCURRENCES) == ["0310T0900-0310T1000"]
    assert "too many" in refusal(calendar(hour * (MAX_OCCURRENCES + 1)))


def test_past_events_do_not_count() -> None:
    hour = event("DTSTART:20250310T090000Z", "DURATION:PT1H", uid="")
    assert read(hour * (MAX_OCCURRENCES + 1)) == []


@pytest.mark.parametrize(
    "lines",
    [
        "DTSTART:19000101T000000Z\nDURATION:P99999D\nRRULE:FREQ=DAILY",
        "DTSTART:00010103T000000Z\nRRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30;COUNT=9",
        "DTSTART:20260301T000000Z\nRRULE:FREQ=DAILY;BYHOUR=" + ",".join(map(str, range(24))),
    ],
)
def test_many_endless_series_are_refused(lines: str) -> None:
    assert "too many" in refusal(calendar(*(event(lines, uid=str(i)) for i in range(2000))))


def test_many_zones_are_refused() -> None:
    parts = [event(f"DTSTART;TZID=Zone {i}:20250101T000000", uid=str(i)) for i in range(200)]
    assert "too many" in refusal(calendar(*parts))


def test_a_large_text_is_refused_unread() -> None:
    assert "too large" in refusal(" " * (MAX_CHARACTERS + 1))


def test_old_series_are_cheap() -> None:
    """A library would walk 20 million days for a thousand endless series since 1970."""
    lines = ("DTSTART:19700101T000000Z", "DURATION:PT1H", "RRULE:FREQ=MONTHLY;BYDAY=1MO")
    parts = (event(*lines, uid=str(i)) for i in range(1000))
    assert read(*parts) == ["0302T0000-0302T0100", "0406T0000-0406T0100"]


def test_ended_series_are_cheap() -> None:
    lines = ("DTSTART:20000101T000000Z", "DURATION:PT1H", "RRULE:FREQ=DAILY;UNTIL=20251231")
    assert read(*(event(*lines, uid=str(i)) for i in range(1000))) == []


NOISE = st.text(max_size=60) | st.sampled_from(
    ["BEGIN:VCALENDAR", "END:VCALENDAR", "BEGIN:VEVENT", "END:VEVENT", "BEGIN:VTIMEZONE", "TZID:x",
     "END:VTIMEZONE", "BEGIN:STANDARD", "END:STANDARD", "TZOFFSETFROM:+0100", "TZOFFSETTO:-2359",
     "DTSTART;TZID=x:20260310T090000", "DTSTART:20260310", "DTSTART:00010101T000000",
     "DTSTART;TZID=Europe/Berlin:99991231T235959", "DTEND:20260311", "DURATION:P1W", "UID:1",
     "DURATION:PT99999999999H", "RRULE:FREQ=DAILY", "RRULE:FREQ=YEARLY;BYDAY=-53SU;COUNT=3",
     "RRULE:FREQ=MONTHLY;BYSETPOS=-1;UNTIL=20270101", "RRULE:FREQ=DAILY;INTERVAL=99999999999",
     "RRULE:FREQ=WEEKLY;WKST=SU;UNTIL=99991231T235959", "EXDATE:20260310T090000Z",
     "RDATE;VALUE=PERIOD:20260310T090000Z/PT1H", "RDATE:,,20260310", "RECURRENCE-ID:20260310",
     "RECURRENCE-ID;TZID=x:20260310T090000", "SEQUENCE:9", "BEGIN:VFREEBUSY", "END:VFREEBUSY",
     "FREEBUSY;FBTYPE=BUSY:20260310T090000Z/20260310T100000Z", "FREEBUSY:/", "DTSTART;TZID=,:x",
     'DTSTART;TZID="a","b":20260310T090000', "DTSTART;=:20260310T090000Z", " folded", "\t", ":"]
)  # fmt: skip
# So that most lines fall into an event, and some calendars are whole.
WRAPPED = st.lists(NOISE, max_size=12).flatmap(
    lambda lines: st.sampled_from(
        [
            "\r\n".join(lines),
            "\r\n".join(["BEGIN:VCALENDAR", *lines, "END:VCALENDAR"]),
            calendar("BEGIN:VEVENT\nDTSTART:20260310\n", *(f"{line}\n" for line in lines),
                     "END:VEVENT\n"),
            calendar("BEGIN:VTIMEZONE\nTZID:x\nBEGIN:STANDARD\nDTSTART:20200101T000000\n",
                     "TZOFFSETFROM:+0100\nTZOFFSETTO:+0200\n", *(f"{line}\n" for line in lines),
                     "END:STANDARD\nEND:VTIMEZONE\n",
                     event("DTSTART;TZID=x:20260310T090000", "DURATION:PT1H")),
        ]
    )
)  # fmt: skip


@settings(max_examples=600)
@given(WRAPPED | st.binary(max_size=200))
def test_any_input_is_read_or_refused(text: str | bytes) -> None:
    try:
        found = read_busy_times(text, START, END, MELBOURNE)
    except UnreadableCalendar:
        return
    assert all(START <= begin < finish <= END for begin, finish in found)
    assert all(left[1] < right[0] for left, right in pairwise(found))
