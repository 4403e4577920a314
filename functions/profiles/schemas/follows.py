"""Responses for follows and feeds."""

from domain import types
from profiles.schemas.portfolio import PortfolioItemView
from shared.http.decoding import Output


class FollowView(Output, frozen=True):
    """Whether the caller follows an artist, and how many do.

    Attributes:
        following: Whether the caller follows the artist.
        followers: Number of users who follow the artist. Example: 120
    """

    artist_id: types.ArtistId
    following: bool
    followers: int


class FollowedArtist(Output, frozen=True):
    """An artist whom the caller follows.

    Attributes:
        handle: Handle of the artist's page, once it has one. Example: maravoss
        name: Name of the artist. Example: Mara Voss
        avatar: Id of the avatar's image, if there is one.
        books_open: Whether the artist takes new bookings, holds and consultations.
        followed_at: Since when the caller follows the artist.
    """

    artist_id: types.ArtistId
    handle: str | None
    name: str
    avatar: types.FileId | None
    books_open: bool
    followed_at: types.Instant


class FollowedArtistList(Output, frozen=True):
    """Artists whom the caller follows, those followed last first.

    Attributes:
        items: Artists. Those whose page is hidden are left out.
    """

    items: list[FollowedArtist]
    next_cursor: types.NextCursor


class FeedArtist(Output, frozen=True):
    """The artist of an item.

    Attributes:
        handle: Handle of the artist's page, once it has one. Example: maravoss
        name: Name of the artist. Example: Mara Voss
        avatar: Id of the avatar's image, if there is one.
    """

    artist_id: types.ArtistId
    handle: str | None
    name: str
    avatar: types.FileId | None


class FeedItem(Output, frozen=True):
    """A new portfolio item of an artist whom the caller follows.

    Attributes:
        artist: The artist.
        item: The item.
    """

    artist: FeedArtist
    item: PortfolioItemView


class ItemFeed(Output, frozen=True):
    """New portfolio items of the artists whom the caller follows, newest first.

    Attributes:
        items: Items, at most the newest 20 of each artist.
    """

    items: list[FeedItem]
    next_cursor: types.NextCursor
