"""Busy times of external calendars, in the items of the days they touch.

So a day that is read has them, however much its artist's calendars hold elsewhere.
"""

from collections.abc import Iterable
from datetime import date

from pynamodb.expressions.operand import Path
from pynamodb.expressions.update import Action

from appointments.rules.calendar import list_utc_days
from appointments.rules.opening_hours import DAY_SECONDS, Span, get_midnight, to_instant
from appointments.store.days import get_expiry
from appointments.store.table import CALENDAR, DAY, OpenItem
from shared.data.record_items import json_of


def save_busy_times(artist_id: str, calendar_id: str, spans: Iterable[Span], since: date) -> None:
    """Replace the busy times of an external calendar from a UTC day on.

    Only days that change are written, first those with more to block, one after the other. A run
    that fails midway leaves both old and new times, and is completed by its repetition.

    Args:
        artist_id: Id of the artist.
        calendar_id: Id of the external calendar.
        spans: Its busy times, sorted and not touching.
        since: First UTC day to replace.
    """
    wanted = {day: json_of(parts) for day, parts in _cut_by_day(spans).items() if day >= since}
    present = _list_stored(artist_id, calendar_id, since)
    for day, text in wanted.items():
        if present.get(day) != text:
            _write(artist_id, calendar_id, day, text)
    for day in present.keys() - wanted.keys():
        _write(artist_id, calendar_id, day, None)


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


def _write(artist_id: str, calendar_id: str, day: date, text: str | None) -> None:
    attribute = Path([calendar_id])
    actions: list[Action] = [
        attribute.remove() if text is None else attribute.set(text),
        OpenItem.expires_at.set(get_expiry(day)),
    ]
    OpenItem(CALENDAR + artist_id, f"{DAY}{day}").update(actions=actions)
