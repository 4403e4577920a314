"""Busy times of external calendars, in the items of the days they touch.

So a day that is read has them, however much its artist's calendars hold elsewhere.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import NamedTuple

from pynamodb.expressions.operand import Path
from pynamodb.expressions.update import Action

from appointments.rules.calendar import list_utc_days
from appointments.rules.opening_hours import get_midnight
from appointments.store import shown_calendars
from appointments.store.days import get_expiry
from appointments.store.table import CALENDAR, DAY, OpenItem, RecordItem
from domain.opening_hours import DAY_SECONDS, Span, to_instant
from shared.data.dynamodb import transaction
from shared.data.record_items import json_of

# Few, because a booking that is made meanwhile on one of the days has all of them written again.
DAYS_PER_TRANSACTION = 10


class Guard(NamedTuple):
    """A record that must have a version whenever days are written."""

    pk: str
    sk: str
    version: int


def save_busy_times(
    artist_id: str,
    calendar_id: str,
    spans: Iterable[Span],
    since: date,
    guard: Guard | None = None,
) -> None:
    """Replace the busy times of an external calendar from a UTC day on.

    Only days that change are written, first those with more to block, one after the other. A run
    that fails midway leaves both old and new times, and is completed by its repetition.

    Args:
        artist_id: Id of the artist.
        calendar_id: Id of the external calendar.
        spans: Its busy times, sorted and not touching.
        since: First UTC day to replace.
        guard: Record that must not change meanwhile.

    Raises:
        WriteConflict: It has changed, or somebody books on one of the days at this moment. Without
            a guard this is never raised.
    """
    shown_calendars.forget()
    wanted = {day: json_of(parts) for day, parts in _cut_by_day(spans).items() if day >= since}
    present = _list_stored(artist_id, calendar_id, since)
    changes: dict[date, str | None] = {
        day: text for day, text in wanted.items() if present.get(day) != text
    }
    changes.update(dict.fromkeys(present.keys() - wanted.keys()))
    if guard is None:
        for day, text in changes.items():
            OpenItem(CALENDAR + artist_id, f"{DAY}{day}").update(
                actions=_list_actions(calendar_id, day, text)
            )
    else:
        _write_guarded(artist_id, calendar_id, changes, guard)


def delete_busy_times(artist_id: str, calendar_id: str, since: date) -> None:
    """Delete the busy times of an external calendar from a UTC day on."""
    save_busy_times(artist_id, calendar_id, (), since)


def _cut_by_day(spans: Iterable[Span]) -> dict[date, list[Span]]:
    """Return the parts of spans on each UTC day that they touch."""
    parts: dict[date, list[Span]] = {}
    for begins, ends in spans:
        if begins < ends:
            for day in list_utc_days(to_instant(begins), to_instant(ends)):
                midnight = get_midnight(day)
                part = max(begins, midnight), min(ends, midnight + DAY_SECONDS)
                parts.setdefault(day, []).append(part)
    return parts


def _list_stored(artist_id: str, calendar_id: str, since: date) -> dict[date, str]:
    items = OpenItem.query(
        CALENDAR + artist_id,
        OpenItem.sk.between(f"{DAY}{since}", f"{DAY}~"),
        consistent_read=True,
    )
    return {
        date.fromisoformat(item.sk.removeprefix(DAY)): item.attributes[calendar_id]["S"]
        for item in items
        if calendar_id in item.attributes
    }


def _write_guarded(
    artist_id: str, calendar_id: str, changes: Mapping[date, str | None], guard: Guard
) -> None:
    days = list(changes)
    for first in range(0, len(days), DAYS_PER_TRANSACTION):
        with transaction(OpenItem) as writes:
            unchanged = RecordItem.unchanged_since(guard.version)
            writes.condition_check(RecordItem, guard.pk, guard.sk, condition=unchanged)
            for day in days[first : first + DAYS_PER_TRANSACTION]:
                item = OpenItem(CALENDAR + artist_id, f"{DAY}{day}")
                writes.update(item, actions=_list_actions(calendar_id, day, changes[day]))


def _list_actions(calendar_id: str, day: date, text: str | None) -> list[Action]:
    attribute = Path([calendar_id])
    return [
        attribute.remove() if text is None else attribute.set(text),
        OpenItem.expires_at.set(get_expiry(day)),
    ]
