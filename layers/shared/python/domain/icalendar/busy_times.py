"""Busy times of calendars that other programs have written.

They come from unknown sources: nothing in them is trusted to be short, sane or finite.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import chain
from zoneinfo import ZoneInfo

import msgspec

from domain.icalendar import parser, recurrence
from domain.icalendar.parser import Calendar, Event, Unclear
from domain.icalendar.problems import UnclearEvent
from domain.icalendar.recurrence import (
    PartialBudget,
    RepeatsTooOften,
    Rule,
    TooMuchWork,
    WorkBudget,
)
from domain.icalendar.time_zones import from_tzinfo
from domain.icalendar.values import Length, Moment, to_local, to_utc

MAX_BLOCKS = 10_000
MAX_CHECKED_DAYS = 1_000_000
MAX_CHECKED_DAYS_OF_EVENT = 250_000  # so that one event takes nothing from the others

_TOO_MUCH = "The calendar has too many events, or events that repeat too often."
_NOT_READABLE = "This is not a calendar, or a part of it is missing."
_JOINED = "There are too many busy times, so those that are close to each other were joined."
_WHOLE_CALENDAR = 0  # events are numbered from 1

_MARGIN = timedelta(days=2)  # local time and UTC are never further apart
_MAX_REACH = timedelta(days=3660)
_MAX_WAITING_SPANS = 50_000
_MIN_GAP = timedelta(minutes=5)

Span = tuple[datetime, datetime]


class UnreadableCalendar(Exception):
    """A calendar cannot be read.

    Attributes:
        reason: Why, for the artist who added it.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class BusyTimes(msgspec.Struct, frozen=True):
    """What was read of a calendar.

    Attributes:
        spans: The busy times, in UTC, in order and not touching.
        unclear_count: Number of events that could not be read completely.
        unclear: The first of them.
        kept_events: Number of events that were kept because they might matter.
        kept_characters: Length of what was kept.
    """

    spans: list[Span]
    unclear_count: int
    unclear: tuple[UnclearEvent, ...]
    kept_events: int
    kept_characters: int


def read_busy_times(
    parts: Iterable[bytes], start: datetime, end: datetime, zone: ZoneInfo
) -> BusyTimes:
    """Read the busy times within [start, end).

    Args:
        parts: The calendar, as it arrives.
        start: First instant of the requested time.
        end: End of the requested time.
        zone: Time zone of days, and of times that name no zone.

    Raises:
        UnreadableCalendar: It is no calendar, or takes too much work to read.
    """
    start, end = start.astimezone(UTC), end.astimezone(UTC)
    budget = WorkBudget(MAX_CHECKED_DAYS)
    spans: list[Span] = []
    try:
        calendar = parser.parse(parts, start, end, from_tzinfo(zone), budget)
        found = _EventSpans(calendar, start, end, budget).list_all()
        for begin, finish in chain(calendar.busy, found):
            if begin < finish and begin < end and finish > start:
                spans.append((max(begin, start), min(finish, end)))
            if len(spans) > _MAX_WAITING_SPANS:
                spans = _join(_merge(spans), calendar.unclear)
    except TooMuchWork:
        raise UnreadableCalendar(_TOO_MUCH) from None
    except ValueError:  # its message quotes the calendar, which is private
        raise UnreadableCalendar(_NOT_READABLE) from None
    return BusyTimes(
        _join(_merge(spans), calendar.unclear),
        calendar.unclear.count,
        tuple(calendar.unclear.list_named()),
        calendar.kept,
        calendar.kept_characters,
    )


