"""Portfolios, their order, and likes."""

from collections.abc import Collection
from datetime import datetime
from functools import partial

import msgspec

from domain.errors import FieldError, InvalidFields, NotFound
from profiles import events
from profiles.events import PortfolioItemRemoved
from profiles.models.portfolio import HealedPair, PortfolioItem, PortfolioOrder
from profiles.rules import portfolio_order
from profiles.rules.errors import PortfolioFull
from profiles.rules.ids import create_id, get_artist_id, get_prefix, get_sort_key
from profiles.schemas.common import ListQuery, get_changes
from profiles.schemas.portfolio import (
    CreatePortfolioItemRequest,
    LikedItemList,
    LikedItemsQuery,
    LikeView,
    PortfolioItemList,
    PortfolioItemView,
    PortfolioOrderRequest,
    PortfolioPositionRequest,
    UpdatePortfolioItemRequest,
)
from profiles.store import albums as album_store
from profiles.store import portfolio as store
from profiles.use_cases import files, handles, moderation
from profiles.use_cases.account_retry import retry_while_account_exists
from shared.data.conflicts import retry_on_conflict
from shared.events.domain_events import DomainEvent, decode_data
from shared.http import cursors
from shared.http.caller import Caller
from shared.http.repetition import find_made

MAX_ITEMS = 200  # per artist
MAX_REQUESTED = 50  # items per request


# ---- portfolio items ---------------------------------------------------------------------------


def list_items(handle: str, query: ListQuery) -> PortfolioItemList:
    """List an artist's portfolio in its order, without what an admin hides.

    Raises:
        NotFound: There is no such artist.
    """
    artist_id = handles.get_shown_artist_id(handle)
    scope = f"portfolio order {artist_id}"
    after = cursors.decode(query.cursor, scope) if query.cursor else None
    items, last = list_page(artist_id, after, query.limit)
    return PortfolioItemList(
        items=[present(item) for item in items if not item.is_hidden],
        next_cursor=cursors.encode(last, scope) if last else None,
    )


def list_own(caller: Caller, query: ListQuery) -> PortfolioItemList:
    """List the caller's own portfolio in its order, with what an admin hides."""
    scope = f"own portfolio {caller.user_id}"
    after = cursors.decode(query.cursor, scope) if query.cursor else None
    items, last = list_page(caller.user_id, after, query.limit)
    return PortfolioItemList(
        items=[present_own(item) for item in items],
        next_cursor=cursors.encode(last, scope) if last else None,
    )


def list_page(
    artist_id: str, after: tuple[str, int] | None, limit: int
) -> tuple[list[PortfolioItem], tuple[str, int] | None]:
    """Return a page of an artist's items in their order, and where the next page starts.

    Two reads, however many there are.
    """
    order = store.find_order(artist_id).order
    if order is not None:
        keys, last = portfolio_order.cut(order, after, limit)
        return store.find_in_order(artist_id, keys), last
    items, last_key = store.list_items(artist_id, after[0] if after else None, limit)
    position = (after[1] + 1 if after else 0) + len(items) - 1
    return items, (last_key, position) if last_key else None


@retry_while_account_exists
def create(caller: Caller, request: CreatePortfolioItemRequest, now: datetime) -> PortfolioItemView:
    """Add an item to the caller's portfolio.

    Raises:
        InvalidFields: A file is not a clean image or video of the caller, or the pair is not two
            of them.
        PortfolioFull: The portfolio holds MAX_ITEMS items.
    """
    if made := find_made(get_prefix("itm", caller.user_id), partial(_get_own, caller)):
        return present_own(made)
    cover, more_files = _get_files(caller, request)
    _require_pair(request.pair, (cover, *more_files))
    order = store.find_order(caller.user_id)
    if order.number >= MAX_ITEMS:
        raise PortfolioFull(f"A portfolio holds at most {MAX_ITEMS} items.")
    item = PortfolioItem(
        id=create_id("itm", caller.user_id),
        artist_id=caller.user_id,
        file_id=cover,
        caption=request.caption,
        style=request.style,
        state=request.state,
        created_at=now,
        more_files=more_files,
        pair=request.pair,
    )
    store.create_item(item, order, [events.portfolio_item_saved(item, now)])
    return present_own(item)


