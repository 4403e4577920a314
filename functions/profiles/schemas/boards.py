"""Requests and responses for boards."""

from domain import types
from profiles.schemas.common import BoardId, Name
from profiles.schemas.portfolio import PortfolioItemView
from shared.http.decoding import Input, Output


class BoardRequest(Input, frozen=True):
    """A board to create, or the new name of one.

    Attributes:
        name: Name of the board. Example: Next tattoo
    """

    name: Name


class BoardSummary(Output, frozen=True):
    """A board without its items.

    Attributes:
        name: Name of the board. Example: Next tattoo
        created_at: When the board was created.
        updated_at: When its name or items last changed.
    """

    id: BoardId
    name: str
    created_at: types.Instant
    updated_at: types.Instant


class BoardList(Output, frozen=True):
    """The caller's boards, newest first.

    Attributes:
        items: Boards without their items.
    """

    items: list[BoardSummary]
    next_cursor: types.NextCursor


class BoardView(Output, frozen=True):
    """A board with its items.

    Attributes:
        name: Name of the board. Example: Next tattoo
        created_at: When the board was created.
        updated_at: When its name or items last changed.
        items: Portfolio items in the order they were added. Deleted ones are left out.
    """

    id: BoardId
    name: str
    created_at: types.Instant
    updated_at: types.Instant
    items: list[PortfolioItemView]
