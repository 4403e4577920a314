"""Parser of calendars that other programs have written (RFC 5545), as far as they are about time.

Only lines about time are read, so that a malformed line among the others does no harm. An error in
a line about time is an error of the calendar: if it were skipped, a busy time would be lost and
could be booked twice.
"""

import re
from collections import defaultdict
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, NamedTuple

import msgspec

from appointments.icalendar import recurrence, time_zones
from appointments.icalendar.recurrence import Rule, TooMuchWork, WorkBudget
from appointments.icalendar.time_zones import Observance, Zone

MAX_DEPTH = 8
MAX_ZONES = 100  # most of them are read from files

Span = tuple[datetime, datetime]

_READ_NAMES = {
    "UID", "SEQUENCE", "RECURRENCE-ID", "DTSTART", "DTEND", "DURATION", "RRULE", "RDATE", "EXDATE",
    "STATUS", "TRANSP", "X-MICROSOFT-CDO-BUSYSTATUS", "FREEBUSY", "TZID", "TZOFFSETFROM",
    "TZOFFSETTO", "X-LIC-LOCATION",
}  # fmt: skip
_FOLD = re.compile(r"\n[ \t]")
_NAME = re.compile(r"[A-Z-]+", re.ASCII | re.IGNORECASE)
_MOMENT = re.compile(r"(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(\d\d)(Z?))?", re.ASCII)
_DURATION = re.compile(
    r"([+-]?)P(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?", re.ASCII
)
_OFFSET = re.compile(r"([+-])(\d\d)(\d\d)(\d\d)?", re.ASCII)
_UTC = time_zones.from_tzinfo(UTC)


class Moment(msgspec.Struct, frozen=True):
    """A time in a zone, or a date, which begins at its midnight.

    Attributes:
        local: Naive local time.
    """

    local: datetime
    zone: Zone
    is_date: bool

    @property
    def utc(self) -> datetime:
        """The instant in UTC."""
        return self.zone(self.local)


class Length(msgspec.Struct, frozen=True):
    """Length of an event: days of whatever length, and an exact time (RFC 5545, 3.8.5.3)."""

    days: int = 0
    time: timedelta = timedelta()

    def end(self, local: datetime, zone: Zone) -> datetime:
        """Return the instant at which an event ends that begins at a local time."""
        return zone(local + timedelta(self.days)) + self.time


class Event(msgspec.Struct, frozen=True):
    """An event or a series.

    Attributes:
        recurrence_id: Occurrence of a series that this event replaces.
        is_free: Whether it takes no time.
        rules: Recurrence rules as text: those of an event that takes no time are never parsed.
        extra_starts: Further starts, some with a length of their own.
    """

    uid: str
    sequence: int
    recurrence_id: datetime | None
    is_free: bool
    start: Moment
    length: Length
    rules: list[str]
    extra_starts: list[tuple[Moment, Length]]
    excluded: list[Moment]


class Calendar(msgspec.Struct, frozen=True):
    """The events of a calendar, and the busy times that it lists without events, in UTC."""

    events: list[Event]
    busy: list[Span]


class _Line(NamedTuple):
    parameters: Mapping[str, Any]
    value: str


