"""Replies to guests: which messages of an artist are sent to the platform too, and how."""

from datetime import datetime

import msgspec

from domain.errors import FieldError, InvalidFields
from messaging.models import Side
from messaging.rules import reply_windows
from messaging.rules.errors import ReplyWindowClosed
from messaging.rules.guest_messages import GuestDelivery, GuestDeliveryStatus, Platform
from messaging.rules.reply_windows import ReplyState
from messaging.use_cases import guest_cards
from messaging.use_cases.membership import Member


class GuestReply(msgspec.Struct, frozen=True):
    """What makes a message of the artist one to a guest."""

    guest_id: str
    platform: Platform
    delivery: GuestDelivery
    human_agent: bool


def prepare(member: Member, *, human_agent: bool, now: datetime) -> GuestReply | None:
    """Return how a message of a member is sent to the guest; None where it stays with us.

    What an artist writes to a client who joined goes to the platform too, as long as it takes it.

    Raises:
        ReplyWindowClosed: The platform takes no reply to the guest now.
        InvalidFields: `humanAgent` is sent where there is no guest.
    """
    card = None
    if member.side is Side.ARTIST:
        card = guest_cards.find(member.conversation, now)
    if member.conversation.guest_id is None:
        if card is None:
            if human_agent:
                raise InvalidFields(FieldError("body.humanAgent", "is for messages to guests only"))
            return None
        if not _can_copy(card.state, human_agent=human_agent):
            return None
    elif card is None:
        raise ReplyWindowClosed("The guest is gone.", reason="agent_window_closed")
    else:
        reply_windows.require_open(card.guest, card.state, human_agent=human_agent)
    return GuestReply(
        guest_id=card.guest.id,
        platform=card.guest.platform,
        delivery=GuestDelivery(status=GuestDeliveryStatus.PENDING, reason=None, at=now),
        human_agent=card.state is ReplyState.HUMAN_AGENT,
    )


def _can_copy(state: ReplyState, *, human_agent: bool) -> bool:
    return state is ReplyState.OPEN or (state is ReplyState.HUMAN_AGENT and human_agent)
