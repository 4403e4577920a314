"""Requests and responses for portfolio items, their order, and likes."""

from typing import Annotated

from msgspec import UNSET, Meta, UnsetType

from domain import types
from domain.social_media import MediaSource
from domain.types import FilledLine
from profiles.models.portfolio import HealedPair, HealingState
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


FileIds = Annotated[
    tuple[FileId, ...],
    Meta(
        min_length=1,
        max_length=10,
        description="Ids of the files of its pictures, in order; the first one is its cover.",
        examples=[["fil_01JD2Z5Q0V8XKM3F7T9B4N6RWC", "fil_01JD2Z5Q0V8XKM3F7T9B4N6RWD"]],
    ),
]
# An example with two different pictures, of which an item's files have at least these.
Pair = Annotated[
    HealedPair,
    Meta(
        examples=[
            {
                "fresh": "fil_01JD2Z5Q0V8XKM3F7T9B4N6RWC",
                "healed": "fil_01JD2Z5Q0V8XKM3F7T9B4N6RWD",
            }
        ]
    ),
]
OrderedItemIds = Annotated[
    tuple[PortfolioItemId, ...],
    Meta(
        max_length=200,
        description="Ids of portfolio items, in order.",
        examples=[["itm_01JD2Z5Q0V8XKM3F7T9B4N6RWC_01JD2Z5Q0V8XKM3F7T9B4N6RWD"]],
    ),
]


class CreatePortfolioItemRequest(Input, frozen=True):
    """A work to add to the portfolio, with one picture as `fileId` or several as `fileIds`.

    Attributes:
        file_id: Id of the image's file, where it is the only one.
        style: Style of the work, if it has one. Example: Fine line
        state: When the work was photographed, where that matters.
        file_ids: Ids of the files of its pictures, in order; the first one is its cover.
            Example: null
        pair: Which two of its pictures show the work fresh and healed. Example: null
    """

    file_id: FileId | None = None
    caption: Caption = ""
    style: StyleName | None = None
    state: HealingState | None = None
    file_ids: FileIds | None = None
    pair: Pair | None = None


class UpdatePortfolioItemRequest(Input, frozen=True):
    """Changes of a portfolio item. Omitted fields stay as they are.

    Attributes:
        caption: Text below the image. Example: Peonies, healed after six months
        style: Style of the work; null removes it. Example: Fine line
        state: When the work was photographed; null removes it.
        file_ids: Ids of the files of its pictures, in order; the first one is its cover.
        pair: Which two of its pictures show the work fresh and healed; null removes it.
            Example: null
    """

    caption: Caption | UnsetType = UNSET
    style: StyleName | UnsetType | None = UNSET
    state: HealingState | UnsetType | None = UNSET
    file_ids: FileIds | UnsetType = UNSET
    pair: Pair | UnsetType | None = UNSET


class PortfolioOrderRequest(Input, frozen=True):
    """The items that come first in the portfolio.

    Attributes:
        item_ids: Ids of these items, in order. The others follow in the order that they had.
    """

    item_ids: OrderedItemIds


class PortfolioPositionRequest(Input, frozen=True):
    """Where an item is in the portfolio.

    Attributes:
        position: Number of items before it; it is the last one if there are fewer. Example: 0
    """

    position: Annotated[int, Meta(ge=0, le=1000)]


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
        file_id: Id of the file of its cover.
        style: Style of the work, if it has one. Example: Fine line
        state: When the work was photographed, where that matters.
        likes: Number of users who like it. Example: 7
        created_at: When it was added.
        source: Where it was imported from; null for an item that the artist added.
            Example: {"provider": "instagram",
            "permalink": "https://www.instagram.com/p/C9xYzAbCdEf/", "removedAtSource": false}
        file_ids: Ids of the files of all its pictures, in order; the first one is its cover.
            Example: ["fil_01JD2Z5Q0V8XKM3F7T9B4N6RWC", "fil_01JD2Z5Q0V8XKM3F7T9B4N6RWD"]
        pair: Which two of its pictures show the work fresh and healed, if two do.
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
    file_ids: tuple[str, ...]
    pair: HealedPair | None
    hidden: ContentHidingView | None = None


class PortfolioItemList(Output, frozen=True):
    """Portfolio items, in the artist's order; newest first if there is none.

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
