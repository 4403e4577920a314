"""Marks on messages: what reactions, pins and stars have in common."""

from datetime import datetime

from domain.errors import GuestConversation
from messaging.models import Message
from messaging.rules.errors import MessageDeleted, MessageHidden
from messaging.use_cases import membership
from messaging.use_cases.membership import Member
from shared.http import rate_limits
from shared.http.caller import Caller

MARK_LIMIT = 600  # reactions, pins and stars, set and removed, per user and 15 minutes


def count(caller: Caller, now: datetime) -> None:
    """Count a mark against the rate limit of the caller."""
    rate_limits.enforce(rate_limits.count("marks", caller.user_id, MARK_LIMIT, now))


def require_account(member: Member, detail: str) -> None:
    """Check that the other member has an account.

    Raises:
        GuestConversation: They are a guest.
    """
    if member.conversation.guest_id is not None:
        raise GuestConversation(detail)


def require_shown(member: Member, message_id: str) -> Message:
    """Return a message of a path that can be marked.

    Raises:
        NotFound: The conversation has no such message.
        MessageDeleted: The message was deleted.
        MessageHidden: An admin hides the message.
    """
    message = membership.require_message(member, message_id)
    if message.deleted_at is not None:
        raise MessageDeleted("The message was deleted.")
    if message.hidden is not None:
        raise MessageHidden("An admin hides the message.")
    return message
