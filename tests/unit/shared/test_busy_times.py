"""Busy times are read from the calendars of all programs."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import icalendar
import pytest
import recurring_ical_events
from hypothesis import given, settings
from hypothesis import strategies as st

import tests.support.repeatable  # noqa: F401
from domain.icalendar import busy_times, lines, parser
from domain.icalendar.busy_times import (
    MAX_BLOCKS,
    BusyTimes,
    UnreadableCalendar,
    read_busy_times,
)
from domain.icalendar.parser import MAX_NAMED

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


def read_all(
    *parts: str, start: datetime = START, end: datetime = END, zone: ZoneInfo = MELBOURNE
) -> BusyTimes:
    return read_busy_times([calendar(*parts).encode()], start, end, zone)


def read(
    *parts: str, start: datetime = START, end: datetime = END, zone: ZoneInfo = MELBOURNE
) -> list[str]:
    """Return the busy times as `MMDDThhmm-MMDDThhmm`, in UTC; nothing is unclear."""
    found = read_all(*parts, start=start, end=end, zone=zone)
    assert found.unclear == ()
    return show(found)


def show(found: BusyTimes) -> list[str]:
    assert all(moment.tzinfo is UTC for span in found.spans for moment in span)
    return [f"{begin:%m%dT%H%M}-{finish:%m%dT%H%M}" for begin, finish in found.spans]


def refusal(text: str | bytes) -> str:
    with pytest.raises(UnreadableCalendar) as caught:
        read_bytes(text)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__ or caught.value.__context__ is None
    return caught.value.reason


def read_bytes(text: str | bytes) -> BusyTimes:
    body = text.encode() if isinstance(text, str) else text
    return read_busy_times([body], START, END, MELBOURNE)


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
        "DTSTART:20260310T090000Z\nDURATION:PT0S",
        "DTSTART:20260310T090000Z\nDURATION:PT1H\nTRANSP:TRANSPARENT",
        "DTSTART:20260310T090000Z\nDURATION:PT1H\nSTATUS:CANCELLED",
        "DTSTART:20260310T090000Z\nDURATION:PT1H\nstatus:cancelled",
        "DTSTART:20260310T090000Z\nDURATION:PT1H\nX-MICROSOFT-CDO-BUSYSTATUS:FREE",
        "DTSTART:20260310\nRRULE:FREQ=SECONDLY\nTRANSP:TRANSPARENT",
        "DTSTART:20260228T230000Z\nDURATION:PT1H",
        "DTSTART:20260501T000000Z\nDURATION:PT1H",
        "DTSTART:99991231\nDURATION:P1D",
        "DTSTART:00010101T000000\nDURATION:P1D",
        "STATUS:CANCELLED\nSUMMARY:no start",
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
    assert show(read_all(there)) == ["0309T2200-0309T2300"]


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
    assert read(ages) == ["0301T0000-0501T0000"]  # the second would end after the last year


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
    assert len(read_bytes(first + second).spans) == 2


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
    found = read_bytes(text).spans
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
        "BEGIN:VCARD\r\nEND:VCARD\r\n",
        "BEGIN:VEVENT\r\nDTSTART:20260310T090000Z\r\nEND:VEVENT\r\n",
        calendar(event("DTSTART:20260310T090000Z"))[:-20],
        calendar(event("DTSTART:20260310T090000Z")).partition("END:VEVENT")[0],
    ],
)  # fmt: skip
def test_a_text_that_is_no_calendar_is_refused(text: str | bytes) -> None:
    assert "not a calendar" in refusal(text)


def test_bytes_are_read_as_utf_8_with_or_without_a_byte_order_mark() -> None:
    text = calendar(event("DTSTART:20260310T090000Z", "DURATION:PT1H", "SUMMARY:Gr\xf6\xdfe"))
    expected = read_bytes(text).spans
    assert len(expected) == 1
    for body in (text.encode(), text.encode("utf-8-sig"), text.encode("latin-1")):
        assert read_bytes(body).spans == expected
    assert read_bytes("\ufeff" + text.replace("\r\n", "\n")).spans == expected


@pytest.mark.parametrize("size", [1, 2, 7, 64])
def test_a_calendar_may_arrive_in_any_parts(size: int) -> None:
    text = calendar(event("DTSTART:20260310T09\n 0000Z", "DURATION:PT1H", "SUMMARY:Gr\xf6\xdfe"))
    body = text.encode("utf-8-sig")
    parts = [body[at : at + size] for at in range(0, len(body), size)]
    found = read_busy_times(parts, START, END, MELBOURNE)
    assert show(found) == ["0310T0900-0310T1000"]


# ---- odd events ----------------------------------------------------------------------------------

HOUR = event("DTSTART:20260312T090000Z", "DURATION:PT1H", uid="good")
HOUR_SPAN = "0312T0900-0312T1000"
AT_NINE = "DTSTART:20260310T090000Z"
NINE_TO_TEN = "0310T0900-0310T1000"
REST_OF_DAY = "0310T0900-0310T1300"  # until midnight in Melbourne


@pytest.mark.parametrize(
    ("lines", "spans", "problem"),
    [
        ("SUMMARY:no start", [], "start"),
        ("DTSTART", [], "start"),
        ("DTSTART:", [], "start"),
        ("DTSTART:tomorrow", [], "start"),
        ("DTSTART:20260230", [], "start"),
        ("DTSTART:00000000T000000", [], "start"),
        ("DTSTART:\u0662\u0660\u0662\u06660310", [], "start"),
        # The day is known.
        ("DTSTART:20260310T250000Z\nDURATION:PT1H", ["0309T1300-0310T1300"], "time of day"),
        ("DTSTART:20260310T09", ["0309T1300-0310T1300"], "time of day"),
        # The start is known.
        (f"{AT_NINE}\nDTEND:", [REST_OF_DAY], "end"),
        (f"{AT_NINE}\nDTEND;VALUE=DATE-TIME:", [REST_OF_DAY], "end"),
        (f"{AT_NINE}\nDTEND:later", [REST_OF_DAY], "end"),
        (f"{AT_NINE}\nDTEND:20260310T080000Z", [REST_OF_DAY], "end"),
        (f"{AT_NINE}\nDURATION:", [REST_OF_DAY], "end"),
        (f"{AT_NINE}\nDURATION:1h", [REST_OF_DAY], "end"),
        (f"{AT_NINE}\nDURATION:-PT1H", [REST_OF_DAY], "end"),
        (f"{AT_NINE}\nDURATION:P{'9' * 5000}D", [REST_OF_DAY], "end"),
        ("DTSTART:20260310T125500Z\nDTEND:", ["0310T1255-0310T1355"], "end"),  # an hour at least
        ("DTSTART:20260310\nDTEND:", ["0309T1300-0310T1300"], "end"),
        # The end is known, too.
        (f"{AT_NINE}\nDURATION:PT1H\nSEQUENCE:x", [NINE_TO_TEN], "version"),
        (f"{AT_NINE}\nDURATION:PT1H\nSEQUENCE:{'9' * 5000}", [NINE_TO_TEN], "version"),
        (f"{AT_NINE}\nDURATION:PT1H\nSEQUENCE:-1", [NINE_TO_TEN], "version"),
        (f"{AT_NINE}\nDURATION:PT1H\nRRULE:FREQ=OFTEN", [NINE_TO_TEN], "repetition"),
        (f"{AT_NINE}\nDURATION:PT1H\nRRULE:", [NINE_TO_TEN], "repetition"),
        (f"{AT_NINE}\nDURATION:PT1H\nRRULE:FREQ=YEARLY;RSCALE=CHINESE", [NINE_TO_TEN],
         "repetition"),
        (f"{AT_NINE}\nDURATION:PT1H\nEXDATE:x", [NINE_TO_TEN], "exceptions"),
        (f"{AT_NINE}\nDURATION:PT1H\nRDATE:x,20260311T090000Z",
         [NINE_TO_TEN, "0311T0900-0311T1000"], "additional"),
        (f"{AT_NINE}\nDURATION:PT1H\nRDATE:20260311T090000Z/x",
         [NINE_TO_TEN, "0311T0900-0311T1300"], "end"),
        ("DTSTART;TZID=Nowhere:20260310T090000\nDURATION:PT1H", ["0309T2200-0309T2300"],
         "time zone"),
        (f"{AT_NINE}\nDURATION:PT1H\nRECURRENCE-ID:x", [NINE_TO_TEN], "replaces"),
        (f"{AT_NINE}\nDURATION:PT1H\nRECURRENCE-ID;RANGE=THISANDPRIOR:20260310T090000Z",
         [NINE_TO_TEN], "replaces"),
        # The end of a repetition is not known: it goes on.
        ("DTSTART:20260428T090000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY;UNTIL=x",
         ["0428T0900-0428T1000", "0429T0900-0429T1000", "0430T0900-0430T1000"], "repetition"),
        ("DTSTART:20260429T090000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY;COUNT=many",
         ["0429T0900-0429T1000", "0430T0900-0430T1000"], "repetition"),
    ],
)  # fmt: skip
def test_an_odd_event_hides_no_other_and_is_busy_where_its_time_is_known(
    lines: str, spans: list[str], problem: str
) -> None:
    for parts in ([event(lines), HOUR], [HOUR, event(lines)]):
        found = read_all(*parts)
        assert show(found) == sorted([*spans, HOUR_SPAN])
        assert found.unclear_count == 1
        assert problem in found.unclear[0].problem


@pytest.mark.parametrize(
    ("rule", "span"),
    [
        ("FREQ=MINUTELY", "0320T0000-0501T0000"),
        ("FREQ=SECONDLY;UNTIL=20260401T000000Z", "0320T0000-0401T0001"),
        (
            "FREQ=DAILY;BYSECOND={0};BYMINUTE={0}".format(",".join(map(str, range(60)))),
            "0320T0000-0501T0000",
        ),
    ],
)
def test_a_series_of_too_many_times_is_blocked_as_a_whole(rule: str, span: str) -> None:
    often = event("DTSTART:20260320T000000Z", "DURATION:PT1M", f"RRULE:{rule}")
    found = read_all(often, HOUR)
    assert show(found) == [HOUR_SPAN, span]
    assert "too often" in found.unclear[0].problem


def test_odd_events_are_counted_and_the_first_are_named() -> None:
    odd = [
        event(f"SUMMARY:Flight \\, {i}\\nhome", AT_NINE, "DTEND:", "SEQUENCE:x", uid=f"{i}")
        for i in range(MAX_NAMED + 5)
    ]
    found = read_all(*odd)
    assert found.unclear_count == MAX_NAMED + 5
    assert [each.title for each in found.unclear] == [
        f"Flight , {i} home" for i in range(MAX_NAMED)
    ]
    assert found.unclear[0].start == "20260310T090000Z"
    assert "end" in found.unclear[0].problem
    assert "version" in found.unclear[0].problem


def test_what_is_free_or_past_is_not_named() -> None:
    free = event(AT_NINE, "DTEND:", "TRANSP:TRANSPARENT", "RRULE:FREQ=OFTEN")
    past = event("DTSTART:20200310T090000Z", "DTEND:", uid="2")
    assert read(free, past, HOUR) == [HOUR_SPAN]


@pytest.mark.parametrize(
    "parts",
    [
        ["END:VEVENT\n", HOUR],
        ["END:\n", HOUR],
        ["BEGIN:X\n" * 20, "END:X\n" * 20, HOUR],
        ["BEGIN:X\n" * 20, HOUR],
        [HOUR.replace("END:VEVENT\n", ""), event("DTSTART:20200101")],
        ["BEGIN:VTODO\nEND:VEVENT\n", HOUR],
        [HOUR.replace("END:VEVENT", "BEGIN:VALARM\nDURATION:PT9H\nEND:VEVENT")],
        [event("DTSTART;=:20260312T090000Z", "DURATION:PT1H")],
        [event('DTSTART;TZID="Europe/Berlin:20260312T200000', "DURATION:PT1H")],
    ],
)
def test_malformed_lines_and_components_hide_no_event(parts: list[str]) -> None:
    assert read(*parts) == [HOUR_SPAN]


@pytest.mark.parametrize(
    ("lines", "span"),
    [
        ("DTSTART:20260310T085960Z\nDTEND:20260310T100060Z", "0310T0859-0310T1000"),
        ("DTSTART:20260310T090000Z\nDTEND:20260310T240000Z", "0310T0900-0311T0000"),
        ("DTSTART:2026-03-10T09:00:00Z\nDTEND:2026-03-10T10:00Z", NINE_TO_TEN),
        ("DTSTART:20260310T090000.000Z\nDURATION:PT1H", NINE_TO_TEN),
        ("DTSTART:20260310T100000+0100\nDTEND:2026-03-10T05:00:00-05:00", NINE_TO_TEN),
        ("DTSTART:20260310T090000Z\nDTEND:\nDURATION:PT1H", NINE_TO_TEN),
        ("DTSTART:20260310T090000Z\nDURATION:P999999999D", "0310T0900-0501T0000"),
        ("DTSTART:20260310T090000Z\nDTEND:99991231T235959Z", "0310T0900-0501T0000"),
    ],
)
def test_what_has_one_meaning_is_read(lines: str, span: str) -> None:
    assert read(event(lines)) == [span]


def test_a_free_occurrence_may_have_no_time_of_its_own() -> None:
    cancelled = event("RECURRENCE-ID:20260323T080000Z", "STATUS:CANCELLED")
    assert read(event(*WEEKLY), cancelled) == [WEEKS[0], *WEEKS[2:]]


def test_a_change_without_a_time_leaves_the_occurrence_as_it_was() -> None:
    changed = event("RECURRENCE-ID:20260323T080000Z", "DTSTART:soon")
    found = read_all(event(*WEEKLY), changed)
    assert show(found) == WEEKS
    assert found.unclear_count == 1


def test_an_event_of_an_unknown_version_blocks_besides_the_others() -> None:
    odd = event(AT_NINE, "DURATION:PT1H", "SEQUENCE:new")
    other = event("DTSTART:20260311T090000Z", "DURATION:PT1H", "SEQUENCE:3")
    assert show(read_all(odd, other)) == [NINE_TO_TEN, "0311T0900-0311T1000"]


def test_odd_busy_times_are_named() -> None:
    part = "BEGIN:VFREEBUSY\nFREEBUSY:x,20260310T090000Z/PT1H\nEND:VFREEBUSY\n"
    found = read_all(part)
    assert show(found) == [NINE_TO_TEN]
    assert found.unclear_count == 1


@pytest.mark.parametrize(
    "broken",
    [
        OUTLOOK_ZONE.replace("+0100", "1"),
        OUTLOOK_ZONE.replace("FREQ=YEARLY", "FREQ=OFTEN"),
        OUTLOOK_ZONE.replace("16010101T030000", "once"),
        OUTLOOK_ZONE.replace("FREQ=YEARLY;INTERVAL=1;BYDAY=-1SU;BYMONTH=10", "FREQ=SECONDLY"),
        "BEGIN:VTIMEZONE\nTZID:Customized Time Zone\nEND:VTIMEZONE\n",
    ],
)
def test_an_event_in_a_broken_zone_is_read_in_that_of_the_calendar(broken: str) -> None:
    there = event("DTSTART;TZID=Customized Time Zone:20260310T090000", "DURATION:PT1H")
    found = read_all("X-WR-TIMEZONE:Europe/Berlin\n", broken, there)
    assert show(found) == ["0310T0800-0310T0900"]
    assert "time zone" in found.unclear[0].problem


# ---- the zone of a calendar ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "span"),
    [
        ("Europe/Berlin", "0310T0800-0310T0900"),
        ("W. Europe Standard Time", "0310T0800-0310T0900"),
        ("Nowhere", "0309T2200-0309T2300"),
    ],
)
def test_floating_times_are_in_the_zone_of_the_calendar(name: str, span: str) -> None:
    floating = event("DTSTART:20260310T090000", "DURATION:PT1H")
    assert read(f"X-WR-TIMEZONE:{name}\n", floating) == [span]
    assert read(floating, f"X-WR-TIMEZONE:{name}\n") == [span]


def test_whole_days_are_those_of_the_artist() -> None:
    day = event("DTSTART;VALUE=DATE:20260310")
    assert read("X-WR-TIMEZONE:Europe/Berlin\n", day) == ["0309T1300-0310T1300"]


# ---- changes of all later occurrences ------------------------------------------------------------


def this_and_future(*lines: str, at: str = "20260330T090000") -> str:
    return event(f"RECURRENCE-ID;RANGE=THISANDFUTURE;TZID=Europe/Berlin:{at}", *lines)


MOVED = this_and_future("DTSTART;TZID=Europe/Berlin:20260331T140000", "DURATION:PT2H")
MOVED_WEEKS = [*WEEKS[:2], *(f"0{day}T1200-0{day}T1400" for day in (331, 407, 414, 421, 428))]


def test_this_and_all_later_occurrences_may_be_moved() -> None:
    for parts in ([event(*WEEKLY), MOVED], [MOVED, event(*WEEKLY)]):
        assert read(*parts) == MOVED_WEEKS


def test_later_occurrences_may_be_moved_into_the_requested_time() -> None:
    since = datetime(2026, 4, 14, tzinfo=UTC)
    assert read(event(*WEEKLY), MOVED, start=since) == MOVED_WEEKS[4:]
    back = this_and_future("DTSTART;TZID=Europe/Berlin:20260317T100000", "DURATION:PT1H")
    found = read(event(*WEEKLY), back, end=datetime(2026, 4, 14, tzinfo=UTC))
    assert [span[:4] for span in found] == ["0316", "0317", "0323", "0324", "0331", "0407"]


def test_moved_occurrences_keep_their_hour_when_the_clocks_change() -> None:
    moved = this_and_future(
        "DTSTART;TZID=Europe/Berlin:20260324T140000", "DURATION:PT2H", at="20260323T090000"
    )
    found = read(event(*WEEKLY), moved, end=datetime(2026, 4, 5, tzinfo=UTC))
    assert found == [WEEKS[0], "0324T1300-0324T1500", "0331T1200-0331T1400"]


def test_later_occurrences_may_be_changed_again_or_one_by_one_or_excluded() -> None:
    again = this_and_future(
        "DTSTART;TZID=Europe/Berlin:20260413T080000", "DURATION:PT1H", at="20260413T090000"
    )
    one = event("RECURRENCE-ID:20260406T070000Z", "DTSTART:20260408T070000Z", "DURATION:PT1H")
    series = event(*WEEKLY, "EXDATE:20260427T070000Z")
    assert read(series, MOVED, again, one) == [
        *WEEKS[:2],
        "0331T1200-0331T1400",
        "0408T0700-0408T0800",
        "0413T0600-0413T0700",
        "0420T0600-0420T0700",
    ]


def test_later_occurrences_may_be_free_or_a_series_of_their_own() -> None:
    free = this_and_future("DTSTART;TZID=Europe/Berlin:20260330T090000", "STATUS:CANCELLED")
    assert read(event(*WEEKLY), free) == WEEKS[:2]
    own = this_and_future(
        "DTSTART;TZID=Europe/Berlin:20260401T090000", "DURATION:PT1H", "RRULE:FREQ=DAILY;COUNT=2"
    )
    expected = [*WEEKS[:2], "0401T0700-0401T0800", "0402T0700-0402T0800"]
    assert read(event(*WEEKLY), own) == expected


def test_a_change_of_later_occurrences_without_its_series_blocks_its_own_time() -> None:
    assert read(MOVED) == ["0331T1200-0331T1400"]


# ---- series within the day -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "spans"),
    [
        ("FREQ=HOURLY;INTERVAL=2;COUNT=3",
         ["0310T0900-0310T0930", "0310T1100-0310T1130", "0310T1300-0310T1330"]),
        ("FREQ=HOURLY;UNTIL=20260310T100000Z", ["0310T0900-0310T0930", "0310T1000-0310T1030"]),
        ("FREQ=MINUTELY;INTERVAL=45;COUNT=3",
         ["0310T0900-0310T0930", "0310T0945-0310T1015", "0310T1030-0310T1100"]),
        ("FREQ=MINUTELY;COUNT=61", ["0310T0900-0310T1030"]),
        ("FREQ=SECONDLY;COUNT=3600", ["0310T0900-0310T1029"]),
        ("FREQ=SECONDLY;INTERVAL=3600;UNTIL=20260310T100000Z",
         ["0310T0900-0310T0930", "0310T1000-0310T1030"]),
        ("FREQ=HOURLY;BYHOUR=9,11;COUNT=3",
         ["0310T0900-0310T0930", "0310T1100-0310T1130", "0311T0900-0311T0930"]),
    ],
)  # fmt: skip
def test_a_series_may_repeat_within_the_day(rule: str, spans: list[str]) -> None:
    assert read(event(AT_NINE, "DURATION:PT30M", f"RRULE:{rule}")) == spans


def test_an_endless_series_of_hours_is_read() -> None:
    hours = event("DTSTART:20200101T000000Z", "DURATION:PT15M", "RRULE:FREQ=HOURLY")
    found = read_all(hours, end=START + timedelta(days=400))
    assert len(found.spans) == 9600
    assert found.unclear == ()


# ---- limits --------------------------------------------------------------------------------------


def test_busy_times_that_are_too_many_are_joined() -> None:
    hours = event("DTSTART:20200101T000000Z", "DURATION:PT30M", "RRULE:FREQ=HOURLY", uid="a")
    found = read_all(hours, end=START + timedelta(days=740))
    assert len(found.spans) <= MAX_BLOCKS
    assert found.spans[0][0] == START
    assert "joined" in found.unclear[0].problem


@pytest.mark.parametrize(("joined", "kept"), [(5, 6), (10, 11)])
def test_the_shortest_times_between_are_joined_first(
    monkeypatch: pytest.MonkeyPatch, joined: int, kept: int
) -> None:
    """Those of five minutes, then those of ten, and so on."""
    monkeypatch.setattr(busy_times, "MAX_BLOCKS", 4)
    starts = ("0900", f"10{joined:02}", f"11{joined + kept:02}", "1500", "1800")
    hours = [event(f"DTSTART:20260310T{at}00Z", "DURATION:PT1H", uid=at) for at in starts]
    found = show(read_all(*hours))
    assert found[0] == f"0310T0900-0310T11{joined:02}"
    assert len(found) == 4


def test_busy_times_at_the_same_time_are_one() -> None:
    hour = event("DTSTART:20260310T090000Z", "DURATION:PT1H", uid="")
    assert read(hour * 1_001) == ["0310T0900-0310T1000"]


def test_past_events_are_not_kept() -> None:
    hour = event("DTSTART:20250310T090000Z", "DURATION:PT1H", uid="")
    later = event("DTSTART:20290310T090000Z", "DURATION:PT1H", uid="")
    found = read_all((hour + later) * 1_001)
    assert (found.spans, found.kept_events, found.kept_characters) == ([], 0, 0)


def test_too_many_events_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parser, "MAX_KEPT_EVENTS", 200)
    hour = event("DTSTART:20260310T090000Z", "DURATION:PT1H", uid="")
    assert read(hour * 200) == [NINE_TO_TEN]
    assert "too many" in refusal(calendar(hour * 201))
    monkeypatch.setattr(parser, "MAX_KEPT_CHARACTERS", 5_000)
    assert "too many" in refusal(calendar(hour * 200))


def test_a_newer_version_outside_of_the_requested_time_replaces_an_older_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    old = event(AT_NINE, "DURATION:PT1H", "SEQUENCE:1")
    new = event("DTSTART:20200310T090000Z", "DURATION:PT1H", "SEQUENCE:2")
    assert read(old, new) == read(new, old) == []
    monkeypatch.setattr(parser, "MAX_REPLACED", 5)
    many = [event("DTSTART:20200310", "SEQUENCE:1", uid=f"x{i}") for i in range(5)]
    assert read(*many, old, new) == [NINE_TO_TEN]  # rather busy than free


@pytest.mark.parametrize(
    "lines",
    [
        "RRULE:FREQ=DAILY;COUNT=100",
        "RRULE:FREQ=WEEKLY;BYDAY=MO,TU;COUNT=15",
        "RRULE:FREQ=YEARLY;UNTIL=20251231",
        "RECURRENCE-ID:20251201T090000Z",
    ],
)
def test_what_has_ended_is_not_kept(lines: str) -> None:
    found = read_all(event("DTSTART:20250901T090000Z", "DURATION:PT1H", lines))
    assert (found.spans, found.kept_events) == ([], 0)


def test_a_long_feed_is_read_line_by_line_and_only_what_matters_is_kept() -> None:
    """16 MiB, as of a busy artist after many years: an event every six hours, and much text."""
    text = "DESCRIPTION:" + "x" * 60 + "\r\n" + (" " + "y" * 73 + "\r\n") * 3
    alarm = "BEGIN:VALARM\r\nTRIGGER:-PT15M\r\nEND:VALARM\r\n"
    sent = 0

    def send() -> Iterator[bytes]:
        nonlocal sent
        yield b"BEGIN:VCALENDAR\r\n"
        begins = START + timedelta(days=30)
        while sent < 16 * 1024 * 1024:
            part = (
                f"BEGIN:VEVENT\r\nUID:{sent}@example.com\r\nDTSTART:{begins:%Y%m%dT%H%M%S}Z\r\n"
                f"DURATION:PT1H\r\nSUMMARY:Appointment\r\n{text}{alarm}END:VEVENT\r\n"
            ).encode()
            sent += len(part)
            begins -= timedelta(hours=6)
            yield part
        yield b"END:VCALENDAR\r\n"

    found = read_busy_times(send(), START, END, MELBOURNE)
    assert len(found.spans) == 30 * 4 + 1
    assert found.kept_events == (30 + 40) * 4 + 1  # from 40 days before on
    assert found.kept_characters < 150 * found.kept_events
    assert sent > 100 * found.kept_characters


def test_a_line_without_end_is_cut() -> None:
    noise = ("x" * 1_000_000).encode()
    body = calendar(HOUR).encode()
    head, tail = body[:-15], body[-15:]
    found = read_busy_times([head, b"X-A:", *[noise] * 5, b"\r\n", tail], START, END, MELBOURNE)
    assert show(found) == [HOUR_SPAN]


def test_an_event_that_is_too_long_is_read_as_far_as_it_goes() -> None:
    excluded = "EXDATE:" + ",".join(["20260323T080000Z"] * 3000)
    found = read_all(event(*WEEKLY, *[excluded] * 5), HOUR)
    assert set(show(found)) == {HOUR_SPAN, WEEKS[0], *WEEKS[2:]}
    assert found.unclear_count == 1


@pytest.mark.parametrize(
    "lines",
    [
        "DTSTART:19000101T000000Z\nDURATION:P99999D\nRRULE:FREQ=DAILY",
        "DTSTART:00010103T000000Z\nRRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30;COUNT=9",
        "DTSTART:20260301T000000Z\nRRULE:FREQ=DAILY;BYHOUR=" + ",".join(map(str, range(24))),
    ],
)
def test_many_endless_series_are_refused(lines: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(busy_times, "MAX_CHECKED_DAYS", 300_000)
    assert "too many" in refusal(calendar(*(event(lines, uid=str(i)) for i in range(2000))))


def test_a_series_that_takes_too_long_to_count_has_no_end() -> None:
    ancient = event("DTSTART:00010103T090000Z", "DURATION:PT1H",
                    "RRULE:FREQ=DAILY;BYDAY=TU;COUNT=900000")  # fmt: skip
    found = read_all(ancient, HOUR, end=datetime(2026, 3, 11, tzinfo=UTC))
    assert show(found) == ["0303T0900-0303T1000", NINE_TO_TEN]
    assert "end of its repetition" in found.unclear[0].problem


def test_zones_that_are_too_many_are_not_known() -> None:
    parts = [event(f"DTSTART;TZID=Zone {i}:20260310T090000", uid=str(i)) for i in range(200)]
    found = read_all("X-WR-TIMEZONE:UTC\n", *parts, HOUR)
    assert show(found) == [HOUR_SPAN]
    assert found.unclear_count == 200


def test_too_many_lines_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "MAX_LINES", 20_000)
    assert read_bytes(calendar() + "\n" * 19_000).spans == []
    assert "too many" in refusal(calendar() + "\n" * 20_000)


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
    body = text.encode(errors="replace") if isinstance(text, str) else text
    try:
        found = read_bytes(body).spans
    except UnreadableCalendar:
        return
    assert all(START <= begin < finish <= END for begin, finish in found)
    assert all(left[1] < right[0] for left, right in pairwise(found))
