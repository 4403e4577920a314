"""Erasures of deleted accounts."""

from datetime import datetime

from msgspec import Struct


class Erasure(Struct, frozen=True):
    """The erasure of a deleted account's data, until it is complete.

    Attributes:
        due_at: When the next run starts, for data that was left or arrived late.
    """

    user_id: str
    deleted_at: datetime
    due_at: datetime
