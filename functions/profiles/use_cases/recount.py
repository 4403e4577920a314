"""Recount of likes, portfolio items, ratings and clients' totals.

A number is corrected only if it has not changed since it was read, so recounting is safe while the
API is in use. Only numbers that differ are written and reported.
"""

from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial
from typing import TypeVar

import msgspec

from profiles.models.clients import Client
from profiles.models.reviews import Rating
from profiles.rules import client_totals, portfolio_order
from profiles.schemas.rebuild import RebuildDifference
from profiles.store import clients, follows, portfolio, reviews, visits
from shared.data.conflicts import retry_on_conflict

PAGE_SIZE = 100
Listed = TypeVar("Listed")


def correct_counts(artist_id: str, now: datetime) -> list[RebuildDifference]:
    """Correct all counts of an artist; return what differed."""
    return list(_correct_counts(artist_id, now))


def _correct_counts(artist_id: str, now: datetime) -> Iterator[RebuildDifference]:
    for item in _list_all(partial(portfolio.list_items, artist_id)):
        yield from _correct_likes(item.id)
    yield from _correct_item_count(artist_id)
    yield from _correct_order(artist_id)
    yield from _correct_rating(artist_id)
    yield from _correct_followers(artist_id)
    for client in _list_all(partial(clients.list_clients, artist_id)):
        yield from _correct_client(artist_id, client.client_id, now)


@retry_on_conflict
def _correct_likes(item_id: str) -> list[RebuildDifference]:
    known = portfolio.find_like_count(item_id)
    if known is None:
        return []
    counted = portfolio.count_likes(item_id)
    if known.likes == counted:
        return []
    portfolio.correct_like_count(item_id, known.changes, counted)
    return [RebuildDifference(f"likes of {item_id}", known.likes, counted)]


@retry_on_conflict
def _correct_item_count(artist_id: str) -> list[RebuildDifference]:
    known = portfolio.count_items(artist_id)
    counted = sum(1 for _ in _list_all(partial(portfolio.list_items, artist_id)))
    if known == counted:
        return []
    portfolio.correct_count(artist_id, known, counted)
    return [RebuildDifference(f"portfolio items of {artist_id}", known, counted)]


@retry_on_conflict
def _correct_order(artist_id: str) -> list[RebuildDifference]:
    """Correct which items are in the artist's order, and which are the newest."""
    known = portfolio.find_order(artist_id)
    keys = portfolio.list_keys(artist_id)
    order = None
    if known.order is not None:
        kept = [key for key in known.order if key in keys]
        order = portfolio_order.put_first(keys, [*(set(keys) - set(kept)), *kept])
    recent = keys[: portfolio_order.MAX_RECENT]
    if (order, recent) == (known.order, known.recent):
        return []
    expected = msgspec.structs.replace(known, order=order, recent=recent)
    portfolio.save_order(artist_id, known, expected)
    return [RebuildDifference(f"order of the portfolio of {artist_id}", known, expected)]


@retry_on_conflict
def _correct_rating(artist_id: str) -> list[RebuildDifference]:
    known = reviews.get_rating(artist_id)
    ratings = [
        reviews.count_rating(review)
        for review in _list_all(partial(reviews.list_reviews, artist_id))
    ]
    counted = Rating(sum(each.count for each in ratings), sum(each.total for each in ratings))
    if known == counted:
        return []
    reviews.correct_rating(artist_id, known, counted)
    return [RebuildDifference(f"rating of {artist_id}", known, counted)]


@retry_on_conflict
def _correct_followers(artist_id: str) -> list[RebuildDifference]:
    known = follows.count_followers(artist_id)
    counted = follows.recount_followers(artist_id)
    if known == counted:
        return []
    follows.correct_count(artist_id, known, counted)
    return [RebuildDifference(f"followers of {artist_id}", known, counted)]


@retry_on_conflict
def _correct_client(artist_id: str, client_id: str, now: datetime) -> list[RebuildDifference]:
    known = clients.find_client(artist_id, client_id)
    if known is None:
        return []
    all_visits = _list_all(partial(visits.list_visits_by_id, artist_id, client_id))
    counted = client_totals.recount(known, all_visits, now)
    found, expected = _get_comparable(known, now), _get_comparable(counted, now)
    if found == expected:
        return []
    clients.save_client(counted)
    return [RebuildDifference(f"client {client_id} of {artist_id}", found, expected)]


def _get_comparable(client: Client, now: datetime) -> Client:
    """Return the client without what may differ: the version, and visits that are over."""
    upcoming = {visit: start for visit, start in client.upcoming.items() if start > now}
    return msgspec.structs.replace(client, upcoming=upcoming, version=0)


def _list_all(
    list_page: Callable[[str | None, int], tuple[list[Listed], str | None]],
) -> Iterator[Listed]:
    """Yield all items of a list, page by page."""
    after: str | None = None
    while True:
        items, after = list_page(after, PAGE_SIZE)
        yield from items
        if after is None:
            return