@retry_while_account_exists
def update(
    caller: Caller, item_id: str, request: UpdatePortfolioItemRequest, now: datetime
) -> PortfolioItemView:
    """Change an item of the caller's portfolio.

    Raises:
        NotFound: The caller has no such item.
        InvalidFields: A new file is not a clean image or video of the caller, or the pair is not
            two of its pictures.
    """
    before = _get_own(caller, item_id)
    changes = get_changes(request)
    if file_ids := changes.pop("file_ids", None):
        files.require_all_own(caller, file_ids, "body.fileIds", files.IMAGES_AND_VIDEOS)
        changes["file_id"], *more = dict.fromkeys(file_ids)
        changes["more_files"] = tuple(more)
    item = msgspec.structs.replace(before, **changes)
    _require_pair(item.pair, item.file_ids)
    if item == before:
        return present_own(before)
    item = msgspec.structs.replace(item, version=before.version + 1)
    store.update_item(item, [events.portfolio_item_saved(item, now)])
    return present_own(item)


@retry_while_account_exists
def delete(caller: Caller, item_id: str, now: datetime) -> None:
    """Delete an item of the caller's portfolio.

    Raises:
        NotFound: The caller has no such item.
    """
    _delete(_get_own(caller, item_id), now)


def _get_files(caller: Caller, request: CreatePortfolioItemRequest) -> tuple[str, tuple[str, ...]]:
    """Return the files of the cover and of the other pictures.

    Raises:
        InvalidFields: There is none, or one is not a clean image or video of the caller.
    """
    if request.file_ids is None:
        if request.file_id is None:
            raise InvalidFields(FieldError("body.fileId", "is required"))
        files.require_own(caller, request.file_id, "body.fileId", files.IMAGES_AND_VIDEOS)
        return request.file_id, ()
    if request.file_id is not None:
        raise InvalidFields(FieldError("body.fileId", "is not allowed together with fileIds"))
    cover, *more = dict.fromkeys(request.file_ids)
    files.require_all_own(caller, [cover, *more], "body.fileIds", files.IMAGES_AND_VIDEOS)
    return cover, tuple(more)


def _require_pair(pair: HealedPair | None, file_ids: Collection[str]) -> None:
    if pair is None:
        return
    if pair.fresh == pair.healed or not {pair.fresh, pair.healed} <= set(file_ids):
        raise InvalidFields(FieldError("body.pair", "must be two of the item's pictures"))


# ---- order -------------------------------------------------------------------------------------


@retry_while_account_exists
def reorder(caller: Caller, request: PortfolioOrderRequest) -> None:
    """Put items of the caller's portfolio first, in their order. Once done it changes nothing.

    Raises:
        InvalidFields: An item is not one of the caller's portfolio.
    """
    before, keys = _find_keys(caller)
    chosen = [get_sort_key(item_id) for item_id in dict.fromkeys(request.item_ids)]
    own = all(get_artist_id(item_id) == caller.user_id for item_id in request.item_ids)
    if not own or not set(chosen) <= set(keys):
        raise InvalidFields(FieldError("body.itemIds", "must be items of your portfolio"))
    _save_order(caller, before, portfolio_order.put_first(keys, chosen))


@retry_while_account_exists
def move(caller: Caller, item_id: str, request: PortfolioPositionRequest) -> None:
    """Move an item of the caller's portfolio to a position.

    Raises:
        NotFound: The caller has no such item.
    """
    before, keys = _find_keys(caller)
    key = get_sort_key(item_id)
    if get_artist_id(item_id) != caller.user_id or key not in keys:
        raise NotFound("There is no such portfolio item.")
    _save_order(caller, before, portfolio_order.move(keys, key, request.position))


def _find_keys(caller: Caller) -> tuple[PortfolioOrder, tuple[str, ...]]:
    """Return what is stored of the order, and the keys of all items in it."""
    before = store.find_order(caller.user_id)
    keys = before.order if before.order is not None else store.list_keys(caller.user_id)
    return before, keys


def _save_order(caller: Caller, before: PortfolioOrder, keys: tuple[str, ...]) -> None:
    if keys != before.order:
        after = msgspec.structs.replace(before, order=keys)
        store.save_order(caller.user_id, before, after)


# ---- likes -------------------------------------------------------------------------------------


