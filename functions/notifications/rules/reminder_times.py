"""Times of reminders: when the messages about an appointment, and of a birthday, are due.

Hours before a start are hours that pass: 24 hours are 24 hours on the day of a clock change as
well. Days after an end are days of the calendar at the place of the appointment, so what is due at
09:00 is due when the clock there shows 09:00. A time that the clock skips is the one it shows
instead; of a time that it shows twice, the first is meant.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import msgspec

from notifications.models import (
    AppointmentState,
    Birthday,
    ReminderKind,
    ReminderReference,
    ReminderSettings,
)

CONFIRMED, COMPLETED = "confirmed", "completed"
AHEAD = frozenset({"pending", CONFIRMED})
# A reminder that comes later than this before the start is of no use.
SHORTEST_NOTICE = timedelta(minutes=15)
# How much later than its time a message is still sent, after an outage or a late completion.
LATE_FOR = {
    ReminderKind.FOLLOW_UP: timedelta(days=3),
    ReminderKind.AFTERCARE: timedelta(hours=12),
    ReminderKind.REVIEW_REQUEST: timedelta(days=7),
    ReminderKind.BIRTHDAY: timedelta(hours=12),
}
# The next time is computed again this long before it, because a zone's rules may have changed.
RECHECKED_BEFORE = timedelta(hours=12)
# The status in which an appointment has to be for a message of this kind.
STATUS = {
    ReminderKind.REMINDER: frozenset({CONFIRMED}),
    ReminderKind.FOLLOW_UP: frozenset({COMPLETED}),
    ReminderKind.AFTERCARE: frozenset({COMPLETED}),
    ReminderKind.REVIEW_REQUEST: frozenset({COMPLETED}),
    ReminderKind.DEPOSIT: AHEAD,
}


class Occurrence(msgspec.Struct, frozen=True):
    """A message that is due at a time.

    Attributes:
        number: Distinguishes those of a kind: the day of a series, the hours before a start, the
            year of a birthday.
        good_until: When it becomes useless.
    """

    kind: ReminderKind
    number: int
    due_at: datetime
    good_until: datetime


def list_occurrences(state: AppointmentState, settings: ReminderSettings) -> list[Occurrence]:
    """List the messages about an appointment, past and future ones.

    A reminder whose time had passed when the appointment was confirmed or moved is not among them:
    the notice of that change has just said the same.
    """
    match state.status:
        case "confirmed":
            return list(_list_before(state, settings))
        case "completed":
            return list(_list_after(state, settings))
    return []


def list_birthdays(
    birthday: Birthday, time_zone: str, hour: int, now: datetime
) -> list[Occurrence]:
    """List the greetings of a birthday of the years around now."""
    year = now.astimezone(ZoneInfo(time_zone)).year
    days = ((each, _get_birthday(birthday, each)) for each in range(year - 1, year + 2))
    kind = ReminderKind.BIRTHDAY
    return [_create(kind, number, resolve(day, time(hour), time_zone)) for number, day in days]


def resolve(day: date, time_of_day: time, time_zone: str) -> datetime:
    """Return the instant at which the clock of a zone shows a time of a day."""
    local = datetime.combine(day, time_of_day.replace(fold=0), ZoneInfo(time_zone))
    return local.astimezone(UTC)


def select_due(
    occurrences: Iterable[Occurrence], sent_through: datetime | None, now: datetime
) -> list[Occurrence]:
    """Select what is to be sent now, by time: of each kind only the last, if several are due."""
    latest: dict[ReminderKind, Occurrence] = {}
    for each in sorted(occurrences, key=lambda occurrence: occurrence.due_at):
        is_new = sent_through is None or each.due_at > sent_through
        if is_new and each.due_at <= now < each.good_until:
            latest[each.kind] = each
    return list(latest.values())


def get_next(occurrences: Iterable[Occurrence], now: datetime) -> datetime | None:
    """Return when to look again; None if nothing is due any more."""
    due_at = min((each.due_at for each in occurrences if each.due_at > now), default=None)
    if due_at is None:
        return None
    recheck = due_at - RECHECKED_BEFORE
    return recheck if recheck > now else due_at


def get_anchor(kind: ReminderKind, state: AppointmentState) -> datetime:
    """Return the time of the appointment that a message of this kind depends on."""
    return state.ends_at if _is_after(kind) else state.starts_at


def is_current(reference: ReminderReference, state: AppointmentState) -> bool:
    """Return whether an appointment still is as a message about it says.

    A deposit has a deadline of its own, wherever the appointment moves.
    """
    kind = reference.kind
    is_in_time = kind is ReminderKind.DEPOSIT or get_anchor(kind, state) == reference.anchor
    return is_in_time and state.status in STATUS[kind]


def is_superseded(
    kind: ReminderKind, state: AppointmentState, others: Sequence[AppointmentState], now: datetime
) -> bool:
    """Return whether another sitting of the same project takes the place of this one.

    What follows a project follows its last completed sitting, and a review is not asked for while
    another sitting lies ahead.
    """
    if not _is_after(kind):
        return False
    return any(
        (other.status == COMPLETED and other.ends_at > state.ends_at)
        or (kind is ReminderKind.REVIEW_REQUEST and other.status in AHEAD and other.starts_at > now)
        for other in others
    )


def build_event_id(row_id: str, occurrence: Occurrence, anchor: datetime | None) -> str:
    """Build the id under which a message is sent once, whoever sends it and however often."""
    of_anchor = "" if anchor is None else f" {int(anchor.timestamp())}"
    return f"rmd {row_id} {occurrence.kind} {occurrence.number}{of_anchor}"


def _list_before(state: AppointmentState, settings: ReminderSettings) -> Iterator[Occurrence]:
    if not settings.reminder.enabled:
        return
    good_until = state.starts_at - SHORTEST_NOTICE
    for hours in set(settings.reminder.hours_before):
        due_at = state.starts_at - timedelta(hours=hours)
        if due_at >= state.since:
            yield Occurrence(ReminderKind.REMINDER, hours, due_at, good_until)


def _list_after(state: AppointmentState, settings: ReminderSettings) -> Iterator[Occurrence]:
    zone = state.time_zone
    end = state.ends_at.astimezone(ZoneInfo(zone))

    def get_instant(days: int, hour: int | None) -> datetime:
        time_of_day = end.time() if hour is None else time(hour)
        return resolve(end.date() + timedelta(days), time_of_day, zone)

    follow_up, review = settings.follow_up, settings.review_request
    if follow_up.enabled:
        due_at = get_instant(follow_up.days_after, follow_up.hour)
        yield _create(ReminderKind.FOLLOW_UP, 1, due_at)
    if settings.aftercare.enabled:
        for day in range(1, settings.aftercare.days + 1):
            yield _create(ReminderKind.AFTERCARE, day, get_instant(day, settings.aftercare.hour))
    if review.enabled:
        due_at = get_instant(review.days_after, review.hour)
        yield _create(ReminderKind.REVIEW_REQUEST, 1, due_at)


def _is_after(kind: ReminderKind) -> bool:
    return COMPLETED in STATUS.get(kind, ())


def _create(kind: ReminderKind, number: int, due_at: datetime) -> Occurrence:
    return Occurrence(kind, number, due_at, due_at + LATE_FOR[kind])


def _get_birthday(birthday: Birthday, year: int) -> date:
    try:
        return date(year, birthday.month, birthday.day)
    except ValueError:  # 29 February of a year that has none
        return date(year, 2, 28)
