"""Requests and responses for portfolio items and likes."""

from typing import Annotated

from msgspec import UNSET, Meta, UnsetType

from domain import types
from domain.social_media import MediaSource
from domain.types import FilledLine
from profiles.models.portfolio import HealingState
from profiles.schemas.common import FileId, PortfolioItemId
from profiles.schemas.moderation import ContentHidingView
from shared.http.decoding import Input, Output

Caption = Annotated[
    str,
    Meta(
        max_length=500,
        description="Text below the image.",
        examples=["Peonies on a forearm, two sittings"],
    ),
]
StyleName = Annotated[
    FilledLine,
    Meta(
        max_length=50,
        description="Style of the work.",
        examples=["Fine line"],
    ),
]


class CreatePortfolioItemRequest(Input, frozen=True):
    """A work to add to the portfolio.

    Attributes:
        file_id: Id of the image's file.
        style: Style of the work, if it has one. Example: Fine line
        state: When the work was photographed, where that matters.
    """

    file_id: FileId
    caption: Caption = ""
    style: StyleName | None = None
    state: HealingState | None = None


class UpdatePortfolioItemRequest(Input, frozen=True):
    """Changes of a portfolio item. Omitted fields stay as they are.

    Attributes:
        caption: Text below the image. Example: Peonies, healed after six months
        style: Style of the work; null removes it. Example: Fine line
        state: When the work was photographed; null removes it.
    """

    caption: Caption | UnsetType = UNSET
    style: StyleName | UnsetType | None = UNSET
    state: HealingState | UnsetType | None = UNSET


class LikedItemsQuery(Input, frozen=True):
    """Portfolio items to check.

    Attributes:
        item_ids: At most 50 ids of portfolio items, separated by commas.
            Example: itm_01JD2Z5Q0V8XKM3F7T9B4N6RWC_01JD2Z5Q0V8XKM3F7T9B4N6RWD
    """

    item_ids: Annotated[str, Meta(min_length=1, max_length=50 * 60)]


class PortfolioItemView(Output, frozen=True):
    """A work in an artist's portfolio.

    Attributes:
        id: Id of the portfolio item.
        file_id: Id of the image's file.
        style: Style of the work, if it has one. Example: Fine line
        state: When the work was photographed, where that matters.
        likes: Number of users who like it. Example: 7
        created_at: When it was added.
        source: Where it was imported from; null for an item that the artist added.
            Example: {"provider": "instagram",
            "permalink": "https://www.instagram.com/p/C9xYzAbCdEf/", "removedAtSource": false}
        hidden: Since when and why an admin hides it; its artist sees that. Null for everybody else,
            and for what is not hidden. Example: null
    """

    id: PortfolioItemId
    artist_id: types.ArtistId
    file_id: types.FileId
    caption: Caption
    style: str | None
    state: HealingState | None
    likes: int
    created_at: types.Instant
    source: MediaSource | None
    hidden: ContentHidingView | None = None


class PortfolioItemList(Output, frozen=True):
    """Portfolio items, newest first.

    Attributes:
        items: Portfolio items.
    """

    items: list[PortfolioItemView]
    next_cursor: types.NextCursor


class LikeView(Output, frozen=True):
    """The likes of a portfolio item: the caller's own, and their number.

    Attributes:
        liked: Whether the caller likes the item.
        likes: Number of users who like it. Example: 8
    """

    item_id: PortfolioItemId
    liked: bool
    likes: int


class LikedItemList(Output, frozen=True):
    """The requested items that the caller likes.

    Attributes:
        items: Ids of the liked items, in the order of the request.
            Example: ["itm_01JD2Z5Q0V8XKM3F7T9B4N6RWC_01JD2Z5Q0V8XKM3F7T9B4N6RWD"]
    """

    items: list[str]
