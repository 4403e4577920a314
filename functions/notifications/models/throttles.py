"""Throttles: how many messages of a kind a user gets in a time."""

from datetime import timedelta

import msgspec


class Throttle(msgspec.Struct, frozen=True):
    """A limit of the messages that share a key.

    Attributes:
        key: What the messages have in common, such as their conversation.
        limit: How many of them each user gets within the window; later ones are suppressed.
        window: How long a window is open, from its first message on.
    """

    key: str
    limit: int
    window: timedelta
