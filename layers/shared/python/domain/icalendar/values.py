"""Values of calendars: times, durations and offsets (RFC 5545, 3.3), leniently read.

What programs write besides the standard is read if it has one meaning only.
"""

import re
from datetime import UTC, date, datetime, time, timedelta

import msgspec

from domain.icalendar.time_zones import Zone, from_tzinfo

UTC_ZONE = from_tzinfo(UTC)
EARLIEST, LATEST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)

_DATE = re.compile(r"(\d{4})-?(\d\d)-?(\d\d)", re.ASCII)
_CLOCK = re.compile(
    r"T(\d\d):?(\d\d)(?::?(\d\d)(?:\.\d+)?)?(?:(Z)|([+-])(\d\d):?(\d\d))?", re.ASCII
)
_DURATION = re.compile(
    r"([+-]?)P(?:(\d{1,9})W)?(?:(\d{1,9})D)?(?:T(?:(\d{1,9})H)?(?:(\d{1,9})M)?(?:(\d{1,9})S)?)?",
    re.ASCII,
)
_OFFSET = re.compile(r"([+-])(\d\d)(\d\d)(\d\d)?", re.ASCII)


class LocalTime(msgspec.Struct, frozen=True):
    """A time or date as it is written.

    Attributes:
        local: Naive; the midnight of a date.
        offset: From UTC, where it is written.
    """

    local: datetime
    is_date: bool
    offset: timedelta | None


class Moment(msgspec.Struct, frozen=True):
    """A time in a zone, or a date, which begins at its midnight.

    Attributes:
        local: Naive local time.
    """

    local: datetime
    zone: Zone
    is_date: bool

    @property
    def utc(self) -> datetime:
        """The instant in UTC."""
        return to_utc(self.zone, self.local)


class Length(msgspec.Struct, frozen=True):
    """Length of an event: days of whatever length, and an exact time (RFC 5545, 3.8.5.3).

    Attributes:
        rest_of_day_in: Zone in whose next midnight the event ends, but not within an hour.
    """

    days: int = 0
    time: timedelta = timedelta()
    rest_of_day_in: Zone | None = None

    @property
    def longest(self) -> timedelta:
        """The most that it may be."""
        return timedelta(2) if self.rest_of_day_in else timedelta(self.days) + self.time

    def end(self, local: datetime, zone: Zone) -> datetime:
        """Return the instant at which an event ends that begins at a local time."""
        try:
            if self.rest_of_day_in:
                begin = to_utc(zone, local)
                day = to_local(self.rest_of_day_in, begin).date()
                midnight = datetime.combine(day + timedelta(1), time())
                return max(to_utc(self.rest_of_day_in, midnight), begin + timedelta(hours=1))
            return to_utc(zone, local + timedelta(self.days)) + self.time
        except OverflowError:  # after the last year
            return LATEST


def to_utc(zone: Zone, local: datetime) -> datetime:
    """Return the instant of a local time, or the first or last one there is."""
    try:
        return zone(local)
    except OverflowError:
        return EARLIEST if local.year < 5000 else LATEST


def to_local(zone: Zone, instant: datetime) -> datetime:
    """Return the local time of an instant in UTC; one of a gap is the time after it."""
    naive = instant.replace(tzinfo=None)
    local = naive
    for _ in range(2):  # once more, in case that the clocks change in between
        local = naive + (local.replace(tzinfo=UTC) - to_utc(zone, local))
    return local


def parse_time(value: str) -> LocalTime:
    """Parse a date or time.

    A second 60 is read as 59 (RFC 5545, 3.3.12), and 24:00 as the next midnight (ISO 8601).

    Raises:
        ValueError: It is neither.
        OverflowError: It is later than the last day.
    """
    value = value.strip().upper()
    day = parse_date(value)
    match = _DATE.match(value)
    rest = value[match.end() :] if match else ""
    if not rest:
        return LocalTime(datetime.combine(day, time()), is_date=True, offset=None)
    clock = _CLOCK.fullmatch(rest)
    if clock is None:
        raise ValueError("not a time")
    hour, minute, second = (int(number or 0) for number in clock.groups()[:3])
    if (hour, minute, second) == (24, 0, 0):
        local = datetime.combine(day + timedelta(1), time())
    else:
        local = datetime.combine(day, time(hour, minute, 59 if second == 60 else second))
    offset = timedelta() if clock[4] else None
    if clock[5]:
        offset = timedelta(hours=int(clock[6]), minutes=int(clock[7]))
        offset = -offset if clock[5] == "-" else offset
    return LocalTime(local, is_date=False, offset=offset)


def parse_date(value: str) -> date:
    """Parse the date with which a date or time begins.

    Raises:
        ValueError: It begins with none.
    """
    match = _DATE.match(value.strip())
    if match is None:
        raise ValueError("not a date")
    return date(*(int(number) for number in match.groups()))


def parse_duration(value: str) -> Length:
    """Parse a duration.

    Raises:
        ValueError: It is none, or negative.
    """
    match = _DURATION.fullmatch(value.strip().upper())
    if match is None or match[1] == "-" or not any(match.groups()[1:]):
        raise ValueError("not a duration")
    weeks, days, hours, minutes, seconds = (int(number or 0) for number in match.groups()[1:])
    # An event that lasts longer than all years lasts to the end of them.
    return Length(
        min(weeks * 7 + days, timedelta.max.days // 2),
        timedelta(hours=hours, minutes=minutes, seconds=seconds),
    )


def parse_offset(value: str) -> timedelta:
    """Parse an offset from UTC.

    Raises:
        ValueError: It is none.
    """
    match = _OFFSET.fullmatch(value.strip())
    if match is None:
        raise ValueError("not an offset")
    hours, minutes, seconds = (int(number or 0) for number in match.groups()[1:])
    offset = timedelta(hours=hours, minutes=minutes, seconds=seconds)
    return -offset if match[1] == "-" else offset


def measure(start: Moment, end: Moment) -> Length:
    """Return the length of an event.

    Raises:
        ValueError: It ends before it begins.
    """
    if start.is_date and end.is_date:
        # Some programs write the last day instead of the day after it.
        return Length(days=max(1, (end.local - start.local).days))
    length = end.utc - start.utc
    if length < timedelta():
        raise ValueError("ends before it begins")
    return Length(time=length)
