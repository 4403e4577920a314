"""Delivery of written messages to connected devices, the summary and other features.

Every write sets `due_at` a minute ahead and puts a job on the queue. The worker posts to devices,
publishes the event and clears `due_at`. Where the queue was not reached, or a process died, the
sweeper finds the record due and puts a new job on the queue. A crash in between delivers twice:
devices know a message by its id and revision, and a repeated event has the same id.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import msgspec
from msgspec import UNSET

from domain.ids import is_guest
from messaging.events import (
    ConversationAnswered,
    ConversationBlockChanged,
    ConversationOpened,
    ConversationRead,
    GuestMessageCreated,
    GuestMessageJoined,
    MessageCreated,
    MessageDeleted,
    MessageLinkPosted,
    MessageRecipient,
)
from messaging.live import fanout, frames
from messaging.models import Conversation, Message, Person, Side
from messaging.rules.guest_messages import GuestDelivery, GuestDeliveryStatus
from messaging.store import conversations, guests, inbox, messages, person_copies
from messaging.use_cases import arrivals, redaction, replies, unread_counters
from shared.events import outbox, queues, sweeper
from shared.events.domain_events import DomainEvent, EventData, new_event
from shared.platform import correlation
from shared.platform.logs import logger

QUEUE = "messaging-deliveries"
GRACE = timedelta(seconds=60)  # for reaching the queue, before the sweeper takes over
SWEEP_AGAIN_AFTER = timedelta(minutes=15)  # longer than the queue itself retries
RETRY_SECONDS = 2  # the first wait after a failure; people are looking at their screens
NEEDED_SECONDS = 15  # for one delivery whose posts time out
MAX_SHARED = 1_000  # messages with attachments of a guest who joined
SWEEP_LIMIT = 500  # of one sweep and kind of record; the rest is due in the next minute

Answer = Callable[[Conversation, Message, datetime], None]


class DeliveryJob(msgspec.Struct, frozen=True, rename="camel"):
    """A job on the queue: deliver a message, or publish what a conversation or a report has.

    Attributes:
        message_id: Id of the message; None to publish what the conversation has unpublished.
        report_id: Id of a report whose decision is to be published instead.
    """

    conversation_id: str
    message_id: str | None = None
    report_id: str | None = None


def enqueue(conversation_id: str, message_id: str | None = None) -> None:
    """Put a job on the queue. Where that fails, the sweeper does it later."""
    _try_to_send(DeliveryJob(conversation_id, message_id))


def enqueue_report(report_id: str) -> None:
    """Have the decision about a report published. Where that fails, the sweeper does it later."""
    _try_to_send(DeliveryJob("", report_id=report_id))


def _try_to_send(job: DeliveryJob) -> None:
    try:
        queues.send(QUEUE, [job])
    except Exception:
        # The change is stored, so the request has succeeded. An error would make the caller
        # repeat it.
        logger.exception("job left to the sweeper", conversation_id=job.conversation_id)


def deliver(job: DeliveryJob, now: datetime, answer: Answer | None = None) -> None:
    """Do a job, unless it was done before.

    Args:
        job: The job.
        now: The current time.
        answer: Called with a new message to an artist who has an away message.
    """
    if job.message_id is None:
        conversation = conversations.find(job.conversation_id)
        if conversation is not None:  # unless both accounts were deleted
            _publish_conversation_events(conversation, now)
        return
    message = messages.find(job.conversation_id, job.message_id)
    if message is not None and message.due_at is not None:
        with correlation.bound(message.correlation_id):
            _deliver_message(message, now, answer)


def sweep(now: datetime) -> int:
    """Put jobs on the queue for everything that is overdue. Return their number."""
    overdue = messages.find_due(now, SWEEP_LIMIT) + conversations.find_due(now, SWEEP_LIMIT)
    jobs = [DeliveryJob(late.conversation_id, late.message_id) for late in overdue]
    repeat(jobs, now)
    if jobs:
        sweeper.report(len(jobs), 0, min(late.since for late in overdue), now)
    return len(jobs)


def repeat(jobs: Sequence[DeliveryJob], now: datetime) -> None:
    """Put jobs on the queue again, and leave their records to it for a while."""
    if not jobs:
        return
    queues.send(QUEUE, jobs)
    until = now + SWEEP_AGAIN_AFTER
    messages.postpone([job.message_id for job in jobs if job.message_id is not None], until)
    conversations.postpone([job.conversation_id for job in jobs if job.message_id is None], until)


def ping() -> None:
    """Raise an error unless SQS answers."""
    queues.ping(QUEUE)


def _deliver_message(message: Message, now: datetime, answer: Answer | None) -> None:
    conversation = arrivals.summarize(message, now)
    if conversation is None:
        return  # both accounts were deleted
    if _is_of_erased(conversation, message):
        message = _redact(message, now)
        conversation = arrivals.summarize(message, now) or conversation
    is_new = message.published_at is None
    if is_new or message.deleted_at is not None:
        conversation = _count_unread(conversation, message, now)
    if is_new and message.delivery is not None and conversation.is_blocked:
        message = _refuse(message, now)
    frame_type = frames.MessageCreatedFrame if is_new else frames.MessageChangedFrame
    reading: set[str] = set()
    for members, view in replies.present_to_each(message, _list_active_members(conversation)):
        frame = frame_type(conversation.id, view)
        reading |= fanout.deliver(frame, members, conversation.id, now)
    if is_new:
        artist, name = _find_people(conversation, message)
        created = _message_created(conversation, message, name, reading, now)
        published = [_new_event(message.id, message.id, created, message.created_at)]
        if _is_first_answer(conversation, message):
            published.append(_conversation_answered(conversation, message.created_at))
        if message.deleted_at is None and message.delivery is not None:
            published += _guest_message_created(conversation, message)
        outbox.publish([*published, *_link_posted(message, now)])
        if answer is not None and artist is not None and artist.away_enabled:
            answer(conversation, message, now)
    elif linked := _link_posted(message, now):
        outbox.publish(linked)
    if message.deleted_at is not None:
        deleted = _message_deleted(conversation, message)
        key = f"{message.id}.deleted"
        outbox.publish([_new_event(key, message.id, deleted, message.deleted_at)])
    messages.mark_delivered(message, now)


def _link_posted(message: Message, now: datetime) -> list[DomainEvent]:
    """Return the event that has the preview of a link fetched, if one is to be."""
    if message.preview_url is None or message.deleted_at is not None or message.hidden is not None:
        return []
    data = MessageLinkPosted(message.conversation_id, message.id)
    return [_new_event(f"{message.id}.link.{message.revision}", message.id, data, now)]


def _count_unread(conversation: Conversation, message: Message, now: datetime) -> Conversation:
    """Count a new message as unread, and a deleted one no more, for those who did not write it.

    Return the conversation as it is then.
    """
    for side in Side:
        if conversation.find_side(message.author_id) is side:
            continue
        is_unread = message.sequence > conversation.get_membership(side).read_sequence
        if message.deleted_at is not None and is_unread:
            withdrawn = conversations.withdraw(conversation.id, side, [message.sequence])
            conversation = conversation if withdrawn is None else inbox.settle(withdrawn)
        unread_counters.update(conversation, [side], now)
    return conversation


def _is_first_answer(conversation: Conversation, message: Message) -> bool:
    """Return whether the client, who did not open the conversation, writes for the first time."""
    written_by_client = message.sequence - message.counts.client
    return (
        conversation.guest_id is None
        and message.sender_id == conversation.client_id != conversation.opened_by
        and written_by_client == 1
    )


def _conversation_answered(conversation: Conversation, at: datetime) -> DomainEvent:
    data = ConversationAnswered(conversation.id, conversation.artist_id, conversation.client_id)
    return _new_event(f"{conversation.id}.answered", conversation.id, data, at)


def _refuse(message: Message, now: datetime) -> Message:
    """Store that a message is not sent to a guest who was blocked since it was posted."""
    refused = GuestDelivery(status=GuestDeliveryStatus.FAILED, reason="blocked", at=now)
    message = msgspec.structs.replace(message, delivery=refused)
    messages.set_delivery(message)
    return message


def _guest_message_created(conversation: Conversation, message: Message) -> list[DomainEvent]:
    """Return the event by which a message is sent to a guest; none where it failed already."""
    assert message.delivery is not None, "it is sent to a guest"
    guest = guests.find(message.guest_id) if message.guest_id else None
    if guest is None or guest.erased_at or message.delivery.status is GuestDeliveryStatus.FAILED:
        return []
    data = GuestMessageCreated(
        conversation_id=conversation.id,
        message_id=message.id,
        artist_id=conversation.artist_id,
        guest_id=guest.id,
        account_id=guest.account_id,
        text=message.guest_text or message.content or None,
        attachments=list(message.attachments),
        human_agent=message.human_agent,
        created_at=message.created_at,
    )
    return [_new_event(f"{message.id}.guest", message.id, data, message.created_at)]


def _is_of_erased(conversation: Conversation, message: Message) -> bool:
    """Return whether a message was stored just after its author was erased."""
    side = conversation.find_side(message.author_id)
    if side is None or message.content is None:
        return False
    return conversation.get_membership(side).erased


def _redact(message: Message, now: datetime) -> Message:
    assert message.author_id is not None, "it has an author who was erased"
    redaction.redact_author(message.author_id, now)
    return messages.find(message.conversation_id, message.id) or message


def _publish_conversation_events(conversation: Conversation, now: datetime) -> None:
    pending: list[DomainEvent] = []
    for change in conversation.unpublished:
        if change == conversations.OPENED:
            pending.append(_conversation_opened(conversation))
        elif change == conversations.ANSWERED:
            pending.append(_conversation_answered(conversation, now))
        elif change == conversations.SHARED:
            pending += _list_shared(conversation)
        elif change.endswith(conversations.BLOCK):
            pending.append(_block_changed(conversation, Side(change.split()[0]), now))
        elif not is_guest(conversation.get_user_id(Side(change))):
            unread_counters.update(conversation, [Side(change)], now)
            pending.append(_conversation_read(conversation, Side(change), now))
    if pending:
        outbox.publish(pending)
    conversations.mark_published(conversation)


def _conversation_opened(conversation: Conversation) -> DomainEvent:
    opened = ConversationOpened(
        conversation.id,
        conversation.artist_id,
        conversation.account_id,
        conversation.opened_by,
        conversation.guest_id or UNSET,
    )
    # A guest may become a client later, which is another event.
    key = f"{conversation.id}.guest" if conversation.guest_id else conversation.id
    return _new_event(key, conversation.id, opened, conversation.created_at)


def _list_shared(conversation: Conversation) -> list[DomainEvent]:
    """Return an event for each message with attachments that came with a guest who joined."""
    if conversation.account_id is None:
        return []
    return [
        _new_event(
            f"{message.id}.joined",
            message.id,
            GuestMessageJoined(
                message.id,
                conversation.artist_id,
                conversation.account_id,
                list(message.attachments),
            ),
            message.created_at,
        )
        for message in messages.list_with_attachments(conversation.id, MAX_SHARED)
    ]


def _conversation_read(conversation: Conversation, side: Side, now: datetime) -> DomainEvent:
    sequence = conversation.get_membership(side).read_sequence
    data = ConversationRead(conversation.id, conversation.get_user_id(side), sequence)
    return _new_event(f"{conversation.id}.{side}.{sequence}", conversation.id, data, now)


def _block_changed(conversation: Conversation, side: Side, now: datetime) -> DomainEvent:
    data = ConversationBlockChanged(
        conversation_id=conversation.id,
        artist_id=conversation.artist_id,
        client_id=conversation.account_id,
        user_id=conversation.get_user_id(side),
        blocked=conversation.get_membership(side).has_blocked,
        record_version=conversation.version,
        guest_id=conversation.guest_id or UNSET,
    )
    key = f"{conversation.id}.{side}.block.{conversation.version}"
    return _new_event(key, conversation.id, data, now)


def _message_created(
    conversation: Conversation,
    message: Message,
    sender_name: str,
    reading: set[str],
    now: datetime,
) -> MessageCreated:
    return MessageCreated(
        conversation_id=conversation.id,
        message_id=message.id,
        sequence=message.sequence,
        message_type=message.type,
        artist_id=conversation.artist_id,
        client_id=conversation.account_id,
        sender_id=message.sender_id,
        sender_name=sender_name,
        recipients=[
            MessageRecipient(
                user_id, user_id in reading, conversation.get_membership(side).is_muted(now)
            )
            for side in Side
            if (user_id := conversation.get_user_id(side)) != message.sender_id
            and not is_guest(user_id)
            and not conversation.get_membership(side).erased
        ],
        attachments=list(message.attachments),
        created_at=message.created_at,
        guest_id=message.guest_id or UNSET,
    )


def _find_people(conversation: Conversation, message: Message) -> tuple[Person | None, str]:
    """Return the artist and the name of the sender. One read, and one more for a guest."""
    sender_id = message.sender_id
    wanted = {conversation.artist_id, sender_id or conversation.artist_id}
    people = person_copies.find_all(each for each in wanted if not is_guest(each))
    artist = people.get(conversation.artist_id)
    if sender_id is None:
        return artist, ""
    sender = guests.find(sender_id) if is_guest(sender_id) else people.get(sender_id)
    return artist, sender.name if sender else ""


def _message_deleted(conversation: Conversation, message: Message) -> MessageDeleted:
    return MessageDeleted(
        conversation_id=conversation.id,
        message_id=message.id,
        artist_id=conversation.artist_id,
        client_id=conversation.account_id,
        sender_id=message.sender_id,
    )


def _list_active_members(conversation: Conversation) -> Sequence[str]:
    """Return the ids of the members whose accounts exist."""
    return [
        conversation.get_user_id(side)
        for side in Side
        if not conversation.get_membership(side).erased
    ]


def _new_event(key: str, subject: str, data: EventData, time: datetime) -> DomainEvent:
    """Return an event whose id is made from a key, so that a repetition is recognized."""
    return msgspec.structs.replace(new_event("messaging", subject, data, time), id=f"evt_{key}")
