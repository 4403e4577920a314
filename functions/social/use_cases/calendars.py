"""Calendars of social accounts: which there are, and which of them are used for what."""

from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256

import msgspec

from domain.errors import FieldError, InvalidFields, NotFound
from shared.data.conflicts import retry_on_conflict
from shared.events.domain_events import DomainEvent, new_event
from shared.http.caller import Caller
from social.events import (
    BusyTime,
    SocialCalendarBusyTimesChanged,
    SocialCalendarWritingChanged,
)
from social.models import Capability, SocialAccount
from social.models.calendars import SocialCalendar
from social.providers.calendars import ListedCalendar
from social.rules import calendar_reading
from social.schemas.calendars import (
    CalendarChoiceRequest,
    SocialCalendarList,
    SocialCalendarView,
)
from social.store import calendars as calendars_store
from social.use_cases import accounts, calendar_access, work
from social.use_cases.work import Work

READ = "calendar_read"  # kind of work: read a calendar, or finish what it was read for


def list_own(caller: Caller, account_id: str, now: datetime) -> SocialCalendarList:
    """List the calendars of one of the caller's accounts, the main one first.

    Raises:
        NotFound: They have no such account, or it has no calendars.
        NeedsReconnect: The account has to be connected again.
        ProviderUnavailable: The provider does not respond as it should.
    """
    account = _require_account(caller, account_id)
    return _present_all(account, calendar_access.list_calendars(account, now))


@retry_on_conflict
def choose(
    caller: Caller, account_id: str, request: CalendarChoiceRequest, now: datetime
) -> SocialCalendarList:
    """Choose which calendars of an account are read, and which one is written.

    Raises:
        InvalidFields: A calendar is not there, or cannot be written.
        NotFound: They have no such account, or it has no calendars.
        NeedsReconnect: The account has to be connected again.
        ProviderUnavailable: The provider does not respond as it should.
    """
    account = _require_account(caller, account_id)
    listed = calendar_access.list_calendars(account, now)
    by_id = {derive_id(account, each.key): each for each in listed}
    _check(request, by_id)
    choose_for(account, by_id, set(request.read), request.write, now)
    return _present_all(account, listed)


def choose_for(
    account: SocialAccount,
    listed: Mapping[str, ListedCalendar],
    read: set[str],
    written: str | None,
    now: datetime,
) -> None:
    """Store which calendars of an account are read, and which one is written."""
    known = _list_known(account)
    chosen = read | ({written} if written else set())
    for calendar_id in known.keys() | chosen:
        before, found = known.get(calendar_id), listed.get(calendar_id)
        if before is not None and found is not None:
            base = msgspec.structs.replace(before, name=found.name)
        elif before is not None:
            base = before
        elif found is not None:
            base = _create(account, calendar_id, found)
        else:
            continue
        is_read, is_written = calendar_id in read, calendar_id == written
        after = msgspec.structs.replace(
            base, is_read=is_read, is_written=is_written, is_forgotten=False
        )
        change(before, after, now)


def change(before: SocialCalendar | None, after: SocialCalendar, now: datetime) -> None:
    """Store a choice about one calendar, and have the worker do what follows.

    What was read of a calendar that is not read any more blocks nothing from now on.
    """
    if before == after:
        return
    known = before or msgspec.structs.replace(after, is_read=False, is_written=False)
    version = before.version + 1 if before else 1
    parts = None
    if known.is_read != after.is_read:
        after = calendar_reading.forget_busy_times(after)
    if after.is_followed and not known.is_followed:
        after = calendar_reading.forget(after)
    elif known.is_followed and not after.is_followed:
        after, parts = calendar_reading.stop(after), ()
    after = msgspec.structs.replace(after, version=version)
    events = []
    if known.digest and not after.is_read:
        events.append(create_busy_event(after, [], now))
    if known.is_written != after.is_written:
        events.append(create_writing_event(after.artist_id, after.id, version, now))
    # The channels of one that is not followed any more are closed by the worker.
    due_at = now if after.is_followed or after.closing else None
    calendars_store.save(after, due_at, events, parts, known.parts)
    if (known.is_read, known.is_followed) != (after.is_read, after.is_followed):
        work.send(Work(READ, after.artist_id, after.account_id, after.id))


def derive_id(account: SocialAccount, key: str) -> str:
    """Return the id of a calendar: the same whenever it is chosen."""
    return f"scl_{sha256(f'{account.id}#{key}'.encode()).hexdigest()[:32]}"


def create_busy_event(
    calendar: SocialCalendar,
    spans: list[tuple[datetime, datetime]],
    now: datetime,
) -> DomainEvent:
    """Return the event with the busy times of a calendar."""
    start, _ = calendar_reading.list_window(now)
    data = SocialCalendarBusyTimesChanged(
        account_id=calendar.account_id,
        artist_id=calendar.artist_id,
        calendar_id=calendar.id,
        record_version=calendar.version,
        first_day=start.date(),
        busy_times=tuple(BusyTime(begins, ends) for begins, ends in spans),
    )
    return new_event("social", calendar.id, data, now)


def create_writing_event(
    artist_id: str, record_id: str, version: int, now: datetime
) -> DomainEvent:
    """Return the event that appointments are to be written to calendars in another way."""
    data = SocialCalendarWritingChanged(
        artist_id=artist_id, record_id=record_id, record_version=version
    )
    return new_event("social", record_id, data, now)


def _require_account(caller: Caller, account_id: str) -> SocialAccount:
    account = accounts.require_own(caller, account_id)
    if Capability.CALENDAR not in account.capabilities:
        raise NotFound("This account has no calendars.")
    return account


def _check(request: CalendarChoiceRequest, listed: Mapping[str, ListedCalendar]) -> None:
    errors = [
        FieldError(f"body.read[{position}]", "is not a calendar of this account")
        for position, calendar_id in enumerate(request.read)
        if calendar_id not in listed
    ]
    if request.write is not None:
        found = listed.get(request.write)
        if found is None:
            errors.append(FieldError("body.write", "is not a calendar of this account"))
        elif not found.can_write:
            errors.append(FieldError("body.write", "is a calendar that cannot be written"))
    if errors:
        raise InvalidFields(*errors)


def _create(account: SocialAccount, calendar_id: str, found: ListedCalendar) -> SocialCalendar:
    return SocialCalendar(
        id=calendar_id,
        account_id=account.id,
        artist_id=account.artist_id,
        provider=account.provider,
        key=found.key,
        name=found.name,
        time_zone=found.time_zone,
    )


def _list_known(account: SocialAccount) -> dict[str, SocialCalendar]:
    known = calendars_store.list_calendars(account.artist_id, account.id)
    return {calendar.id: calendar for calendar in known}


def _present_all(account: SocialAccount, listed: list[ListedCalendar]) -> SocialCalendarList:
    known = _list_known(account)
    views = []
    for found in listed:
        calendar_id = derive_id(account, found.key)
        calendar = known.get(calendar_id)
        views.append(
            SocialCalendarView(
                id=calendar_id,
                name=found.name,
                time_zone=found.time_zone or None,
                is_primary=found.is_primary,
                can_write=found.can_write,
                is_read=calendar is not None and calendar.is_read,
                is_written=calendar is not None and calendar.is_written,
                read_at=calendar.read_at if calendar else None,
                problem=calendar.problem if calendar else None,
                failing_since=calendar.failing_since if calendar else None,
                blocks=calendar.blocks if calendar else 0,
                unclear_count=calendar.unclear_count if calendar else 0,
            )
        )
    return SocialCalendarList(views)
