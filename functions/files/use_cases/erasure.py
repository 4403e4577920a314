"""Erasure of a deleted account: its files, and everything that lets it read other files.

Each run does what is left to do, so a run that failed is finished by the next: when the event is
delivered again, or by the sweeper.
"""

from datetime import datetime, timedelta

from files.models import Erasure
from files.store import erasures as store
from files.store import exports as export_store
from files.store import files as file_store
from files.store.table import OutboxItem
from files.use_cases import exports, removal
from shared.data import tombstones
from shared.events import outbox

# An access token is valid some minutes longer than its account, and the index lags behind.
LAST_RUN_AFTER = timedelta(hours=1)
# By then a run has finished or failed.
NEXT_RUN_AFTER = timedelta(minutes=10)
PAGE_SIZE = 50


def begin(user_id: str, deleted_at: datetime, now: datetime) -> None:
    """Erase a user whose account was deleted at that instant."""
    run(Erasure(user_id, deleted_at, now), now)


def run(erasure: Erasure, now: datetime) -> None:
    """Erase the data of the user, and schedule the next run."""
    user_id, last_run_at = erasure.user_id, erasure.deleted_at + LAST_RUN_AFTER
    tombstones.mark_deleted(user_id, erasure.deleted_at)
    outbox.erase_kept(OutboxItem, user_id)
    store.save_erasure(Erasure(user_id, erasure.deleted_at, now + NEXT_RUN_AFTER))
    after: str | None = None
    while True:
        files, after = file_store.list_files(user_id, None, after, PAGE_SIZE)
        for file in files:
            removal.remove_for_erasure(file.id, now)
        if after is None:
            break
    for export in export_store.list_exports(user_id):
        exports.delete(export)
    store.delete_user_records(user_id)
    if now < last_run_at:
        store.save_erasure(Erasure(user_id, erasure.deleted_at, last_run_at))
    else:
        store.delete_usage(user_id)
        store.end_erasure(user_id)
