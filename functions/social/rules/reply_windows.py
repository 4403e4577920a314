"""Reply windows: until when a guest may be answered.

A guest can be answered for 24 hours after their last message, and for seven days by a person who
says so (`HUMAN_AGENT`): https://developers.facebook.com/docs/messenger-platform/policy/policy-overview
"""

from datetime import datetime, timedelta

REPLY_WINDOW = timedelta(hours=24)
AGENT_WINDOW = timedelta(days=7)


def is_open(last_received_at: datetime | None, now: datetime, *, human_agent: bool) -> bool:
    """Return whether a guest may be answered now.

    Args:
        last_received_at: When the guest wrote last; None if they never did.
        now: The current instant.
        human_agent: Whether the artist says that they answer in person.
    """
    if last_received_at is None:
        return False
    return now < last_received_at + (AGENT_WINDOW if human_agent else REPLY_WINDOW)


def needs_tag(last_received_at: datetime, now: datetime) -> bool:
    """Return whether only a tagged message is taken, because the first window is over."""
    return now >= last_received_at + REPLY_WINDOW
