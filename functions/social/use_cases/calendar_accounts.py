"""What happens to calendars when their account is connected, connected again or disconnected."""

from datetime import datetime

import msgspec

from domain.errors import Unavailable
from shared.data.conflicts import retry_on_conflict
from shared.events.queues import RetryLater
from social.models import Capability, SocialAccount
from social.rules import calendar_reading
from social.rules.errors import NeedsReconnect
from social.store import accounts as accounts_store
from social.store import calendars as calendars_store
from social.use_cases import calendar_access, calendar_channels, calendars, work
from social.use_cases.work import Work

BEGIN = "calendar_begin"  # kind of work: read the main calendar of a new account


def begin(message: Work, now: datetime) -> None:
    """Read the main calendar of an account, unless its artist has chosen since it was connected.

    Nothing is written before the artist chooses where.

    Raises:
        RetryLater: The provider does not respond as it should.
    """
    account = _find_with_calendars(message.artist_id, message.account_id)
    if account is None:
        return
    known = calendars_store.list_calendars(account.artist_id, account.id)
    if not all(each.is_forgotten for each in known):
        return
    try:
        listed = calendar_access.list_calendars(account, now)
    except NeedsReconnect:
        return
    except Unavailable as error:
        raise RetryLater from error
    by_id = {calendars.derive_id(account, each.key): each for each in listed}
    main = {calendar_id for calendar_id, each in by_id.items() if each.is_primary}
    calendars.choose_for(account, by_id, main, None, now)


def resume(artist_id: str, account_id: str, now: datetime) -> None:
    """Have the calendars of an account read that was connected again, however long they waited."""
    account = _find_with_calendars(artist_id, account_id)
    known = calendars_store.list_calendars(artist_id, account_id) if account else []
    for calendar in known:
        _resume(artist_id, calendar.id, now)
    work.send(*(Work(calendars.READ, artist_id, account_id, each.id) for each in known))


@retry_on_conflict
def _resume(artist_id: str, calendar_id: str, now: datetime) -> None:
    calendar = calendars_store.find_calendar(artist_id, calendar_id)
    if calendar is not None and calendar.is_followed and calendar.paused_until is not None:
        resumed = msgspec.structs.replace(calendar, paused_until=None, version=calendar.version + 1)
        calendars_store.save(resumed, now)


def forget_all(account: SocialAccount, now: datetime, *, publishes: bool) -> None:
    """Use no calendar of an account any more, which is about to be disconnected.

    Args:
        account: The account, which still has its tokens.
        now: The current instant.
        publishes: Whether others get an event of the busy times that end.
    """
    for calendar in calendars_store.list_calendars(account.artist_id, account.id):
        _forget(account, calendar.id, now, publishes=publishes)


@retry_on_conflict
def _forget(account: SocialAccount, calendar_id: str, now: datetime, *, publishes: bool) -> None:
    calendar = calendars_store.find_calendar(account.artist_id, calendar_id)
    if calendar is None:
        return
    unused = msgspec.structs.replace(calendar, is_read=False, is_written=False, is_forgotten=True)
    stopped = calendar_reading.stop(unused)
    calendar_channels.close(account, stopped, now)
    stopped = msgspec.structs.replace(stopped, closing=())
    if stopped == calendar:
        return
    stopped = msgspec.structs.replace(stopped, version=calendar.version + 1)
    is_known = publishes and calendar.digest
    events = [calendars.create_busy_event(stopped, [], now)] if is_known else []
    calendars_store.save(stopped, None, events, (), calendar.parts)


def _find_with_calendars(artist_id: str, account_id: str) -> SocialAccount | None:
    """Return a connected account that can be used for calendars."""
    account = accounts_store.find_account(artist_id, account_id)
    if account is None or not account.is_connected:
        return None
    return account if Capability.CALENDAR in account.capabilities else None
