"""iCalendar documents follow the standard, whatever texts people write."""

import re
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import icalendar
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tests.support.repeatable  # noqa: F401
from domain.calendar_files import Event, Method, Participant, Status, write_calendar

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
EVENT = Event(
    uid="apt_1@artist-booking",
    sequence=3,
    starts_at=NOON,
    ends_at=NOON + timedelta(hours=2),
    status="confirmed",
    summary="Sleeve, second sitting",
    description="Bring:\n- lunch; and time",
    location="12 Gertrude St, Fitzroy",
    url="https://artist.example/a?b=1,2;3",
    updated_at=NOON - timedelta(days=1),
    organizer=Participant("Ana", "hello@artistbooking.example"),
    attendees=(Participant("Robin", "robin@example.com"), Participant("Ana")),
)

texts = st.text(st.characters(codec=None), max_size=200) | st.lists(
    st.sampled_from(
        ["\r\n", "\n", "\r", "BEGIN:VEVENT", "END:VEVENT", "X-EVIL:1", "\\n", "\\", ";", ",", '"',
         ":", "^n", "\x00", "\x0b", "\x0c", "\x1c", "\x85", "\u2028", "\ud800", " ", "\t", "ü",
         "\U0001f3a8", "\u200d", "ab" * 40]
    ),
    max_size=20,
).map("".join)  # fmt: skip


def lines_of(text: str) -> list[str]:
    return text.removesuffix("\r\n").split("\r\n")


def test_a_calendar_follows_the_standard() -> None:
    assert lines_of(write_calendar([EVENT], method="PUBLISH")) == [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//artist-booking//appointments//EN",
        "METHOD:PUBLISH",
        "BEGIN:VEVENT",
        "SUMMARY:Sleeve\\, second sitting",
        "DTSTART:20261122T120000Z",
        "DTEND:20261122T140000Z",
        "DTSTAMP:20261121T120000Z",
        "UID:apt_1@artist-booking",
        "SEQUENCE:3",
        "ATTENDEE;CN=Robin;PARTSTAT=ACCEPTED;RSVP=FALSE:mailto:robin@example.com",
        "ATTENDEE;CN=Ana;PARTSTAT=ACCEPTED;RSVP=FALSE:invalid:nomail",
        "DESCRIPTION:Bring:\\n- lunch\\; and time",
        "LAST-MODIFIED:20261121T120000Z",
        "LOCATION:12 Gertrude St\\, Fitzroy",
        "ORGANIZER;CN=Ana:mailto:hello@artistbooking.example",
        "STATUS:CONFIRMED",
        "URL:https://artist.example/a?b=1,2;3",
        "END:VEVENT",
        "END:VCALENDAR",
    ]


def test_a_feed_has_a_name_and_a_refresh_interval() -> None:
    text = write_calendar([], method="PUBLISH", name="Ana's, calendar\\n")
    assert lines_of(text)[4:-1] == [
        "NAME:Ana's\\, calendar\\\\n",
        "X-WR-CALNAME:Ana's\\, calendar\\\\n",
        "REFRESH-INTERVAL;VALUE=DURATION:PT1H",
        "X-PUBLISHED-TTL:PT1H",
    ]


@pytest.mark.parametrize("method", ["PUBLISH", "REQUEST", "CANCEL"])
@pytest.mark.parametrize("status", ["tentative", "confirmed", "cancelled"])
def test_each_method_and_status_is_written(method: Method, status: Status) -> None:
    event = Event(
        uid="x",
        sequence=0,
        starts_at=NOON,
        ends_at=NOON,
        status=status,
        summary="x",
        description="",
        location="",
        url="",
        updated_at=NOON,
    )
    lines = lines_of(write_calendar([event], method=method))
    assert f"METHOD:{method}" in lines
    assert f"STATUS:{status.upper()}" in lines
    names = {line.partition(":")[0].partition(";")[0] for line in lines}
    assert names.isdisjoint({"LOCATION", "URL", "ORGANIZER", "NAME", "X-WR-CALNAME"})


def test_times_are_written_in_utc() -> None:
    away = timezone(timedelta(hours=10, minutes=30))
    event = Event(
        uid="x",
        sequence=0,
        starts_at=NOON.astimezone(away),
        ends_at=NOON.astimezone(away),
        status="confirmed",
        summary="x",
        description="",
        updated_at=NOON.astimezone(away),
    )
    text = write_calendar([event], method="PUBLISH")
    assert text.count(":20261122T120000Z") == 4
    assert "TZID" not in text


@given(st.lists(texts, min_size=6, max_size=6))
def test_user_texts_cannot_become_properties(values: list[str]) -> None:
    summary, description, location, url, organizer, name = values
    event = Event(
        uid=EVENT.uid,
        sequence=1,
        starts_at=NOON,
        ends_at=NOON,
        status="tentative",
        summary=summary,
        description=description,
        location=location,
        url=url,
        updated_at=NOON,
        organizer=Participant(organizer),
    )
    text = write_calendar([event, EVENT], method="REQUEST", name=name)
    for line in text.encode().split(b"\r\n"):
        assert len(line) <= 75
        line.decode()  # no character is split
        assert not any(byte < 0x20 and byte != 0x09 for byte in line)
        assert 0x7F not in line
    assert text.endswith("END:VCALENDAR\r\n")
    calendar = icalendar.Calendar.from_ical(text)
    assert [part.name for part in calendar.walk()] == ["VCALENDAR", "VEVENT", "VEVENT"]
    assert not calendar.errors
    events: list[Any] = calendar.walk("VEVENT")
    read, untouched = events
    assert set(read) <= set(untouched)
    assert str(read["SUMMARY"]) == clean(summary)
    assert str(read.get("LOCATION", "")) == clean(location)
    assert " ".join(str(read["DESCRIPTION"]).split()) == clean(description)
    assert read["DTSTART"].dt == NOON
    assert str(untouched["SUMMARY"]) == EVENT.summary
    if clean(organizer.replace("\\", " ")):
        assert read["ORGANIZER"].params["CN"] == clean(organizer.replace("\\", " "))
    # The library unescapes these two differently from the standard.
    raw = lines_of(text.replace("\r\n ", ""))
    assert unescaped(raw[4]) == f"NAME:{clean(name)}"
    assert unescaped(raw[5]) == f"X-WR-CALNAME:{clean(name)}"
    assert not url or f"URL:{clean(url)}" in raw


def unescaped(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text)


def clean(text: str) -> str:
    """Return the words of a text, which a calendar must keep."""
    unfit = dict.fromkeys([*range(0x20), *range(0x7F, 0xA0), 0x2028, 0x2029], " ")
    surrogates = dict.fromkeys(range(0xD800, 0xE000), " ")
    return " ".join(text.translate(unfit | surrogates).split())


def test_line_breaks_of_a_description_are_kept() -> None:
    event = Event(
        uid="x",
        sequence=0,
        starts_at=NOON,
        ends_at=NOON,
        status="confirmed",
        summary=" a \r\n b ",
        description="one\r\ntwo\rthree\nfour\tfive\x00six\u2028seven",
        updated_at=NOON,
    )
    lines = lines_of(write_calendar([event], method="PUBLISH"))
    assert "DESCRIPTION:one\\ntwo\\nthree\\nfour\tfive six seven" in lines
    assert "SUMMARY:a b" in lines


def test_the_same_events_make_the_same_text() -> None:
    first = write_calendar([EVENT], method="PUBLISH", name="x")
    assert write_calendar([EVENT], method="PUBLISH", name="x") == first
