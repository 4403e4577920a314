"""Calendars of social accounts, the entries of those that are read, and their channels."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from pynamodb.exceptions import UpdateError

from shared.data.conflicts import WriteConflict
from shared.data.dynamodb import find, is_conflict, transaction
from shared.data.tombstone_items import require_accounts
from shared.events import outbox
from shared.events.domain_events import DomainEvent
from shared.events.sweeper import DueRecord
from social.models.calendars import ChannelOwner, SocialCalendar
from social.store.table import (
    CALENDAR,
    CHANNEL,
    ENTRIES,
    OWNER,
    READ,
    USER,
    ChannelItem,
    EntriesItem,
    OutboxItem,
    RecordItem,
)

# Notifications of a channel may come a little later than it ends.
_KEPT_AFTER = timedelta(days=1)


def find_calendar(artist_id: str, calendar_id: str) -> SocialCalendar | None:
    """Return a calendar of an artist, read consistently."""
    return RecordItem.read(USER + artist_id, CALENDAR + calendar_id, SocialCalendar)


def list_calendars(artist_id: str, account_id: str | None = None) -> list[SocialCalendar]:
    """List the calendars of an artist, or of one account, that were chosen at some time."""
    items = RecordItem.query(
        USER + artist_id, RecordItem.sk.startswith(CALENDAR), consistent_read=True
    )
    calendars = [item.decoded(SocialCalendar) for item in items]
    return [each for each in calendars if account_id in (None, each.account_id)]


def read_parts(calendar: SocialCalendar) -> list[bytes]:
    """Return what is stored of the entries of a calendar.

    Raises:
        WriteConflict: They are not those of this version.
    """
    parts = []
    for number in range(calendar.parts):
        item = find(EntriesItem, USER + calendar.artist_id, _entries_key(calendar, number))
        if item is None or item.version != calendar.parts_version:
            raise WriteConflict
        parts.append(item.part)
    return parts


def save(
    calendar: SocialCalendar,
    due_at: datetime | None,
    events: Iterable[DomainEvent] = (),
    parts: Sequence[bytes] | None = None,
    before: int = 0,
) -> None:
    """Store the next version of a calendar, with its entries and events, all or nothing.

    Args:
        calendar: The calendar.
        due_at: When it is read again; None for never.
        events: Events.
        parts: Its entries; None if they did not change.
        before: Number of items that they had before.

    Raises:
        WriteConflict: It changed since it was read, or is new and the artist was deleted.
    """
    pk = USER + calendar.artist_id
    with transaction(RecordItem) as writes:
        item = RecordItem.of(pk, CALENDAR + calendar.id, calendar)
        if due_at is not None:
            item.schedule(READ, calendar.artist_id, due_at)
        item.write(writes, calendar.version)
        if calendar.version == 1:
            require_accounts(writes, calendar.artist_id)
        if parts is not None:
            for number, part in enumerate(parts):
                key = _entries_key(calendar, number)
                writes.save(EntriesItem(pk, key, part=part, version=calendar.version))
            for number in range(len(parts), before):
                writes.delete(EntriesItem(pk, _entries_key(calendar, number)))
        outbox.add(writes, OutboxItem, events)


def list_due(now: datetime, limit: int) -> list[DueRecord]:
    """List calendars that are due to be read, the longest due first."""
    return RecordItem.find_due(READ, now, limit)


def postpone(due: DueRecord, until: datetime) -> None:
    """Have a calendar read later, unless it changed meanwhile."""
    RecordItem.postpone(due, until)


def save_channel(channel_id: str, owner: ChannelOwner, expires_at: datetime) -> None:
    """Store whose calendar a channel watches, until a while after it ends."""
    item = ChannelItem.of(CHANNEL + channel_id, OWNER, owner)
    item.number = 0
    item.expires_at = int((expires_at + _KEPT_AFTER).timestamp())
    item.save()


def find_channel(channel_id: str) -> tuple[ChannelOwner, int] | None:
    """Return whose calendar a channel watches, and the number of its latest notification."""
    item = find(ChannelItem, CHANNEL + channel_id, OWNER)
    return (item.decoded(ChannelOwner), int(item.number)) if item else None


def record_notification(channel_id: str, number: int) -> None:
    """Store the number of a notification, unless that of a later one is stored.

    Raises:
        WriteConflict: There is a later one, or no such channel.
    """
    try:
        ChannelItem(CHANNEL + channel_id, OWNER).update(
            actions=[ChannelItem.number.set(number)], condition=ChannelItem.number < number
        )
    except UpdateError as error:
        if is_conflict(error):
            raise WriteConflict from error
        raise


def delete_channels(ids: Iterable[str]) -> None:
    """Delete channels, so that their notifications are refused."""
    with ChannelItem.batch_write() as batch:
        for channel_id in ids:
            batch.delete(ChannelItem(CHANNEL + channel_id, OWNER))


def delete_channels_of(artist_id: str) -> None:
    """Delete all channels of an artist's calendars."""
    delete_channels(
        channel.id
        for calendar in list_calendars(artist_id)
        for channel in (*calendar.closing, *([calendar.channel] if calendar.channel else []))
    )


def _entries_key(calendar: SocialCalendar, number: int) -> str:
    return f"{ENTRIES}{calendar.id}#{number}"
