"""Sitting plan: a free slot for each sitting of a project, on the dates of its frequency."""

from calendar import monthrange
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import msgspec

from appointments.models import CalendarEntry, CalendarEntryKind, Service
from appointments.rules import slots
from appointments.rules.calendar import Calendar, create_entry
from appointments.rules.errors import NoSlots
from appointments.schemas import SittingFrequency

# A sitting goes on its target date or, where that has no free slot, on one of the days after it.
SEARCHED_DAYS = 14
# The horizon limits how far ahead clients can book; the artist may plan as far as they like.
NO_HORIZON_DAYS = 10 * 366
Read = Callable[[Calendar, Service, datetime, datetime], Calendar]
INTERVAL_DAYS = {SittingFrequency.WEEKLY: 7, SittingFrequency.BIWEEKLY: 14}


def create(
    calendar: Calendar,
    service: Service,
    frequency: SittingFrequency,
    count: int,
    *,
    starts_on: date,
    now: datetime,
    read: Read = lambda calendar, *_: calendar,
) -> list[CalendarEntry]:
    """Find a free slot for each sitting, in order, each on a date of its own.

    Each is the first free slot from its target date on, within 14 days and after the date of the
    sitting before. Dates are those of the place of each sitting. The slots follow the rules for
    clients (hours, notice, buffers and limits, with the earlier sittings in their places), except
    for the horizon.

    Args:
        calendar: Calendar of the artist.
        service: Service of all sittings.
        frequency: How the sittings follow each other.
        count: Number of sittings.
        starts_on: Date of the first sitting.
        now: The present time.
        read: Returns the calendar with the days that decide about the starts of a service between
            two instants; it is called for each sitting. Unless it is given, the calendar has all.

    Raises:
        NoSlots: A sitting has no free slot.
    """
    zones = calendar.timetable.list_zones()
    far_ahead = msgspec.structs.replace(service, booking_horizon_days=NO_HORIZON_DAYS)
    planned: list[CalendarEntry] = []
    previous: date | None = None
    for number in range(count):
        target = get_target_date(frequency, starts_on, number, previous)
        first = target if previous is None else max(target, previous + timedelta(days=1))
        last = target + timedelta(days=SEARCHED_DAYS - 1)
        since = min(_get_midnight(first, zone) for zone in zones)
        until = max(_get_midnight(last + timedelta(days=1), zone) for zone in zones)
        calendar = read(calendar, far_ahead, since, until)
        starts = slots.find_dated_starts(calendar, far_ahead, since, until, now)
        # Midnight is not the same instant at every place, so the range holds more than the dates.
        found = next((one for one in starts if first <= one[1] <= last), None)
        if found is None:
            raise NoSlots(f"No slot is free for sitting {number + 1} from {first} to {last}.")
        start, previous = found
        entry = create_entry(
            service, start, entry_id=f"sitting.{number + 1}", kind=CalendarEntryKind.PROPOSAL
        )
        calendar = calendar.add(entry, now)
        planned.append(entry)
    return planned


def get_target_date(
    frequency: SittingFrequency, starts_on: date, number: int, previous: date | None = None
) -> date:
    """Return the date on which a sitting should be.

    Consecutive sittings follow the one before. The dates of the others are counted from the first
    date, so that a sitting that had to move does not move the later ones; a day that a month does
    not have is replaced by its last.

    Args:
        frequency: How the sittings follow each other.
        starts_on: Date of the first sitting.
        number: Which sitting it is, from 0.
        previous: Date of the sitting before.
    """
    if frequency is SittingFrequency.MONTHLY:
        year, month = divmod(starts_on.year * 12 + starts_on.month - 1 + number, 12)
        last = monthrange(year, month + 1)[1]
        return date(year, month + 1, min(starts_on.day, last))
    if frequency in INTERVAL_DAYS:
        return starts_on + timedelta(days=INTERVAL_DAYS[frequency] * number)
    return starts_on if previous is None else previous + timedelta(days=1)


def get_last_date(frequency: SittingFrequency, starts_on: date, count: int) -> date:
    """Return the last date on which a plan can put its last sitting."""
    if frequency is SittingFrequency.MONTHLY or frequency in INTERVAL_DAYS:
        target = get_target_date(frequency, starts_on, count - 1)
        return target + timedelta(days=SEARCHED_DAYS - 1)
    return starts_on + timedelta(days=SEARCHED_DAYS * count)


def _get_midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)
