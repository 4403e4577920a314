"""Albums: items of a portfolio under a name, in an order of their own."""

from collections.abc import Iterable
from datetime import datetime
from functools import partial

import msgspec

from domain.errors import FieldError, InvalidFields, NotFound
from profiles.events import PortfolioItemRemoved
from profiles.models.portfolio import Album, AlbumOrder, PortfolioItem
from profiles.rules import portfolio_order
from profiles.rules.errors import TooManyAlbums
from profiles.rules.ids import create_id, get_artist_id, get_prefix
from profiles.schemas.albums import (
    AlbumList,
    AlbumOrderRequest,
    AlbumSummary,
    AlbumView,
    CreateAlbumRequest,
    UpdateAlbumRequest,
)
from profiles.schemas.common import ListQuery, get_changes
from profiles.store import albums as store
from profiles.store import portfolio as portfolio_store
from profiles.use_cases import handles, portfolio
from profiles.use_cases.account_retry import retry_while_account_exists
from shared.data import tombstones
from shared.data.conflicts import retry_on_conflict
from shared.events.domain_events import DomainEvent, decode_data
from shared.http import cursors
from shared.http.caller import Caller
from shared.http.repetition import find_made

MAX_ALBUMS = 50  # per artist: what one batch read returns
_NO_ALBUM = "There is no such album."

# ---- reading -----------------------------------------------------------------------------------


def list_public(handle: str) -> AlbumList:
    """List the albums of an artist that everybody sees, in their order, with three reads.

    Raises:
        NotFound: There is no such artist.
    """
    found = _list(handles.get_shown_artist_id(handle))
    return _present_list([album for album in found if album.public])


def list_own(caller: Caller) -> AlbumList:
    """List all of the caller's albums, in their order."""
    return _present_list(_list(caller.user_id))


def get_public(handle: str, album_id: str, query: ListQuery) -> AlbumView:
    """Get an album of an artist with a page of its items.

    Raises:
        NotFound: There is no such artist, or the artist has no such album that everybody sees.
    """
    artist_id = handles.get_shown_artist_id(handle)
    album = store.find_album(album_id)
    if album is None or album.artist_id != artist_id or not album.public:
        raise NotFound(_NO_ALBUM)
    return _present(album, query, shows_hidden=False)


def get_own(caller: Caller, album_id: str, query: ListQuery) -> AlbumView:
    """Get an album of the caller with a page of its items.

    Raises:
        NotFound: The caller has no such album.
    """
    return _present(_get_own(caller, album_id), query, shows_hidden=True)


# ---- writing -----------------------------------------------------------------------------------


@retry_while_account_exists
def create(caller: Caller, request: CreateAlbumRequest, now: datetime) -> AlbumSummary:
    """Create an album behind the others.

    Raises:
        InvalidFields: An item is not one of the caller's portfolio, or the cover is not in it.
        TooManyAlbums: The caller has MAX_ALBUMS albums.
    """
    if made := find_made(get_prefix("alb", caller.user_id), partial(_get_own, caller)):
        return _present_one(made)
    order = store.find_order(caller.user_id)
    if len(order.album_ids) >= MAX_ALBUMS:
        raise TooManyAlbums(f"You can have at most {MAX_ALBUMS} albums.")
    album = Album(
        id=create_id("alb", caller.user_id),
        artist_id=caller.user_id,
        name=request.name,
        public=request.public,
        item_ids=tuple(dict.fromkeys(request.item_ids)),
        cover=request.cover,
        created_at=now,
    )
    _require_own_items(album, album.item_ids)
    store.create_album(album, _change(order, (*order.album_ids, album.id)))
    return _present_one(album)


@retry_while_account_exists
def update(caller: Caller, album_id: str, request: UpdateAlbumRequest) -> AlbumSummary:
    """Change an album of the caller.

    Raises:
        NotFound: The caller has no such album.
        InvalidFields: A new item is not one of the caller's portfolio, or the cover is not in it.
    """
    before = _get_own(caller, album_id)
    changes = get_changes(request)
    if "item_ids" in changes:
        changes["item_ids"] = tuple(dict.fromkeys(changes["item_ids"]))
        if "cover" not in changes and before.cover not in changes["item_ids"]:
            changes["cover"] = None  # it was taken out
    album = msgspec.structs.replace(before, **changes)
    if album == before:
        return _present_one(before)
    _require_own_items(album, set(album.item_ids) - set(before.item_ids))
    album = msgspec.structs.replace(album, version=before.version + 1)
    store.update_album(album)
    return _present_one(album)


