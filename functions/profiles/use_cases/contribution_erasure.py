"""What goes of what gathered around somebody whose account was deleted.

Every call does a bounded part of it and what was done stays done, so the next goes on wherever one
stopped. Nothing new comes: every write asks whether somebody is gone.
"""

from collections.abc import Callable
from datetime import datetime

from profiles.store import reviews as review_store
from profiles.store import vouchers as voucher_store
from profiles.use_cases import boards, portfolio, reviews, visits, vouchers

BATCH = 50  # of each kind, in one call
Part = Callable[[str, datetime], bool]


def erase(user_id: str, now: datetime) -> bool:
    """Erase a part of what is kept of the user, as client and as artist; whether it was all."""
    return all(part(user_id, now) for part in _PARTS)


def _likes(user_id: str, _now: datetime) -> bool:
    return portfolio.forget_liked_by(user_id, BATCH)


def _boards(user_id: str, _now: datetime) -> bool:
    return boards.forget_some(user_id, BATCH)


def _written_reviews(user_id: str, _now: datetime) -> bool:
    return reviews.forget_some_written(user_id, BATCH)


def _held_vouchers(user_id: str, _now: datetime) -> bool:
    return vouchers.forget_some_held(user_id, BATCH)


def _works(user_id: str, now: datetime) -> bool:
    return portfolio.take_down_some(user_id, BATCH, now)


def _received_reviews(user_id: str, _now: datetime) -> bool:
    return review_store.remove_some(user_id, BATCH)


def _issued_vouchers(user_id: str, _now: datetime) -> bool:
    return voucher_store.remove_some(user_id, BATCH)


def _visits_as_client(user_id: str, _now: datetime) -> bool:
    return visits.forget_some_of_client(user_id, BATCH)


def _visits_as_artist(user_id: str, _now: datetime) -> bool:
    return visits.forget_some_of_artist(user_id, BATCH)


_PARTS: tuple[Part, ...] = (
    _likes,
    _boards,
    _written_reviews,
    _held_vouchers,
    _works,
    _received_reviews,
    _issued_vouchers,
    _visits_as_client,
    _visits_as_artist,
)