class _Component:
    """The content between a BEGIN and its END."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.lines: dict[str, list[_Line]] = defaultdict(list)
        self.parts: list[_Component] = []

    def value(self, name: str) -> str:
        """Return the value of the first line with a name; empty if there is none."""
        return self.lines[name][0].value if self.lines[name] else ""


def parse(text: str, floating: Zone, budget: WorkBudget) -> Calendar:
    """Parse a calendar.

    Args:
        text: The calendar.
        floating: Zone of dates, and of times without a zone.
        budget: Limits the work.

    Raises:
        ValueError: It is no calendar, or not a whole one.
        OverflowError: A date is out of range.
        TooMuchWork: It takes more work than the budget allows.
    """
    calendars = [part for part in _split_components(text) if part.name == "VCALENDAR"]
    if not calendars:
        raise ValueError("not a calendar")
    parts = [part for calendar in calendars for part in calendar.parts]
    reader = _Reader(parts, floating, budget)
    events = [part for part in parts if part.name == "VEVENT" and part.lines["DTSTART"]]
    lines = [line for part in parts if part.name == "VFREEBUSY" for line in part.lines["FREEBUSY"]]
    busy = [line for line in lines if str(line.parameters.get("FBTYPE")).upper() != "FREE"]
    return Calendar(
        events=[reader.read_event(part) for part in events],
        busy=[
            (start.utc, length.end(start.local, start.zone))
            for line in busy
            for start, length in reader.read_starts(line, Length(), floating)
        ],
    )


def get_last_start(rule: Rule, start: Moment) -> datetime:
    """Return the last instant in UTC at which an occurrence of a rule may start."""
    if rule.until is None:
        return datetime.max.replace(tzinfo=UTC)
    local = _parse_local(rule.until)
    if start.is_date or "T" not in rule.until:  # that day is included
        return start.zone(datetime.combine(local, time.max))
    return (_UTC if rule.until.endswith("Z") else start.zone)(local)


def _split_components(text: str) -> list[_Component]:
    from icalendar.parser import Contentline  # noqa: PLC0415  # 75 ms

    stack = [_Component("")]
    for line in _FOLD.sub("", text.replace("\r\n", "\n")).split("\n"):
        name = _NAME.match(line)
        kind = name[0].upper() if name else ""
        if kind in _READ_NAMES:
            _, parameters, value = Contentline(line).parts()  # type: ignore[no-untyped-call]
            stack[-1].lines[kind].append(_Line(parameters, value.strip()))
        elif kind == "BEGIN":
            component = _Component(line.partition(":")[2].strip().upper())
            stack[-1].parts.append(component)
            stack.append(component)
        elif kind == "END" and stack.pop().name != line.partition(":")[2].strip().upper():
            raise ValueError("END without BEGIN")
        if not 1 <= len(stack) <= MAX_DEPTH:
            raise ValueError("nested too deeply")
    if len(stack) > 1:
        raise ValueError("END is missing")
    return stack[0].parts


class _Reader:
    """A reader of the values of one calendar, which knows its zones."""

    def __init__(self, parts: list[_Component], floating: Zone, budget: WorkBudget) -> None:
        self._described = {part.value("TZID"): part for part in parts if part.name == "VTIMEZONE"}
        self._floating = floating
        self._budget = budget
        self._zones: dict[str, Zone] = {}

    def read_event(self, component: _Component) -> Event:
        lines = component.lines
        start = self._read_moment(lines["DTSTART"][0], self._floating)
        length = self._read_length(component, start)
        replaced = lines["RECURRENCE-ID"]
        if any("RANGE" in line.parameters for line in replaced):
            raise ValueError("RANGE is not supported")
        return Event(
            uid=component.value("UID"),
            sequence=int(component.value("SEQUENCE") or 0),
            recurrence_id=self._read_moment(replaced[0], start.zone).utc if replaced else None,
            is_free=_is_free(component),
            start=start,
            length=length,
            rules=[line.value for line in lines["RRULE"]],
            extra_starts=[
                start_and_length
                for line in lines["RDATE"]
                for start_and_length in self.read_starts(line, length, start.zone)
            ],
            excluded=[
                moment
                for line in lines["EXDATE"]
                for moment, _ in self.read_starts(line, length, start.zone)
            ],
        )

    def read_starts(self, line: _Line, length: Length, zone: Zone) -> list[tuple[Moment, Length]]:
        """Return the times of a list, each with its own length or this one."""
        starts = []
        for value in filter(None, line.value.split(",")):
            begin, _, end = value.partition("/")
            start = self._read_moment(_Line(line.parameters, begin), zone)
            if end.startswith(("P", "+P")):
                starts.append((start, _parse_duration(end)))
            elif end:
                starts.append(
                    (start, _measure(start, self._read_moment(_Line(line.parameters, end), zone)))
                )
            else:
                starts.append((start, length))
        return starts

    def _read_length(self, component: _Component, start: Moment) -> Length:
        if component.lines["DTEND"]:
            return _measure(start, self._read_moment(component.lines["DTEND"][0], start.zone))
        if component.lines["DURATION"]:
            return _parse_duration(component.value("DURATION"))
        return Length(days=1 if start.is_date else 0)

    def _read_moment(self, line: _Line, zone: Zone) -> Moment:
        local = _parse_local(line.value)
        if "T" not in line.value:
            return Moment(local, self._floating, is_date=True)
        if line.value.endswith("Z"):
            return Moment(local, _UTC, is_date=False)
        name = line.parameters.get("TZID")
        return Moment(local, self._find_zone(str(name)) if name else zone, is_date=False)

    def _find_zone(self, name: str) -> Zone:
        if name not in self._zones:
            if len(self._zones) == MAX_ZONES:
                raise TooMuchWork
            self._zones[name] = time_zones.find_named(name) or self._create_described_zone(name)
        return self._zones[name]

    def _create_described_zone(self, name: str) -> Zone:
        # A zone that is neither known nor described is most probably the artist's own.
        component = self._described.get(name, _Component(""))
        location = time_zones.find_named(component.value("X-LIC-LOCATION"))
        observances = [_parse_observance(part) for part in component.parts if part.lines["DTSTART"]]
        if location is None and observances:
            return time_zones.from_observances(observances, self._budget)
        return location or self._floating


def _parse_observance(component: _Component) -> Observance:
    begins = [
        _parse_local(value)
        for line in component.lines["DTSTART"][:1] + component.lines["RDATE"]
        for value in line.value.split(",")
    ]
    rule = None
    if component.lines["RRULE"]:
        rule = recurrence.parse(component.value("RRULE"), begins[0])
    return Observance(
        offset_before=_parse_offset(component.value("TZOFFSETFROM")),
        offset=_parse_offset(component.value("TZOFFSETTO")),
        begins=begins,
        rule=rule,
        # UNTIL is in UTC, less than a day away from local time; the next change is months away.
        rule_ends=_parse_local(rule.until) + timedelta(1) if rule and rule.until else None,
    )


def _is_free(component: _Component) -> bool:
    return (
        component.value("STATUS").upper() == "CANCELLED"
        or component.value("TRANSP").upper() == "TRANSPARENT"
        or component.value("X-MICROSOFT-CDO-BUSYSTATUS").upper() == "FREE"
    )


def _parse_local(value: str) -> datetime:
    """Return the naive local time of a date or time."""
    match = _MOMENT.fullmatch(value.strip())
    if match is None:
        raise ValueError("not a time")
    year, month, day, hour, minute, second = (int(number or 0) for number in match.groups()[:6])
    return datetime.combine(date(year, month, day), time(hour, minute, second))


def _measure(start: Moment, end: Moment) -> Length:
    if start.is_date and end.is_date:
        # Some programs write the last day instead of the day after it.
        return Length(days=max(1, (end.local - start.local).days))
    return Length(time=end.utc - start.utc)


def _parse_duration(value: str) -> Length:
    match = _DURATION.fullmatch(value.strip().upper())
    if match is None or match[1] == "-":
        raise ValueError("not a duration")
    weeks, days, hours, minutes, seconds = (int(number or 0) for number in match.groups()[1:])
    return Length(weeks * 7 + days, timedelta(hours=hours, minutes=minutes, seconds=seconds))


def _parse_offset(value: str) -> timedelta:
    match = _OFFSET.fullmatch(value.strip())
    if match is None:
        raise ValueError("not an offset")
    hours, minutes, seconds = (int(number or 0) for number in match.groups()[1:])
    offset = timedelta(hours=hours, minutes=minutes, seconds=seconds)
    return -offset if match[1] == "-" else offset
