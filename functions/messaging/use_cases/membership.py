"""Who may take part in a conversation."""

import msgspec

from domain.errors import NotFound
from messaging.models import Conversation, Membership, Side
from messaging.rules.errors import Blocked, PersonGone
from messaging.store import conversations


class Participation(msgspec.Struct, frozen=True):
    """A member in a conversation."""

    conversation: Conversation
    side: Side

    @property
    def user_id(self) -> str:
        """The member."""
        return self.conversation.user_id(self.side)

    @property
    def other_id(self) -> str:
        """Whom they talk to."""
        return self.conversation.user_id(self.side.other)

    @property
    def own(self) -> Membership:
        """What the member decided and did."""
        return self.conversation.membership(self.side)


def of(user_id: str, conversation_id: str) -> Participation:
    """The user as a member of the conversation: one read.

    Raises a 404 Problem for everybody else, for who deleted their account, and where there is none.
    """
    conversation = conversations.find(conversation_id)
    side = conversation.side_of(user_id) if conversation else None
    if conversation is None or side is None or conversation.membership(side).erased:
        raise NotFound("There is no such conversation.")
    return Participation(conversation, side)


def writing(user_id: str, conversation_id: str) -> Participation:
    """The user as a member who may write.

    Raises what `of` raises, a 403 Problem where one of the two blocked the other, a 409 one where
    the other's account was deleted.
    """
    member = of(user_id, conversation_id)
    check_writing(member.conversation)
    return member


def check_writing(conversation: Conversation) -> None:
    """Raise a 403 Problem where one blocked the other, a 409 one where one is gone."""
    sides = (conversation.artist, conversation.client)
    if any(side.has_blocked for side in sides):
        raise Blocked("One of you blocked the other.")
    if any(side.erased for side in sides):
        raise PersonGone("The other's account was deleted.")
