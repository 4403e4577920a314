"""Dispatch: from a message and its recipient to deliveries on the queues of the channels.

Dispatching costs one write, and one batch per channel. A delivery is its own outbox: it is stored
with `due_at` a minute away and put on its queue, and the worker's claim moves `due_at` to the end
of its lease. If the queue was not reached or lost it, or the process died before, the sweeper finds
the delivery due. At worst, when a worker is a minute behind, a second message on the queue finds
the delivery claimed or sent, and is dropped.

The entry in the user's inbox is one more write, and comes first: a message that was sent without
its entry would not be sent again to make up for it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Self

import msgspec

from domain.errors import FieldError, InvalidFields
from domain.ids import new_id
from notifications.inbox import entries
from notifications.inbox.entries import ConversationMessage
from notifications.models import (
    MAX_PUSH_BYTES,
    CategoryChoices,
    Channel,
    Content,
    Delivery,
    DeliveryStatus,
    Digests,
    DueDelivery,
    EmailContent,
    MessageCategory,
    PushContent,
    ReminderReference,
    SmsContent,
    Step,
    TemplateVersion,
    Throttle,
)
from notifications.rules import digests, routing, sms_segments
from notifications.rules import unsubscribing as rules
from notifications.rules.routing import Deferred, Held, Route, Routed, Standby, Suppressed
from notifications.schemas import DeliveryOrder
from notifications.store import contacts, throttles
from notifications.store import deliveries as store
from notifications.use_cases import recipients, unsubscribing
from notifications.use_cases.recipients import Recipient
from shared.events import queues
from shared.events.domain_events import DomainEvent
from shared.events.queues import Outgoing, RetryLater
from shared.platform import correlation
from shared.platform.logs import logger

GRACE = timedelta(seconds=60)  # for reaching the queue, before the sweeper takes over
# For the event of a new account, which others about it may overtake. Who is not known after that
# has an inbox, and no address.
ARRIVAL = timedelta(hours=1)
LIFETIME = timedelta(days=90)
USER_ID_PREFIX = "usr_"
NO_UNSUBSCRIBE_LINK = "no_unsubscribe_link"


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
        since: When the event was; None for a request, which is now.
        are_channels_named: Whether the requester named the channels of the message.
        studio_defaults: Channels that the artist's studio uses, of a message to their client.
        gathered: Ids of the deliveries that the message, a digest, gathers.
        throttle: Limit of the messages of its kind.
        reminder: What the message reminds of, if it is sent at a time because of an appointment.
        billed_to: Whose daily cap its SMS count against.
    """

    event_id: str
    notification_id: str
    requester_id: str | None = None
    send_at: datetime | None = None
    good_until: datetime | None = None
    conversation_message: ConversationMessage | None = None
    about: tuple[str, ...] = ()
    are_channels_named: bool = False
    studio_defaults: CategoryChoices | None = None
    gathered: tuple[str, ...] = ()
    throttle: Throttle | None = None
    reminder: ReminderReference | None = None
    billed_to: str | None = None
    since: datetime | None = None

    @classmethod
    def from_request(
        cls,
        requester_id: str,
        *,
        send_at: datetime | None = None,
        good_until: datetime | None = None,
        are_channels_named: bool = False,
        studio_defaults: CategoryChoices | None = None,
        throttle: Throttle | None = None,
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
            are_channels_named=are_channels_named,
            studio_defaults=studio_defaults,
            throttle=throttle,
            billed_to=requester_id,
        )

    @classmethod
    def from_event(
        cls,
        event: DomainEvent,
        *,
        good_until: datetime | None = None,
        conversation_message: ConversationMessage | None = None,
        studio_defaults: CategoryChoices | None = None,
        throttle: Throttle | None = None,
        reminder: ReminderReference | None = None,
    ) -> Self:
        """Create the cause of a notification of a domain event, about everybody it names."""
        return cls(
            event.id,
            new_id("ntf"),
            good_until=good_until,
            conversation_message=conversation_message,
            about=tuple(sorted(set(_find_user_ids(event.data)))),
            studio_defaults=studio_defaults,
            throttle=throttle,
            reminder=reminder,
            billed_to=_find_artist(event.data),
            since=event.time,
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
        RetryLater: The event of the recipient's account has not arrived yet.
    """
    if _is_arriving(recipient, cause, now):
        raise RetryLater
    recipient = _add_choices(message, recipient)
    message, recipient = _add_digest_mail(message, recipient, cause)
    routes = _route(message, recipient, cause, now)
    deliveries = [
        _create_delivery(
            message, recipient, cause, now, channel=channel, address=address, route=route
        )
        for channel, route in routes.items()
        for address in recipient.addresses[channel]
    ]
    if not _add_to_inbox(message, recipient, cause, now):
        return []
    deliveries = _throttle(deliveries, recipient, cause, now)
    if deliveries:
        new = store.add_deliveries(deliveries)
        _enqueue_if_possible([delivery for delivery in new if _goes_now(delivery, now)])
    return deliveries


def enqueue(deliveries: Iterable[Delivery | DueDelivery], delay_seconds: int = 0) -> None:
    """Put deliveries on the queues of their channels, each under its own correlation id.

    Raises what sending to SQS raises.
    """
    by_channel: dict[Channel, list[Outgoing]] = {}
    for delivery in deliveries:
        order = Outgoing(DeliveryOrder(delivery.id), delivery.correlation_id, delay_seconds)
        by_channel.setdefault(delivery.channel, []).append(order)
    for channel, orders in by_channel.items():
        queues.send_each(get_queue(channel), orders)


def is_lagging(messages: int) -> bool:
    """Check whether at least so many messages wait on the queue of a channel."""
    return any(queues.count_waiting(get_queue(channel)) >= messages for channel in Channel)


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


def _is_arriving(recipient: Recipient, cause: Cause, now: datetime) -> bool:
    """Check whether an event has overtaken that of its recipient's account, as it seems."""
    contact = recipient.contact
    is_known = contact is None or contact.email is not None
    return not is_known and cause.since is not None and now - cause.since < ARRIVAL


def _add_choices(message: OutgoingMessage, recipient: Recipient) -> Recipient:
    """Add what the owner of a bare address chose by the links of their mails."""
    if recipient.user_id is not None or message.category not in rules.LISTED:
        return recipient
    for address in recipient.addresses.get(Channel.EMAIL, ()):
        contact = contacts.find_contact(rules.build_contact_id(None, address))
        return msgspec.structs.replace(recipient, contact=contact)
    return recipient


def _add_digest_mail(
    message: OutgoingMessage, recipient: Recipient, cause: Cause
) -> tuple[OutgoingMessage, Recipient]:
    """Add a mail for the digest to a message that has none, if its recipient wants a digest.

    Messages of a conversation are announced by push only; whoever wants a digest of them gets
    mails.
    """
    contact = recipient.contact
    if contact is None or contact.email is None or cause.are_channels_named or cause.gathered:
        return message, recipient
    digest = digests.get_digest(contact.preferences.digests, message.category)
    shown = entries.build_content(message.contents)
    if digest is None or shown is None or Channel.EMAIL in message.contents:
        return message, recipient
    mail = EmailContent(shown.title, shown.body, url=shown.url)
    addresses = {**recipient.addresses, Channel.EMAIL: (contact.email,)}
    return (
        msgspec.structs.replace(message, contents={**message.contents, Channel.EMAIL: mail}),
        msgspec.structs.replace(recipient, addresses=addresses),
    )


def _route(
    message: OutgoingMessage, recipient: Recipient, cause: Cause, now: datetime
) -> dict[Channel, Route]:
    """Route the message through the channels that lead to the recipient.

    A channel that is not used by default leaves no trace, unless there is no other.
    """
    wants = recipient.preferences
    if cause.gathered:  # a digest is not gathered again
        wants = msgspec.structs.replace(wants, digests=Digests())
    routes = routing.route(
        Routed(
            category=message.category,
            at=cause.send_at or now,
            channels=[each for each in message.contents if recipient.addresses.get(each)],
            good_until=cause.good_until,
            are_named=cause.are_channels_named,
        ),
        wants,
        recipients.find_zone(recipient.contact),
        cause.studio_defaults,
    )
    unused = Suppressed(routing.NOT_CHOSEN)
    return {channel: route for channel, route in routes.items() if route != unused} or routes


def _add_to_inbox(
    message: OutgoingMessage, recipient: Recipient, cause: Cause, now: datetime
) -> bool:
    """Add a message to the user's inbox. Return whether it should be sent."""
    if recipient.user_id is None or cause.gathered:
        return True
    is_listed = routing.is_listed(message.category, recipient.preferences, cause.studio_defaults)
    return not is_listed or entries.add(
        recipient.user_id,
        cause.event_id,
        contents=message.contents,
        category=message.category,
        template=message.template,
        at=cause.send_at or now,
        message=cause.conversation_message,
        about=cause.list_others(recipient),
    )


def _throttle(
    deliveries: list[Delivery], recipient: Recipient, cause: Cause, now: datetime
) -> list[Delivery]:
    """Suppress what exceeds the limit of messages of its kind."""
    goes = any(delivery.status is DeliveryStatus.QUEUED for delivery in deliveries)
    if cause.throttle is None or recipient.user_id is None or not goes:
        return deliveries
    if throttles.take(recipient.user_id, cause.throttle, cause.event_id, now):
        return deliveries
    return [
        _apply(Suppressed(routing.THROTTLED), delivery, now)
        if delivery.status is DeliveryStatus.QUEUED
        else delivery
        for delivery in deliveries
    ]


def _goes_now(delivery: Delivery, now: datetime) -> bool:
    due_at = delivery.due_at
    if due_at is None or delivery.send_at is not None or delivery.digest_id is not None:
        return False
    return due_at <= now + GRACE


def _create_delivery(
    message: OutgoingMessage,
    recipient: Recipient,
    cause: Cause,
    now: datetime,
    *,
    channel: Channel,
    address: str,
    route: Route,
) -> Delivery:
    content = message.contents[channel]
    if isinstance(content, EmailContent) and not isinstance(route, Held):
        content, route = _add_unsubscribe_link(content, message, recipient, address, route)
    if isinstance(content, PushContent) and len(content.payload) > MAX_PUSH_BYTES:
        raise InvalidFields(
            FieldError("body", f"makes a push message of more than {MAX_PUSH_BYTES} bytes")
        )
    delivery = Delivery(
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
        expected_at=cause.send_at or cause.since or now,
        timeline=(Step(status=DeliveryStatus.QUEUED, at=now),),
        about=cause.list_others(recipient),
        verifies_address=message.verifies_address,
        gathered=cause.gathered,
        reminder=cause.reminder,
        billed_to=cause.billed_to,
        standby_for=_find_entry(recipient, cause) if isinstance(route, Standby) else None,
        sms=sms_segments.measure(content.text) if isinstance(content, SmsContent) else None,
    )
    return _apply(route, delivery, now)


def _add_unsubscribe_link(
    content: EmailContent,
    message: OutgoingMessage,
    recipient: Recipient,
    address: str,
    route: Route,
) -> tuple[EmailContent, Route]:
    """Add the link to a mail that needs one. Without an address of the API, it is not sent."""
    if message.category not in rules.WITH_LINK:
        return content, route
    contact_id = rules.build_contact_id(recipient.user_id, address)
    url = unsubscribing.build_url(contact_id, message.category)
    if url is None:
        return content, Suppressed(NO_UNSUBSCRIBE_LINK)
    return unsubscribing.add_link(content, url, recipient.locale), route


def _apply(route: Route, delivery: Delivery, now: datetime) -> Delivery:
    """Let a new delivery go the way of its route."""
    match route:
        case Suppressed(reason):
            step = Step(status=DeliveryStatus.SUPPRESSED, at=now, detail=reason)
            return msgspec.structs.replace(
                delivery, status=step.status, reason=reason, due_at=None, timeline=(step,)
            )
        case Deferred(until):
            step = Step(status=DeliveryStatus.QUEUED, at=now, detail=routing.QUIET_HOURS)
            return msgspec.structs.replace(
                delivery, due_at=until, expected_at=until, timeline=(step,)
            )
        case Standby(until):
            step = Step(status=DeliveryStatus.QUEUED, at=now, detail="standby")
            return msgspec.structs.replace(
                delivery, due_at=until, expected_at=until, timeline=(step,)
            )
        case Held(until):
            assert delivery.recipient_id is not None
            step = Step(status=DeliveryStatus.QUEUED, at=now, detail="digest")
            digest_id = digests.build_id(delivery.recipient_id, delivery.category, until)
            return msgspec.structs.replace(
                delivery, due_at=until, expected_at=until, digest_id=digest_id, timeline=(step,)
            )
    return delivery


def _find_entry(recipient: Recipient, cause: Cause) -> str | None:
    """Find the id of the message's entry in the inbox."""
    message = cause.conversation_message
    origin_id = cause.event_id if message is None else message.conversation_id
    return None if recipient.user_id is None else entries.build_id(recipient.user_id, origin_id)


def _find_artist(data: Mapping[str, Any]) -> str | None:
    """Find the artist whose event it is."""
    artist_id = data.get("artistId")
    return artist_id if isinstance(artist_id, str) else None


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
