"""Follows: who follows an artist is known to nobody but the follower; the number is public.

A block of either ends a follow, and prevents one.
"""

from datetime import datetime, timedelta

from msgspec.structs import replace

from domain.errors import Blocked, NotFound
from profiles import events
from profiles.events import ArtistBooksOpened, BlockChanged
from profiles.models.artist_pages import ArtistPage
from profiles.models.clients import Client
from profiles.models.follows import Announcement, Follow
from profiles.rules import feeds
from profiles.rules.errors import OwnPage, TooManyFollows
from profiles.rules.ids import get_prefix
from profiles.schemas.common import ListQuery
from profiles.schemas.follows import (
    FeedArtist,
    FeedItem,
    FollowedArtist,
    FollowedArtistList,
    FollowView,
    ItemFeed,
)
from profiles.store import artist_pages, clients
from profiles.store import follows as store
from profiles.store import portfolio as portfolio_store
from profiles.use_cases import portfolio
from profiles.use_cases.account_retry import retry_while_account_exists
from shared.data import tombstones
from shared.data.conflicts import WriteConflict, retry_on_conflict
from shared.events.domain_events import DomainEvent, decode_data
from shared.http import cursors
from shared.http.caller import Caller

MAX_FOLLOWS = 200  # per user: what a feed reads with two batches
NOTIFIED_AT_ONCE = 90  # followers of one transaction, which has a hundred writes
# Books that are closed and opened again within it are announced once.
ANNOUNCED_EVERY = timedelta(days=1)


# ---- following ---------------------------------------------------------------------------------


def get(caller: Caller, artist_id: str) -> FollowView:
    """Get whether the caller follows an artist.

    Raises:
        NotFound: There is no such artist.
    """
    _require_shown(artist_id)
    is_followed = store.find_follow(artist_id, caller.user_id) is not None
    return FollowView(artist_id, is_followed, store.count_followers(artist_id))


@retry_while_account_exists(other="artist_id")
def follow(caller: Caller, artist_id: str, now: datetime) -> FollowView:
    """Follow an artist. Following them again changes nothing.

    Raises:
        NotFound: There is no such artist.
        OwnPage: It is the caller.
        Blocked: One of the two blocks the other.
        TooManyFollows: The caller follows MAX_FOLLOWS artists.
    """
    if artist_id == caller.user_id:
        raise OwnPage("You cannot follow yourself.")
    _require_shown(artist_id)
    if store.find_follow(artist_id, caller.user_id) is not None:
        return FollowView(artist_id, True, store.count_followers(artist_id))
    relations = _find_relations(artist_id, caller.user_id, now)
    if any(relation.is_blocked for relation in relations):
        raise Blocked("This is not possible because one of you blocks the other.")
    if store.count_follows(caller.user_id) >= MAX_FOLLOWS:
        raise TooManyFollows(f"You can follow at most {MAX_FOLLOWS} artists.")
    store.create_follow(Follow(artist_id, caller.user_id, now), relations, MAX_FOLLOWS)
    return FollowView(artist_id, True, store.count_followers(artist_id))


@retry_while_account_exists
def unfollow(caller: Caller, artist_id: str) -> FollowView:
    """Follow an artist no more. Without a follow nothing changes."""
    known = store.find_follow(artist_id, caller.user_id)
    if known is not None:
        store.delete_follow(known)
    return FollowView(artist_id, False, store.count_followers(artist_id))


def list_own(caller: Caller, query: ListQuery) -> FollowedArtistList:
    """List whom the caller follows, those followed last first, with two reads."""
    scope = f"follows {caller.user_id}"
    after = tuple(cursors.decode(query.cursor, scope)) if query.cursor else None
    found = sorted(store.list_follows(caller.user_id), key=_get_place, reverse=True)
    left = [each for each in found if after is None or _get_place(each) < after]
    page = left[: query.limit]
    last = _get_place(page[-1]) if len(left) > query.limit else None
    pages = artist_pages.find_pages(each.artist_id for each in page)
    return FollowedArtistList(
        items=[
            _present_artist(each, pages[each.artist_id])
            for each in page
            if _is_shown(pages.get(each.artist_id))
        ],
        next_cursor=cursors.encode(last, scope) if last else None,
    )


def _get_place(known: Follow) -> tuple[str, str]:
    return known.since.isoformat(), known.artist_id


def _find_relations(artist_id: str, user_id: str, now: datetime) -> list[Client]:
    """Return the two as artist and client in both roles, as they are stored now."""
    pairs = [(artist_id, user_id), (user_id, artist_id)]
    return [clients.find_client(*pair) or Client(*pair, since=now) for pair in pairs]


# ---- feed --------------------------------------------------------------------------------------


