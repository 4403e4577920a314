"""Delivering what was written: to connected devices, to the summary, and to other features.

Whatever is written holds `due_at`, a minute away, and an order is put on the queue. Where the queue
was not reached, or we died before, the sweeper finds it due. The worker posts to the devices,
publishes, and clears `due_at`. A crash in between lets it happen again: devices know messages by
id and revision, and an event made again has the id it had.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec

from messaging.events import (
    ConversationBlockChanged,
    ConversationOpened,
    ConversationRead,
    MessageCreated,
    MessageDeleted,
    ToldOf,
)
from messaging.live import fanout, frames
from messaging.models import Conversation, Message, Side
from messaging.schemas import DeliveryOrder
from messaging.store import conversations, messages, people
from messaging.use_cases import presenter, redaction
from shared.events import outbox, queues
from shared.events.domain_events import DomainEvent, EventData, new_event
from shared.platform import correlation
from shared.platform.logs import logger

QUEUE = "messaging-deliveries"
GRACE = timedelta(seconds=60)  # for reaching the queue, before the sweeper takes over
AGAIN = timedelta(minutes=15)  # longer than the queue tries by itself
RETRY_SECONDS = 2  # the first wait after a failure; people are looking at their screens
NEEDED_SECONDS = 15  # for one delivery whose posts time out
MOST = 500  # of one sweep and kind; the rest is due a minute later still
OPENED = "opened"


def order(*orders: DeliveryOrder) -> None:
    """Put orders on the queue; where that fails what they are about is left to the sweeper."""
    try:
        queues.send(QUEUE, orders)
    except Exception:
        # It is written, so the promise is kept. An error would make the caller send it again.
        logger.exception("left to the sweeper", orders=len(orders))


def deliver(given: DeliveryOrder, now: datetime) -> None:
    """Deliver what the order is about, unless that is done."""
    conversation = conversations.find(given.conversation_id)
    if conversation is None:
        return  # both members are gone
    if given.message_id is None:
        _publish_news(conversation, now)
        return
    message = messages.find(conversation.id, given.message_id)
    if message is not None and message.due_at is not None:
        with correlation.bound(message.correlation_id):
            _deliver_message(conversation, _without_erased(conversation, message, now), now)


def sweep(now: datetime) -> int:
    """Order again what should have been delivered by now; how many that is."""
    late_messages = messages.due(now, MOST)
    late_conversations = conversations.due(now, MOST)
    orders = [DeliveryOrder(late.conversation_id, late.id) for late in late_messages]
    orders += [DeliveryOrder(late.id) for late in late_conversations]
    if orders:
        queues.send(QUEUE, orders)
        messages.put_off([late.id for late in late_messages], now + AGAIN)
        conversations.put_off([late.id for late in late_conversations], now + AGAIN)
        logger.info("swept", orders=len(orders))
    return len(orders)


def ping() -> None:
    """Raise unless SQS answers."""
    queues.ping(QUEUE)


def _deliver_message(conversation: Conversation, message: Message, now: datetime) -> None:
    conversations.summarize(message, presenter.summary(message))
    is_new = message.published_at is None
    made = frames.MessageCreated if is_new else frames.MessageChanged
    frame = made(conversation.id, presenter.of_message(message))
    reading = fanout.deliver(frame, _present(conversation), conversation.id, now)
    if is_new:
        data = _message_created(conversation, message, reading, now)
        outbox.publish([_event(message.id, message.id, data, message.created_at)])
    if message.deleted_at is not None:
        gone = _message_deleted(conversation, message)
        about = f"{message.id}.deleted"
        outbox.publish([_event(about, message.id, gone, message.deleted_at)])
    messages.delivered(message, now)


def _without_erased(conversation: Conversation, message: Message, now: datetime) -> Message:
    """The message; emptied where it was written in the very moment its author was erased."""
    side = conversation.side_of(message.author_id)
    if side is None or message.author_id is None or message.content is None:
        return message
    if not conversation.membership(side).erased:
        return message
    redaction.empty(message.author_id, now)
    return messages.find(conversation.id, message.id) or message


def _publish_news(conversation: Conversation, now: datetime) -> None:
    """Tell what of the conversation is unpublished: that it was opened, who read how far."""
    told: list[DomainEvent] = []
    for news in conversation.unpublished:
        if news == OPENED:
            opened = ConversationOpened(
                conversation.id, conversation.artist_id, conversation.client_id
            )
            told.append(_event(conversation.id, conversation.id, opened, conversation.created_at))
        elif news.endswith(conversations.BLOCK):
            told.append(_block_changed(conversation, Side(news.split()[0]), now))
        else:
            told.append(_read(conversation, Side(news), now))
    if told:
        outbox.publish(told)
    conversations.published(conversation)


def _read(conversation: Conversation, side: Side, now: datetime) -> DomainEvent:
    sequence = conversation.membership(side).read_sequence
    data = ConversationRead(conversation.id, conversation.user_id(side), sequence)
    return _event(f"{conversation.id}.{side}.{sequence}", conversation.id, data, now)


def _block_changed(conversation: Conversation, side: Side, now: datetime) -> DomainEvent:
    data = ConversationBlockChanged(
        conversation_id=conversation.id,
        artist_id=conversation.artist_id,
        client_id=conversation.client_id,
        user_id=conversation.user_id(side),
        blocked=conversation.membership(side).has_blocked,
        record_version=conversation.version,
    )
    about = f"{conversation.id}.{side}.block.{conversation.version}"
    return _event(about, conversation.id, data, now)


def _message_created(
    conversation: Conversation, message: Message, reading: set[str], now: datetime
) -> MessageCreated:
    sender = people.find(message.sender_id) if message.sender_id else None
    return MessageCreated(
        conversation_id=conversation.id,
        message_id=message.id,
        sequence=message.sequence,
        message_type=message.type,
        artist_id=conversation.artist_id,
        client_id=conversation.client_id,
        sender_id=message.sender_id,
        sender_name=sender.name if sender else "",
        recipients=[
            ToldOf(user_id, user_id in reading, conversation.membership(side).is_muted(now))
            for side in Side
            if (user_id := conversation.user_id(side)) != message.sender_id
            and not conversation.membership(side).erased
        ],
        attachments=list(message.attachments),
        created_at=message.created_at,
    )


def _message_deleted(conversation: Conversation, message: Message) -> MessageDeleted:
    return MessageDeleted(
        conversation_id=conversation.id,
        message_id=message.id,
        artist_id=conversation.artist_id,
        client_id=conversation.client_id,
        sender_id=message.sender_id,
    )


def _present(conversation: Conversation) -> Sequence[str]:
    """The members whose accounts were not deleted."""
    return [conversation.user_id(side) for side in Side if not conversation.membership(side).erased]


def _event(about: str, subject: str, data: EventData, time: datetime) -> DomainEvent:
    """The event with an id made of what it is about: told again, it is known again."""
    return msgspec.structs.replace(new_event("messaging", subject, data, time), id=f"evt_{about}")
