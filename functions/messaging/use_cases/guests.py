"""Guests: what they and the artist write at a platform, and how far replies have come.

social publishes it. Events may arrive twice, late or out of order; a message is posted once.
"""

from datetime import datetime

import msgspec

from messaging.events import (
    SocialAccountChanged,
    SocialGuestPictured,
    SocialMessage,
    SocialMessageEchoed,
    SocialMessageReceived,
    SocialMessageStatusChanged,
)
from messaging.live import fanout
from messaging.live.frames import ConversationReadFrame
from messaging.models import Conversation, Guest, Message, MessageType, Side, SocialAccount
from messaging.rules import guest_messages
from messaging.rules.guest_messages import GuestDelivery, GuestDeliveryStatus
from messaging.store import conversations as conversation_store
from messaging.store import guests, messages
from messaging.use_cases import (
    conversations,
    delivery,
    edits,
    guest_joining,
    message_sequence,
    names,
)
from messaging.use_cases.message_sequence import Draft
from shared.data import bans, tombstones
from shared.data.conflicts import retry_on_conflict
from shared.events.domain_events import DomainEvent, decode_data


def receive(event: DomainEvent, now: datetime) -> None:
    """Post what a guest wrote, unless one of the two blocks the other."""
    received = decode_data(event, SocialMessageReceived)
    guest = _save_card(received, received.reply_until, received.agent_reply_until)
    if guest is None:
        return
    conversation = _get_conversation(guest, now)
    if not conversation.can_write or bans.find_banned(conversation.member_ids):
        return
    sender_id = guest.client_id or guest.id
    _post(conversation, guest, received, sender_id, now)


def receive_echo(event: DomainEvent, now: datetime) -> None:
    """Post what the artist wrote to a guest at the platform itself."""
    echoed = decode_data(event, SocialMessageEchoed)
    guest = _save_card(echoed)
    if guest is not None:
        _post(_get_conversation(guest, now), guest, echoed, guest.artist_id, now)


def save_picture(event: DomainEvent, _now: datetime) -> None:
    """Store the picture of a guest, which comes after their first message."""
    _save_card(decode_data(event, SocialGuestPictured))


def report_delivery(event: DomainEvent, now: datetime) -> None:
    """Store how far a reply to a guest has come, and show it on the devices of the artist."""
    changed = decode_data(event, SocialMessageStatusChanged)
    reported = GuestDelivery(status=changed.status, reason=changed.reason, at=changed.at)
    _report(changed, reported, now)


def save_connected(event: DomainEvent, _now: datetime) -> None:
    """Store that replies can be sent through an account."""
    _save_account(event, connected=True)


def save_disconnected(event: DomainEvent, _now: datetime) -> None:
    """Store that no replies can be sent through an account any more. The conversations stay."""
    _save_account(event, connected=False)


def _save_card(
    message: SocialMessage | SocialGuestPictured,
    reply_until: datetime | None = None,
    agent_reply_until: datetime | None = None,
) -> Guest | None:
    """Store who the guest is. None where nothing is to be stored of them or of the artist."""
    if tombstones.is_deleted(message.artist_id):
        return None
    stored = guests.save(
        Guest(
            id=message.guest_id,
            artist_id=message.artist_id,
            account_id=message.account_id,
            platform=message.platform,
            name=message.guest_name,
            handle=message.guest_handle,
            picture=message.guest_picture,
            seen_at=message.sent_at,
            reply_until=reply_until,
            agent_reply_until=agent_reply_until,
        )
    )
    if stored is not None and stored.found_by != stored.name:
        names.rename(stored, Side.CLIENT)
        guests.set_found_by(stored.id, stored.name)
    return stored


def _get_conversation(guest: Guest, now: datetime) -> Conversation:
    if guest.settle_at is not None:
        return guest_joining.settle(guest, now)
    found = conversation_store.find_by_pair(guest.artist_id, guest.client_id or guest.id)
    if found is None:
        other_id = guest.client_id or guest.id
        found, _ = conversations.open_for_pair(guest.artist_id, other_id, None, now)
    return found


def _post(
    conversation: Conversation, guest: Guest, message: SocialMessage, sender_id: str, now: datetime
) -> None:
    type_ = guest_messages.choose_type(message.attachment_kinds)
    draft = Draft(
        type=MessageType(type_),
        content=guest_messages.describe(message.text or "", message.unsupported),
        attachments=tuple(message.attachments),
        sender_id=sender_id,
        source=f"social {message.account_id} {message.message_key}",
        guest_id=guest.id,
        platform=message.platform,
        sent_at=message.sent_at,
    )
    message_sequence.append(conversation, draft, now)
    # They may have joined with an account since the guest was read.
    current = guests.find(guest.id)
    if current is not None and current.client_id not in (None, guest.client_id):
        guest_joining.settle(current, now)


@retry_on_conflict(attempts=messages.ATTEMPTS)
def _report(changed: SocialMessageStatusChanged, reported: GuestDelivery, now: datetime) -> None:
    message = messages.find_of_any(changed.message_id)
    if message is None or message.delivery is None or message.guest_id != changed.guest_id:
        return
    conversation = conversation_store.find(message.conversation_id)
    if conversation is None or conversation.artist_id != changed.artist_id:
        return
    if conversation.is_blocked and reported.status in guest_messages.SEEN:
        return  # nobody sees under a block how far the other one has come
    latest = guest_messages.merge_delivery(message.delivery, reported)
    if latest != message.delivery:
        edits.save(conversation, msgspec.structs.replace(message, delivery=latest), now)
    if reported.status is GuestDeliveryStatus.READ and conversation.guest_id is not None:
        _mark_read(conversation, message, now)


def _mark_read(conversation: Conversation, message: Message, now: datetime) -> None:
    """Move the read cursor of a guest to a message, and show it on the devices of the artist."""
    due_at = now + delivery.GRACE
    if conversation_store.advance_read_cursor(conversation, Side.CLIENT, message, due_at):
        delivery.enqueue(conversation.id)
        frame = ConversationReadFrame(conversation.id, conversation.client_id, message.sequence)
        fanout.deliver(frame, [conversation.artist_id], conversation.id, now)


def _save_account(event: DomainEvent, *, connected: bool) -> None:
    changed = decode_data(event, SocialAccountChanged)
    if tombstones.is_deleted(changed.artist_id):
        return
    guests.save_account(
        SocialAccount(
            id=changed.account_id,
            artist_id=changed.artist_id,
            connected=connected,
            changed_at=event.time,
        )
    )
