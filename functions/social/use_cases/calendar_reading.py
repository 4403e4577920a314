"""Reading of calendars: what changed there is read, expanded, and published as busy times.

All that a reading stores is stored at once, with the event, where the record still has the version
that it began with. So a worker may end anywhere: the next reading begins where the last complete
one ended. Of two readings at the same time one begins again.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from time import monotonic

import msgspec

from domain.icalendar.busy_times import UnreadableCalendar
from shared.data.conflicts import retry_on_conflict
from shared.events.queues import RetryLater
from shared.events.sweeper import DueRecord
from shared.platform.logs import logger
from social.models import SocialAccount
from social.models.calendars import SocialCalendar, WatchedChannel
from social.providers.calendar_registry import get_calendar
from social.providers.calendars import (
    EventGone,
    Page,
    SyncTokenRefused,
)
from social.providers.failures import (
    ProviderError,
    ProviderFailed,
    ProviderRefused,
    RateLimited,
)
from social.rules import calendar_reading as rules
from social.rules.calendar_reading import Entries, TooManyEvents
from social.rules.errors import NeedsReconnect, ProviderUnavailable
from social.store import accounts as accounts_store
from social.store import calendars as calendars_store
from social.use_cases import (
    booking_events,
    calendar_access,
    calendar_channels,
    calendars,
    work,
)
from social.use_cases.vault import RefreshUnderWay
from social.use_cases.work import Work

NOTIFIED = "calendar_notified"  # kind of work: read what a notification said has changed
# A calendar that was given to the worker is due again then, in case that the worker never had it.
HANDED_OVER = timedelta(minutes=10)
ATTEMPTS = 4
# Half of the time that a worker has: one that is stopped stores nothing, not even a failure, so the
# calendar would be read again and again for as long.
READING_SECONDS = 30.0

_RECONNECT = "The account has to be connected again."
_LIMITED = "The provider limits how often the calendar can be read."
_GONE = "The calendar is not there any more."
_REFUSED = "The provider does not let us read the calendar."
_NOT_RESPONDING = "The provider does not respond as it should."
_TOO_MANY = "The calendar has too many events."


def list_due(now: datetime, limit: int) -> list[DueRecord]:
    """List the calendars that are due, the longest due first; none while the worker lags.

    They stay due. On the queue, those that wait there for longer than it takes to be handed over
    again would be on it twice, and the worker never caught up.
    """
    due = calendars_store.list_due(now, limit)
    return [] if due and work.is_lagging() else due


def hand_over(due: DueRecord, now: datetime) -> None:
    """Have the worker read a calendar that is due: unlike the sweeper it may wait."""
    calendar = msgspec.json.decode(due.record, type=SocialCalendar)
    calendars_store.postpone(due, now + HANDED_OVER)
    work.send(Work(calendars.READ, calendar.artist_id, calendar.account_id, calendar.id))


def read_due(message: Work, now: datetime) -> None:
    """Read a calendar, or close the channels of one that is not read any more."""
    _read(message.artist_id, message.key, None, now)


def read_notified(message: Work, now: datetime) -> None:
    """Read a calendar, unless a reading that began after the notification did."""
    calendar_id, _, channel_id = message.key.partition("/")
    _read(message.artist_id, calendar_id, channel_id, now)


@retry_on_conflict(attempts=ATTEMPTS)
def _read(artist_id: str, calendar_id: str, notified_by: str | None, now: datetime) -> None:
    calendar = calendars_store.find_calendar(artist_id, calendar_id)
    account = accounts_store.find_account(artist_id, calendar.account_id) if calendar else None
    if calendar is None or account is None or not account.is_connected:
        return
    if not calendar.is_followed:
        _close_channels(account, calendar, now)
        return
    if calendar.paused_until is not None and calendar.paused_until > now:
        return  # the sweeper has it read then
    if notified_by is not None and _is_covered(calendar, notified_by):
        return
    until = None
    try:
        calendar = calendar_channels.ensure(account, calendar, now)
        calendar = _read_changes(account, calendar, now)
    except RateLimited as error:
        problem, until = _LIMITED, error.until
    except UnreadableCalendar as error:
        problem = error.reason
    except RefreshUnderWay as error:
        raise RetryLater(error.retry_after_seconds) from error
    except (NeedsReconnect, TooManyEvents, ProviderError, ProviderUnavailable) as error:
        problem = _explain(error)
    else:
        _close_channels(account, calendar, now)
        return
    _save_failure(calendar, problem, now, until)


def _explain(error: Exception) -> str:
    """Return why a calendar could not be read, for the artist."""
    match error:
        case NeedsReconnect():
            return _RECONNECT
        case TooManyEvents():
            return _TOO_MANY
        case EventGone():
            return _GONE
        case ProviderRefused():
            return _REFUSED
    return _NOT_RESPONDING


def _is_covered(calendar: SocialCalendar, channel_id: str) -> bool:
    """Return whether the last reading began after all notifications of the channel had come."""
    channel = calendar.channel
    if channel is None or channel.id != channel_id or calendar.read_at is None:
        return False
    return _get_number(channel) <= channel.pulled_number


def _get_number(channel: WatchedChannel) -> int:
    """Return the number of the latest notification of a channel."""
    found = calendars_store.find_channel(channel.id)
    return found[1] if found else 0


def _read_changes(
    account: SocialAccount, calendar: SocialCalendar, now: datetime
) -> SocialCalendar:
    """Read what changed, and store it with the event of the busy times that it leads to."""
    channel = calendar.channel
    if channel is not None:  # before the reading, which may not see what comes during it
        channel = msgspec.structs.replace(channel, pulled_number=_get_number(channel))
    before = rules.unpack(calendars_store.read_parts(calendar))
    pages, is_full = _fetch(account, calendar, now)
    entries = {} if is_full else dict(before)
    artist_id = account.artist_id
    parts = [(list(rules.separate_own(page.entries, artist_id)), page.removed) for page in pages]
    rules.apply(entries, parts)
    entries = rules.drop_useless(entries, now)
    removed = {key for page in pages for key in page.removed}
    for own in rules.find_own_changes(before, entries, removed):
        booking_events.compare_with_appointment(account, calendar, own, now)
    if is_full:
        booking_events.compare_missing(account, calendar, entries.keys(), now)
    read = msgspec.structs.replace(
        rules.record_success(calendar, now),
        channel=channel,
        sync_token=pages[-1].sync_token,
        time_zone=pages[-1].time_zone or calendar.time_zone,
        version=calendar.version + 1,
    )
    return _save_reading(calendar, read, before, entries, now)


def _save_reading(
    calendar: SocialCalendar,
    read: SocialCalendar,
    before: Entries,
    entries: Entries,
    now: datetime,
) -> SocialCalendar:
    today = now.astimezone(UTC).date()
    events = []
    is_changed = entries != before or read.time_zone != calendar.time_zone
    if read.is_read and (is_changed or read.expanded_on != today):
        found = rules.find_busy_times(entries, read.time_zone, now)
        read = msgspec.structs.replace(
            read,
            expanded_on=today,
            digest=rules.hash_spans(found.spans),
            blocks=len(found.spans),
            unclear_count=found.unclear_count,
        )
        if read.digest != calendar.digest:
            events.append(calendars.create_busy_event(read, found.spans, now))
    parts = None
    if entries != before:
        parts = rules.pack(entries)
        read = msgspec.structs.replace(read, parts=len(parts), parts_version=read.version)
    calendars_store.save(read, rules.plan_next(read, now), events, parts, calendar.parts)
    return read


def _fetch(
    account: SocialAccount, calendar: SocialCalendar, now: datetime
) -> tuple[list[Page], bool]:
    """Return what changed, or everything, and whether it is everything."""
    provider = get_calendar(calendar.provider)

    def read(sync_token: str | None) -> list[Page]:
        return calendar_access.call(
            account,
            lambda token: _take_all(provider.read(token, calendar.key, sync_token, now)),
            now,
        )

    if calendar.sync_token is not None:
        try:
            return read(calendar.sync_token), False
        except SyncTokenRefused:
            logger.info("calendar read as a whole", calendar=calendar.id)
    return read(None), True


def _take_all(pages: Iterator[Page]) -> list[Page]:
    """Return all parts of a reading.

    Raises:
        ProviderFailed: They take too long.
    """
    ends_at = monotonic() + READING_SECONDS
    taken: list[Page] = []
    for page in pages:
        taken.append(page)
        if page.sync_token is None and monotonic() > ends_at:
            raise ProviderFailed("too slow")
    return taken


def _close_channels(account: SocialAccount, calendar: SocialCalendar, now: datetime) -> None:
    """Close the channels that a calendar had before. One that stays open ends in a week."""
    if not calendar.closing:
        return
    calendar_channels.close(account, calendar, now)
    closed = msgspec.structs.replace(calendar, closing=(), version=calendar.version + 1)
    calendars_store.save(closed, rules.plan_next(closed, now) if closed.is_followed else None)


def _save_failure(
    calendar: SocialCalendar, problem: str, now: datetime, until: datetime | None = None
) -> None:
    """Store that a reading failed. What was read before it stays."""
    failed = msgspec.structs.replace(
        rules.record_failure(calendar, problem, now, until), version=calendar.version + 1
    )
    logger.warning("calendar not read", calendar=calendar.id, failures=failed.failures)
    calendars_store.save(failed, rules.plan_next(failed, now))
