"""Editing and deleting what one wrote."""

from collections.abc import Callable
from datetime import datetime, timedelta

import msgspec

from domain.errors import Forbidden, NotFound
from messaging.models import Message, Type
from messaging.rules import text
from messaging.rules.errors import MessageDeleted, TooLate
from messaging.schemas import DeliveryOrder, EditRequest, MessageView
from messaging.store import messages as message_store
from messaging.use_cases import delivery, membership, messages, presenter
from messaging.use_cases.membership import Participation
from shared.data import conflicts
from shared.http import rate_limits
from shared.http.caller import Caller

EDITABLE_FOR = timedelta(minutes=15)
DELETABLE_FOR = timedelta(hours=24)


def edit(
    caller: Caller, conversation_id: str, message_id: str, request: EditRequest, now: datetime
) -> MessageView:
    """Let the message say something else. The same again changes nothing.

    Raises a 404 Problem for who is no member and for no message, a 403 one for another's message
    and where one blocked the other, a 409 one where it is deleted, its time is over, or the other
    is gone, a 422 one for wrong content, a 429 one for a change too many.
    """
    rate_limits.enforce(rate_limits.count("messages", caller.user_id, messages.MESSAGES, now))
    member = membership.writing(caller.user_id, conversation_id)

    def changed(message: Message) -> Message:
        if message.deleted_at is not None:
            raise MessageDeleted("The message is deleted.")
        if message.created_at + EDITABLE_FOR <= now:
            raise TooLate("A message can be edited for 15 minutes.")
        content = messages.checked(request.content, required=message.type is Type.TEXT)
        if content == message.content:
            return message
        return msgspec.structs.replace(
            message, content=content, folded=text.folded(content), edited_at=now
        )

    return _change(member, message_id, changed, now)


def delete(caller: Caller, conversation_id: str, message_id: str, now: datetime) -> None:
    """Leave of the message, for both, that it was there. Deleting again changes nothing.

    Also where one blocked the other. Raises a 404 Problem for who is no member and for no message,
    a 403 one for another's message, a 409 one once its time is over.
    """
    member = membership.of(caller.user_id, conversation_id)

    def changed(message: Message) -> Message:
        if message.deleted_at is not None:
            return message
        if message.created_at + DELETABLE_FOR <= now:
            raise TooLate("A message can be deleted for 24 hours.")
        return emptied(message, now)

    _change(member, message_id, changed, now)


def emptied(message: Message, now: datetime) -> Message:
    """What is left of a message that is deleted."""
    return msgspec.structs.replace(
        message, content=None, folded="", attachments=(), body_hash=None, deleted_at=now
    )


def _change(
    member: Participation,
    message_id: str,
    changed: Callable[[Message], Message],
    now: datetime,
) -> MessageView:
    """Write what `changed` makes of the message under the next revision, and order its delivery."""
    conversation = member.conversation

    def attempt() -> tuple[Message, bool]:
        message = message_store.find(conversation.id, message_id)
        if message is None:
            raise NotFound("There is no such message.")
        if message.sender_id != member.user_id:
            raise Forbidden("It is not your message.")
        after = changed(message)
        if after is message:
            return message, False
        # Read after the message: its own revision, too, is then below the next.
        revision = message_store.last_revision(conversation) + 1
        after = msgspec.structs.replace(after, revision=revision, due_at=now + delivery.GRACE)
        message_store.change(after, message.revision)
        return after, True

    message, is_changed = conflicts.retry_on_conflict(attempts=message_store.ATTEMPTS)(attempt)()
    if is_changed:
        delivery.order(DeliveryOrder(conversation.id, message.id))
    return presenter.of_message(message)
