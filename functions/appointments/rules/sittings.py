"""Where the sittings of a project go: a slot for each, on the date that its frequency names."""

from calendar import monthrange
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import msgspec

from appointments.models import Entry, EntryKind, Service
from appointments.rules import slots
from appointments.rules.calendar import Calendar, entry_for
from appointments.rules.errors import NoSlots
from appointments.rules.opening_hours import local_date
from appointments.schemas import Frequency

# A sitting goes on its target date or, where that has no free slot, on one of the days after it.
SEARCHED_DAYS = 14
# The horizon keeps clients from booking far ahead; their artist plans as far ahead as they like.
NO_HORIZON_DAYS = 10 * 366
EVERY_DAYS = {Frequency.WEEKLY: 7, Frequency.BIWEEKLY: 14}


def plan(
    calendar: Calendar,
    service: Service,
    frequency: Frequency,
    count: int,
    *,
    starts_on: date,
    now: datetime,
) -> list[Entry]:
    """A free slot for each sitting, in order, no two of them on one date of the artist's zone.

    Each is the first free slot from its target date on, within 14 days and after the date of the
    sitting before. Slots are those that clients are offered (hours, notice, buffers and the limit
    per day count, with the earlier sittings in their places), but for the horizon. Raises a 409
    Problem naming the first sitting that has no slot.
    """
    zone = ZoneInfo(calendar.time_zone)
    far_ahead = msgspec.structs.replace(service, booking_horizon_days=NO_HORIZON_DAYS)
    planned: list[Entry] = []
    for number in range(count):
        after = local_date(planned[-1].starts_at, zone) if planned else None
        target = target_date(frequency, starts_on, number, after)
        first = target if after is None else max(target, after + timedelta(days=1))
        since = _midnight(first, zone)
        until = _midnight(target + timedelta(days=SEARCHED_DAYS), zone)
        start = next(slots.starts(calendar, far_ahead, since, until, now), None)
        if start is None:
            raise NoSlots(_nothing_free(number, first, target))
        entry = entry_for(service, start, entry_id=f"sitting.{number + 1}", kind=EntryKind.PROPOSAL)
        calendar = calendar.put(entry, now)
        planned.append(entry)
    return planned


def target_date(
    frequency: Frequency, starts_on: date, number: int, after: date | None = None
) -> date:
    """The date on which sitting `number` (from 0 on) should be.

    after: the date of the sitting before, which consecutive ones follow. The others are counted
    from the first date, so that one which had to move moves none of the later ones; a day that a
    month does not have is its last.
    """
    if frequency is Frequency.MONTHLY:
        year, month = divmod(starts_on.year * 12 + starts_on.month - 1 + number, 12)
        last = monthrange(year, month + 1)[1]
        return date(year, month + 1, min(starts_on.day, last))
    if frequency in EVERY_DAYS:
        return starts_on + timedelta(days=EVERY_DAYS[frequency] * number)
    return starts_on if after is None else after + timedelta(days=1)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)


def _nothing_free(number: int, first: date, target: date) -> str:
    last = target + timedelta(days=SEARCHED_DAYS - 1)
    return f"There is no free slot for sitting {number + 1} from {first} to {last}."
