"""Parser of calendars that other programs have written (RFC 5545), as far as they are about time.

One odd event takes nothing from the others. What of it can be read is read, what cannot be read is
taken for busy where its time is known, and what it was is noted for the artist. Only what can
matter in the requested time is kept, whatever the calendar holds besides.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime, time, timedelta

import msgspec

from domain import quotation
from domain.icalendar import recurrence, time_zones
from domain.icalendar.components import (
    MAX_TITLE_CHARACTERS,
    Component,
    Line,
    list_components,
)
from domain.icalendar.lines import unfold
from domain.icalendar.problems import UnclearEvent
from domain.icalendar.recurrence import (
    PartialBudget,
    RepeatsTooOften,
    Rule,
    TooMuchWork,
    WorkBudget,
)
from domain.icalendar.time_zones import Observance, Zone
from domain.icalendar.values import (
    LATEST,
    UTC_ZONE,
    Length,
    Moment,
    measure,
    parse_date,
    parse_duration,
    parse_offset,
    parse_time,
    to_utc,
)

MAX_ZONES = 100  # most of them are read from files; others are taken for unknown
MAX_KEPT_EVENTS = 20_000
MAX_KEPT_CHARACTERS = 4 * 1024 * 1024
MAX_REPLACED = 20_000  # known versions of events outside of the requested time
MAX_NAMED = 10  # unclear events
MAX_START_CHARACTERS = 32
ZONE_DAYS = 20_000  # of work for the changes of one described zone
ZONE_LOOK_UP_DAYS = 100  # of work to look for a zone by its name, which may read files

NO_START = "Its start cannot be read, so it blocks nothing."
NO_CLOCK = "Its time of day cannot be read, so it blocks the whole day."
NO_END = "Its end cannot be read, so it blocks the rest of its day."
NO_PERIOD = "Some of its times cannot be read, so they block nothing."
NO_RULE = "Its repetition cannot be read, so only its first time is blocked."
NO_RULE_END = "The end of its repetition cannot be read, so it is repeated without end."
NO_EXTRA = "Some of its additional times cannot be read, so they block nothing."
NO_EXCEPTION = "Some of its exceptions cannot be read, so they block time, too."
NO_REPLACED = "It cannot be read which time of a series it replaces, so both are blocked."
NO_SEQUENCE = "Its version cannot be read, so it blocks time beside all other versions."
NO_ZONE = "Its time zone is not known, so it is read in the time zone of the calendar."
TOO_OFTEN = "It is repeated too often, so everything until its last time is blocked."
TOO_LONG = "It is too long to be read completely."

Span = tuple[datetime, datetime]

_MARGIN_DAYS = 40  # of zones, and of occurrences that begin before the requested time
_BAD_COUNT = re.compile(r"(^|;)COUNT=(?!\d{1,9}(?:;|$))[^;]*", re.IGNORECASE)


class Unclear:
    """The events that could not be read completely: their number, and the first of them.

    Attributes:
        count: How many there are.
    """

    def __init__(self) -> None:
        self.count = 0
        self._seen: set[int] = set()
        self._named: dict[int, UnclearEvent] = {}

    def note(self, key: int, title: str, start: str, problem: str) -> None:
        """Note a problem of the event with a key, which is one event however often it is noted."""
        if key not in self._seen:
            self._seen.add(key)
            self.count += 1
            if self.count <= MAX_NAMED:
                self._named[key] = UnclearEvent(title, start, problem)
        elif key in self._named and problem not in self._named[key].problem:
            named = self._named[key]
            self._named[key] = msgspec.structs.replace(named, problem=f"{named.problem} {problem}")

    def list_named(self) -> list[UnclearEvent]:
        """Return the first of them."""
        return list(self._named.values())


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """An event or a series.

    Attributes:
        key: Its number among all events.
        title: As its program shows it.
        written_start: Its start as it is written.
        sequence: Its version; None if that is unknown.
        recurrence_id: Occurrence of a series that this event replaces.
        is_range: Whether it replaces all later occurrences, too (RFC 5545, 3.2.13).
        is_free: Whether it takes no time.
        rules: Recurrence rules, each with the last instant at which an occurrence may start.
        extra_starts: Further starts, some with a length of their own.
    """

    key: int
    title: str
    written_start: str
    uid: str
    sequence: int | None
    recurrence_id: datetime | None
    is_range: bool
    is_free: bool
    start: Moment
    length: Length
    rules: list[tuple[Rule, datetime]]
    extra_starts: list[tuple[Moment, Length]]
    excluded: list[Moment]


class Calendar:
    """What can matter of a calendar in the requested time.

    Attributes:
        events: Its events.
        busy: The busy times that it lists without events, in UTC.
        newest: Versions of events that lie outside of the requested time, by their UIDs.
        unclear: What could not be read.
        number: Number of parts that were read.
        kept: Number of events that were kept.
        kept_characters: Length of their lines.
    """

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.busy: list[Span] = []
        self.newest: dict[str, int] = {}
        self.unclear = Unclear()
        self.number = 0
        self.kept = 0
        self.kept_characters = 0


def parse(
    parts: Iterable[bytes], start: datetime, end: datetime, zone: Zone, budget: WorkBudget
) -> Calendar:
    """Parse a calendar.

    Args:
        parts: The calendar, as it arrives.
        start: First instant of the requested time.
        end: End of the requested time.
        zone: Zone of dates, and of times without a zone unless the calendar names one.
        budget: Limits the work.

    Raises:
        ValueError: It is no calendar, or not a whole one.
        TooMuchWork: It takes more work than the budget allows.
    """
    result = Calendar()
    requested = _Requested(start, end, budget)
    is_calendar = False
    kept: list[Component] = []
    for component in list_components(unfold(parts)):
        if component.name == "VCALENDAR":
            is_calendar = True
            budget.spend(ZONE_LOOK_UP_DAYS)
            _Reader(component, kept, zone, requested, result).read()
            kept = []
        elif _is_worth_keeping(component, requested, result):
            result.kept_characters += component.characters
            result.kept += component.name == "VEVENT"
            kept.append(component)
            if len(kept) > MAX_KEPT_EVENTS or result.kept_characters > MAX_KEPT_CHARACTERS:
                raise TooMuchWork
    if not is_calendar:
        raise ValueError("not a calendar")
    return result


def _is_worth_keeping(component: Component, requested: "_Requested", result: Calendar) -> bool:
    if component.name == "VTIMEZONE":
        return True
    if component.name == "VFREEBUSY":
        return bool(component.raw.get("FREEBUSY"))
    if component.name != "VEVENT":
        return False
    if requested.may_concern(component):
        return True
    sequence = _first(component.raw, "SEQUENCE")
    if sequence.isdecimal() and len(sequence) < 10 and "RECURRENCE-ID" not in component.raw:
        uid, version = _first(component.raw, "UID"), int(sequence)
        is_known = uid in result.newest or len(result.newest) < MAX_REPLACED
        if uid and is_known and version > result.newest.get(uid, 0):
            result.newest[uid] = version
    return False


class _Requested:
    """The requested time, with a margin: what lies outside of it cannot matter.

    Attributes:
        budget: Limits the work.
    """

    def __init__(self, start: datetime, end: datetime, budget: WorkBudget) -> None:
        self.budget = budget
        self.first = (start - timedelta(_MARGIN_DAYS)).date()
        self.last = (end + timedelta(_MARGIN_DAYS)).date()

    def may_concern(self, component: Component) -> bool:
        """Return whether an event may be of concern, judged by its dates alone."""
        raw = component.raw
        is_series = "RRULE" in raw or "RDATE" in raw
        is_change = "RECURRENCE-ID" in raw
        if not is_series and not is_change and _is_free(raw):
            return False
        try:
            begins = parse_date(_first(raw, "DTSTART"))
            ends = _guess_end(raw, begins)
            if is_change:
                replaced = parse_date(_first(raw, "RECURRENCE-ID"))
                if is_series or "RANGE" in component.lines["RECURRENCE-ID"][0].parameters:
                    ends = max(ends, self.last)
                begins, ends = min(begins, replaced), max(ends, replaced)
            elif is_series:
                ends += self._guess_repetition(raw, begins)
        except (ValueError, OverflowError, LookupError):
            return True  # it has to be read to be understood
        return begins <= self.last and ends >= self.first

    def _guess_repetition(self, raw: dict[str, list[str]], begins: date) -> timedelta:
        """Return at least how long after the first one the last occurrence may begin."""
        rule = _first(raw, "RRULE").upper()
        if "RDATE" in raw or len(raw["RRULE"]) > 1:
            return max(self.last - begins, timedelta())
        if "UNTIL=" in rule:
            return max(parse_date(rule.partition("UNTIL=")[2]) - begins, timedelta())
        numbers = dict(part.split("=", 1) for part in rule.rstrip(";").split(";"))
        has_parts = any(name[:2] == "BY" and name != "BYDAY" for name in numbers)
        days = {"WEEKLY": 7, "DAILY": 0 if "BYDAY" in numbers else 1}.get(numbers["FREQ"])
        if "COUNT" not in numbers or has_parts or not days:
            return max(self.last - begins, timedelta())
        return timedelta((int(numbers["COUNT"]) + 1) * int(numbers.get("INTERVAL", "1")) * days)


class _Reader:
    """A reader of the values of one calendar, which knows its zones."""

    def __init__(
        self,
        calendar: Component,
        parts: list[Component],
        zone: Zone,
        requested: _Requested,
        result: Calendar,
    ) -> None:
        self._parts = parts
        self._described = {part.value("TZID"): part for part in parts if part.name == "VTIMEZONE"}
        self._zone_of_dates = zone
        self._floating = time_zones.find_named(calendar.value("X-WR-TIMEZONE")) or zone
        self._rest_of_day = Length(rest_of_day_in=self._floating)
        self._requested = requested
        self._result = result
        self._zones: dict[str, Zone | None] = {}

    def read(self) -> None:
        """Read the events and busy times."""
        self._parts.reverse()
        while self._parts:
            part = self._parts.pop()  # its lines are not needed any more
            self._result.number += 1
            if part.name == "VEVENT":
                self._read_event(part)
            elif part.name == "VFREEBUSY":
                self._read_busy(part)

    def _read_busy(self, component: Component) -> None:
        problems: list[str] = []
        for line in component.lines["FREEBUSY"]:
            if str(line.parameters.get("FBTYPE")).upper() != "FREE":
                starts = self._read_starts(line, Length(), self._floating, NO_PERIOD, problems)
                self._result.busy += [
                    (start.utc, length.end(start.local, start.zone)) for start, length in starts
                ]
        self._note(component, problems)

    def _read_event(self, component: Component) -> None:
        problems = [TOO_LONG] if component.is_cut else []
        is_free = _is_free(component.raw)
        start, whole_day = self._read_start(component, problems)
        replaced, is_range = self._read_replaced(component, start, problems)
        if start is None and is_free:
            start = replaced  # some programs do not say when a cancelled occurrence would have been
        if is_free:
            problems = [problem for problem in problems if problem == NO_REPLACED]
        if start is not None:
            others: list[str] = [] if is_free else problems
            length = Length(days=1) if whole_day else self._read_length(component, start, others)
            event = Event(
                key=self._result.number,
                title=_get_title(component),
                written_start=component.value("DTSTART")[:MAX_START_CHARACTERS],
                uid=component.value("UID"),
                sequence=_read_sequence(component, others),
                recurrence_id=replaced.utc if replaced else None,
                is_range=is_range,
                is_free=is_free,
                start=start,
                length=length,
                rules=_read_rules(component, start, others),
                extra_starts=self._read_lists(component, "RDATE", start, length, others),
                excluded=[
                    moment
                    for moment, _ in self._read_lists(component, "EXDATE", start, length, others)
                ],
            )
            self._result.events.append(event)
        self._note(component, problems)

    def _note(self, component: Component, problems: Iterable[str]) -> None:
        title, start = _get_title(component), component.value("DTSTART")[:MAX_START_CHARACTERS]
        for problem in problems:
            self._result.unclear.note(self._result.number, title, start, problem)

    def _read_start(self, component: Component, problems: list[str]) -> tuple[Moment | None, bool]:
        """Return the start, and whether only its date could be read."""
        line = component.first("DTSTART")
        if line is None:
            problems.append(NO_START)
            return None, False
        try:
            return self._read_moment(line, self._floating, problems), False
        except (ValueError, OverflowError):
            pass
        try:
            day = datetime.combine(parse_date(line.value), time())
        except ValueError:
            problems.append(NO_START)
            return None, False
        problems.append(NO_CLOCK)
        return Moment(day, self._zone_of_dates, is_date=True), True

    def _read_replaced(
        self, component: Component, start: Moment | None, problems: list[str]
    ) -> tuple[Moment | None, bool]:
        """Return which occurrence is replaced, and whether all later ones are, too."""
        line = component.first("RECURRENCE-ID")
        if line is None:
            return None, False
        zone = start.zone if start and not start.is_date else self._floating
        kind = str(line.parameters.get("RANGE") or "").upper()
        try:
            if kind not in ("", "THISANDFUTURE"):
                raise ValueError("not a range")
            return self._read_moment(line, zone, problems), kind != ""
        except (ValueError, OverflowError):
            problems.append(NO_REPLACED)
            return None, False

    def _read_length(self, component: Component, start: Moment, problems: list[str]) -> Length:
        end, duration = component.first("DTEND"), component.first("DURATION")
        if end is not None:
            try:
                return measure(start, self._read_moment(end, start.zone, problems))
            except (ValueError, OverflowError):
                pass
        if duration is not None:
            try:
                return parse_duration(duration.value)
            except ValueError:
                pass
        if end is None and duration is None:
            return Length(days=1 if start.is_date else 0)
        problems.append(NO_END)
        return Length(days=1) if start.is_date else self._rest_of_day

    def _read_lists(
        self,
        component: Component,
        name: str,
        start: Moment,
        length: Length,
        problems: list[str],
    ) -> list[tuple[Moment, Length]]:
        problem = NO_EXTRA if name == "RDATE" else NO_EXCEPTION
        return [
            start_and_length
            for line in component.lines.get(name, ())
            for start_and_length in self._read_starts(line, length, start.zone, problem, problems)
        ]

    def _read_starts(
        self, line: Line, length: Length, zone: Zone, problem: str, problems: list[str]
    ) -> list[tuple[Moment, Length]]:
        """Return the times of a list, each with its own length or this one."""
        starts = []
        for value in filter(None, line.value.split(",")):
            begin, _, end = value.partition("/")
            try:
                start = self._read_moment(Line(line.parameters, begin), zone, problems)
            except (ValueError, OverflowError):
                problems.append(problem)
                continue
            own = length
            if end:
                try:
                    own = self._read_period_length(line, start, end, zone, problems)
                except (ValueError, OverflowError):
                    problems.append(NO_END)
                    own = self._rest_of_day
            starts.append((start, own))
        return starts

    def _read_period_length(
        self, line: Line, start: Moment, end: str, zone: Zone, problems: list[str]
    ) -> Length:
        if end.upper().startswith(("P", "+P")):
            return parse_duration(end)
        return measure(start, self._read_moment(Line(line.parameters, end), zone, problems))

    def _read_moment(self, line: Line, zone: Zone, problems: list[str]) -> Moment:
        """Read a time.

        Args:
            line: The line that it stands in.
            zone: Its zone, if it names none.
            problems: Receives what is wrong with its zone.

        Raises:
            ValueError: It is no time.
            OverflowError: It is later than the last day.
        """
        written = parse_time(line.value)
        if written.is_date:
            return Moment(written.local, self._zone_of_dates, is_date=True)
        if written.offset is not None:
            return Moment(written.local - written.offset, UTC_ZONE, is_date=False)
        name = line.parameters.get("TZID")
        if name:
            named = self._find_zone(str(name))
            if named is None:
                problems.append(NO_ZONE)
            zone = named or self._floating
        return Moment(written.local, zone, is_date=False)

    def _find_zone(self, name: str) -> Zone | None:
        if name not in self._zones and len(self._zones) < MAX_ZONES:
            self._requested.budget.spend(ZONE_LOOK_UP_DAYS)
            self._zones[name] = time_zones.find_named(name) or self._describe_zone(name)
        return self._zones.get(name)

    def _describe_zone(self, name: str) -> Zone | None:
        component = self._described.get(name)
        if component is None:
            return None
        if location := time_zones.find_named(component.value("X-LIC-LOCATION")):
            return location
        budget = PartialBudget(ZONE_DAYS, self._requested.budget)
        years = range(self._requested.first.year - 1, self._requested.last.year + 2)
        try:
            observances = [_parse_observance(part) for part in component.parts if part.lines]
            zone = time_zones.from_observances(observances, budget)
            for year in years:
                zone(datetime.combine(date(year, 7, 1), time()))
        except (ValueError, OverflowError, RepeatsTooOften):
            return None
        return _fall_back(zone, self._floating)


def _fall_back(zone: Zone, other: Zone) -> Zone:
    """Return a zone that is another one in years for which it cannot be computed."""

    def either(local: datetime) -> datetime:
        try:
            return zone(local)
        except (ValueError, RepeatsTooOften):
            return other(local)

    return either


def _parse_observance(component: Component) -> Observance:
    begins = [
        parse_time(value).local
        for line in component.lines["DTSTART"][:1] + component.lines.get("RDATE", [])
        for value in line.value.split(",")
    ]
    rule = None
    if "RRULE" in component.lines:
        rule = recurrence.parse(component.value("RRULE"), begins[0])
    return Observance(
        offset_before=parse_offset(component.value("TZOFFSETFROM")),
        offset=parse_offset(component.value("TZOFFSETTO")),
        begins=begins,
        rule=rule,
        # UNTIL is in UTC, less than a day away from local time; the next change is months away.
        rule_ends=parse_time(rule.until).local + timedelta(1) if rule and rule.until else None,
    )


def _read_sequence(component: Component, problems: list[str]) -> int | None:
    written = component.value("SEQUENCE") or "0"
    if written.isascii() and written.isdecimal() and len(written) < 10:
        return int(written)
    problems.append(NO_SEQUENCE)
    return None


def _read_rules(
    component: Component, start: Moment, problems: list[str]
) -> list[tuple[Rule, datetime]]:
    rules = []
    for line in component.lines.get("RRULE", ()):
        text = _BAD_COUNT.sub(r"\1", line.value)
        if text != line.value:
            problems.append(NO_RULE_END)
        try:
            rule = recurrence.parse(text.strip(";").replace(";;", ";"), start.local)
        except RepeatsTooOften:
            problems.append(TOO_OFTEN)
            rule = recurrence.parse("FREQ=SECONDLY", start.local)
        except ValueError:
            problems.append(NO_RULE)
            continue
        try:
            last = _get_last_start(rule, start)
        except (ValueError, OverflowError):
            problems.append(NO_RULE_END)
            last = LATEST
        rules.append((rule, last))
    return rules


def _get_last_start(rule: Rule, start: Moment) -> datetime:
    """Return the last instant in UTC at which an occurrence of a rule may start."""
    if rule.until is None:
        return LATEST
    until = parse_time(rule.until)
    if start.is_date or until.is_date:  # that day is included
        return to_utc(start.zone, datetime.combine(until.local, time.max))
    if until.offset is not None:
        return to_utc(UTC_ZONE, until.local - until.offset)
    return to_utc(start.zone, until.local)


def _is_free(raw: Mapping[str, list[str]]) -> bool:
    return (
        _first(raw, "STATUS").upper() == "CANCELLED"
        or _first(raw, "TRANSP").upper() == "TRANSPARENT"
        or _first(raw, "X-MICROSOFT-CDO-BUSYSTATUS").upper() == "FREE"
    )


def _guess_end(raw: Mapping[str, list[str]], begins: date) -> date:
    """Return a date that an event ends on, or a later one.

    Raises:
        ValueError: Its end cannot be read.
        OverflowError: It ends after the last day.
    """
    if _first(raw, "DTEND"):
        return max(begins, parse_date(_first(raw, "DTEND")))
    if _first(raw, "DURATION"):
        return begins + parse_duration(_first(raw, "DURATION")).longest
    return begins


def _first(raw: Mapping[str, list[str]], name: str) -> str:
    return raw[name][0] if name in raw else ""


def _get_title(component: Component) -> str:
    """Return the title of an event, on one line."""
    text = re.sub(r"\\[nN]", " ", component.value("SUMMARY"))
    text = re.sub(r"\\(.)", r"\1", text)
    return quotation.flatten(text, MAX_TITLE_CHARACTERS)
