"""Messages that guests write, and those that an artist writes in the platform's own app.

A worker reads events of webhooks, in any order and some of them twice. A message is stored by one
transaction: a mark with its key, its guest, and the event for messaging. So the same message again
changes nothing, and a worker that dies leaves all of it or nothing (docs/adr/0069).
"""

from datetime import datetime, timedelta

import msgspec

from shared.data import file_imports
from shared.data.conflicts import retry_on_conflict
from shared.platform.logs import logger
from social.models import Capability, SocialAccount
from social.models.messages import Attachment, AttachmentKind, Guest, ReceivedAttachments
from social.providers import meta_webhooks
from social.providers.meta_webhooks import DirectMessage, Receipt, WebhookEvent
from social.rules.guest_ids import derive_guest_id, derive_message_key
from social.store import accounts as accounts_store
from social.store import conversations as store
from social.use_cases import guests, message_events, receipts, received_files, work
from social.use_cases.webhooks import Webhook

KIND = "direct_message"
FILES_PART = "files"
# Meta tries for a day and a half. Marks of messages are kept for longer than this, so a replay of a
# signed webhook brings no message twice.
OLDEST = timedelta(days=7)
# For inspection; what is not decided by then is left out.
LONGEST_INSPECTION = timedelta(minutes=10)


def handle(webhook: Webhook, now: datetime) -> None:
    """Process an event of Meta's webhooks. What does not concern us is counted and ignored.

    Raises:
        RetryLater: It is about a message whose fate is not known yet.
        msgspec.MsgspecError: It is no event.
    """
    received = msgspec.json.decode(webhook.body, type=WebhookEvent)
    account = accounts_store.find_by_subject(received.provider, received.provider_user_id)
    if (
        account is None
        or not account.is_connected
        or Capability.MESSAGES not in account.capabilities
    ):
        _ignore(received, "unknown account")
        return
    match meta_webhooks.read(received, now):
        case DirectMessage() as message:
            if not message.guest_user_id:
                _ignore(received, "no sender")
            elif message.sent_at < now - OLDEST:
                _ignore(received, "too old")
            elif message.is_echo:
                _receive_echo(account, message, now)
            else:
                receive(account, message, now)
        case Receipt() as receipt:
            receipts.record(account, receipt, now)
        case None:
            _ignore(received, "kind of event")


def receive(account: SocialAccount, message: DirectMessage, now: datetime) -> None:
    """Store a message and publish it: its text at once, its attachments once they are inspected.

    The same message again changes nothing, apart from ordering again what was not done.
    """
    key = derive_message_key(account.id, message.mid)
    if not store.is_received(account.id, key):
        _store(account, message, key, now)
    if message.media:
        files_key = derive_message_key(account.id, message.mid, FILES_PART)
        attachments = store.find_attachments(account.id, files_key)
        if attachments is not None and not attachments.is_published:
            work.send(received_files.order(account, files_key))


def _receive_echo(account: SocialAccount, message: DirectMessage, now: datetime) -> None:
    if not receipts.recognize_echo(account, message, now):
        receive(account, message, now)


@retry_on_conflict
def _store(account: SocialAccount, message: DirectMessage, key: str, now: datetime) -> None:
    if store.is_received(account.id, key):
        return
    guest_id = derive_guest_id(account.artist_id, account.provider, message.guest_user_id)
    known = store.find_guest(account.id, guest_id) or Guest(
        id=guest_id,
        account_id=account.id,
        artist_id=account.artist_id,
        provider_user_id=message.guest_user_id,
    )
    guest = guests.refresh(account, known, now)
    last = guest.last_received_at
    if not message.is_echo:
        last = message.sent_at if last is None else max(last, message.sent_at)
    guest = msgspec.structs.replace(
        guest,
        last_received_at=last,
        last_sent_at=max(guest.last_sent_at or message.sent_at, message.sent_at),
        version=known.version + 1,
    )
    attachments = _plan_attachments(account, guest, message, now) if message.media else None
    events = []
    # With attachments, what cannot be shown is a line below them.
    unsupported = [] if attachments is not None else list(message.unsupported)
    if message.text or unsupported:
        events.append(
            message_events.build(
                account,
                guest,
                key,
                sent_at=message.sent_at,
                is_echo=message.is_echo,
                text=message.text,
                unsupported=unsupported,
                now=now,
            )
        )
    store.save_received(guest, key, attachments, events, now)
    if guest.picture_url:
        work.send(guests.order_picture(account, guest))


def _plan_attachments(
    account: SocialAccount, guest: Guest, message: DirectMessage, now: datetime
) -> ReceivedAttachments:
    return ReceivedAttachments(
        key=derive_message_key(account.id, message.mid, FILES_PART),
        account_id=account.id,
        artist_id=account.artist_id,
        guest_id=guest.id,
        is_echo=message.is_echo,
        sent_at=message.sent_at,
        attachments=tuple(
            Attachment(
                kind=AttachmentKind(each.kind),
                url=each.url,
                file_id=file_imports.derive_file_id(
                    account.artist_id, f"message {account.id} {message.mid} {position}", now
                ),
            )
            for position, each in enumerate(message.media)
        ),
        unsupported=message.unsupported,
        publish_at=now + LONGEST_INSPECTION,
    )


def _ignore(received: WebhookEvent, reason: str) -> None:
    logger.info("webhook ignored", provider=received.provider, reason=reason)