@retry_while_account_exists
def like(caller: Caller, item_id: str) -> LikeView:
    """Like an item. Liking it again changes nothing.

    Raises:
        NotFound: There is no such item.
    """
    item = _get_shown(item_id)
    if store.has_like(item_id, caller.user_id):
        return LikeView(item_id, True, item.likes)
    store.create_like(item_id, caller.user_id)
    return LikeView(item_id, True, item.likes + 1)


@retry_while_account_exists
def unlike(caller: Caller, item_id: str) -> LikeView:
    """Take back a like. Without one nothing changes.

    Raises:
        NotFound: There is no such item.
    """
    item = _get(item_id)
    if not store.has_like(item_id, caller.user_id):
        return LikeView(item_id, False, item.likes)
    store.delete_like(item_id, caller.user_id)
    return LikeView(item_id, False, item.likes - 1)


def list_liked(caller: Caller, query: LikedItemsQuery) -> LikedItemList:
    """List which of the requested items the caller likes, in one read.

    Raises:
        InvalidFields: There are too many ids, or one is malformed.
    """
    item_ids = list(dict.fromkeys(query.item_ids.split(",")))
    if len(item_ids) > MAX_REQUESTED:
        raise InvalidFields(FieldError("query.itemIds", f"must be at most {MAX_REQUESTED} ids"))
    if any(get_artist_id(item_id) is None for item_id in item_ids):
        raise InvalidFields(FieldError("query.itemIds", "must be ids of portfolio items"))
    liked = store.find_likes(caller.user_id, item_ids)
    return LikedItemList([item_id for item_id in item_ids if item_id in liked])


def handle_item_removed(event: DomainEvent, _now: datetime) -> None:
    """Delete the likes of a deleted item."""
    store.delete_likes(decode_data(event, PortfolioItemRemoved).item_id)


# ---- erasure -----------------------------------------------------------------------------------


def erase_likes(user_id: str, limit: int) -> bool:
    """Delete up to `limit` likes of a deleted account; return whether none are left."""
    item_ids = store.list_liked_items(user_id, limit)
    for item_id in item_ids:
        _erase_like(item_id, user_id)
    return len(item_ids) < limit


def erase_items(artist_id: str, limit: int, now: datetime) -> bool:
    """Delete up to `limit` items of a deleted artist; return whether none are left."""
    items, last = store.list_items(artist_id, None, limit)
    for item in items:
        _erase_item(item.id, now)
    if last is None:
        store.delete_count(artist_id)
        album_store.delete_albums(artist_id)
    return last is None


@retry_on_conflict
def _erase_like(item_id: str, user_id: str) -> None:
    if store.find_item(item_id) is None:
        store.delete_orphaned_like(item_id, user_id)
    elif store.has_like(item_id, user_id):  # the list of likes lags behind
        store.delete_like(item_id, user_id)


@retry_on_conflict
def _erase_item(item_id: str, now: datetime) -> None:
    item = store.find_item(item_id)
    if item is not None:
        _delete(item, now)


# ---- helpers -----------------------------------------------------------------------------------


def present(item: PortfolioItem) -> PortfolioItemView:
    """Return an item as everybody sees it."""
    return PortfolioItemView(
        id=item.id,
        artist_id=item.artist_id,
        file_id=item.file_id,
        caption=item.caption,
        style=item.style,
        state=item.state,
        likes=item.likes,
        created_at=item.created_at,
        source=item.source,
        file_ids=item.file_ids,
        pair=item.pair,
    )


def present_own(item: PortfolioItem) -> PortfolioItemView:
    """Return an item as its artist sees it."""
    hidden = moderation.present_hiding(item.moderation)
    return msgspec.structs.replace(present(item), hidden=hidden)


def _delete(item: PortfolioItem, now: datetime) -> None:
    store.delete_item(item, [events.portfolio_item_removed(item, now)])


def _get_own(caller: Caller, item_id: str) -> PortfolioItem:
    if get_artist_id(item_id) != caller.user_id:
        raise NotFound("There is no such portfolio item.")
    return _get(item_id)


def _get_shown(item_id: str) -> PortfolioItem:
    item = _get(item_id)
    if item.is_hidden:
        raise NotFound("There is no such portfolio item.")
    return item


def _get(item_id: str) -> PortfolioItem:
    item = store.find_item(item_id)
    if item is None:
        raise NotFound("There is no such portfolio item.")
    return item
