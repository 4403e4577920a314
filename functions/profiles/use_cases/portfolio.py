"""Portfolios and likes."""

from datetime import datetime
from functools import partial

import msgspec

from domain.errors import FieldError, InvalidFields, NotFound
from profiles import events
from profiles.events import PortfolioItemRemoved
from profiles.models.portfolio import PortfolioItem
from profiles.rules.errors import PortfolioFull
from profiles.rules.ids import create_id, get_artist_id, get_prefix
from profiles.schemas.common import ListQuery, get_changes
from profiles.schemas.portfolio import (
    CreatePortfolioItemRequest,
    LikedItemList,
    LikedItemsQuery,
    LikeView,
    PortfolioItemList,
    PortfolioItemView,
    UpdatePortfolioItemRequest,
)
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
    """List an artist's portfolio, newest first, without what an admin hides.

    Raises:
        NotFound: There is no such artist.
    """
    artist_id = handles.get_shown_artist_id(handle)
    scope = f"portfolio {artist_id}"
    after = cursors.decode(query.cursor, scope) if query.cursor else None
    items, last = store.list_items(artist_id, after, query.limit)
    return PortfolioItemList(
        items=[present(item) for item in items if not item.is_hidden],
        next_cursor=cursors.encode(last, scope) if last else None,
    )


def list_own(caller: Caller, query: ListQuery) -> PortfolioItemList:
    """List the caller's own portfolio, newest first, with what an admin hides."""
    scope = f"own portfolio {caller.user_id}"
    after = cursors.decode(query.cursor, scope) if query.cursor else None
    items, last = store.list_items(caller.user_id, after, query.limit)
    return PortfolioItemList(
        items=[present_own(item) for item in items],
        next_cursor=cursors.encode(last, scope) if last else None,
    )


@retry_while_account_exists
def create(caller: Caller, request: CreatePortfolioItemRequest, now: datetime) -> PortfolioItemView:
    """Add an item to the caller's portfolio.

    Raises:
        InvalidFields: The file is not a clean image or video of the caller.
        PortfolioFull: The portfolio holds MAX_ITEMS items.
    """
    if made := find_made(get_prefix("itm", caller.user_id), partial(_get_own, caller)):
        return present_own(made)
    files.require_own(caller, request.file_id, "body.fileId", files.IMAGES_AND_VIDEOS)
    if store.count_items(caller.user_id) >= MAX_ITEMS:
        raise PortfolioFull(f"A portfolio holds at most {MAX_ITEMS} items.")
    item = PortfolioItem(
        id=create_id("itm", caller.user_id),
        artist_id=caller.user_id,
        file_id=request.file_id,
        caption=request.caption,
        style=request.style,
        state=request.state,
        created_at=now,
    )
    store.create_item(item, MAX_ITEMS, [events.portfolio_item_saved(item, now)])
    return present_own(item)


@retry_while_account_exists
def update(
    caller: Caller, item_id: str, request: UpdatePortfolioItemRequest, now: datetime
) -> PortfolioItemView:
    """Change an item of the caller's portfolio.

    Raises:
        NotFound: The caller has no such item.
    """
    before = _get_own(caller, item_id)
    item = msgspec.structs.replace(before, **get_changes(request))
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
