"""Requests and responses for albums of a portfolio."""

from typing import Annotated

from msgspec import UNSET, Meta, UnsetType

from domain import types
from profiles.schemas.common import AlbumId, Name, PortfolioItemId
from profiles.schemas.portfolio import OrderedItemIds, PortfolioItemView
from shared.http.decoding import Input, Output


class CreateAlbumRequest(Input, frozen=True):
    """An album to add to the portfolio, behind the others.

    Attributes:
        name: Name of the album. Example: Botanical work
        public: Whether everybody sees the album; its items are public anyway.
        item_ids: Ids of its items, in order.
        cover: Id of the item whose picture stands for it; null for the first one. Example: null
    """

    name: Name
    public: bool = True
    item_ids: OrderedItemIds = ()
    cover: PortfolioItemId | None = None


class UpdateAlbumRequest(Input, frozen=True):
    """Changes of an album. Omitted fields stay as they are.

    Attributes:
        name: Name of the album. Example: Botanical work
        public: Whether everybody sees the album; its items are public anyway.
        item_ids: Ids of its items, in order; they replace all of them.
        cover: Id of the item whose picture stands for it; null for the first one. Example: null
    """

    name: Name | UnsetType = UNSET
    public: bool | UnsetType = UNSET
    item_ids: OrderedItemIds | UnsetType = UNSET
    cover: PortfolioItemId | UnsetType | None = UNSET


class AlbumOrderRequest(Input, frozen=True):
    """The albums that come first.

    Attributes:
        album_ids: Ids of these albums, in order. The others follow in the order that they had.
            Example: ["alb_01JD2Z5Q0V8XKM3F7T9B4N6RWC_01JD2Z5Q0V8XKM3F7T9B4N6RWC"]
    """

    album_ids: Annotated[tuple[AlbumId, ...], Meta(max_length=50)]


class AlbumSummary(Output, frozen=True):
    """An album without its items.

    Attributes:
        name: Name of the album. Example: Botanical work
        public: Whether everybody sees the album.
        items: Number of its items. Example: 12
        cover: Id of the item whose picture stands for it; null while it is empty.
        cover_file: Id of the file of that picture.
        created_at: When it was created.
    """

    id: AlbumId
    artist_id: types.ArtistId
    name: str
    public: bool
    items: int
    cover: PortfolioItemId | None
    cover_file: types.FileId | None
    created_at: types.Instant


class AlbumList(Output, frozen=True):
    """Albums, in the artist's order.

    Attributes:
        items: Albums.
    """

    items: list[AlbumSummary]


class AlbumView(Output, frozen=True):
    """An album with a page of its items, in their order.

    Attributes:
        album: The album.
        items: Portfolio items.
    """

    album: AlbumSummary
    items: list[PortfolioItemView]
    next_cursor: types.NextCursor
