"""What a foreign calendar says about time, in types: RFC 5545 as programs write it.

Only lines about time are read, so an odd one among the others does no harm. What is wrong among
those is an error and not left out: a busy time that is lost would become a double booking.
"""

import re
from collections import defaultdict
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, NamedTuple

import msgspec

from appointments.icalendar import recurrence, time_zones
from appointments.icalendar.recurrence import Patience, Rule, TooMuch
from appointments.icalendar.time_zones import Observance, Zone

MAX_DEPTH = 8
MAX_ZONES = 100  # that are looked up, most of them in files

Span = tuple[datetime, datetime]

_READ = {
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
_UTC = time_zones.zone_of(UTC)


class Moment(msgspec.Struct, frozen=True):
    """A time in a zone, or a date, which begins at its midnight; `local` is naive."""

    local: datetime
    zone: Zone
    is_date: bool

    @property
    def utc(self) -> datetime:
        """The instant."""
        return self.zone(self.local)


class Length(msgspec.Struct, frozen=True):
    """How long an event is: days, however long they are, and hours (RFC 5545, 3.8.5.3)."""

    days: int = 0
    time: timedelta = timedelta()

    def end(self, local: datetime, zone: Zone) -> datetime:
        """The instant at which what begins at this local time ends."""
        return zone(local + timedelta(self.days)) + self.time


class Event(msgspec.Struct, frozen=True):
    """An event, or a series; one with a `recurrence_id` stands for that occurrence of its series.

    `rules` stay text: what takes no time need not be understood. `more` are further starts, some
    with a length of their own.
    """

    uid: str
    sequence: int
    recurrence_id: datetime | None
    is_free: bool
    start: Moment
    length: Length
    rules: list[str]
    more: list[tuple[Moment, Length]]
    excluded: list[Moment]


class Calendar(msgspec.Struct, frozen=True):
    """The events of a calendar, and the busy times that it gives without any, in UTC."""

    events: list[Event]
    busy: list[Span]


class _Line(NamedTuple):
    parameters: Mapping[str, Any]
    value: str


class _Component:
    """What stands between a BEGIN and its END."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.lines: dict[str, list[_Line]] = defaultdict(list)
        self.parts: list[_Component] = []

    def value(self, name: str) -> str:
        """The value of the line that should be the only one of its name, or nothing."""
        return self.lines[name][0].value if self.lines[name] else ""


def parse(text: str, floating: Zone, patience: Patience) -> Calendar:
    """Read a calendar; dates, and times without a zone, are in `floating`.

    Raises ValueError or OverflowError for what is no calendar, or not whole, and TooMuch.
    """
    calendars = [part for part in _components(text) if part.name == "VCALENDAR"]
    if not calendars:
        raise ValueError("not a calendar")
    parts = [part for calendar in calendars for part in calendar.parts]
    reader = _Reader(parts, floating, patience)
    events = [part for part in parts if part.name == "VEVENT" and part.lines["DTSTART"]]
    lines = [line for part in parts if part.name == "VFREEBUSY" for line in part.lines["FREEBUSY"]]
    taken = [line for line in lines if str(line.parameters.get("FBTYPE")).upper() != "FREE"]
    return Calendar(
        events=[reader.event(part) for part in events],
        busy=[
            (start.utc, length.end(start.local, start.zone))
            for line in taken
            for start, length in reader.starts(line, Length(), floating)
        ],
    )


def last_start(rule: Rule, start: Moment) -> datetime:
    """The last instant at which an occurrence of the rule may start; in UTC."""
    if rule.until is None:
        return datetime.max.replace(tzinfo=UTC)
    local = _local(rule.until)
    if start.is_date or "T" not in rule.until:  # then that day is still in
        return start.zone(datetime.combine(local, time.max))
    return (_UTC if rule.until.endswith("Z") else start.zone)(local)


def _components(text: str) -> list[_Component]:
    from icalendar.parser import Contentline  # noqa: PLC0415  # 75 ms

    stack = [_Component("")]
    for line in _FOLD.sub("", text.replace("\r\n", "\n")).split("\n"):
        name = _NAME.match(line)
        kind = name[0].upper() if name else ""
        if kind in _READ:
            _, parameters, value = Contentline(line).parts()  # type: ignore[no-untyped-call]
            stack[-1].lines[kind].append(_Line(parameters, value.strip()))
        elif kind == "BEGIN":
            component = _Component(line.partition(":")[2].strip().upper())
            stack[-1].parts.append(component)
            stack.append(component)
        elif kind == "END" and stack.pop().name != line.partition(":")[2].strip().upper():
            raise ValueError("an end without a beginning")
        if not 1 <= len(stack) <= MAX_DEPTH:
            raise ValueError("nested too deep")
    if len(stack) > 1:
        raise ValueError("the end is missing")
    return stack[0].parts


class _Reader:
    """Reads the values of one calendar, whose zones it knows."""

    def __init__(self, parts: list[_Component], floating: Zone, patience: Patience) -> None:
        self._described = {part.value("TZID"): part for part in parts if part.name == "VTIMEZONE"}
        self._floating = floating
        self._patience = patience
        self._zones: dict[str, Zone] = {}

    def event(self, component: _Component) -> Event:
        lines = component.lines
        start = self._moment(lines["DTSTART"][0], self._floating)
        length = self._length(component, start)
        changed = lines["RECURRENCE-ID"]
        if any("RANGE" in line.parameters for line in changed):
            raise ValueError("changes all later occurrences")
        return Event(
            uid=component.value("UID"),
            sequence=int(component.value("SEQUENCE") or 0),
            recurrence_id=self._moment(changed[0], start.zone).utc if changed else None,
            is_free=_is_free(component),
            start=start,
            length=length,
            rules=[line.value for line in lines["RRULE"]],
            more=[
                more for line in lines["RDATE"] for more in self.starts(line, length, start.zone)
            ],
            excluded=[
                moment
                for line in lines["EXDATE"]
                for moment, _ in self.starts(line, length, start.zone)
            ],
        )

    def starts(self, line: _Line, length: Length, zone: Zone) -> list[tuple[Moment, Length]]:
        """The times of a list, each with the length of its own or this one."""
        found = []
        for value in filter(None, line.value.split(",")):
            begin, _, end = value.partition("/")
            start = self._moment(_Line(line.parameters, begin), zone)
            if end.startswith(("P", "+P")):
                found.append((start, _duration(end)))
            elif end:
                found.append(
                    (start, _between(start, self._moment(_Line(line.parameters, end), zone)))
                )
            else:
                found.append((start, length))
        return found

    def _length(self, component: _Component, start: Moment) -> Length:
        if component.lines["DTEND"]:
            return _between(start, self._moment(component.lines["DTEND"][0], start.zone))
        if component.lines["DURATION"]:
            return _duration(component.value("DURATION"))
        return Length(days=1 if start.is_date else 0)

    def _moment(self, line: _Line, zone: Zone) -> Moment:
        local = _local(line.value)
        if "T" not in line.value:
            return Moment(local, self._floating, is_date=True)
        if line.value.endswith("Z"):
            return Moment(local, _UTC, is_date=False)
        name = line.parameters.get("TZID")
        return Moment(local, self._zone(str(name)) if name else zone, is_date=False)

    def _zone(self, name: str) -> Zone:
        if name not in self._zones:
            if len(self._zones) == MAX_ZONES:
                raise TooMuch
            self._zones[name] = time_zones.named(name) or self._described_zone(name)
        return self._zones[name]

    def _described_zone(self, name: str) -> Zone:
        # A zone that is neither known nor described is most probably that of here.
        component = self._described.get(name, _Component(""))
        location = time_zones.named(component.value("X-LIC-LOCATION"))
        observances = [_observance(part) for part in component.parts if part.lines["DTSTART"]]
        if location is None and observances:
            return time_zones.described(observances, self._patience)
        return location or self._floating


def _observance(component: _Component) -> Observance:
    begins = [
        _local(value)
        for line in component.lines["DTSTART"][:1] + component.lines["RDATE"]
        for value in line.value.split(",")
    ]
    rule = None
    if component.lines["RRULE"]:
        rule = recurrence.parse(component.value("RRULE"), begins[0])
    return Observance(
        offset_before=_offset(component.value("TZOFFSETFROM")),
        offset=_offset(component.value("TZOFFSETTO")),
        begins=begins,
        rule=rule,
        # In UTC it is written: that is less than a day away, and the next time months.
        rule_ends=_local(rule.until) + timedelta(1) if rule and rule.until else None,
    )


def _is_free(component: _Component) -> bool:
    return (
        component.value("STATUS").upper() == "CANCELLED"
        or component.value("TRANSP").upper() == "TRANSPARENT"
        or component.value("X-MICROSOFT-CDO-BUSYSTATUS").upper() == "FREE"
    )


def _local(value: str) -> datetime:
    """The numbers of a date or time, whatever its zone."""
    match = _MOMENT.fullmatch(value.strip())
    if match is None:
        raise ValueError("not a time")
    year, month, day, hour, minute, second = (int(number or 0) for number in match.groups()[:6])
    return datetime.combine(date(year, month, day), time(hour, minute, second))


def _between(start: Moment, end: Moment) -> Length:
    if start.is_date and end.is_date:
        # Some programs write the last day and not the one after it.
        return Length(days=max(1, (end.local - start.local).days))
    return Length(time=end.utc - start.utc)


def _duration(value: str) -> Length:
    match = _DURATION.fullmatch(value.strip().upper())
    if match is None or match[1] == "-":
        raise ValueError("not a duration")
    weeks, days, hours, minutes, seconds = (int(number or 0) for number in match.groups()[1:])
    return Length(weeks * 7 + days, timedelta(hours=hours, minutes=minutes, seconds=seconds))


def _offset(value: str) -> timedelta:
    match = _OFFSET.fullmatch(value.strip())
    if match is None:
        raise ValueError("not an offset")
    hours, minutes, seconds = (int(number or 0) for number in match.groups()[1:])
    offset = timedelta(hours=hours, minutes=minutes, seconds=seconds)
    return -offset if match[1] == "-" else offset
