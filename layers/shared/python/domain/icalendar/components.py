"""Components of calendars, each as soon as it has ended, as far as they are about time.

Only lines about time and titles are kept, so that a malformed line among the others does no harm.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import Any, NamedTuple

MAX_DEPTH = 8  # components within deeper ones are ignored
MAX_COMPONENT_CHARACTERS = 128 * 1024  # an event with more is cut
MAX_TITLE_CHARACTERS = 80

_READ_NAMES = {
    "UID", "SEQUENCE", "RECURRENCE-ID", "DTSTART", "DTEND", "DURATION", "RRULE", "RDATE", "EXDATE",
    "STATUS", "TRANSP", "X-MICROSOFT-CDO-BUSYSTATUS", "FREEBUSY", "TZID", "TZOFFSETFROM",
    "TZOFFSETTO", "X-LIC-LOCATION", "X-WR-TIMEZONE", "SUMMARY",
}  # fmt: skip
# These lie side by side in a calendar: where one begins, the one before has ended, even if its END
# is missing.
_SIBLINGS = {"VEVENT", "VTODO", "VJOURNAL", "VFREEBUSY", "VTIMEZONE", "VCALENDAR"}
# Without quotation marks: the library takes ten times as long for it.
_SIMPLE = re.compile(r"[\w-]+((?:;[\w-]+=[^\";:,]*)*):(.*)", re.ASCII | re.DOTALL)
_NAME = re.compile(r"[A-Z-]+", re.ASCII | re.IGNORECASE)


class Line(NamedTuple):
    """The parameters and the value of a content line."""

    parameters: Mapping[str, Any]
    value: str


class Component:
    """The content between a BEGIN and its END.

    Attributes:
        parts: Components in it; only those of time zones are kept.
        is_cut: Whether some of its lines are missing, because it is too long.
        characters: The length of its lines.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.parts: list[Component] = []
        self.is_cut = False
        self.characters = 0
        self._lines: list[tuple[str, str]] = []

    def add(self, name: str, line: str) -> None:
        """Add a content line, as it is written."""
        if name == "SUMMARY":
            line = line[: MAX_TITLE_CHARACTERS * 4]
        if self.characters + len(line) > MAX_COMPONENT_CHARACTERS:
            self.is_cut = True
        else:
            self._lines.append((name, line))
            self.characters += len(line)

    @cached_property
    def raw(self) -> dict[str, list[str]]:
        """What stands after the last colon of each line, by its name: cheap, and nearly right."""
        values = defaultdict(list)
        for name, line in self._lines:
            values[name].append(line.rpartition(":")[2].strip())
        return dict(values)

    @cached_property
    def lines(self) -> dict[str, list[Line]]:
        """The lines, by their names."""
        lines = defaultdict(list)
        for name, line in self._lines:
            lines[name].append(_parse(line))
        return dict(lines)

    def first(self, name: str) -> Line | None:
        """Return the first line with a name."""
        return self.lines[name][0] if name in self.lines else None

    def value(self, name: str) -> str:
        """Return the value of the first line with a name; empty if there is none."""
        return self.lines[name][0].value if name in self.lines else ""


def list_components(lines: Iterable[str]) -> Iterator[Component]:
    """Yield the parts of calendars when they end, and after them the calendar itself.

    An END without its BEGIN is ignored, and ends what began after its BEGIN.

    Raises:
        ValueError: The last calendar has no end: some of it is missing.
    """
    stack: list[Component] = []
    ignored = 0
    for line in lines:
        match = _NAME.match(line)
        name = match[0].upper() if match else ""
        if name == "BEGIN":
            kind = _get_kind(line)
            if kind in _SIBLINGS:
                ignored = 0
                yield from _end(stack, 0 if kind == "VCALENDAR" else 1)
            if len(stack) == MAX_DEPTH:
                ignored += 1
            else:
                stack.append(Component(kind))
        elif name == "END":
            kind = _get_kind(line)
            positions = [i for i, component in enumerate(stack) if component.name == kind]
            if ignored and kind not in _SIBLINGS:
                ignored -= 1
            elif positions:
                ignored = 0
                yield from _end(stack, positions[-1])
        elif name in _READ_NAMES and stack and not ignored:
            stack[-1].add(name, line)
    if any(component.name == "VCALENDAR" for component in stack):
        raise ValueError("END is missing")


def _end(stack: list[Component], depth: int) -> Iterator[Component]:
    """End components until only so many are left; yield calendars and their direct parts."""
    while len(stack) > depth:
        ended = stack.pop()
        if stack and stack[0].name != "VCALENDAR":
            continue
        if len(stack) == 1 or (not stack and ended.name == "VCALENDAR"):
            yield ended
        elif stack and stack[1].name == "VTIMEZONE":
            stack[-1].parts.append(ended)


def _get_kind(line: str) -> str:
    return line.partition(":")[2].strip().upper()


def _parse(line: str) -> Line:
    if simple := _SIMPLE.fullmatch(line):
        named = (parameter.split("=", 1) for parameter in simple[1].split(";")[1:])
        return Line({name.upper(): value for name, value in named}, simple[2].strip())
    from icalendar.parser import Contentline  # noqa: PLC0415  # 75 ms

    try:
        _, parameters, value = Contentline(line).parts()  # type: ignore[no-untyped-call]
    except ValueError:  # its parameters are malformed; dates and numbers contain no colon
        return Line({}, line.rpartition(":")[2].strip())
    return Line(parameters, value.strip())
