"""The share of profiles in the export of a user's data."""

from collections.abc import Callable
from typing import Any

from profiles.store import (
    albums,
    artist_pages,
    boards,
    clients,
    follows,
    notes,
    people,
    portfolio,
    reviews,
    vouchers,
)
from shared.data.exports import MAX_RECORDS

PAGE_SIZE = 100


def gather(user_id: str) -> dict[str, object]:
    """Return what is stored about a user, by kind."""
    return {
        "person": people.find_person(user_id),
        "page": artist_pages.find_page(user_id),
        "boards": _read(lambda after: boards.list_boards(user_id, after, PAGE_SIZE)),
        "likes": portfolio.list_liked_items(user_id, MAX_RECORDS),
        "follows": follows.list_follows(user_id),
        "portfolio": _read(lambda after: portfolio.list_items(user_id, after, PAGE_SIZE)),
        "albums": albums.find_albums(user_id, albums.find_order(user_id).album_ids),
        "portfolioOrder": portfolio.find_order(user_id).order,
        "reviewsWritten": _read(
            lambda after: reviews.list_reviews_by_author(user_id, after, PAGE_SIZE)
        ),
        "reviewsReceived": _read(lambda after: reviews.list_reviews(user_id, after, PAGE_SIZE)),
        "clients": _list_clients(user_id),
        "voucherTemplates": _read(lambda after: vouchers.list_templates(user_id, after, PAGE_SIZE)),
        "vouchersIssued": _read(
            lambda after: vouchers.list_issued_vouchers(user_id, after, PAGE_SIZE)
        ),
        "vouchersHeld": _read(lambda after: vouchers.list_held_vouchers(user_id, after, PAGE_SIZE)),
    }


def _list_clients(artist_id: str) -> list[object]:
    """Return an artist's clients, each with the notes about them."""
    found: list[object] = []
    for client in _read(lambda after: clients.list_clients(artist_id, after, PAGE_SIZE)):
        found.append({"client": client, "notes": _list_notes(artist_id, client.client_id)})
    return found


def _list_notes(artist_id: str, client_id: str) -> list[Any]:
    return _read(lambda after: notes.list_notes(artist_id, client_id, after, PAGE_SIZE))


def _read(list_page: Callable[[Any], tuple[list[Any], Any]]) -> list[Any]:
    """Return the records of all pages, at most MAX_RECORDS."""
    found: list[Any] = []
    after: Any = None
    while len(found) < MAX_RECORDS:
        page, after = list_page(after)
        found += page
        if after is None:
            break
    return found
