"""Reading foreign calendars: when do they say that somebody is busy?

Anybody may have written them, so that nothing in them is believed to be short, sane or finite.
"""

from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import chain
from zoneinfo import ZoneInfo

from appointments.icalendar import parser, recurrence
from appointments.icalendar.parser import Event, Length, Moment, Span
from appointments.icalendar.recurrence import Patience, TooMuch
from appointments.icalendar.time_zones import zone_of

MAX_CHARACTERS = 2 * 1024 * 1024
MAX_OCCURRENCES = 5_000  # that touch the times asked about
MAX_DAYS_LOOKED_AT = 500_000

_TOO_LARGE = "The calendar is too large."
_TOO_MUCH = "The calendar holds too many events, or events that repeat too often."
_NOT_UNDERSTOOD = "This is not a calendar, or it has dates that we cannot read."

_MARGIN = timedelta(days=2)  # local time and UTC are never further apart


class UnreadableCalendar(Exception):
    """Nothing can be said about the calendar; `reason` is for whoever gave its address."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def busy(text: bytes | str, start: datetime, end: datetime, zone: ZoneInfo) -> list[Span]:
    """The busy times within [start, end): in UTC, in order, and none touching another.

    Days, and times that name no time zone, are those of `zone`. Raises UnreadableCalendar.
    """
    if len(text) > MAX_CHARACTERS:
        raise UnreadableCalendar(_TOO_LARGE)
    if isinstance(text, bytes):
        text = text.decode(errors="replace")
    start, end = start.astimezone(UTC), end.astimezone(UTC)
    patience = Patience(MAX_DAYS_LOOKED_AT)
    spans: list[Span] = []
    try:
        calendar = parser.parse(text.lstrip("\ufeff"), zone_of(zone), patience)
        for begin, finish in chain(calendar.busy, _taken(calendar.events, start, end, patience)):
            if begin < finish and begin < end and finish > start:
                spans.append((max(begin, start), min(finish, end)))
            if len(spans) > MAX_OCCURRENCES:
                raise TooMuch
    except TooMuch:
        raise UnreadableCalendar(_TOO_MUCH) from None
    except (ValueError, OverflowError):  # whose messages quote the calendar, which is private
        raise UnreadableCalendar(_NOT_UNDERSTOOD) from None
    return _merged(spans)


def _taken(
    events: list[Event], start: datetime, end: datetime, patience: Patience
) -> Iterator[Span]:
    """The times that events take, at least those between start and end."""
    related: defaultdict[object, list[Event]] = defaultdict(list)
    for event in events:
        related[event.uid or id(event)].append(event)
    for family in map(_by_sequence, related.values()):
        changes = {event.recurrence_id: event for event in family if event.recurrence_id}
        series = [event for event in family if event.recurrence_id is None]
        series = [event for event in series if event.sequence == series[-1].sequence]
        excluded = {moment.utc for event in series for moment in event.excluded}
        for event in series:
            for span in _spans(event, start, end, patience):
                if span[0] not in changes:
                    yield span
        for replaced, event in changes.items():
            if replaced not in excluded:
                yield from _spans(event, start, end, patience)


def _by_sequence(events: list[Event]) -> list[Event]:
    return sorted(events, key=lambda event: event.sequence)


def _spans(event: Event, start: datetime, end: datetime, patience: Patience) -> Iterator[Span]:
    if event.is_free:
        return
    by_date = event.start.is_date
    dates = {moment.local.date() for moment in event.excluded if moment.is_date or by_date}
    instants = {moment.utc for moment in event.excluded}
    for moment, length in _occurrences(event, start, end, patience):
        begin = moment.utc
        if begin not in instants and moment.local.date() not in dates:
            yield begin, length.end(moment.local, moment.zone)


def _occurrences(
    event: Event, start: datetime, end: datetime, patience: Patience
) -> Iterator[tuple[Moment, Length]]:
    rules = [recurrence.parse(text, event.start.local) for text in event.rules]
    lasts = [parser.last_start(rule, event.start) for rule in rules]
    # Some programs take a series away by letting it end before it begins.
    if not rules or event.start.utc <= max(lasts):
        yield event.start, event.length
    yield from event.more
    length = timedelta(event.length.days) + event.length.time
    here = start.replace(tzinfo=None)
    # So far back may begin what lasts until then, if the series reaches so far.
    since = here - min(length + _MARGIN, here - event.start.local)
    for rule, last in zip(rules, lasts, strict=True):
        until = min(end, last).replace(tzinfo=None) + _MARGIN
        for local in recurrence.occurrences(rule, event.start.local, since, until, patience):
            moment = Moment(local, event.start.zone, event.start.is_date)
            if moment.utc <= last:
                yield moment, event.length


def _merged(spans: list[Span]) -> list[Span]:
    merged: list[Span] = []
    for begin, finish in sorted(spans):
        if merged and begin <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(finish, merged[-1][1]))
        else:
            merged.append((begin, finish))
    return merged
