"""What is asked of portfolios, likes and boards, and answered."""

from datetime import datetime
from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from profiles.models.collections import State
from profiles.schemas.common import Cursor, FileId, Limit
from shared.http.decoding import Input, Output

Caption = Annotated[str, Meta(max_length=500)]
Style = Annotated[str, Meta(min_length=1, max_length=50, pattern=r"\S")]
Name = Annotated[str, Meta(min_length=1, max_length=100, pattern=r"\S")]


class ItemRequest(Input, frozen=True):
    """A work to show. `state`: healed or fresh, where that means something."""

    file_id: FileId
    caption: Caption = ""
    style: Style | None = None
    state: State | None = None


class ItemChanges(Input, frozen=True):
    """What of a work is another from now on; what is left out stays."""

    caption: Caption | UnsetType = UNSET
    style: Style | UnsetType | None = UNSET
    state: State | UnsetType | None = UNSET


class PageQuery(Input, frozen=True):
    """One page of a list."""

    cursor: Cursor | None = None
    limit: Limit = 20


class LikesQuery(Input, frozen=True):
    """Of which works, their ids separated by commas, at most 50."""

    item_ids: Annotated[str, Meta(min_length=1, max_length=50 * 60)]


class BoardRequest(Input, frozen=True):
    """What a board is called."""

    name: Name


class ItemRemoved(Struct, frozen=True, rename="camel"):
    """`portfolio_item.removed`, our own, only what is read here."""

    item_id: str


class PortfolioItem(Output, frozen=True):
    """A work that an artist shows. `likes`: how many people like it."""

    id: str
    artist_id: str
    file_id: str
    caption: str
    style: str | None
    state: State | None
    likes: int
    created_at: datetime


class PortfolioItems(Output, frozen=True):
    """Works, the newest first."""

    items: list[PortfolioItem]
    next_cursor: str | None


class Like(Output, frozen=True):
    """Whether the caller likes a work, and how many do."""

    item_id: str
    liked: bool
    likes: int


class LikedItems(Output, frozen=True):
    """Those of the works that were asked about which the caller likes, by their ids."""

    items: list[str]


class BoardSummary(Output, frozen=True):
    """A board without what is on it."""

    id: str
    name: str
    created_at: datetime
    updated_at: datetime


class Boards(Output, frozen=True):
    """The caller's boards, the newest first."""

    items: list[BoardSummary]
    next_cursor: str | None


class BoardView(Output, frozen=True):
    """A board with what is on it, the first saved first. Works no longer shown are left out."""

    id: str
    name: str
    created_at: datetime
    updated_at: datetime
    items: list[PortfolioItem]
