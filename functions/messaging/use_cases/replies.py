"""Replies: messages are presented with the one to which they reply, as that is now."""

from collections.abc import Sequence

from domain.errors import GuestConversation
from messaging.models import Message
from messaging.schemas import MessageView
from messaging.store import messages
from messaging.use_cases import membership, presenter
from messaging.use_cases.membership import Member


def present(message: Message, viewer_id: str) -> MessageView:
    """Present a message to a member. One read where it replies to another one."""
    return present_all([message], viewer_id)[0]


def present_all(shown: Sequence[Message], viewer_id: str) -> list[MessageView]:
    """Present messages to a member. One read where they reply to others that are not among them."""
    originals = _find_originals(shown)
    return [
        presenter.present_message(message, viewer_id, originals.get(message.reply_to or ""))
        for message in shown
    ]


def present_to_each(
    message: Message, member_ids: Sequence[str]
) -> list[tuple[Sequence[str], MessageView]]:
    """Present a message to several members: once for all of them, unless an admin hides part of it.

    One read where it replies to another one.
    """
    original = _find_originals([message]).get(message.reply_to or "")
    if message.hidden is None and (original is None or original.hidden is None):
        return [(member_ids, presenter.present_message(message, None, original))]
    return [
        ([member_id], presenter.present_message(message, member_id, original))
        for member_id in member_ids
    ]


def _find_originals(shown: Sequence[Message]) -> dict[str, Message]:
    """Return the messages to which some reply, by their ids."""
    known = {message.id: message for message in shown}
    missing = {message.reply_to for message in shown if message.reply_to} - known.keys()
    return known | messages.find_all(missing) if missing else known


def require_message(member: Member, message_id: str) -> None:
    """Check that a message can be replied to. A deleted one can: it may just have been deleted.

    Raises:
        GuestConversation: The other member is a guest, to whom the platform would not show it.
        InvalidFields: The conversation has no such message.
    """
    if member.conversation.guest_id is not None:
        raise GuestConversation("The platform does not show a guest what a message replies to.")
    membership.require_named_message(member, message_id, "body.replyTo")
