"""What is counted beside its records, counted again: likes, works, ratings, clients.

A number is set right only where nothing changed since it was read, so counting is safe while people
go on. Only what differed is written, and answered.
"""

from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial
from typing import TypeVar

import msgspec

from profiles.models.clients import Client, recounted
from profiles.models.collections import Rating
from profiles.schemas.rebuild import Difference
from profiles.store import clients, portfolio, reviews
from shared.data.conflicts import retry_on_conflict

PAGE = 100
Listed = TypeVar("Listed")


def artist(artist_id: str, now: datetime) -> list[Difference]:
    """Count again what belongs to an artist: what differed, and is right now."""
    return list(_differences(artist_id, now))


def _differences(artist_id: str, now: datetime) -> Iterator[Difference]:
    for work in _all(partial(portfolio.list_works, artist_id)):
        yield from retry_on_conflict(partial(_likes, work.id))()
    yield from retry_on_conflict(partial(_number_of_works, artist_id))()
    yield from retry_on_conflict(partial(_rating, artist_id))()
    for client in _all(partial(clients.list_clients, artist_id)):
        yield from retry_on_conflict(partial(_client, artist_id, client.client_id, now))()


def _likes(item_id: str) -> list[Difference]:
    found = portfolio.find_likes(item_id)
    if found is None:
        return []
    known, changes = found
    counted = portfolio.count_likes(item_id)
    if known == counted:
        return []
    portfolio.correct_likes(item_id, changes, counted)
    return [Difference(f"likes of {item_id}", known, counted)]


def _number_of_works(artist_id: str) -> list[Difference]:
    known = portfolio.count_works(artist_id)
    counted = sum(1 for _ in _all(partial(portfolio.list_works, artist_id)))
    if known == counted:
        return []
    portfolio.correct_number(artist_id, known, counted)
    return [Difference(f"portfolio items of {artist_id}", known, counted)]


def _rating(artist_id: str) -> list[Difference]:
    known = reviews.find_rating(artist_id)
    given = [review.rating for review in _all(partial(reviews.list_reviews, artist_id))]
    counted = Rating(len(given), sum(given))
    if known == counted:
        return []
    reviews.correct_rating(artist_id, known, counted)
    return [Difference(f"rating of {artist_id}", known, counted)]


def _client(artist_id: str, client_id: str, now: datetime) -> list[Difference]:
    known = clients.find_client(artist_id, client_id)
    if known is None:
        return []
    visits = _all(partial(clients.read_visits, artist_id, client_id))
    counted = recounted(known, visits, now)
    found, expected = _compared(known, now), _compared(counted, now)
    if found == expected:
        return []
    clients.keep_client(counted)
    return [Difference(f"client {client_id} of {artist_id}", found, expected)]


def _compared(client: Client, now: datetime) -> Client:
    """The client without what need not agree: what is over may still lie ahead."""
    ahead = {visit: at for visit, at in client.ahead.items() if at > now}
    return msgspec.structs.replace(client, ahead=ahead, version=0)


def _all(page: Callable[[str | None, int], tuple[list[Listed], str | None]]) -> Iterator[Listed]:
    """All of a list, page by page."""
    after: str | None = None
    while True:
        found, after = page(after, PAGE)
        yield from found
        if after is None:
            return
