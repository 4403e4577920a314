"""Reactions of members to messages. They notify nobody."""

from datetime import datetime
from urllib.parse import unquote

import msgspec

from domain.errors import FieldError, InvalidFields
from messaging.models import Message, Reaction
from messaging.rules import emoji as emoji_rule
from messaging.rules import reactions
from messaging.schemas import MessageView
from messaging.store import messages as message_store
from messaging.use_cases import edits, marks, membership, replies
from messaging.use_cases.membership import Member
from shared.data.conflicts import retry_on_conflict
from shared.http.caller import Caller


def add(
    caller: Caller, conversation_id: str, message_id: str, emoji: str, now: datetime
) -> MessageView:
    """React to a message. The same reaction again changes nothing.

    Raises:
        NotFound: The caller is not a member of the conversation, or it has no such message.
        InvalidFields: It is not a single emoji.
        Blocked: One of the two members blocks the other.
        PersonGone: The account of the other member was deleted.
        GuestConversation: The other member is a guest.
        MessageDeleted: The message was deleted.
        MessageHidden: An admin hides the message.
        TooManyReactions: The message has 20 other kinds of reactions.
    """
    qualified = _require_emoji(emoji)
    marks.count(caller, now)
    member = membership.require_writer(caller.user_id, conversation_id)
    marks.require_account(member, "The platform does not show reactions to a guest.")
    return replies.present(_add(member, message_id, qualified, now), caller.user_id)


def remove(
    caller: Caller, conversation_id: str, message_id: str, emoji: str, now: datetime
) -> None:
    """Remove the caller's reaction, under a block too. One that is not there changes nothing.

    Raises:
        NotFound: The caller is not a member of the conversation, or it has no such message.
        InvalidFields: It is not a single emoji.
    """
    qualified = _require_emoji(emoji)
    marks.count(caller, now)
    _remove(membership.require_member(caller.user_id, conversation_id), message_id, qualified, now)


@retry_on_conflict(attempts=message_store.ATTEMPTS)
def _add(member: Member, message_id: str, emoji: str, now: datetime) -> Message:
    message = marks.require_shown(member, message_id)
    return _save(member, message, reactions.add(message.reactions, emoji, member.user_id, now), now)


@retry_on_conflict(attempts=message_store.ATTEMPTS)
def _remove(member: Member, message_id: str, emoji: str, now: datetime) -> None:
    message = membership.require_message(member, message_id)
    _save(member, message, reactions.remove(message.reactions, emoji, member.user_id), now)


def _save(
    member: Member, message: Message, changed: tuple[Reaction, ...], now: datetime
) -> Message:
    if changed == message.reactions:
        return message
    return edits.save(member.conversation, msgspec.structs.replace(message, reactions=changed), now)


def _require_emoji(written: str) -> str:
    """Return the emoji of a path in its fully qualified form.

    API Gateway passes parameters of a path on as they were sent, other servers decode them. No
    emoji has a percent sign.
    """
    qualified = emoji_rule.qualify(unquote(written))
    if qualified is None:
        raise InvalidFields(FieldError("path.emoji", "must be a single emoji"))
    return qualified
