"""Boards: portfolio items a user collects for themselves."""

from datetime import datetime

from msgspec import Struct, field


class BoardItem(Struct, frozen=True):
    """A portfolio item on a board."""

    item_id: str
    saved_at: datetime


class Board(Struct, frozen=True):
    """A board with its items, oldest first."""

    id: str
    owner_id: str
    name: str
    created_at: datetime
    updated_at: datetime
    items: tuple[BoardItem, ...] = field(default=(), name="saved")
    version: int = 1
