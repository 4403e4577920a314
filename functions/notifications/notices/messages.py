"""Notices of messages between an artist and a client, without a word of their text.

There is neither mail nor SMS, and one inbox entry and one push message for all messages of a
conversation. Events arrive in any order: a message that is read already, or older than one that was
announced, is not announced.
"""

from collections.abc import Mapping
from datetime import datetime

from domain import quotation
from notifications.events import ConversationRead, MessageCreated, QuickActionRefused
from notifications.inbox import entries
from notifications.inbox.entries import ConversationMessage
from notifications.models import Channel, Contact, MessageCategory, TemplateValue
from notifications.notices import quick_actions
from notifications.rules import locales, throttling
from notifications.store import contacts
from notifications.use_cases import composer, dispatch, recipients
from notifications.use_cases.dispatch import Cause, OutgoingMessage
from shared.events.domain_events import DomainEvent, decode_data

NEW_MESSAGE, NOT_SENT = "new-message", "message-not-sent"
UNKNOWN_SENDER = "Somebody"


def handle_created(event: DomainEvent, now: datetime) -> None:
    """Notify the recipients, unless they are reading the conversation or muted it.

    Cards are not announced: the event that caused them is. The artist can answer with one tap.
    """
    created = decode_data(event, MessageCreated)
    if created.sender_id is None:
        return
    notified = [
        recipient.user_id
        for recipient in created.recipients
        if not (recipient.is_reading or recipient.muted)
    ]
    if not notified:
        return
    conversation_id = created.conversation_id
    sender = quotation.quote(created.sender_name) or UNKNOWN_SENDER
    place = ConversationMessage(conversation_id, created.sequence, created.created_at)
    for user_id in notified:
        contact = contacts.find_active(user_id)
        if contact is not None:
            message = _compose(
                NEW_MESSAGE,
                {"senderName": locales.translate(sender, contact.locale)},
                contact,
                created.artist_id,
                conversation_id,
                byline=None if user_id == created.artist_id else sender,
                collapse_tag=conversation_id,
            )
            actions: quick_actions.Actions = ()
            # Guests get no quick actions.
            if user_id == created.artist_id and created.client_id is not None:
                actions = quick_actions.build_actions(contact, conversation_id, event)
            dispatch.dispatch(
                composer.replace_push_fields(message, actions=actions),
                recipients.create(contact, (Channel.PUSH,)),
                Cause.from_event(
                    event,
                    conversation_message=place,
                    throttle=throttling.limit_conversation(conversation_id),
                ),
                now,
            )


def handle_read(event: DomainEvent, now: datetime) -> None:  # noqa: ARG001
    """Mark the messages that a user has read, in their inbox."""
    read = decode_data(event, ConversationRead)
    if contacts.find_active(read.user_id) is not None:
        entries.mark_conversation_read(
            read.user_id, read.conversation_id, read.sequence, event.time
        )


def handle_refused(event: DomainEvent, now: datetime) -> None:
    """Notify the artist that the message of a one-tap quick action was not sent."""
    refused = decode_data(event, QuickActionRefused)
    contact = contacts.find_active(refused.artist_id)
    if contact is None:
        return
    message = _compose(
        NOT_SENT, {"reason": refused.reason}, contact, contact.id, refused.conversation_id
    )
    recipient = recipients.create(contact, (Channel.PUSH,))
    dispatch.dispatch(message, recipient, Cause.from_event(event), now)


def _compose(
    template: str,
    variables: Mapping[str, TemplateValue],
    reader: Contact,
    artist_id: str,
    conversation_id: str,
    *,
    byline: str | None = None,
    collapse_tag: str | None = None,
) -> OutgoingMessage:
    message = composer.compose_from_system_template(
        template,
        variables,
        (Channel.PUSH,),
        MessageCategory.MESSAGE,
        locale=reader.locale,
        artist_id=artist_id,
        byline=byline,
    )
    return composer.replace_push_fields(
        message,
        url=f"/conversations/{conversation_id}",
        data={"conversationId": conversation_id},
        collapse_tag=collapse_tag,
    )
