"""Dispatch: from a message and its recipient to deliveries on the queues of the channels.

Dispatching costs one write, and one batch per channel. A delivery is its own outbox: it is stored
with `due_at` a minute away and put on its queue, and the worker's claim clears `due_at` in a write
that it makes anyway. If the queue was not reached, or the process died before, the sweeper finds
the delivery due. At worst, when a worker is a minute behind, a second message on the queue finds
the delivery claimed or sent, and is dropped.

The entry in the user's inbox is one more write, and comes first: a message that was sent without
its entry would not be sent again to make up for it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Self

import msgspec

from domain.errors import FieldError, InvalidFields
from domain.ids import new_id
from notifications.inbox import entries
from notifications.inbox.entries import ConversationMessage
from notifications.models import (
    MAX_PUSH_BYTES,
    Channel,
    Content,
    Delivery,
    DeliveryStatus,
    DueDelivery,
    MessageCategory,
    PushContent,
    ReminderReference,
    Step,
    TemplateVersion,
)
from notifications.schemas import DeliveryOrder
from notifications.store import deliveries as store
from notifications.use_cases.recipients import Recipient
from shared.events import queues
from shared.events.domain_events import DomainEvent
from shared.platform import correlation
from shared.platform.logs import logger

GRACE = timedelta(seconds=60)  # for reaching the queue, before the sweeper takes over
LIFETIME = timedelta(days=90)
USER_ID_PREFIX = "usr_"


class OutgoingMessage(msgspec.Struct, frozen=True):
    """A rendered message: its content per channel.

    Attributes:
        verifies_address: Whether it is a code by which its recipient proves that the address works.
    """

    contents: Mapping[Channel, Content]
    category: MessageCategory = MessageCategory.MESSAGE
    template: TemplateVersion | None = None
    verifies_address: bool = False


class Cause(msgspec.Struct, frozen=True):
    """The cause of a message: a domain event, or a request.

    Attributes:
        event_id: Id of the event; for a request, the notification's.
        conversation_message: Message of a conversation that the user is notified of, where the
            newest replaces those before.
        about: Ids of the users whose name or words the message may hold.
        reminder: What the message reminds of, if it is sent at a time because of an appointment.
    """

    event_id: str
    notification_id: str
    requester_id: str | None = None
    send_at: datetime | None = None
    good_until: datetime | None = None
    conversation_message: ConversationMessage | None = None
    about: tuple[str, ...] = ()
    reminder: ReminderReference | None = None

    @classmethod
    def from_request(
        cls,
        requester_id: str,
        *,
        send_at: datetime | None = None,
        good_until: datetime | None = None,
    ) -> Self:
        """Create the cause of a notification that a user requested."""
        notification_id = new_id("ntf")
        return cls(
            notification_id,
            notification_id,
            requester_id,
            send_at,
            good_until,
            about=(requester_id,),
        )

    @classmethod
    def from_event(
        cls,
        event: DomainEvent,
        *,
        good_until: datetime | None = None,
        conversation_message: ConversationMessage | None = None,
        reminder: ReminderReference | None = None,
    ) -> Self:
        """Create the cause of a notification of a domain event, about everybody it names."""
        return cls(
            event.id,
            new_id("ntf"),
            good_until=good_until,
            conversation_message=conversation_message,
            about=tuple(sorted(set(_find_user_ids(event.data)))),
            reminder=reminder,
        )

    def list_others(self, recipient: Recipient) -> tuple[str, ...]:
        """List whom the message is about, besides its recipient."""
        return tuple(user_id for user_id in self.about if user_id != recipient.user_id)


def is_reachable(recipient: Recipient, message: OutgoingMessage) -> bool:
    """Check whether the recipient has an address for one of the contents."""
    return any(recipient.addresses.get(channel) for channel in message.contents)


def dispatch(
    message: OutgoingMessage, recipient: Recipient, cause: Cause, now: datetime
) -> list[Delivery]:
    """Add a message to the user's inbox, and send it to each address that fits a content.

    Returns:
        The deliveries, including those of an event that was seen before, which are not sent again;
        none when the message of a conversation is read already, or older than one before.

    Raises:
        InvalidFields: The push message is too long.
    """
    deliveries = [
        _create_delivery(message, recipient, cause, now, channel=channel, address=address)
        for channel in message.contents
        for address in recipient.addresses.get(channel, ())
    ]
    if recipient.user_id is not None and not entries.add(
        recipient.user_id,
        cause.event_id,
        contents=message.contents,
        category=message.category,
        template=message.template,
        at=cause.send_at or now,
        message=cause.conversation_message,
        about=cause.list_others(recipient),
    ):
        return []
    if deliveries:
        new = store.add_deliveries(deliveries)
        _enqueue_if_possible([delivery for delivery in new if delivery.send_at is None])
    return deliveries


def enqueue(deliveries: Iterable[Delivery | DueDelivery]) -> None:
    """Put deliveries on the queues of their channels, each under its own correlation id.

    Raises what sending to SQS raises.
    """
    groups: dict[tuple[Channel, str], list[DeliveryOrder]] = {}
    for delivery in deliveries:
        group = groups.setdefault((delivery.channel, delivery.correlation_id), [])
        group.append(DeliveryOrder(delivery.id))
    for (channel, correlation_id), orders in groups.items():
        with correlation.bound(correlation_id):
            queues.send(get_queue(channel), orders)


def ping() -> None:
    """Raise unless SQS answers."""
    queues.ping(get_queue(Channel.EMAIL))


def get_queue(channel: Channel) -> str:
    """Return the name of a channel's queue."""
    return f"notifications-{channel}"


def _enqueue_if_possible(deliveries: Sequence[Delivery]) -> None:
    try:
        enqueue(deliveries)
    except Exception:
        # They are stored: the sweeper finds them due in a minute. An error would make the caller
        # try again, and the recipient be notified twice.
        logger.exception("left to the sweeper", deliveries=len(deliveries))


def _create_delivery(
    message: OutgoingMessage,
    recipient: Recipient,
    cause: Cause,
    now: datetime,
    *,
    channel: Channel,
    address: str,
) -> Delivery:
    content = message.contents[channel]
    if isinstance(content, PushContent) and len(content.payload) > MAX_PUSH_BYTES:
        raise InvalidFields(
            FieldError("body", f"makes a push message of more than {MAX_PUSH_BYTES} bytes")
        )
    return Delivery(
        id=new_id("dlv"),
        notification_id=cause.notification_id,
        event_id=cause.event_id,
        recipient_key=recipient.get_key(channel, address),
        recipient_id=recipient.user_id,
        requester_id=cause.requester_id,
        channel=channel,
        address=address,
        content=content,
        category=message.category,
        template=message.template,
        correlation_id=correlation.current(),
        created_at=now,
        send_at=cause.send_at,
        good_until=cause.good_until,
        due_at=cause.send_at or now + GRACE,
        expires_at=(cause.send_at or now) + LIFETIME,
        timeline=(Step(status=DeliveryStatus.QUEUED, at=now),),
        about=cause.list_others(recipient),
        verifies_address=message.verifies_address,
        reminder=cause.reminder,
    )


def _find_user_ids(value: object) -> Iterator[str]:
    """Yield the user ids in the data of an event, however deep."""
    match value:
        case str() if value.startswith(USER_ID_PREFIX):
            yield value
        case dict():
            for part in value.values():
                yield from _find_user_ids(part)
        case list() | tuple():
            for part in value:
                yield from _find_user_ids(part)