@retry_while_account_exists
def reorder(caller: Caller, request: AlbumOrderRequest) -> None:
    """Put albums of the caller first, in their order. Once done it changes nothing.

    Raises:
        InvalidFields: An album is not one of the caller's.
    """
    order = store.find_order(caller.user_id)
    chosen = tuple(dict.fromkeys(request.album_ids))
    if not set(chosen) <= set(order.album_ids):
        raise InvalidFields(FieldError("body.albumIds", "must be your albums"))
    album_ids = portfolio_order.put_first(order.album_ids, chosen)
    if album_ids != order.album_ids:
        store.save_order(caller.user_id, _change(order, album_ids))


@retry_while_account_exists
def delete(caller: Caller, album_id: str) -> None:
    """Delete an album of the caller. Its items stay in the portfolio.

    Raises:
        NotFound: The caller has no such album.
    """
    album = _get_own(caller, album_id)
    order = store.find_order(caller.user_id)
    left = tuple(each for each in order.album_ids if each != album_id)
    store.delete_album(album, _change(order, left))


def handle_item_removed(event: DomainEvent, _now: datetime) -> None:
    """Take a deleted item out of the albums of its artist."""
    removed = decode_data(event, PortfolioItemRemoved)
    for album in _list(removed.artist_id):
        if removed.item_id in album.item_ids:
            _take_out(album.id, removed.item_id)


@retry_on_conflict
def _take_out(album_id: str, item_id: str) -> None:
    album = store.find_album(album_id)
    if album is None or item_id not in album.item_ids or tombstones.is_deleted(album.artist_id):
        return
    left = tuple(each for each in album.item_ids if each != item_id)
    cover = None if album.cover == item_id else album.cover
    store.update_album(
        msgspec.structs.replace(album, item_ids=left, cover=cover, version=album.version + 1)
    )


# ---- helpers -----------------------------------------------------------------------------------


def _list(artist_id: str) -> list[Album]:
    return store.find_albums(artist_id, store.find_order(artist_id).album_ids)


def _get_own(caller: Caller, album_id: str) -> Album:
    album = store.find_album(album_id)
    if album is None or album.artist_id != caller.user_id:
        raise NotFound(_NO_ALBUM)
    return album


def _change(order: AlbumOrder, album_ids: tuple[str, ...]) -> AlbumOrder:
    return AlbumOrder(album_ids, order.version + 1)


def _require_own_items(album: Album, new: Iterable[str]) -> None:
    if album.cover is not None and album.cover not in album.item_ids:
        raise InvalidFields(FieldError("body.cover", "must be an item of the album"))
    item_ids = sorted(new)
    is_own = all(get_artist_id(item_id) == album.artist_id for item_id in item_ids)
    if not is_own or len(portfolio_store.find_all_items(item_ids)) < len(item_ids):
        raise InvalidFields(FieldError("body.itemIds", "must be items of your portfolio"))


def _present_list(found: list[Album]) -> AlbumList:
    covers = portfolio_store.find_items([each.cover_item for each in found if each.cover_item])
    return AlbumList([_present_summary(album, covers.values()) for album in found])


def _present_one(album: Album) -> AlbumSummary:
    covers = portfolio_store.find_items([album.cover_item] if album.cover_item else [])
    return _present_summary(album, covers.values())


def _present_summary(album: Album, items: Iterable[PortfolioItem]) -> AlbumSummary:
    files = {item.id: item.file_id for item in items if not item.is_hidden}
    return AlbumSummary(
        id=album.id,
        artist_id=album.artist_id,
        name=album.name,
        public=album.public,
        items=len(album.item_ids),
        cover=album.cover_item,
        cover_file=files.get(album.cover_item) if album.cover_item else None,
        created_at=album.created_at,
    )


def _present(album: Album, query: ListQuery, *, shows_hidden: bool) -> AlbumView:
    """Return an album with a page of its items; its artist sees those too that an admin hides."""
    scope = f"album {album.id}"
    after = cursors.decode(query.cursor, scope) if query.cursor else None
    item_ids, last = portfolio_order.cut(album.item_ids, after, query.limit)
    asked = {*item_ids, *([album.cover_item] if album.cover_item else [])}
    found = portfolio_store.find_items(asked)
    items = [found[item_id] for item_id in item_ids if item_id in found]
    present = portfolio.present_own if shows_hidden else portfolio.present
    return AlbumView(
        album=_present_summary(album, found.values()),
        items=[present(item) for item in items if shows_hidden or not item.is_hidden],
        next_cursor=cursors.encode(last, scope) if last else None,
    )
