"""Busy times of calendars that other programs have written.

They come from unknown sources: nothing in them is trusted to be short, sane or finite.
"""

from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import chain
from zoneinfo import ZoneInfo

from appointments.icalendar import parser, recurrence
from appointments.icalendar.parser import Event, Length, Moment, Span
from appointments.icalendar.recurrence import TooMuchWork, WorkBudget
from appointments.icalendar.time_zones import from_tzinfo

MAX_CHARACTERS = 2 * 1024 * 1024
MAX_OCCURRENCES = 5_000  # in the requested time
MAX_CHECKED_DAYS = 500_000

_TOO_LARGE = "The calendar is too large."
_TOO_MUCH = "The calendar has too many events, or events that repeat too often."
_NOT_READABLE = "This is not a calendar, or it has dates that we cannot read."

_MARGIN = timedelta(days=2)  # local time and UTC are never further apart


class UnreadableCalendar(Exception):
    """A calendar cannot be read.

    Attributes:
        reason: Why, for the artist who added it.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def read_busy_times(
    text: bytes | str, start: datetime, end: datetime, zone: ZoneInfo
) -> list[Span]:
    """Return the busy times within [start, end), in UTC, in order and not touching.

    Args:
        text: The calendar.
        start: First instant of the requested time.
        end: End of the requested time.
        zone: Time zone of days, and of times that name no zone.

    Raises:
        UnreadableCalendar: It is no calendar, or takes too much work to read.
    """
    if len(text) > MAX_CHARACTERS:
        raise UnreadableCalendar(_TOO_LARGE)
    if isinstance(text, bytes):
        text = text.decode(errors="replace")
    start, end = start.astimezone(UTC), end.astimezone(UTC)
    budget = WorkBudget(MAX_CHECKED_DAYS)
    spans: list[Span] = []
    try:
        calendar = parser.parse(text.lstrip("\ufeff"), from_tzinfo(zone), budget)
        for begin, finish in chain(
            calendar.busy, _list_event_spans(calendar.events, start, end, budget)
        ):
            if begin < finish and begin < end and finish > start:
                spans.append((max(begin, start), min(finish, end)))
            if len(spans) > MAX_OCCURRENCES:
                raise TooMuchWork
    except TooMuchWork:
        raise UnreadableCalendar(_TOO_MUCH) from None
    except (ValueError, OverflowError):  # their messages quote the calendar, which is private
        raise UnreadableCalendar(_NOT_READABLE) from None
    return _merge(spans)


def _list_event_spans(
    events: list[Event], start: datetime, end: datetime, budget: WorkBudget
) -> Iterator[Span]:
    """Yield the times of events, at least those between start and end."""
    related: defaultdict[object, list[Event]] = defaultdict(list)
    for event in events:
        related[event.uid or id(event)].append(event)
    for family in map(_sort_by_sequence, related.values()):
        changes = {event.recurrence_id: event for event in family if event.recurrence_id}
        series = [event for event in family if event.recurrence_id is None]
        series = [event for event in series if event.sequence == series[-1].sequence]
        excluded = {moment.utc for event in series for moment in event.excluded}
        for event in series:
            for span in _list_spans(event, start, end, budget):
                if span[0] not in changes:
                    yield span
        for replaced, event in changes.items():
            if replaced not in excluded:
                yield from _list_spans(event, start, end, budget)


def _sort_by_sequence(events: list[Event]) -> list[Event]:
    return sorted(events, key=lambda event: event.sequence)


def _list_spans(event: Event, start: datetime, end: datetime, budget: WorkBudget) -> Iterator[Span]:
    if event.is_free:
        return
    by_date = event.start.is_date
    dates = {moment.local.date() for moment in event.excluded if moment.is_date or by_date}
    instants = {moment.utc for moment in event.excluded}
    for moment, length in _list_occurrences(event, start, end, budget):
        begin = moment.utc
        if begin not in instants and moment.local.date() not in dates:
            yield begin, length.end(moment.local, moment.zone)


def _list_occurrences(
    event: Event, start: datetime, end: datetime, budget: WorkBudget
) -> Iterator[tuple[Moment, Length]]:
    rules = [recurrence.parse(text, event.start.local) for text in event.rules]
    lasts = [parser.get_last_start(rule, event.start) for rule in rules]
    # Some programs delete a series by letting it end before it begins.
    if not rules or event.start.utc <= max(lasts):
        yield event.start, event.length
    yield from event.extra_starts
    length = timedelta(event.length.days) + event.length.time
    local_start = start.replace(tzinfo=None)
    # An occurrence may begin this long before the start and still reach into the requested time.
    since = local_start - min(length + _MARGIN, local_start - event.start.local)
    for rule, last in zip(rules, lasts, strict=True):
        until = min(end, last).replace(tzinfo=None) + _MARGIN
        for local in recurrence.list_occurrences(rule, event.start.local, since, until, budget):
            moment = Moment(local, event.start.zone, event.start.is_date)
            if moment.utc <= last:
                yield moment, event.length


def _merge(spans: list[Span]) -> list[Span]:
    merged: list[Span] = []
    for begin, finish in sorted(spans):
        if merged and begin <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(finish, merged[-1][1]))
        else:
            merged.append((begin, finish))
    return merged
