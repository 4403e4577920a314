"""Connected calendars: busy times at other platforms, which social reads and which block slots."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta

import msgspec

from appointments import store
from appointments.events import BusyTimesChanged
from appointments.models import ConnectedAccount, ReadCalendar
from appointments.rules import connected_calendars
from appointments.use_cases.external_calendars import AHEAD
from domain.opening_hours import Span, merge_spans, to_seconds
from shared.data import tombstones
from shared.data.conflicts import retry_on_conflict

BEHIND = timedelta(days=2)  # as for external calendars


@retry_on_conflict
def replace_busy_times(changed: BusyTimesChanged, read_at: datetime) -> None:
    """Replace the busy times of a calendar, unless newer ones are stored or its account has ended.

    The version is stored before the times, and the times are only written while it is the newest:
    so the order of events does not matter, and a repetition completes a run that failed midway.

    Args:
        changed: The busy times.
        read_at: When they were published.
    """
    account = _get_account(changed.artist_id, changed.account_id)
    read = ReadCalendar(changed.record_version, read_at)
    if not connected_calendars.is_current(account, changed.calendar_id, read):
        return
    if tombstones.is_deleted(changed.artist_id):
        return
    calendars = account.calendars | {changed.calendar_id: read}
    account = msgspec.structs.replace(account, calendars=calendars, version=account.version + 1)
    store.save_connected_account(account)
    store.save_connected_busy_times(
        account, changed.calendar_id, _list_spans(changed, read_at), changed.first_day
    )


@retry_on_conflict
def end_account(artist_id: str, account_id: str, ended_at: datetime) -> None:
    """Delete the busy times of an account that was disconnected.

    Those that were read since, after it was connected again, stay. The account is kept, so that
    late events block nothing any more.
    """
    account = _get_account(artist_id, account_id)
    if tombstones.is_deleted(artist_id):
        return
    ended_at = max(ended_at, account.ended_at or ended_at)
    account = msgspec.structs.replace(account, ended_at=ended_at, version=account.version + 1)
    store.save_connected_account(account)
    ended = connected_calendars.list_ended(account)
    store.delete_connected_busy_times(account, ended, _get_first_day(ended_at))


def _get_account(artist_id: str, account_id: str) -> ConnectedAccount:
    known = store.find_connected_account(artist_id, account_id)
    return known or ConnectedAccount(account_id, artist_id)


def _list_spans(changed: BusyTimesChanged, read_at: datetime) -> list[Span]:
    last = to_seconds(read_at + AHEAD)
    spans: Iterable[Span] = (
        (to_seconds(busy.starts_at), min(to_seconds(busy.ends_at), last))
        for busy in changed.busy_times
    )
    return merge_spans(span for span in spans if span[0] < span[1])


def _get_first_day(now: datetime) -> date:
    return (now - BEHIND).astimezone(UTC).date()