def get_feed(caller: Caller, query: ListQuery) -> ItemFeed:
    """Get the new items of the artists whom the caller follows.

    Five reads at most, however many artists and items there are: of the follows, of the order of
    their portfolios (a read for each 100), of the items, and of the pages of their artists.
    """
    scope = f"feed {caller.user_id}"
    after = tuple(cursors.decode(query.cursor, scope)) if query.cursor else None
    artist_ids = [each.artist_id for each in store.list_follows(caller.user_id)]
    orders = portfolio_store.find_orders(artist_ids)
    recent = {artist_id: order.recent for artist_id, order in orders.items()}
    places, last = feeds.merge(recent, after, query.limit)
    items = portfolio_store.find_items([_build_item_id(*place) for place in places])
    pages = artist_pages.find_pages(artist_id for _, artist_id in places)
    shown = [
        FeedItem(_present_feed_artist(page), portfolio.present(item))
        for key, artist_id in places
        if (item := items.get(_build_item_id(key, artist_id))) is not None
        and not item.is_hidden
        and (page := pages.get(artist_id)) is not None
        and _is_shown(page)
    ]
    return ItemFeed(shown, cursors.encode(last, scope) if last else None)


def _build_item_id(key: str, artist_id: str) -> str:
    return f"{get_prefix('itm', artist_id)}_{key}"


# ---- blocks ------------------------------------------------------------------------------------


def handle_block_changed(event: DomainEvent, now: datetime) -> None:
    """End the follows between two people of whom one blocks the other."""
    block = decode_data(event, BlockChanged)
    if block.client_id is None:
        return
    relations = _find_relations(block.artist_id, block.client_id, now)
    if any(relation.is_blocked for relation in relations):
        _end(block.artist_id, block.client_id)
        _end(block.client_id, block.artist_id)


@retry_on_conflict
def _end(artist_id: str, follower_id: str) -> None:
    known = store.find_follow(artist_id, follower_id)
    if known is not None:
        store.delete_follow(known)


# ---- announcements -----------------------------------------------------------------------------


def handle_books_opened(event: DomainEvent, now: datetime) -> None:
    """Publish to each follower of an artist that the books are open.

    A portion of followers at a time, so an attempt that ends early is continued by the next.
    """
    opened = decode_data(event, ArtistBooksOpened)
    page = artist_pages.find_page(opened.artist_id)
    if page is None or not _is_shown(page) or not page.details.books_open:
        return
    while not _announce(page, opened.opened_at, now):
        pass


@retry_on_conflict
def _announce(page: ArtistPage, opened_at: datetime, now: datetime) -> bool:
    """Publish to the next portion of followers; return whether that was all."""
    artist_id = page.artist_id
    known = store.find_announcement(artist_id)
    if known is None:
        known = Announcement(opened_at)
    elif known.done:
        if opened_at < known.opened_at + ANNOUNCED_EVERY:
            return True
        known = Announcement(opened_at, version=known.version)
    followers, last = store.list_followers(artist_id, known.after, NOTIFIED_AT_ONCE)
    published = [
        events.followed_books_opened(page, each, known.opened_at, now) for each in followers
    ]
    announced = replace(known, after=last, done=last is None, version=known.version + 1)
    try:
        store.save_announcement(artist_id, announced, published)
    except WriteConflict:
        if tombstones.is_deleted(artist_id):
            return True
        raise
    return announced.done


# ---- erasure -----------------------------------------------------------------------------------


def erase(user_id: str, limit: int) -> bool:
    """Delete up to `limit` follows by a deleted account, and as many of it.

    Returns:
        Whether none are left.
    """
    follows = store.list_follows(user_id)
    for known in follows[:limit]:
        _end(known.artist_id, user_id)
    followers, last = store.list_followers(user_id, None, limit)
    for follower_id in followers:
        _end(user_id, follower_id)
    is_done = len(follows) <= limit and last is None
    if is_done:
        store.delete_counts(user_id)
    return is_done


# ---- helpers -----------------------------------------------------------------------------------


def _is_shown(page: ArtistPage | None) -> bool:
    return page is not None and bool(page.name) and not page.is_hidden


def _require_shown(artist_id: str) -> None:
    if not _is_shown(artist_pages.find_page(artist_id)):
        raise NotFound("There is no such artist.")


def _present_artist(known: Follow, page: ArtistPage) -> FollowedArtist:
    return FollowedArtist(
        artist_id=page.artist_id,
        handle=page.handle,
        name=page.name,
        avatar=page.avatar,
        books_open=page.details.books_open,
        followed_at=known.since,
    )


def _present_feed_artist(page: ArtistPage) -> FeedArtist:
    return FeedArtist(page.artist_id, page.handle, page.name, page.avatar)
