"""Bylines: who wrote a message that an artist sends to a client through us.

The artist wrote its subject and its text, so it must not pass for a message of ours.
"""

import msgspec

from domain import quotation
from domain.errors import FieldError, InvalidFields
from notifications.models import Content, EmailContent, PushContent, SmsContent
from notifications.notices.parties import UNKNOWN_ARTIST
from notifications.rules import locales
from notifications.store import contacts
from notifications.templates import rendering
from notifications.use_cases.dispatch import OutgoingMessage
from shared.http.caller import Caller

MAX_SUBJECT = 200


def add(
    caller: Caller, user_id: str | None, message: OutgoingMessage, locale: str | None = None
) -> OutgoingMessage:
    """Name the sender in a message, unless they send it to themselves or are an admin.

    Args:
        caller: The sender.
        user_id: The recipient; None for the sender.
        message: The message as they wrote it.
        locale: Language of the recipient.

    Raises:
        InvalidFields: With the name of the sender, the SMS is too long.
    """
    if caller.is_admin or user_id in (None, caller.user_id):
        return message
    contact = contacts.find_active(caller.user_id)
    name = quotation.quote(contact.name) if contact else ""
    return sign(message, name or UNKNOWN_ARTIST, locale)


def sign(message: OutgoingMessage, name: str, locale: str | None) -> OutgoingMessage:
    """Name the author of a message.

    Args:
        message: The message as they wrote it.
        name: Their name in quotation marks, or a neutral one.
        locale: Language of the recipient.

    Raises:
        InvalidFields: With the name, the SMS is too long.
    """
    shown = locales.translate(name, locale)
    contents = {
        channel: _add(content, shown, locale) for channel, content in message.contents.items()
    }
    return msgspec.structs.replace(message, contents=contents)


def _add(content: Content, name: str, locale: str | None) -> Content:
    prefix = f"{locales.translate('From', locale)} {name}: "
    match content:
        case EmailContent():
            byline = f"{locales.translate('A message from', locale)} {name}:"
            return msgspec.structs.replace(
                content,
                subject=prefix + quotation.flatten(content.subject, MAX_SUBJECT),
                text=f"{byline}\n\n{content.text}",
                html=content.html and rendering.add_first_line(content.html, byline),
            )
        case SmsContent():
            text = prefix + content.text
            if len(text) > rendering.MAX_SMS_CHARACTERS:
                raise InvalidFields(FieldError("body.text", "is too long with your name before it"))
            return SmsContent(text)
        case PushContent():
            return msgspec.structs.replace(
                content, title=prefix + quotation.flatten(content.title, MAX_SUBJECT)
            )
