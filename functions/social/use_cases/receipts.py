"""Receipts: what the platforms say of messages that were sent, and echoes of our own.

They may come before the worker that sends has stored the provider's id of a message. Then they are
processed again a moment later.
"""

from datetime import datetime

import msgspec

from shared.data.conflicts import retry_on_conflict
from shared.events.queues import RetryLater
from social.models import SocialAccount
from social.models.messages import MessageStatus, OutgoingMessage
from social.providers import meta
from social.providers.meta_webhooks import DirectMessage, Receipt
from social.rules.guest_ids import derive_guest_id
from social.rules.message_states import is_later
from social.store import outgoing as store
from social.use_cases import replies

AGAIN_AFTER_SECONDS = 2


def record(account: SocialAccount, receipt: Receipt, now: datetime) -> None:
    """Store that messages were delivered or read. Those that are further already stay as they are.

    Raises:
        RetryLater: One of them may be a message whose fate is not known yet.
    """
    guest_id = derive_guest_id(account.artist_id, account.provider, receipt.guest_user_id)
    status = MessageStatus.READ if receipt.is_read else MessageStatus.DELIVERED
    until = receipt.until
    # First of all: what is under way now may be stored a moment later.
    attempted = find_attempted(account.id, guest_id)
    is_unknown = until is not None and any(_began(each, until) for each in attempted)
    for mid in receipt.mids:
        part = store.find_sent_part(account.id, mid)
        message = store.find_message(account.id, part.message_id) if part else None
        if message is None:
            is_unknown = True
            continue
        _advance(account.id, message.id, status, receipt.at, now)
        if receipt.is_read and message.sent_at is not None:  # and so everything before it
            until = message.sent_at if until is None else max(until, message.sent_at)
    if until is not None:
        for message in store.list_recent(account.id):
            was_sent = message.sent_at is not None and message.sent_at <= until
            if message.guest_id == guest_id and was_sent:
                _advance(account.id, message.id, status, receipt.at, now)
    if is_unknown and attempted:
        raise RetryLater(AGAIN_AFTER_SECONDS)


def recognize_echo(account: SocialAccount, echo: DirectMessage, now: datetime) -> bool:
    """Return whether an echo is of a message of ours, and store its id if that is new.

    Raises:
        RetryLater: It may be of a message whose fate is not known yet.
    """
    guest_id = derive_guest_id(account.artist_id, account.provider, echo.guest_user_id)
    # First of all: what is under way now may be stored a moment later.
    attempted = find_attempted(account.id, guest_id)
    if store.find_sent_part(account.id, echo.mid) is not None:
        return True
    message_id, position = replies.read_reference(echo.reference)
    if message_id:
        replies.confirm(account.id, message_id, position, echo.mid, now)
        return True
    if echo.app_id and echo.app_id == meta.settings_of(account.provider).client_id:
        return True
    for message in attempted:
        part = message.next_part
        assert part is not None
        if replies.is_same(part, echo.text or "", has_attachments=bool(echo.media)):
            replies.confirm(account.id, message.id, message.parts.index(part), echo.mid, now)
            return True
    return False


def find_attempted(account_id: str, guest_id: str) -> list[OutgoingMessage]:
    """List the messages to a guest of which nobody knows yet whether the provider took them."""
    waiting = (store.find_message(account_id, each) for each in store.list_waiting(account_id))
    return [
        message
        for message in waiting
        if message is not None and message.guest_id == guest_id and message.attempted_at is not None
    ]


def _began(message: OutgoingMessage, until: datetime) -> bool:
    return message.attempted_at is not None and message.attempted_at <= until


@retry_on_conflict
def _advance(
    account_id: str, message_id: str, status: MessageStatus, at: datetime, now: datetime
) -> None:
    message = store.find_message(account_id, message_id)
    if message is None or not is_later(status, message.status):
        return
    changed = msgspec.structs.replace(
        message, status=status, reason=None, version=message.version + 1
    )
    store.save(changed, now, [replies.build_event(changed, at, now)])
