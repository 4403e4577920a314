"""Erasure of deleted accounts.

Every write asks for the tombstone of the account, so neither late events nor requests with a token
that is still valid bring data back. Each run erases what it finds; the
sweeper continues a run that died or was not enough. A last run follows later, because the list
index lags behind the most recent writes.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

import msgspec

from profiles.events import UserDeleted
from profiles.models.artist_pages import ArtistPage
from profiles.models.erasures import Erasure
from profiles.rules import handles
from profiles.store import artist_pages, erasures, people
from profiles.store.table import OutboxItem
from profiles.use_cases import erasure_steps
from shared.data import tombstones
from shared.data.conflicts import retry_on_conflict
from shared.events import outbox, sweeper
from shared.events.domain_events import DomainEvent, decode_data
from shared.events.sweeper import DueRecord

# By then a run has finished or died.
NEXT_RUN_AFTER = timedelta(minutes=10)
LAST_RUN_AFTER = timedelta(minutes=10)
MAX_DUE = 25  # erasures of a shard per sweep
REQUIRED_SECONDS = 20  # time that one run may take


def handle_user_deleted(event: DomainEvent, now: datetime) -> None:
    """Start the erasure of the account."""
    user_id = decode_data(event, UserDeleted).user_id
    tombstones.mark_deleted(user_id, event.time)
    run(Erasure(user_id, event.time, now), now)


def run_due(now: datetime, seconds_left: Callable[[], float]) -> int:
    """Run the erasures that are due, while there is time; return the number of successful runs.

    Raises:
        SweepIncomplete: Some runs failed. They did not stop the others, and are due again later.
    """
    return sweeper.sweep(
        erasures.find_due(now, MAX_DUE),
        _run_one,
        erasures.postpone,
        now,
        lambda: seconds_left() >= REQUIRED_SECONDS,
    )


def _run_one(due: DueRecord, now: datetime) -> None:
    run(msgspec.json.decode(due.record, type=Erasure), now)


def run(erasure: Erasure, now: datetime) -> None:
    """Erase a bounded part of a user's data, and schedule the next run if one is needed."""
    user_id, deleted_at = erasure.user_id, erasure.deleted_at
    erasures.save_erasure(Erasure(user_id, deleted_at, now + NEXT_RUN_AFTER))
    outbox.erase_kept(OutboxItem, user_id)
    _erase_page_and_person(user_id, now)
    if not erasure_steps.run(user_id, now):
        erasures.save_erasure(Erasure(user_id, deleted_at, now))
    elif now < deleted_at + LAST_RUN_AFTER:
        erasures.save_erasure(Erasure(user_id, deleted_at, deleted_at + LAST_RUN_AFTER))
    else:
        erasures.delete_erasure(user_id)


@retry_on_conflict
def _erase_page_and_person(user_id: str, now: datetime) -> None:
    page = artist_pages.find_page(user_id) or ArtistPage(user_id)
    keys = {key for handle in page.handles for key in handles.list_keys(handle)}
    artist_pages.delete_page(page, people.find_person(user_id), keys, now)
