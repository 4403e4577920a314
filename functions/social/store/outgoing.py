"""Messages to guests, the order in which they wait, and who sends for an account."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from pynamodb.transactions import TransactWrite

from shared.data.dynamodb import transaction
from shared.data.record_items import json_of
from shared.data.tombstone_items import require_accounts
from shared.events import outbox
from shared.events.domain_events import DomainEvent
from social.models.messages import MessageStatus, OutgoingMessage, SentPart
from social.rules.guest_ids import derive_message_key
from social.rules.sending_budget import Sender
from social.store.table import CHAT, OUTGOING, SENDER, SENT_PART, WAITING, OutboxItem, RecordItem

KEPT_FOR = timedelta(days=30)  # guests read late
MAX_WAITING = 200
MAX_RECENT = 200


def find_message(account_id: str, message_id: str) -> OutgoingMessage | None:
    """Return a message to a guest, read consistently."""
    return RecordItem.read(CHAT + account_id, OUTGOING + message_id, OutgoingMessage)


def find_sent_part(account_id: str, mid: str) -> SentPart | None:
    """Return the part of a message of ours that has this id at the provider."""
    return RecordItem.read(CHAT + account_id, _part_key(account_id, mid), SentPart)


def list_waiting(account_id: str) -> list[str]:
    """List the ids of messages that are not sent yet, in the order in which they were written."""
    items = RecordItem.query(
        CHAT + account_id,
        RecordItem.sk.startswith(WAITING),
        limit=MAX_WAITING,
        consistent_read=True,
    )
    return [item.sk.removeprefix(WAITING) for item in items]


def list_recent(account_id: str) -> list[OutgoingMessage]:
    """List the newest messages of an account, the newest first."""
    items = RecordItem.query(
        CHAT + account_id,
        RecordItem.sk.startswith(OUTGOING),
        scan_index_forward=False,
        limit=MAX_RECENT,
        consistent_read=True,
    )
    return [item.decoded(OutgoingMessage) for item in items]


def save(
    message: OutgoingMessage,
    now: datetime,
    events: Iterable[DomainEvent] = (),
    mid: str | None = None,
) -> None:
    """Store the next version of a message, with events.

    Args:
        message: The message.
        now: The current instant.
        events: Events that report the change.
        mid: The provider's id of a part that was sent.

    Raises:
        WriteConflict: The message changed since it was read.
    """
    pk = CHAT + message.account_id
    expires_at = int((now + KEPT_FOR).timestamp())
    with transaction(RecordItem) as writes:
        item = RecordItem.of(pk, OUTGOING + message.id, message)
        item.expires_at = expires_at
        item.write(writes, message.version)
        require_accounts(writes, message.artist_id)
        mark = RecordItem(pk, WAITING + message.id, record=json_of({}), expires_at=expires_at)
        if message.status is MessageStatus.WAITING:
            writes.save(mark)  # it may be new, or wait once more
        else:
            writes.delete(mark)
        if mid is not None:
            _save_part(writes, message, mid, expires_at)
        outbox.add(writes, OutboxItem, events)


def get_sender(account_id: str) -> Sender:
    """Return what is known of sending for an account, read consistently."""
    return RecordItem.read(CHAT + account_id, SENDER, Sender) or Sender()


def save_sender(account_id: str, sender: Sender) -> None:
    """Store the next version of a sender.

    Raises:
        WriteConflict: It changed since it was read: another worker sends for the account.
    """
    item = RecordItem.of(CHAT + account_id, SENDER, sender)
    item.version = sender.version
    item.put(RecordItem.unchanged_since(sender.version - 1))


def _save_part(writes: TransactWrite, message: OutgoingMessage, mid: str, expires_at: int) -> None:
    key = _part_key(message.account_id, mid)
    part = RecordItem.of(CHAT + message.account_id, key, SentPart(message.id))
    part.expires_at = expires_at
    # It belongs to one message, however it was found.
    writes.save(part, condition=RecordItem.pk.does_not_exist())


def _part_key(account_id: str, mid: str) -> str:
    return SENT_PART + derive_message_key(account_id, mid)
