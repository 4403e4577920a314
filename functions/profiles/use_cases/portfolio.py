"""Portfolios: what artists show, and who likes it."""

from datetime import datetime
from functools import partial

import msgspec

from domain.errors import FieldError, InvalidFields, NotFound
from profiles.events import PortfolioItemRemoved, PortfolioItemSaved
from profiles.models.collections import Work
from profiles.rules.errors import PortfolioFull
from profiles.rules.ids import new_owned_id, owner_of
from profiles.schemas.common import given
from profiles.schemas.portfolio import (
    ItemChanges,
    ItemRemoved,
    ItemRequest,
    Like,
    LikedItems,
    LikesQuery,
    PageQuery,
    PortfolioItem,
    PortfolioItems,
)
from profiles.store import portfolio as store
from profiles.use_cases import handles
from profiles.use_cases.live_accounts import settled_for
from shared.data.conflicts import retry_on_conflict
from shared.events import domain_events
from shared.events.domain_events import DomainEvent, decode_data
from shared.http import cursors
from shared.http.caller import Caller

MAX_WORKS = 200  # of one artist
MAX_ASKED = 50


# ---- what artists show -------------------------------------------------------------------------


def list_of(handle: str, query: PageQuery) -> PortfolioItems:
    """What an artist shows, the newest first. Raises a 404 Problem where there is none."""
    artist_id = handles.artist_id_of(handle)
    scope = f"portfolio {artist_id}"
    after = cursors.decode(query.cursor, scope) if query.cursor else None
    works, last = store.list_works(artist_id, after, query.limit)
    return PortfolioItems(
        items=[view(work) for work in works],
        next_cursor=cursors.encode(last, scope) if last else None,
    )


def add(caller: Caller, request: ItemRequest, now: datetime) -> PortfolioItem:
    """Show one more work. Raises a 409 Problem where the artist shows as many as they may."""

    def work() -> PortfolioItem:
        if store.count_works(caller.user_id) >= MAX_WORKS:
            raise PortfolioFull(f"A portfolio holds at most {MAX_WORKS} items.")
        added = Work(
            id=new_owned_id("itm", caller.user_id),
            artist_id=caller.user_id,
            file_id=request.file_id,
            caption=request.caption,
            style=request.style,
            state=request.state,
            created_at=now,
        )
        store.add_work(added, MAX_WORKS, [_saved(added, now)])
        return view(added)

    return settled_for(caller.user_id, work)


def change(caller: Caller, item_id: str, request: ItemChanges, now: datetime) -> PortfolioItem:
    """Change what is said of a work. Raises a 404 Problem unless it is the caller's."""

    def work() -> PortfolioItem:
        before = _own(caller, item_id)
        changed = msgspec.structs.replace(before, **given(request))
        if changed == before:
            return view(before)
        changed = msgspec.structs.replace(changed, version=before.version + 1)
        store.change_work(changed, [_saved(changed, now)])
        return view(changed)

    return settled_for(caller.user_id, work)


def remove(caller: Caller, item_id: str, now: datetime) -> None:
    """Show a work no longer. Raises a 404 Problem unless it is the caller's."""
    settled_for(caller.user_id, lambda: take_down(_own(caller, item_id), now))


def take_down(work: Work, now: datetime) -> None:
    """Show a work no longer. Raises Conflict where it was changed meanwhile."""
    fact = PortfolioItemRemoved(work.id, work.artist_id, work.file_id, work.version + 1)
    store.remove_work(work, [_told(work, fact, now)])


# ---- likes -------------------------------------------------------------------------------------


def like(caller: Caller, item_id: str) -> Like:
    """The caller likes a work; again changes nothing. Raises a 404 Problem where it is gone."""

    def work() -> Like:
        shown = _shown(item_id)
        if store.likes(item_id, caller.user_id):
            return Like(item_id, True, shown.likes)
        store.add_like(item_id, caller.user_id)
        return Like(item_id, True, shown.likes + 1)

    return settled_for(caller.user_id, work)


def unlike(caller: Caller, item_id: str) -> Like:
    """The caller likes a work no longer; again changes nothing. Raises as `like`."""

    def work() -> Like:
        shown = _shown(item_id)
        if not store.likes(item_id, caller.user_id):
            return Like(item_id, False, shown.likes)
        store.end_like(item_id, caller.user_id)
        return Like(item_id, False, shown.likes - 1)

    return settled_for(caller.user_id, work)


def liked(caller: Caller, query: LikesQuery) -> LikedItems:
    """Which of these works the caller likes, in one read. Raises a 422 Problem for no ids."""
    asked = list(dict.fromkeys(query.item_ids.split(",")))
    if len(asked) > MAX_ASKED:
        raise InvalidFields(FieldError("query.itemIds", f"must be at most {MAX_ASKED} ids"))
    if any(owner_of(item_id) is None for item_id in asked):
        raise InvalidFields(FieldError("query.itemIds", "must be ids of portfolio items"))
    found = store.liked_among(caller.user_id, asked)
    return LikedItems([item_id for item_id in asked if item_id in found])


def item_removed(event: DomainEvent, _now: datetime) -> None:
    """Forget who liked a work that was taken down."""
    store.drop_likes(decode_data(event, ItemRemoved).item_id)


def forget_liked_by(user_id: str, limit: int) -> bool:
    """Take back so many likes of somebody who is gone; whether these were all."""
    found = store.list_liked(user_id, limit)
    for item_id in found:
        _take_back(item_id, user_id)
    return len(found) < limit


def take_down_some(artist_id: str, limit: int, now: datetime) -> bool:
    """Take down so many works of an artist who is gone; whether these were all."""
    found, last = store.list_works(artist_id, None, limit)
    for work in found:
        retry_on_conflict(partial(_take_down, work.id, now))()
    if last is None:
        store.forget_number(artist_id)
    return last is None


def view(work: Work) -> PortfolioItem:
    """A work as everybody sees it."""
    return PortfolioItem(
        id=work.id,
        artist_id=work.artist_id,
        file_id=work.file_id,
        caption=work.caption,
        style=work.style,
        state=work.state,
        likes=work.likes,
        created_at=work.created_at,
    )


def _take_down(item_id: str, now: datetime) -> None:
    work = store.find_work(item_id)
    if work is not None:
        take_down(work, now)


@retry_on_conflict
def _take_back(item_id: str, user_id: str) -> None:
    if store.find_work(item_id) is None:
        store.drop_like(item_id, user_id)
    elif store.likes(item_id, user_id):  # else the list lags behind
        store.end_like(item_id, user_id)


def _own(caller: Caller, item_id: str) -> Work:
    if owner_of(item_id) != caller.user_id:
        raise NotFound("There is no such item.")
    return _shown(item_id)


def _shown(item_id: str) -> Work:
    work = store.find_work(item_id)
    if work is None:
        raise NotFound("There is no such item.")
    return work


def _saved(work: Work, now: datetime) -> DomainEvent:
    return _told(work, PortfolioItemSaved(work.id, work.artist_id, work.file_id, work.version), now)


def _told(
    work: Work, fact: PortfolioItemSaved | PortfolioItemRemoved, now: datetime
) -> DomainEvent:
    return domain_events.new_event("profiles", work.id, fact, now)
