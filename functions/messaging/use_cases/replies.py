"""Replies: messages are presented with the one to which they reply, as that is now."""

from collections.abc import Sequence

from domain.errors import FieldError, GuestConversation, InvalidFields
from messaging.models import Message
from messaging.schemas import MessageView
from messaging.store import messages
from messaging.use_cases import presenter
from messaging.use_cases.membership import Member


def present(message: Message) -> MessageView:
    """Present a message. One read where it replies to another one."""
    return present_all([message])[0]


def present_all(shown: Sequence[Message]) -> list[MessageView]:
    """Present messages. One read where they reply to others that are not among them."""
    known = {message.id: message for message in shown}
    missing = {message.reply_to for message in shown if message.reply_to} - known.keys()
    if missing:
        known |= messages.find_all(missing)
    return [
        presenter.present_message(message, known.get(message.reply_to or "")) for message in shown
    ]


def require_message(member: Member, message_id: str) -> None:
    """Check that a message can be replied to. A deleted one can: it may just have been deleted.

    Raises:
        GuestConversation: The other member is a guest, to whom the platform would not show it.
        InvalidFields: The conversation has no such message.
    """
    if member.conversation.guest_id is not None:
        raise GuestConversation("The platform does not show a guest what a message replies to.")
    if messages.find(member.conversation.id, message_id) is None:
        message = "is not a message of this conversation"
        raise InvalidFields(FieldError("body.replyTo", message))
