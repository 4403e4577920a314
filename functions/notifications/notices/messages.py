"""Messages between an artist and a client: told without a word of what they say.

Neither mail nor SMS, and one entry and one push message for all of a conversation. Events come in
any order: what was read already, or is older than what was told, is not told.
"""

from collections.abc import Mapping
from datetime import datetime

from notifications.events import ConversationRead, MessageCreated, QuickActionRefused
from notifications.inbox import entries
from notifications.inbox.entries import Collapse
from notifications.models import Category, Channel, Value
from notifications.notices import quick_actions
from notifications.store import contacts
from notifications.templates import rendering
from notifications.use_cases import composer, dispatch, recipients
from notifications.use_cases.dispatch import Message
from shared.events.domain_events import DomainEvent, decode_data

NEW, NOT_SENT = "new-message", "message-not-sent"
SOMEBODY = "Somebody"


def created(event: DomainEvent, now: datetime) -> None:
    """Tell those it is for, unless they are reading or muted the conversation.

    Of a card's cause they hear by the fact itself. The artist may answer with one tap.
    """
    fact = decode_data(event, MessageCreated)
    if fact.sender_id is None:
        return
    away = [one.user_id for one in fact.recipients if not (one.is_reading or one.muted)]
    if not away:
        return
    sender = rendering.one_line(fact.sender_name) or SOMEBODY
    message = _message(NEW, {"senderName": sender}, fact.conversation_id, fact.conversation_id)
    collapse = Collapse(fact.conversation_id, fact.sequence, fact.created_at)
    for user_id in away:
        contact = contacts.find_living(user_id)
        if contact is not None:
            recipient = recipients.of_contact(contact, (Channel.PUSH,))
            occasion = dispatch.of_event(event.id, collapse=collapse)
            is_artist = user_id == fact.artist_id
            offered = quick_actions.of(contact, fact.conversation_id, event) if is_artist else ()
            dispatch.dispatch(
                composer.with_push(message, actions=offered), recipient, occasion, now
            )


def read(event: DomainEvent, now: datetime) -> None:  # noqa: ARG001
    """Take back what was told of messages that are read by now."""
    fact = decode_data(event, ConversationRead)
    if contacts.find_living(fact.user_id) is not None:
        entries.read(fact.user_id, fact.conversation_id, fact.sequence, event.time)


def refused(event: DomainEvent, now: datetime) -> None:
    """Tell the artist that what they had sent with one tap was not."""
    fact = decode_data(event, QuickActionRefused)
    contact = contacts.find_living(fact.artist_id)
    if contact is None:
        return
    message = _message(NOT_SENT, {"reason": fact.reason}, fact.conversation_id, None)
    recipient = recipients.of_contact(contact, (Channel.PUSH,))
    dispatch.dispatch(message, recipient, dispatch.of_event(event.id), now)


def _message(
    template: str, given: Mapping[str, Value], conversation_id: str, collapse_tag: str | None
) -> Message:
    written = composer.from_system(template, given, (Channel.PUSH,), Category.TRANSACTIONAL)
    return composer.with_push(
        written,
        url=f"/conversations/{conversation_id}",
        data={"conversationId": conversation_id},
        collapse_tag=collapse_tag,
    )
