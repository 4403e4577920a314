"""Follows: whom a user follows, and what followers were told."""

from datetime import datetime

from msgspec import Struct


class Follow(Struct, frozen=True):
    """A user follows an artist."""

    artist_id: str
    follower_id: str
    since: datetime


class Announcement(Struct, frozen=True):
    """The newest announcement to an artist's followers that the books are open.

    Attributes:
        opened_at: When they were opened.
        after: The last follower who was notified, in the order of their ids.
        done: Whether all of them were.
        version: Number of changes.
    """

    opened_at: datetime
    after: str | None = None
    done: bool = False
    version: int = 0
