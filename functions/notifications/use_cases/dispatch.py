"""Dispatch: from a message and its recipient to deliveries on the channels' queues.

Sending costs one write and one batch per channel. A delivery is its own outbox: it is stored with
`due_at` a minute away, put on its queue, and the worker's claim clears `due_at` in a write that it
makes anyway. Where the queue was not reached, or we died before, the sweeper finds it due. At
worst, when a worker is a minute behind, a second message comes to a delivery that is claimed or
sent already, and is dropped.

A user also finds it in their inbox, which is one write more and comes first: what went out without
its entry would not be told again.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

import msgspec

from domain.errors import FieldError, InvalidFields
from domain.ids import new_id
from notifications.inbox import entries
from notifications.inbox.entries import Collapse
from notifications.models import (
    MAX_PUSH_BYTES,
    Category,
    Channel,
    Content,
    Delivery,
    PushContent,
    Status,
    Step,
    TemplateVersion,
)
from notifications.schemas import DeliveryOrder
from notifications.store import deliveries as store
from notifications.use_cases.recipients import Recipient
from shared.events import queues
from shared.platform import correlation
from shared.platform.logs import logger

GRACE = timedelta(seconds=60)  # for reaching the queue, before the sweeper takes over
KEPT_FOR = timedelta(days=90)


class Message(msgspec.Struct, frozen=True):
    """What is to be told, per channel."""

    contents: Mapping[Channel, Content]
    category: Category = Category.TRANSACTIONAL
    template: TemplateVersion | None = None


class Occasion(msgspec.Struct, frozen=True):
    """Why it is told: a domain event, or a request (whose `event_id` is the notification's).

    collapse: the thread it belongs to, in which the newest takes the place of what came before.
    """

    event_id: str
    notification_id: str
    requester_id: str | None = None
    send_at: datetime | None = None
    good_until: datetime | None = None
    collapse: Collapse | None = None


def requested(
    requester_id: str, *, send_at: datetime | None = None, good_until: datetime | None = None
) -> Occasion:
    """The occasion of a new notification that somebody asked for."""
    notification_id = new_id("ntf")
    return Occasion(notification_id, notification_id, requester_id, send_at, good_until)


def of_event(
    event_id: str, *, good_until: datetime | None = None, collapse: Collapse | None = None
) -> Occasion:
    """The occasion of a domain event."""
    return Occasion(event_id, new_id("ntf"), good_until=good_until, collapse=collapse)


def leads_anywhere(message: Message, recipient: Recipient) -> bool:
    """Whether there is an address that a content can go to."""
    return any(recipient.addresses.get(channel) for channel in message.contents)


def dispatch(
    message: Message, recipient: Recipient, occasion: Occasion, now: datetime
) -> list[Delivery]:
    """Put it into the user's inbox, and on its way to each address that a content can go to.

    Returns the deliveries, also those whose event was told before and that are not sent again; none
    where a thread has something newer, or its user read it already.
    Raises a 422 Problem for a push message that is too long.
    """
    deliveries = [
        _delivery(message, recipient, occasion, now, channel=channel, address=address)
        for channel in message.contents
        for address in recipient.addresses.get(channel, ())
    ]
    if recipient.user_id is not None and not entries.add(
        recipient.user_id,
        occasion.event_id,
        contents=message.contents,
        category=message.category,
        template=message.template,
        at=occasion.send_at or now,
        collapse=occasion.collapse,
    ):
        return []
    if deliveries:
        new = store.add_deliveries(deliveries)
        _enqueue_or_leave([delivery for delivery in new if delivery.send_at is None])
    return deliveries


def enqueue(deliveries: Iterable[Delivery]) -> None:
    """Put deliveries on the queues of their channels, each under its own correlation id.

    Raises what sending to SQS raises.
    """
    groups: dict[tuple[Channel, str], list[DeliveryOrder]] = {}
    for delivery in deliveries:
        group = groups.setdefault((delivery.channel, delivery.correlation_id), [])
        group.append(DeliveryOrder(delivery.id))
    for (channel, correlation_id), orders in groups.items():
        with correlation.bound(correlation_id):
            queues.send(queue_of(channel), orders)


def ping() -> None:
    """Raise unless SQS answers."""
    queues.ping(queue_of(Channel.EMAIL))


def queue_of(channel: Channel) -> str:
    """The queue of the channel's worker."""
    return f"notifications-{channel}"


def _enqueue_or_leave(deliveries: Sequence[Delivery]) -> None:
    try:
        enqueue(deliveries)
    except Exception:
        # They are stored, so the promise is kept: the sweeper finds them due in a minute. An error
        # to the caller would make them ask again and be told twice.
        logger.exception("left to the sweeper", deliveries=len(deliveries))


def _delivery(
    message: Message,
    recipient: Recipient,
    occasion: Occasion,
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
        notification_id=occasion.notification_id,
        event_id=occasion.event_id,
        recipient_key=recipient.key(channel, address),
        recipient_id=recipient.user_id,
        requester_id=occasion.requester_id,
        channel=channel,
        address=address,
        content=content,
        category=message.category,
        template=message.template,
        correlation_id=correlation.current(),
        created_at=now,
        send_at=occasion.send_at,
        good_until=occasion.good_until,
        due_at=occasion.send_at or now + GRACE,
        expires_at=(occasion.send_at or now) + KEPT_FOR,
        timeline=(Step(status=Status.QUEUED, at=now),),
    )
