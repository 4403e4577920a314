"""Membership: who may read a conversation, and who may write in it."""

import msgspec

from domain.errors import Blocked, FieldError, InvalidFields, NotFound
from domain.ids import is_guest
from messaging.models import Conversation, Membership, Message, Side
from messaging.rules.errors import PersonGone
from messaging.store import conversations, messages
from shared.data import bans


class Member(msgspec.Struct, frozen=True):
    """A user as a member of a conversation."""

    conversation: Conversation
    side: Side

    @property
    def user_id(self) -> str:
        """Id of the member."""
        return self.conversation.get_user_id(self.side)

    @property
    def other_id(self) -> str:
        """Id of the other member."""
        return self.conversation.get_user_id(self.side.other)

    @property
    def membership(self) -> Membership:
        """State of the member."""
        return self.conversation.get_membership(self.side)


def require_member(user_id: str, conversation_id: str) -> Member:
    """Return a user as a member of a conversation. One read.

    A guest's conversation leads to that of the client with whose account they joined.

    Raises:
        NotFound: The conversation is absent, or the user is not a member, or was erased.
    """
    conversation = conversations.find(conversation_id)
    if conversation is not None and conversation.joined_into is not None:
        conversation = conversations.find(conversation.joined_into)
    side = conversation.find_side(user_id) if conversation else None
    if conversation is None or side is None or conversation.get_membership(side).erased:
        raise NotFound("There is no such conversation.")
    return Member(conversation, side)


def require_writer(user_id: str, conversation_id: str) -> Member:
    """Return a user as a member who may write.

    Raises:
        NotFound: As by `require_member`.
        Blocked: One of the two members blocks the other, or the other one is banned.
        PersonGone: The account of the other member was deleted.
    """
    member = require_member(user_id, conversation_id)
    require_writable(member.conversation)
    require_admitted(member.other_id)
    return member


def require_admitted(other_id: str) -> None:
    """Check that the other member is not banned. The answer is that of a block.

    Raises:
        Blocked: They are.
    """
    if not is_guest(other_id) and bans.is_banned(other_id):
        raise _blocked()


def require_writable(conversation: Conversation) -> None:
    """Check that members may write in a conversation.

    Raises:
        Blocked: One of the two members blocks the other.
        PersonGone: The account of one of them was deleted.
    """
    if conversation.is_blocked:
        raise _blocked()
    if any(side.erased for side in (conversation.artist, conversation.client)):
        raise PersonGone("The account of the other person was deleted.")


def _blocked() -> Blocked:
    return Blocked("One of you blocks the other.")


def require_message(member: Member, message_id: str) -> Message:
    """Return a message of a path.

    Raises:
        NotFound: The conversation has no such message.
    """
    message = messages.find(member.conversation.id, message_id)
    if message is None:
        raise NotFound("There is no such message.")
    return message


def require_named_message(member: Member, message_id: str, field: str) -> Message:
    """Return a message that a request field names.

    Raises:
        InvalidFields: The conversation has no such message.
    """
    message = messages.find(member.conversation.id, message_id)
    if message is None:
        raise InvalidFields(FieldError(field, "is not a message of this conversation"))
    return message
