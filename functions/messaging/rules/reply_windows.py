"""Reply windows: until when an artist may write to a guest.

Meta lets a business answer for 24 hours after a person's last message, and a human agent for seven
days (https://developers.facebook.com/docs/messenger-platform/policy/policy-overview,
https://developers.facebook.com/docs/instagram-platform/instagram-api-with-instagram-login/messaging-api).
"""

from datetime import datetime
from enum import StrEnum
from typing import Protocol

from messaging.rules.errors import ReplyWindowClosed


class Windows(Protocol):
    """What is known of the windows of a guest."""

    @property
    def reply_until(self) -> datetime | None:
        """End of the reply window; None before they wrote."""

    @property
    def agent_reply_until(self) -> datetime | None:
        """End of the longer window of human agents."""


class ReplyState(StrEnum):
    """How an artist can write to a guest at the moment."""

    OPEN = "open"
    HUMAN_AGENT = "human_agent"
    CLOSED = "closed"
    DISCONNECTED = "disconnected"


def get_state(guest: Windows, *, connected: bool, now: datetime) -> ReplyState:
    """Return how the artist can write to a guest."""
    if not connected:
        return ReplyState.DISCONNECTED
    if guest.reply_until is not None and now < guest.reply_until:
        return ReplyState.OPEN
    if guest.agent_reply_until is not None and now < guest.agent_reply_until:
        return ReplyState.HUMAN_AGENT
    return ReplyState.CLOSED


def require_open(guest: Windows, state: ReplyState, *, human_agent: bool) -> None:
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
