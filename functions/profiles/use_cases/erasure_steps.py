"""Steps of an erasure: data that is deleted or redacted besides the page and the person.

Each call does a bounded part of every step. A step that was interrupted continues in the next call.
No new data appears meanwhile, because every write checks whether an account was deleted.
"""

from collections.abc import Callable
from datetime import datetime

from profiles.store import reports as report_store
from profiles.store import vouchers as voucher_store
from profiles.use_cases import boards, follows, portfolio, reviews, visits, vouchers

BATCH = 50  # records per step and call
Step = Callable[[str, datetime], bool]


def run(user_id: str, now: datetime) -> bool:
    """Run a batch of every step, as client and as artist; return whether nothing is left."""
    return all(step(user_id, now) for step in _STEPS)


def _erase_likes(user_id: str, _now: datetime) -> bool:
    return portfolio.erase_likes(user_id, BATCH)


def _erase_follows(user_id: str, _now: datetime) -> bool:
    return follows.erase(user_id, BATCH)


def _erase_boards(user_id: str, _now: datetime) -> bool:
    return boards.erase_boards(user_id, BATCH)


def _redact_written_reviews(user_id: str, now: datetime) -> bool:
    return reviews.redact_reviews(user_id, BATCH, now)


def _redact_held_vouchers(user_id: str, now: datetime) -> bool:
    return vouchers.redact_vouchers(user_id, BATCH, now)


def _erase_portfolio(user_id: str, now: datetime) -> bool:
    return portfolio.erase_items(user_id, BATCH, now)


def _erase_received_reviews(user_id: str, now: datetime) -> bool:
    return reviews.erase_received(user_id, BATCH, now)


def _erase_issued_vouchers(user_id: str, _now: datetime) -> bool:
    return voucher_store.delete_vouchers(user_id, BATCH)


def _erase_visits_as_client(user_id: str, _now: datetime) -> bool:
    return visits.erase_client(user_id, BATCH)


def _erase_visits_as_artist(user_id: str, _now: datetime) -> bool:
    return visits.erase_artist(user_id, BATCH)


def _erase_reports(user_id: str, _now: datetime) -> bool:
    return report_store.delete_reports(user_id, BATCH)


_STEPS: tuple[Step, ...] = (
    _erase_likes,
    _erase_follows,
    _erase_boards,
    _redact_written_reviews,
    _redact_held_vouchers,
    _erase_portfolio,
    _erase_received_reviews,
    _erase_issued_vouchers,
    _erase_visits_as_client,
    _erase_visits_as_artist,
    _erase_reports,
)