class _EventSpans:
    """The busy times of events, at least those in the requested time."""

    def __init__(
        self, calendar: Calendar, start: datetime, end: datetime, budget: WorkBudget
    ) -> None:
        self._calendar = calendar
        self._start, self._end = start, end
        self._budget = budget
        self._solid: list[Span] = []  # instead of occurrences that are too many

    def list_all(self) -> Iterator[Span]:
        families: defaultdict[object, list[Event]] = defaultdict(list)
        for event in self._calendar.events:
            families[event.uid or event.key].append(event)
        for family in families.values():
            yield from self._list_of_family(sorted(family, key=lambda event: event.sequence or 0))
        yield from self._solid

    def _list_of_family(self, family: list[Event]) -> Iterator[Span]:
        """Yield the times of events with one UID: a series and the changes of it, or versions."""
        changes = {event.recurrence_id: event for event in family if _is_change(event)}
        ranges = {event.recurrence_id: event for event in family if event.is_range}
        series = [event for event in family if event.recurrence_id is None]
        series = _select_newest(series, self._calendar.newest.get(family[0].uid, 0))
        excluded = {moment.utc for event in series for moment in event.excluded}
        for event in series:
            yield from self._list_of_series(event, changes.keys(), _sort_ranges(ranges))
        for replaced, event in chain(changes.items(), ranges.items()):
            if replaced not in excluded and not event.is_free:
                yield from self._list_of_series(event, (), ())

    def _list_of_series(
        self,
        event: Event,
        changed: Container[datetime | None],
        ranges: Sequence[tuple[datetime, Event]],
    ) -> Iterator[Span]:
        """Yield the times of a series whose later occurrences may follow changes of it."""
        if event.is_free and not ranges:
            return
        sinces = [since for since, _ in ranges]
        reach = max((_get_reach(since, change) for since, change in ranges), default=timedelta())
        for moment, length in self._list_occurrences(event, reach):
            begin = moment.utc
            if begin in changed:
                continue
            position = bisect_right(sinces, begin)
            change = ranges[position - 1][1] if position else None
            if change is None:
                if not event.is_free:
                    yield begin, length.end(moment.local, moment.zone)
            elif not change.is_free and not change.rules:
                yield _apply(change, begin)

    def _list_occurrences(self, event: Event, reach: timedelta) -> Iterator[tuple[Moment, Length]]:
        by_date = event.start.is_date
        dates = {moment.local.date() for moment in event.excluded if moment.is_date or by_date}
        instants = {moment.utc for moment in event.excluded}
        # Some programs delete a series by letting it end before it begins.
        is_first = not event.rules or event.start.utc <= max(last for _, last in event.rules)
        for moment, length in chain(
            [(event.start, event.length)] if is_first else [],
            event.extra_starts,
            *(self._walk(event, rule, last, reach) for rule, last in event.rules),
        ):
            if moment.utc not in instants and moment.local.date() not in dates:
                yield moment, length

    def _walk(
        self, event: Event, rule: Rule, last: datetime, reach: timedelta
    ) -> Iterator[tuple[Moment, Length]]:
        first, zone = event.start.local, event.start.zone
        start, end = self._start.replace(tzinfo=None), min(self._end + reach, last)
        # An occurrence may begin so long before the start and still reach into the requested time.
        since = start - min(event.length.longest + reach + _MARGIN, start - first)
        until = end.replace(tzinfo=None) + _MARGIN
        budget = PartialBudget(MAX_CHECKED_DAYS_OF_EVENT, self._budget)
        reached = since
        try:
            for reached in recurrence.list_occurrences(rule, first, since, until, budget):
                moment = Moment(reached, zone, event.start.is_date)
                if moment.utc <= last:
                    yield moment, event.length
        except RepeatsTooOften:
            if rule.count is None:
                self._note(event, parser.TOO_OFTEN)
                self._solid.append((to_utc(zone, reached), _add(end, event.length.longest)))
                return
            self._note(event, parser.NO_RULE_END)
            endless = msgspec.structs.replace(rule, count=None)
            yield from self._walk(event, endless, last, reach)

    def _note(self, event: Event, problem: str) -> None:
        self._calendar.unclear.note(event.key, event.title, event.written_start, problem)


def _is_change(event: Event) -> bool:
    return event.recurrence_id is not None and not event.is_range


def _select_newest(series: list[Event], known: int) -> list[Event]:
    """Return the events of the newest version, and those whose version is not known."""
    newest = max([known, *(event.sequence for event in series if event.sequence is not None)])
    return [event for event in series if event.sequence is None or event.sequence == newest]


def _sort_ranges(ranges: Mapping[datetime | None, Event]) -> list[tuple[datetime, Event]]:
    found = [(since, event) for since, event in ranges.items() if since is not None]
    return sorted(found, key=lambda pair: pair[0])


def _get_reach(since: datetime, change: Event) -> timedelta:
    """Return how far a change may move occurrences into the requested time."""
    return min(abs(change.start.utc - since) + change.length.longest, _MAX_REACH)


def _apply(change: Event, begin: datetime) -> Span:
    """Return the time of an occurrence that is moved as another one was, by its local time."""
    zone = change.start.zone
    moved = change.start.local - to_local(zone, change.recurrence_id or change.start.utc)
    local = to_local(zone, begin) + moved
    return to_utc(zone, local), change.length.end(local, zone)


def _add(instant: datetime, length: timedelta) -> datetime:
    return instant + min(length, _MAX_REACH)


def _merge(spans: list[Span], gap: timedelta = timedelta()) -> list[Span]:
    merged: list[Span] = []
    for begin, finish in sorted(spans):
        if merged and begin <= merged[-1][1] + gap:
            merged[-1] = (merged[-1][0], max(finish, merged[-1][1]))
        else:
            merged.append((begin, finish))
    return merged


def _join(spans: list[Span], unclear: Unclear) -> list[Span]:
    """Return at most MAX_BLOCKS spans, without the shortest times between them if need be."""
    gap = _MIN_GAP
    while len(spans) > MAX_BLOCKS:
        unclear.note(_WHOLE_CALENDAR, "", "", _JOINED)
        spans = _merge(spans, gap)
        gap *= 2
    return spans
