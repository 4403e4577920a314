"""Quiet hours: the time of each day in which nothing is sent.

What is asked is the clock on the recipient's wall. Where it is put forward over the end of the
quiet hours, they end at that moment; where it is put back into them, they begin again.
"""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from notifications.models import QuietHours

_DAY = timedelta(days=1)
_STEP = timedelta(hours=1)  # no zone changes its clocks twice within an hour
_SECOND = timedelta(seconds=1)


def is_quiet(at: datetime, hours: QuietHours, zone: ZoneInfo) -> bool:
    """Return whether an instant is from the start of the quiet hours to before their end."""
    start, end = time.fromisoformat(hours.start), time.fromisoformat(hours.end)
    local = at.astimezone(zone).time()
    if start < end:
        return start <= local < end
    return local >= start or local < end


def find_end(at: datetime, hours: QuietHours, zone: ZoneInfo) -> datetime:
    """Return the first instant from this one on that is not inside of the quiet hours."""
    while is_quiet(at, hours, zone):
        end = at + _until_clock_shows(time.fromisoformat(hours.end), at, zone)
        change = _find_clock_change(at, end, zone)
        if change is None:
            return end
        at = change
    return at


def _until_clock_shows(wanted: time, at: datetime, zone: ZoneInfo) -> timedelta:
    """Return how long it takes until a clock that is not changed shows a time of day."""
    local = at.astimezone(zone).replace(tzinfo=None)
    return (datetime.combine(local.date(), wanted) - local) % _DAY


def _find_clock_change(after: datetime, until: datetime, zone: ZoneInfo) -> datetime | None:
    """Find the first instant after one, and until another, at which the clocks have changed."""
    low = after
    while low < until:
        high = min(low + _STEP, until)
        if _offset(high, zone) != _offset(low, zone):
            return _narrow(low, high, zone)
        low = high
    return None


def _narrow(low: datetime, high: datetime, zone: ZoneInfo) -> datetime:
    """Find the clock change between two instants; clocks change at whole seconds."""
    before = _offset(low, zone)
    # Whole seconds on both sides, so that the middle is one too.
    seconds = int(-(-(high - low) // _SECOND))
    base = low.replace(microsecond=0)
    first, last = 0, seconds + 1
    while last - first > 1:
        middle = (first + last) // 2
        if _offset(base + middle * _SECOND, zone) == before:
            first = middle
        else:
            last = middle
    return base + last * _SECOND


def _offset(at: datetime, zone: ZoneInfo) -> timedelta | None:
    return at.astimezone(zone).utcoffset()
