"""Guests, and what they wrote.

Every change is one transaction with its event, so neither exists without the other.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from pynamodb.transactions import TransactWrite

from shared.data.dynamodb import find, transaction
from shared.data.record_items import json_of
from shared.data.tombstone_items import require_accounts
from shared.events import outbox
from shared.events.domain_events import DomainEvent
from shared.events.sweeper import DueRecord
from social.models.messages import FileUse, Guest, OutgoingMessage, ReceivedAttachments
from social.store.table import (
    ATTACHMENTS,
    CHAT,
    FILE,
    GUEST,
    OUTGOING,
    PUBLISH,
    RECEIVED,
    USE,
    WAITING,
    OutboxItem,
    RecordItem,
)

# Platforms repeat a webhook for a day and a half at most; a replay later than this is refused by
# nothing but the reader's own eyes.
MARK_KEPT_FOR = timedelta(days=30)
FILE_USE_KEPT_FOR = timedelta(days=7)


def find_guest(account_id: str, guest_id: str) -> Guest | None:
    """Return a guest of an account, read consistently."""
    return RecordItem.read(CHAT + account_id, GUEST + guest_id, Guest)


def list_guests(account_id: str, limit: int) -> list[Guest]:
    """List guests of an account."""
    items = RecordItem.query(CHAT + account_id, RecordItem.sk.startswith(GUEST), limit=limit)
    return [item.decoded(Guest) for item in items]


def is_received(account_id: str, key: str) -> bool:
    """Return whether a message was received before."""
    return find(RecordItem, CHAT + account_id, RECEIVED + key) is not None


def find_attachments(account_id: str, key: str) -> ReceivedAttachments | None:
    """Return the attachments of a received message, read consistently."""
    return RecordItem.read(CHAT + account_id, ATTACHMENTS + key, ReceivedAttachments)


def find_file_use(file_id: str) -> FileUse | None:
    """Return what a file was fetched for; None if not for messages, or long ago."""
    return RecordItem.read(FILE + file_id, USE, FileUse)


def save_received(
    guest: Guest,
    key: str,
    attachments: ReceivedAttachments | None,
    events: Iterable[DomainEvent],
    now: datetime,
) -> None:
    """Store that a message was received, with the next version of its guest, all or nothing.

    Raises:
        WriteConflict: It was received before, the guest changed since they were read, or the
            artist's account was deleted.
    """
    expires_at = int((now + MARK_KEPT_FOR).timestamp())
    with transaction(RecordItem) as writes:
        mark = RecordItem(
            CHAT + guest.account_id, RECEIVED + key, record=json_of({}), expires_at=expires_at
        )
        writes.save(mark, condition=RecordItem.pk.does_not_exist())
        require_accounts(writes, guest.artist_id)
        _guest_item(guest).write(writes, guest.version)
        if attachments is not None:
            _attachments_item(attachments, now).write(writes, attachments.version)
            for each in attachments.attachments:
                _save_use(writes, each.file_id, FileUse(guest.account_id, attachments.key), now)
        outbox.add(writes, OutboxItem, events)


def save_attachments(
    attachments: ReceivedAttachments, now: datetime, events: Iterable[DomainEvent] = ()
) -> None:
    """Store the next version of a message's attachments, with events.

    Raises:
        WriteConflict: They changed since they were read.
    """
    with transaction(RecordItem) as writes:
        _attachments_item(attachments, now).write(writes, attachments.version)
        outbox.add(writes, OutboxItem, events)


def save_guest(guest: Guest, now: datetime, events: Iterable[DomainEvent] = ()) -> None:
    """Store the next version of a guest, with events and what the file of their picture is for.

    Raises:
        WriteConflict: The guest changed since they were read.
    """
    with transaction(RecordItem) as writes:
        _guest_item(guest).write(writes, guest.version)
        if guest.picture_file is not None:
            use = FileUse(guest.account_id, guest_id=guest.id)
            _save_use(writes, guest.picture_file, use, now)
        outbox.add(writes, OutboxItem, events)


def list_due(now: datetime, limit: int) -> list[DueRecord]:
    """List messages whose attachments are waited for no longer, the longest due first."""
    return RecordItem.find_due(PUBLISH, now, limit)


def delete_account(account_id: str) -> None:
    """Delete everything of an account: guests, messages both ways, and what files are for."""
    items = list(RecordItem.query(CHAT + account_id, consistent_read=True))
    RecordItem.delete_all(RecordItem(FILE + each, USE) for each in _list_files(items))
    RecordItem.delete_all(items)


def delete_guest(account_id: str, guest_id: str) -> None:
    """Delete a guest of an account, and the messages both ways that are kept for them.

    The marks of what was received stay: nobody is named in them, and they keep a replay away.
    """
    items = [
        item
        for item in RecordItem.query(CHAT + account_id, consistent_read=True)
        if _find_guest_of(item) == guest_id
    ]
    sent = [item.sk.removeprefix(OUTGOING) for item in items if item.sk.startswith(OUTGOING)]
    RecordItem.delete_all(RecordItem(FILE + each, USE) for each in _list_files(items))
    RecordItem.delete_all(RecordItem(CHAT + account_id, WAITING + each) for each in sent)
    RecordItem.delete_all(items)


def _find_guest_of(item: RecordItem) -> str | None:
    """Return the guest whom an item of an account is about; None if it is about nobody."""
    if item.sk.startswith(GUEST):
        return item.sk.removeprefix(GUEST)
    if item.sk.startswith(ATTACHMENTS):
        return item.decoded(ReceivedAttachments).guest_id
    if item.sk.startswith(OUTGOING):
        return item.decoded(OutgoingMessage).guest_id
    return None


def _list_files(items: Iterable[RecordItem]) -> Iterator[str]:
    for item in items:
        if item.sk.startswith(ATTACHMENTS):
            for each in item.decoded(ReceivedAttachments).attachments:
                yield each.file_id
        elif item.sk.startswith(GUEST) and (file_id := item.decoded(Guest).picture_file):
            yield file_id


def _guest_item(guest: Guest) -> RecordItem:
    return RecordItem.of(CHAT + guest.account_id, GUEST + guest.id, guest)


def _attachments_item(attachments: ReceivedAttachments, now: datetime) -> RecordItem:
    item = RecordItem.of(CHAT + attachments.account_id, ATTACHMENTS + attachments.key, attachments)
    if attachments.is_published:
        item.expires_at = int((now + MARK_KEPT_FOR).timestamp())
    else:
        item.schedule(PUBLISH, attachments.account_id, attachments.publish_at)
    return item


def _save_use(writes: TransactWrite, file_id: str, use: FileUse, now: datetime) -> None:
    item = RecordItem.of(FILE + file_id, USE, use)
    item.expires_at = int((now + FILE_USE_KEPT_FOR).timestamp())
    writes.save(item)
