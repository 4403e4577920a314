"""Replies: messages of an artist to a guest, from messaging to the provider's answer.

The consumer stores a message and orders it to be sent; `sending` sends what waits.
"""

from contextlib import suppress
from datetime import datetime

import msgspec

from shared.data.conflicts import WriteConflict, retry_on_conflict
from shared.events import queues
from shared.events.domain_events import DomainEvent, new_event
from social.events import GuestMessageCreated, SocialMessageStatusChanged
from social.models.messages import FailureReason, MessageStatus, OutgoingMessage, OutgoingPart
from social.rules.message_states import is_later
from social.rules.texts import split_text
from social.store import accounts as accounts_store
from social.store import conversations
from social.store import outgoing as store

QUEUE = "social-messages"


class SendingOrder(msgspec.Struct, frozen=True, rename="camel"):
    """The order to send a message to a guest, and what waits before it."""

    artist_id: str
    account_id: str
    message_id: str


def create(created: GuestMessageCreated, now: datetime) -> None:
    """Store a message to a guest and order it to be sent. A repetition only orders it again."""
    message = store.find_message(created.account_id, created.message_id)
    if message is None:
        message = _build(created)
        with suppress(WriteConflict):  # the same event, processed elsewhere
            store.save(message, now, _list_events(message, now))
    if message.status is MessageStatus.WAITING:
        order = SendingOrder(message.artist_id, message.account_id, message.id)
        queues.send(QUEUE, [order])


@retry_on_conflict
def confirm(account_id: str, message_id: str, position: int, mid: str, now: datetime) -> None:
    """Store that the provider took a part of a message; nothing if that is known."""
    message = store.find_message(account_id, message_id)
    if message is None or not 0 <= position < len(message.parts):
        return
    if message.parts[position].mid is not None:
        return
    changed, events = take_part(message, position, mid, now)
    store.save(changed, now, events, mid)


def take_part(
    message: OutgoingMessage, position: int, mid: str, now: datetime
) -> tuple[OutgoingMessage, list[DomainEvent]]:
    """Return the next version of a message, a part of which the provider took, and its events.

    With its last part the message is sent, and its event says so. Texts are not kept.
    """
    parts = list(message.parts)
    parts[position] = msgspec.structs.replace(parts[position], mid=mid, text=None)
    sent_at = message.attempted_at or now
    changed = msgspec.structs.replace(
        message,
        parts=tuple(parts),
        attempted_at=None,
        sent_at=message.sent_at or sent_at,
        version=message.version + 1,
    )
    events = []
    is_whole = all(each.mid is not None for each in parts)
    if is_whole and is_later(MessageStatus.SENT, message.status):
        changed = msgspec.structs.replace(changed, status=MessageStatus.SENT, reason=None)
        events = [build_event(changed, sent_at, now)]
    return changed, events


@retry_on_conflict
def fail(account_id: str, message_id: str, reason: FailureReason, now: datetime) -> None:
    """Store that a message does not reach its guest, and why.

    Whether the provider may have taken it all the same is kept: it may be ordered again.
    """
    message = store.find_message(account_id, message_id)
    if message is None or message.status is not MessageStatus.WAITING:
        return
    changed = msgspec.structs.replace(
        message,
        status=MessageStatus.FAILED,
        reason=reason,
        version=message.version + 1,
    )
    store.save(changed, now, [build_event(changed, now, now)])


def build_event(message: OutgoingMessage, at: datetime, now: datetime) -> DomainEvent:
    """Build the event that the state of a message changed."""
    data = SocialMessageStatusChanged(
        account_id=message.account_id,
        artist_id=message.artist_id,
        guest_id=message.guest_id,
        message_id=message.id,
        status=message.status,
        reason=message.reason,
        at=at,
    )
    return new_event("social", message.guest_id, data, now)


def write_reference(message: OutgoingMessage, position: int) -> str:
    """Write what the provider repeats in the echo of a part."""
    return f"{message.id}/{position}"


def read_reference(reference: str) -> tuple[str, int]:
    """Return message and part that a reference of ours names; an empty id if it is not ours."""
    message_id, _, position = reference.partition("/")
    if not message_id.startswith("msg_") or not position.isdecimal():
        return "", 0
    return message_id, int(position)


def is_same(part: OutgoingPart, text: str, *, has_attachments: bool) -> bool:
    """Return whether a message at the provider can be this part."""
    if part.file_id is not None:
        return has_attachments
    return not has_attachments and (part.text or "").strip() == text.strip()


def _build(created: GuestMessageCreated) -> OutgoingMessage:
    account = accounts_store.find_account(created.artist_id, created.account_id)
    guest = conversations.find_guest(created.account_id, created.guest_id)
    texts = split_text(created.text or "", account.provider if account else None)
    parts = [
        *(OutgoingPart(text=each) for each in texts),
        *(OutgoingPart(file_id=each) for each in created.attachments),
    ]
    message = OutgoingMessage(
        id=created.message_id,
        account_id=created.account_id,
        artist_id=created.artist_id,
        guest_id=created.guest_id,
        provider_user_id=guest.provider_user_id if guest else "",
        parts=tuple(parts),
        human_agent=created.human_agent,
        created_at=created.created_at,
    )
    reason = None
    if account is None or not account.is_connected:
        reason = FailureReason.NEEDS_RECONNECT
    elif guest is None or not parts:
        reason = FailureReason.REJECTED
    if reason is None:
        return message
    return msgspec.structs.replace(message, status=MessageStatus.FAILED, reason=reason)


def _list_events(message: OutgoingMessage, now: datetime) -> list[DomainEvent]:
    if message.status is MessageStatus.WAITING:
        return []
    return [build_event(message, now, now)]
