"""Calendars that many people look at in the same moment.

A sale of one artist brings thousands to one partition of the table, which serves 3,000 read units a
second; a month of a full calendar is five. So a container reads the same part of a calendar three
times a second at most, and shows the others what it has read within that second. Only what is shown
comes from here: whoever books decides on what is read for the booking. Once this container has
written, it reads anew. See docs/adr/0084-shown-calendars-are-read-three-times-a-second.md.
"""

import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date

from appointments.rules.calendar import Calendar
from appointments.store.calendars import read_catalogue, read_days

READS_A_SECOND = 3  # of the same part of a calendar, by a container
MOST_REMEMBERED = 100  # parts of calendars
monotonic = time.monotonic


@dataclass
class _Part:
    """A part of a calendar, and when it was read."""

    calendar: Calendar
    read_at: deque[float] = field(default_factory=lambda: deque(maxlen=READS_A_SECOND))


_parts: dict[tuple[object, ...], _Part] = {}


def forget() -> None:
    """Forget what was read, because this process has written."""
    _parts.clear()


def read_shown_catalogue(artist_id: str, service_id: str) -> Calendar:
    """Read an artist's hours and a service, without terms; it may lag behind by a second."""
    return _read(
        (artist_id, service_id),
        lambda: read_catalogue(artist_id, [service_id], terms=False, consistent=False),
    )


def read_shown_days(calendar: Calendar, service_id: str, days: Iterable[date]) -> Calendar:
    """Return a calendar of `read_shown_catalogue` with more days; they may lag behind by a second.

    Args:
        calendar: The calendar, with some days or without.
        service_id: The service that it was read with.
        days: UTC days.
    """
    wanted = sorted(set(days))
    known = calendar.known or frozenset()
    return _read(
        (calendar.artist_id, service_id, *wanted, known),
        lambda: read_days(calendar, wanted, consistent=False),
    )


def _read(key: tuple[object, ...], read: Callable[[], Calendar]) -> Calendar:
    now = monotonic()
    part = _parts.get(key)
    if part is not None:
        times = part.read_at
        if len(times) == READS_A_SECOND and now - times[0] < 1:
            return part.calendar
    elif len(_parts) >= MOST_REMEMBERED:
        forget()
    calendar = read()
    part = _parts.setdefault(key, _Part(calendar))
    part.calendar = calendar
    part.read_at.append(now)
    return calendar
