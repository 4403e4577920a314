"""Erasure of a deleted account's data.

A mark comes first, so that a request which is still under way stores nothing afterwards. Each step
can be repeated: the event is delivered again until all of them succeed.
"""

from datetime import datetime, timedelta

from shared.data.conflicts import retry_on_conflict
from social.models import Owner
from social.store import accounts as accounts_store
from social.store import bookings as bookings_store

MARK_KEPT_FOR = timedelta(days=90)  # longer than an access token is valid or an event is delivered


def erase(user_id: str, now: datetime) -> None:
    """Erase what is stored about a user, and let no more be stored."""
    _mark_deleted(user_id, now)
    accounts_store.delete_all(user_id)
    bookings_store.delete_person(user_id)


@retry_on_conflict
def _mark_deleted(user_id: str, now: datetime) -> None:
    mark = Owner(is_deleted=True, version=accounts_store.get_owner(user_id).version + 1)
    accounts_store.save_owner(user_id, mark, now + MARK_KEPT_FOR)
