"""Reply windows: until when an artist may write to a guest.

Meta lets a business answer for 24 hours after a person's last message, and a human agent for seven
days (https://developers.facebook.com/docs/messenger-platform/policy/policy-overview,
https://developers.facebook.com/docs/instagram-platform/instagram-api-with-instagram-login/messaging-api).
"""

from datetime import datetime
from enum import StrEnum

from messaging.models import Guest, Platform
from messaging.rules.errors import ReplyWindowClosed

# What one message may hold: bytes in UTF-8 at Instagram, characters in Messenger.
MAX_INSTAGRAM_BYTES = 1_000
MAX_FACEBOOK_CHARACTERS = 2_000


class ReplyState(StrEnum):
    """How an artist can write to a guest at the moment."""

    OPEN = "open"
    HUMAN_AGENT = "human_agent"
    CLOSED = "closed"
    DISCONNECTED = "disconnected"


def get_state(guest: Guest, *, connected: bool, now: datetime) -> ReplyState:
    """Return how the artist can write to a guest."""
    if not connected:
        return ReplyState.DISCONNECTED
    if guest.reply_until is not None and now < guest.reply_until:
        return ReplyState.OPEN
    if guest.agent_reply_until is not None and now < guest.agent_reply_until:
        return ReplyState.HUMAN_AGENT
    return ReplyState.CLOSED


def require_open(guest: Guest, state: ReplyState, *, human_agent: bool) -> None:
    """Check that a message can be sent to a guest.

    Raises:
        ReplyWindowClosed: The reply window is over and the message is no human agent's, both
            windows are over, or the artist's account at the platform is disconnected.
    """
    if state is ReplyState.DISCONNECTED:
        raise ReplyWindowClosed(
            "Connect the account at the platform again to write to this guest.",
            reason="account_disconnected",
        )
    if state is ReplyState.CLOSED:
        raise ReplyWindowClosed(
            "The platform takes no more replies until the guest writes again.",
            reason="agent_window_closed",
            until=guest.agent_reply_until,
        )
    if state is ReplyState.HUMAN_AGENT and not human_agent:
        raise ReplyWindowClosed(
            "The platform takes replies for 24 hours after the guest wrote. A person may still "
            "answer for seven days, with humanAgent.",
            reason="window_closed",
            until=guest.reply_until,
        )


def fits(text: str, platform: Platform) -> bool:
    """Return whether the platform takes a text of this length in one message."""
    if platform is Platform.INSTAGRAM:
        return len(text.encode()) <= MAX_INSTAGRAM_BYTES
    return len(text) <= MAX_FACEBOOK_CHARACTERS
